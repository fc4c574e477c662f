//! The spellings of names: without spaces, marks and case, numbers in digits.

use crate::domain::plain_word;
use crate::grammar::numbers::{in_words, numbers};

/// Words that name a mark inside a name.
const MARKS: &[&str] = &["dash", "hyphen", "underscore", "minus", "dot", "point"];

/// The folded ways to write a name that was said in `words`, the likeliest first: as it is, with
/// numbers in digits ("twenty two" as 22, "three thirteen" as 313), and without the names of marks.
pub fn spellings<S: AsRef<str>>(words: &[S]) -> Vec<String> {
    let words: Vec<String> = words.iter().map(|word| word.as_ref().to_lowercase()).collect();
    let mut spellings =
        vec![plain_word(&words.concat()), digits(&words, true), digits(&words, false)];
    let unmarked: Vec<String> =
        words.iter().filter(|word| !MARKS.contains(&word.as_str())).cloned().collect();
    if unmarked.len() < words.len() {
        spellings.extend([plain_word(&unmarked.concat()), digits(&unmarked, true)]);
    }
    let mut seen = Vec::new();
    spellings.retain(|spelling| {
        let new = !spelling.is_empty() && !seen.contains(spelling);
        seen.push(spelling.clone());
        new
    });
    spellings
}

/// Whether `word` is a letter, as in a name that is spelled out.
pub(in crate::grammar) fn is_letter(word: &str) -> bool {
    word.len() == 1 && word.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// `words` with what is spelled out written together.
pub(in crate::grammar) fn together(words: &[String]) -> Vec<String> {
    words.chunk_by(|one, next| is_letter(one) && is_letter(next)).map(<[_]>::concat).collect()
}

/// `words` with numbers in digits, each as long as it can be or each word for itself.
fn digits(words: &[String], long: bool) -> String {
    let mut text = String::new();
    let mut rest = words;
    while let Some(word) = rest.first() {
        let said = numbers(rest).into_iter().filter(|number| !number.ordinal);
        let number =
            if long { said.max_by_key(|number| number.len) } else { said.min_by_key(|n| n.len) };
        let len = if let Some(number) = number {
            text.push_str(&number.value.to_string());
            number.len
        } else {
            text.push_str(&plain_word(word));
            1
        };
        rest = &rest[len..];
    }
    text
}

/// The ways that a recogniser may write a folded `name`: as it is, and with a number in words.
pub(super) fn written(name: &str) -> Vec<String> {
    let mut forms = vec![name.to_owned()];
    let start = name.find(|c: char| c.is_ascii_digit());
    let end = name.rfind(|c: char| c.is_ascii_digit());
    if let (Some(start), Some(end)) = (start, end)
        && let Ok(number @ 0..=999) = name[start..=end].parse::<u64>()
    {
        let words = in_words(number, false).into_iter();
        forms.extend(
            words.map(|word| name[..start].to_owned() + &plain_word(&word) + &name[end + 1..]),
        );
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_written_together() {
        let together = |text: &str| {
            let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            together(&words).join(" ")
        };
        assert_eq!(together("node j s twenty two a b"), "node js twenty two ab");
        assert_eq!(together("plan b"), "plan b");
    }

    #[test]
    fn a_spoken_name_is_written_together() {
        let spellings = |text: &str| spellings(&text.split(' ').collect::<Vec<_>>());
        assert_eq!(spellings("Fire fox"), ["firefox"]);
        assert_eq!(spellings("p seven zip"), ["psevenzip", "p7zip"]);
        assert!(spellings("node j s twenty two").contains(&"nodejs22".to_owned()));
        assert!(spellings("python three thirteen").contains(&"python313".to_owned()));
        assert!(spellings("yt dash d l p").contains(&"ytdlp".to_owned()));
        assert!(spellings("…").is_empty());
        assert_eq!(written("gtk3"), ["gtk3", "gtkthree"]);
        assert!(written("nodejs22").contains(&"nodejstwentytwo".to_owned()));
    }
}
