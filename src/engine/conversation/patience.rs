//! How long a pause may be before it is the end: that depends on what was said.

use super::super::doubt::changes;
use super::super::{Judgement, Understanding};
use crate::domain::{Transcript, plain_word};
use crate::grammar::{Guide, Reading};

/// After a whole command that nothing needs to be added to.
const FINISHED: u32 = 208;
/// After a question that ends in a name of a list. That may go on, as "firefox e s r" does; who is cut
/// short there hears of another package, and loses nothing.
const NAMED: u32 = 320;
/// After any other whole command that ends in a name, which may have more words.
const OPEN: u32 = 448;
/// After other talk.
const OTHER: u32 = 608;
/// After the beginning of a command.
const UNFINISHED: u32 = 900;

/// Places that the guide may hold before all of it is forgotten: fewer than the recogniser's, which is
/// walked along many texts at once.
const MOST_PLACES: usize = 100_000;

/// Slots whose values may be any words.
const NAMES: [&str; 4] = ["package", "packages", "query", "command"];

/// Judges pauses by what was said before them.
#[derive(Debug)]
pub(super) struct Patience {
    guide: Guide,
}

impl Patience {
    pub(super) fn new(guide: Guide) -> Self {
        Self { guide }
    }

    /// After how many ms of silence `words` are all that was meant.
    pub(super) fn ms(&mut self, words: &Transcript, understanding: &Understanding) -> u32 {
        match understanding.judge(words) {
            nearest if !nearest.is_exact() => OTHER,
            Judgement::Sure(reading) if !ends_in_name(&words.text(), &reading) => FINISHED,
            Judgement::Sure(reading) if reading.unlisted || changes(&reading) => OPEN,
            Judgement::Sure(_) => NAMED,
            _ if self.is_beginning(&words.text()) => UNFINISHED,
            _ => OTHER,
        }
    }

    /// Whether `text` is the beginning of a sentence.
    fn is_beginning(&mut self, text: &str) -> bool {
        let words = text.trim_end_matches(|c: char| !c.is_alphanumeric());
        if self.guide.size().places > MOST_PLACES {
            self.guide.forget();
        }
        let start = self.guide.start();
        !words.is_empty()
            && words.bytes().try_fold(start, |state, byte| self.guide.step(state, byte)).is_some()
    }
}

/// Whether `text` ends in a name; in "is firefox installed" it is over before.
fn ends_in_name(text: &str, reading: &Reading) -> bool {
    let values: Vec<&String> = NAMES.iter().filter_map(|slot| reading.slots.get(*slot)).collect();
    let names = reading.names.iter().map(|name| name.spoken.as_str());
    let guesses = reading.guesses.iter().map(|guess| guess.spoken.as_str());
    // names are written apart and together
    let text = plain_word(text);
    let mut said = values.iter().map(|value| value.as_str()).chain(names).chain(guesses);
    !values.is_empty() && said.any(|name| text.ends_with(&plain_word(name)))
}

#[cfg(test)]
mod tests {
    use super::super::super::Language;
    use super::*;
    use crate::domain::{Source, Word};
    use crate::grammar::Grammar;
    use std::path::Path;

    #[test]
    fn a_whole_command_is_answered_sooner_than_half_a_one() {
        let text = r#"
            [wildcards]
            name = { words = 3, names = "packages" }
            [names.packages]
            htop = []
            [[intent]]
            name = "package.install"
            sentences = ["install {name:package}"]
            [[intent]]
            name = "package.info"
            sentences = ["is {name:package} installed", "what is {name:package}"]
            [[intent]]
            name = "generation.rollback"
            sentences = ["roll back [two generations]"]
        "#;
        let grammar = Grammar::compile(&[Source::new("demo.toml", text)]).unwrap();
        let understanding = Understanding::new(grammar);
        let mut patience = Patience::new(understanding.guide());
        for (text, expected) in [
            ("Roll back.", FINISHED),
            ("Roll back two...", UNFINISHED),
            ("Install", UNFINISHED),
            ("Inst", UNFINISHED),
            ("Install ripgrep", OPEN),
            ("Install htop", OPEN),
            ("What is htop?", NAMED),
            ("What is ripgrep?", OPEN),
            ("Is rip grep installed?", FINISHED),
            ("Good morning.", OTHER),
            ("", OTHER),
        ] {
            let word = |text: &str| Word { text: text.into(), probability: 1.0 };
            let words = text.split_whitespace().map(word).collect();
            let transcript = Transcript { words, ..Transcript::default() };
            assert_eq!(patience.ms(&transcript, &understanding), expected, "{text}");
        }
    }

    #[test]
    fn what_is_kept_of_beginnings_does_not_grow_all_day() {
        let language = Language::load("en", Path::new("/nonexistent")).unwrap();
        let understanding = language.understanding().unwrap();
        let mut patience = Patience::new(understanding.guide());
        for sample in understanding.samples(None, 400, 1) {
            patience.is_beginning(&sample.text);
            let places = patience.guide.size().places;
            assert!(places < MOST_PLACES * 3 / 2, "{places} at {:?}", sample.text);
        }
    }
}
