//! Text to tokens: the same spelling for templates and for what was heard.

use super::numbers::is_numeral;
use regex::Regex;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Words and numbers, with an apostrophe inside.
static TOKEN: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\p{L}\p{N}]+(?:'[\p{L}]+)*"));
/// Separators inside a written number: 1,000.
static THOUSANDS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d),(\d{3})\b"));
/// A range: 1-3, and not a version as in qt-6-1.
static RANGE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(^|\s)(\d+) ?[-\x{2013}] ?(\d+)($|[\s,.!?;])"));
/// Number signs: #4.
static NUMBER_SIGN: LazyLock<Regex> = LazyLock::new(|| pattern(r"#\s*(\d)"));

#[expect(clippy::expect_used, reason = "the patterns are constants of this file, and tested")]
fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("a valid pattern")
}

/// Splits text into lower-case tokens and writes contractions out.
#[derive(Debug, Default)]
pub(super) struct Normaliser {
    contractions: HashMap<String, Vec<String>>,
}

impl Normaliser {
    /// A normaliser that replaces each contraction by its long form.
    pub(super) fn new<'a>(contractions: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let contractions = contractions
            .into_iter()
            .map(|(short, long)| {
                (short.to_lowercase(), long.split_whitespace().map(str::to_lowercase).collect())
            })
            .collect();
        Self { contractions }
    }

    /// The contractions with the words that they stand for.
    pub(super) fn contractions(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.contractions.iter().map(|(short, long)| (short.as_str(), long.as_slice()))
    }

    /// The tokens of `text`.
    pub(super) fn tokens(&self, text: &str) -> Vec<String> {
        let text = text.to_lowercase().replace(['\u{2019}', '\u{2018}', '`'], "'");
        let text = THOUSANDS.replace_all(&text, "$1$2");
        let text = RANGE.replace_all(&text, "$1$2 to $3$4");
        let text = NUMBER_SIGN.replace_all(&text, "number $1");
        let mut tokens = Vec::new();
        for token in TOKEN.find_iter(&text) {
            match self.contractions.get(token.as_str()) {
                Some(long) => tokens.extend(long.iter().cloned()),
                None => tokens.push(token.as_str().to_owned()),
            }
        }
        tokens
    }
}

/// `tokens` without false starts: words that are said twice, or begun and then said ("inst install"). Of a
/// number nothing is left out: "eighty eighty" is a port.
pub(super) fn steady(tokens: &[String]) -> Vec<String> {
    let begun = |word: &String, next: &String| {
        let again =
            word == next || word.len() > 1 && next.len() > word.len() && next.starts_with(word);
        again && !is_numeral(word)
    };
    let kept = tokens.iter().enumerate().filter(|&(at, word)| {
        word.len() == 1 && word != "a" || tokens.get(at + 1).is_none_or(|next| !begun(word, next))
    });
    kept.map(|(_, word)| word.clone()).collect()
}

/// The words of a text that was normalised.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> String {
        Normaliser::new([("what's", "what is"), ("rollback", "roll back")]).tokens(text).join(" ")
    }

    #[test]
    fn a_false_start_is_left_out() {
        let steady = |text: &str| super::steady(&words(text)).join(" ");
        assert_eq!(steady("inst install the the f f mpeg a a"), "install the f f mpeg a");
        assert_eq!(steady("remove it"), "remove it");
        assert_eq!(
            steady("port eighty eighty 80 80 six sixteen"),
            "port eighty eighty 80 80 six sixteen"
        );
    }

    #[test]
    fn writes_alike_what_sounds_alike() {
        assert_eq!(
            tokens("What\u{2019}s the current generation?"),
            "what is the current generation"
        );
        assert_eq!(tokens("Monday's, forty-two; #4"), "monday's forty two number 4");
        assert_eq!(tokens("1,000 Rollback! 42nd."), "1000 roll back 42nd");
        assert_eq!(tokens("1-3, 4 \u{2013} 6; qt-6-1 7-"), "1 to 3 4 to 6 qt 6 1 7");
        assert_eq!(tokens(" … "), "");
    }
}
