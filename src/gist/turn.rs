//! What turns a sentence: into its contrary, a question about it, a condition, or another time.

use crate::grammar::Grammar;
use serde::Deserialize;
use std::ops::Range;

/// Phrases that turn a sentence.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Turns {
    /// Who begins so asks about it, tells of it, or wants it at another time or not at all.
    begin: Vec<String>,
    /// Who says so may want something else.
    unsure: Vec<String>,
    /// Who says so may want it at another time, or only in some case.
    later: Vec<String>,
    /// These turn nothing, whatever is in them.
    harmless: Vec<String>,
    /// What stands between names that are meant alike.
    joins: Vec<String>,
}

/// How a sentence is turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Something else may be meant.
    Unsure,
    /// Another time may be meant, or a condition.
    Later,
    /// It is not meant.
    Contrary,
}

impl Turns {
    /// How those of `tokens` turn a sentence that stand `apart` from what fills its places; beside `more` phrases
    /// it may not be meant either.
    pub(super) fn of(
        &self,
        grammar: &Grammar,
        tokens: &[String],
        more: &[String],
        apart: impl Fn(&Range<usize>) -> bool,
    ) -> Option<Turn> {
        let harmless: Vec<_> =
            (0..tokens.len()).flat_map(|at| said(&self.harmless, tokens, at)).collect();
        let turns = |span: Range<usize>| {
            let covers = |free: &Range<usize>| free.start <= span.start && span.end <= free.end;
            !harmless.iter().any(covers) && apart(&span)
        };
        let start = tokens.len() - grammar.unskipped(tokens).len();
        if said(&self.begin, tokens, start).any(&turns) {
            return Some(Turn::Contrary);
        }
        let any = |phrases: &[String]| {
            (0..tokens.len()).flat_map(|at| said(phrases, tokens, at)).any(&turns)
        };
        if any(&self.later) {
            return Some(Turn::Later);
        }
        (any(&self.unsure) || any(more)).then_some(Turn::Unsure)
    }

    /// Whether nothing but what joins names is between each of `spans` of `tokens` and the next.
    pub(super) fn join(&self, tokens: &[String], spans: &[Range<usize>]) -> bool {
        let between = |pair: &[Range<usize>]| tokens[pair[0].end..pair[1].start].iter();
        spans.windows(2).all(|pair| between(pair).all(|token| self.joins.contains(token)))
    }
}

/// Those of `phrases` that `tokens` have at `at`.
fn said<'a>(
    phrases: &'a [String],
    tokens: &'a [String],
    at: usize,
) -> impl Iterator<Item = Range<usize>> + 'a {
    phrases.iter().filter_map(move |phrase| {
        let end = at + phrase.split(' ').count();
        tokens.get(at..end)?.iter().eq(phrase.split(' ')).then_some(at..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Source;

    #[test]
    fn a_negation_a_question_or_a_condition_turns_a_sentence() {
        let grammar = Source::new("demo.toml", "skip = [\"please\", \"tell me\"]");
        let grammar = Grammar::compile(&[grammar]).unwrap();
        let text = r#"
            begin = ["do not", "did", "how"]
            unsure = ["not", "or", "instead"]
            later = ["tonight"]
            harmless = ["i do not need"]
        "#;
        let turns: Turns = toml::from_str(text).unwrap();
        let more = ["off".to_owned()];
        // what fills a place is in capitals
        let turn = |text: &str| {
            let tokens: Vec<String> = text.to_lowercase().split(' ').map(str::to_owned).collect();
            let filled: Vec<bool> =
                text.split(' ').map(|word| word != word.to_lowercase()).collect();
            let goes_on = |at: usize| at > 0 && filled.get(at - 1..=at) == Some(&[true; 2]);
            turns.of(&grammar, &tokens, &more, |span| !goes_on(span.start) && !goes_on(span.end))
        };
        for (text, expected) in [
            ("kick GIMP out", None),
            ("please do not kick GIMP out", Some(Turn::Contrary)),
            ("tell me how to kick GIMP out", Some(Turn::Contrary)),
            ("did you kick GIMP out", Some(Turn::Contrary)),
            ("why did you kick GIMP out", None),
            ("kick GIMP or KRITA out", Some(Turn::Unsure)),
            ("kick GIMP out i do not need it", None),
            ("kick GIMP out i do not like it", Some(Turn::Unsure)),
            ("kick GIMP or KRITA out tonight", Some(Turn::Later)),
            ("kick OR TOOLS out", None),
            ("get GIMP off here", Some(Turn::Unsure)),
            ("get GIMP INSTEAD", None),
            ("get GIMP of INSTEAD", Some(Turn::Unsure)),
        ] {
            assert_eq!(turn(text), expected, "{text}");
        }
    }
}
