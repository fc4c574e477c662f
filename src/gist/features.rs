//! What of an utterance counts for its meaning.

use crate::domain::plain_word;
use crate::grammar::Grammar;

/// What a token is known as, whatever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Word,
    /// A letter.
    Letter,
    /// A number, or part of one.
    Number,
    /// Part of a name that many people know.
    Common,
    /// Part of a name that few people know.
    Rare,
    /// Part of the name of an option.
    Option,
}

impl Known {
    fn mark(self) -> &'static str {
        match self {
            Self::Word => "",
            Self::Letter => "#L",
            Self::Number => "#N",
            Self::Common => "#P",
            Self::Rare => "#R",
            Self::Option => "#O",
        }
    }
}

/// An utterance's tokens, and what is known of each.
#[derive(Debug)]
pub(super) struct Utterance {
    pub(super) tokens: Vec<String>,
    known: Vec<Known>,
    /// Tokens that are hidden from the model while it learns: a name is no part of what is asked for.
    hidden: Vec<bool>,
}

impl Utterance {
    pub(super) fn new(grammar: &Grammar, text: &str) -> Self {
        let tokens: Vec<String> =
            grammar.tokens(text).iter().flat_map(|token| apart(token)).collect();
        let mut known: Vec<Known> = tokens
            .iter()
            .map(|token| if token.len() == 1 { Known::Letter } else { Known::Word })
            .collect();
        for at in 0..tokens.len() {
            let longest = grammar.numbers(&tokens[at..]).into_iter().map(|(len, _)| len).max();
            known[at..at + longest.unwrap_or_default()].fill(Known::Number);
        }
        let mut at = 0;
        while at < tokens.len() {
            let names = grammar.names(&tokens[at..]).into_iter();
            match names.map(|name| (name.common, name.len)).max() {
                Some((common, len)) => {
                    let mark = if common { Known::Common } else { Known::Rare };
                    known[at..at + len].fill(mark);
                    at += len;
                }
                None => at += 1,
            }
        }
        // what is a package as well is mostly meant as one
        let mut at = 0;
        while at < tokens.len() {
            let len = grammar.fills(OPTION, &tokens[at..]).unwrap_or_default();
            if known[at..at + len].iter().all(|&known| matches!(known, Known::Word | Known::Letter))
            {
                known[at..at + len].fill(Known::Option);
            }
            at += len.max(1);
        }
        let hidden = vec![false; tokens.len()];
        Self { tokens, known, hidden }
    }

    /// Hide the tokens at these places from here on.
    pub(super) fn hide(&mut self, at: impl IntoIterator<Item = usize>) {
        for at in at {
            self.hidden[at] = true;
        }
    }

    /// Whether the token at `at` is of a name that many people know and no sentence of `grammar` has, or of a
    /// number.
    pub(super) fn names_or_counts(&self, grammar: &Grammar, at: usize) -> bool {
        let token = &self.tokens[at];
        match self.known[at] {
            Known::Common => !grammar.has_word(token),
            Known::Number => token != ONE,
            Known::Word | Known::Letter | Known::Rare | Known::Option => false,
        }
    }

    /// The token at `at`; what it is known as where it is hidden.
    fn word(&self, at: usize) -> &str {
        if self.hidden[at] { "#" } else { &self.tokens[at] }
    }

    /// The same, with names and numbers as what they are.
    fn masked(&self, at: usize) -> &str {
        match self.known[at] {
            Known::Word => self.word(at),
            known => known.mark(),
        }
    }

    /// What counts for the sentence that was meant.
    pub(super) fn sentence_features(&self) -> Vec<String> {
        let end = self.tokens.len();
        let mut features = vec![format!("l {}", end.min(12))];
        let masked = |at: Option<usize>| match at {
            Some(at) if at < end => self.masked(at),
            Some(_) => "$",
            None => "^",
        };
        for at in 0..end {
            features.push(self.word_feature(at));
            if at + 1 < end {
                features.push(format!("b {} {}", self.word(at), self.word(at + 1)));
            }
            if at + 2 < end {
                features.push(format!("s {} {}", self.word(at), self.word(at + 2)));
                features.push(format!(
                    "t {} {} {}",
                    self.word(at),
                    self.word(at + 1),
                    self.word(at + 2)
                ));
            }
        }
        for at in 0..=end {
            let (before, after) = (masked(at.checked_sub(1)), masked(Some(at)));
            features.push(format!("m {before} {after}"));
        }
        features.sort_unstable();
        features.dedup();
        features
    }

    /// The token at `at` itself.
    pub(super) fn word_feature(&self, at: usize) -> String {
        format!("u {}", self.word(at))
    }

    /// What counts for the place that the token at `at` fills, in the sentence of `class`.
    pub(super) fn word_features(&self, at: usize, class: usize) -> Vec<String> {
        let word = |offset: isize| match at.checked_add_signed(offset) {
            Some(at) if at < self.tokens.len() => self.word(at),
            Some(_) => "$",
            None => "^",
        };
        let mark = |offset: isize| match at.checked_add_signed(offset) {
            Some(at) if at < self.tokens.len() => self.known[at].mark(),
            _ => "",
        };
        let (here, before, after) = (word(0), word(-1), word(1));
        let (sign, last, next) = (mark(0), mark(-1), mark(1));
        vec![
            format!("w {here}"),
            format!("-1 {before}"),
            format!("+1 {after}"),
            format!("-2 {} {before}", word(-2)),
            format!("+2 {after} {}", word(2)),
            format!("-0 {before} {here}"),
            format!("+0 {here} {after}"),
            format!("k {last} {sign} {next}"),
            format!("kb {before} {sign}"),
            format!("ka {sign} {after}"),
            format!("kc {class} {sign}"),
            format!("c {class}"),
            format!("cw {class} {here}"),
            format!("cb {class} {before}"),
            format!("ca {class} {after}"),
            format!("cm {class} {} {last} {sign}", before),
        ]
    }
}

/// What is said of a name is no part of it: "perl's still here".
fn apart(token: &str) -> impl Iterator<Item = String> {
    let (word, rest) = match token.strip_suffix(OWNS) {
        Some(word) => (word, Some(OWNS)),
        None => (token, None),
    };
    std::iter::once(word).chain(rest).map(str::to_owned)
}

const OWNS: &str = "'s";

/// The slot that is filled with options.
const OPTION: &str = "option";

/// It stands for anything, and counts nothing: "the good one".
const ONE: &str = "one";

/// Whether words are the same but for what is between letters.
pub(super) fn same(words: &[String], value: &str) -> bool {
    plain_word(&words.concat()) == plain_word(value)
}
