//! The loop guard: with a reduced context Whisper says things over again ("Install Firefox.
//! Install Firefox."), and this tells where the first saying ends.

use crate::domain::plain_word;

/// How many words of `words` stand before they start over; `None` while they don't. At least two
/// words must have come again, so that "no no" stays what it is.
pub(super) fn first_saying(words: &[impl AsRef<str>]) -> Option<usize> {
    let plain: Vec<String> = words.iter().map(|word| plain_word(word.as_ref())).collect();
    (2..plain.len().saturating_sub(1)).find(|&len| starts_over(&plain, len))
}

/// Whether everything from word `len` on repeats the words before it.
fn starts_over(plain: &[String], len: usize) -> bool {
    plain.iter().skip(len).zip(plain).all(|(again, before)| again == before)
}

/// Whether the last six tokens are one or two over and over.
pub(super) fn stutters(tokens: &[i32]) -> bool {
    let Some(tail) = tokens.last_chunk::<6>() else { return false };
    (1..=2).any(|period| tail.iter().skip(period).eq(&tail[..6 - period]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> Option<usize> {
        first_saying(&text.split_whitespace().collect::<Vec<_>>())
    }

    #[test]
    fn finds_where_words_start_over() {
        assert_eq!(kept("Install Firefox. Install firefox"), Some(2));
        assert_eq!(kept("Roll back now. Roll back"), Some(3));
        assert_eq!(kept("No, no, no, no."), Some(2));
        for text in ["", "no no", "Install Firefox. Install", "list the list of generations"] {
            assert_eq!(kept(text), None, "{text}");
        }
    }

    #[test]
    fn finds_stuttering_tokens() {
        assert!(stutters(&[9, 5, 5, 5, 5, 5, 5]));
        assert!(stutters(&[1, 2, 1, 2, 1, 2]));
        assert!(!stutters(&[5, 5, 5, 5, 5]));
        assert!(!stutters(&[1, 2, 3, 1, 2, 3]));
    }
}
