//! Corpora: labelled lines of text or sound, one JSON object a line.

use crate::domain::{NO_COMMAND, Slots, Transcript};
use anyhow::Context;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What is said of a line's recording where it says nothing.
const UNNAMED: &str = "text";

/// What a corpus's lines are in.
pub(super) const FILE: &str = "corpus.jsonl";

/// One labelled line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Line {
    pub(super) id: String,
    /// The recording, beside the corpus's file; without it the line is its text.
    pub(super) audio: Option<PathBuf>,
    #[serde(default)]
    pub(super) text: String,
    /// What was said in the turns before, in order.
    #[serde(default)]
    pub(super) context: Vec<String>,
    /// The intent's name; `none` for what is no command.
    pub(super) intent: String,
    #[serde(default)]
    pub(super) slots: Slots,
    /// Who spoke.
    pub(super) voice: Option<String>,
    /// How it was recorded.
    #[serde(default = "unnamed")]
    pub(super) condition: String,
}

fn unnamed() -> String {
    UNNAMED.to_owned()
}

/// What an evaluation's results in `file` tell was heard, by the lines' names.
///
/// # Errors
/// The file cannot be read, or a line is wrong; that one is named.
pub(super) fn transcripts(file: &Path) -> anyhow::Result<HashMap<String, Transcript>> {
    #[derive(Deserialize)]
    struct Heard {
        id: String,
        transcript: Option<Transcript>,
    }
    let heard = parsed(file)?.into_iter();
    Ok(heard.filter_map(|Heard { id, transcript }| Some((id, transcript?))).collect())
}

/// Each line of `file`, but for empty ones, as JSON.
fn parsed<T: DeserializeOwned>(file: &Path) -> anyhow::Result<Vec<T>> {
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
    (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            serde_json::from_str(line).with_context(|| format!("{name}:{number}"))
        })
        .collect()
}

/// How far a reading is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Score {
    /// The intent and all slots, none missing, none added.
    pub(super) exact: bool,
    /// The intent.
    pub(super) intent: bool,
    /// Something was read in what is no command.
    pub(super) false_accept: bool,
}

impl Line {
    /// Every line of the corpus in `file`.
    ///
    /// # Errors
    /// It cannot be read, or a line is wrong; that one is named.
    pub(super) fn read(file: &Path) -> anyhow::Result<Vec<Self>> {
        parsed(file)
    }

    /// The same sound, or text, labelled as no command.
    pub(super) fn without_command(self) -> Self {
        Self { intent: NO_COMMAND.to_owned(), slots: Slots::new(), context: Vec::new(), ..self }
    }

    /// Compare `read`, an intent with its slots or nothing, with the label.
    pub(super) fn score(&self, read: Option<(&str, &Slots)>) -> Score {
        let intent = read.map_or(NO_COMMAND, |(intent, _)| intent) == self.intent;
        Score {
            exact: intent && read.is_none_or(|(_, slots)| *slots == self.slots),
            intent,
            false_accept: read.is_some() && self.intent == NO_COMMAND,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_scored_by_their_labels() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "{\"id\":\"a\",\"intent\":\"go\",\"slots\":{\"n\":\"2\"}}\n\n\
                    {\"id\":\"b\",\"audio\":\"b.flac\",\"intent\":\"none\",\"condition\":\"clean\"}";
        std::fs::write(file.path(), text).unwrap();
        let lines = Line::read(file.path()).unwrap();
        let two = Slots::from([("n".to_owned(), "2".to_owned())]);
        let bare = Slots::new();
        assert!(lines[0].score(Some(("go", &two))).exact);
        assert!(!lines[0].score(Some(("go", &bare))).exact);
        assert!(lines[0].score(Some(("go", &bare))).intent);
        assert!(!lines[0].score(None).exact);
        assert!(lines[1].score(None).exact);
        assert!(lines[1].score(Some(("go", &two))).false_accept);
        assert!(lines[0].clone().without_command().score(Some(("go", &two))).false_accept);
        assert_eq!((lines[0].condition.as_str(), lines[1].condition.as_str()), ("text", "clean"));
    }

    #[test]
    fn what_was_heard_earlier_is_found_by_its_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "{\"id\":\"a\",\"intent\":\"go\",\"transcript\":{\"words\":[{\"text\":\"Go.\",\
                    \"probability\":0.5}],\"mean_logprob\":-0.7}}\n{\"id\":\"b\",\"intent\":\"go\"}";
        std::fs::write(file.path(), text).unwrap();
        let heard = transcripts(file.path()).unwrap();
        assert_eq!(heard.len(), 1);
        assert_eq!((heard["a"].text().as_str(), heard["a"].guided.len()), ("Go.", 0));
    }

    #[test]
    fn a_wrong_line_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "{\"id\":\"a\",\"intent\":\"go\"}\n{\"id\":1}").unwrap();
        let error = format!("{:#}", Line::read(file.path()).unwrap_err());
        assert!(error.contains(":2: "), "{error}");
    }
}
