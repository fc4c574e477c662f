//! What we say ourselves, by its words: belt and braces to the echo canceller.

use crate::domain::{Transcript, plain_word};
use crate::tts::verbalise;
use std::time::{Duration, Instant};

/// How long after its end an answer may still be heard.
const FADING: Duration = Duration::from_millis(800);
/// Fewer words than these may be anybody's.
const FEWEST: usize = 3;
/// Of so many words one may have been misheard.
const MISHEARD: usize = 5;

/// The answer that sounds, or did a moment ago.
#[derive(Debug, Default)]
pub(super) struct OwnWords {
    words: Vec<String>,
    /// Until when it may be heard; absent while it sounds.
    until: Option<Instant>,
}

impl OwnWords {
    /// `text` is said from now on.
    pub(super) fn begin(&mut self, text: &str) {
        *self = Self { words: plain(&verbalise(text)), until: None };
    }

    /// It is over.
    pub(super) fn end(&mut self, now: Instant) {
        self.until = Some(now + FADING);
    }

    /// Whether it can be heard.
    pub(super) fn sound(&self, now: Instant) -> bool {
        !self.words.is_empty() && self.until.is_none_or(|until| now < until)
    }

    /// Whether `heard` is a stretch of it, a misheard word now and then apart.
    pub(super) fn hold(&self, heard: &Transcript) -> bool {
        let heard = plain(&verbalise(&heard.text()));
        heard.len() >= FEWEST && misheard(&heard, &self.words) <= heard.len() / MISHEARD
    }
}

/// The words of `text`, as they sound.
fn plain(text: &str) -> Vec<String> {
    text.split_whitespace().map(plain_word).filter(|word| !word.is_empty()).collect()
}

/// How many words of `heard` are others, too many or too few, at the stretch of `said` that it is
/// nearest to.
fn misheard(heard: &[String], said: &[String]) -> usize {
    // distances to the stretches that end before each word
    let mut row = vec![0; said.len() + 1];
    for (n, word) in heard.iter().enumerate() {
        let mut next = vec![n + 1];
        for (m, other) in said.iter().enumerate() {
            let changed = row[m] + usize::from(word != other);
            next.push(changed.min(row[m + 1] + 1).min(next[m] + 1));
        }
        row = next;
    }
    row.into_iter().min().unwrap_or(heard.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Word;

    fn holds(said: &str, heard: &str) -> bool {
        let mut own = OwnWords::default();
        own.begin(said);
        let word = |text: &str| Word { text: text.into(), probability: 1.0 };
        let words = heard.split_whitespace().map(word).collect();
        own.hold(&Transcript { words, ..Transcript::default() })
    }

    #[test]
    fn a_stretch_of_what_is_said_is_ours_also_misheard() {
        let said = "Rolled back to generation 4. hello went from 2.12.1 to 2.10, htop was removed.";
        for heard in [
            "back to generation four",
            "Back to generation 4.",
            "hello went from two point twelve",
            "two point one two point one to two point ten",
            "rolled back to generation for hello went",
        ] {
            assert!(holds(said, heard), "{heard}");
        }
    }

    #[test]
    fn what_somebody_says_is_not() {
        for (said, heard) in [
            ("Rolled back to generation 4. hello went from 2.12.1 to 2.10.", "roll back"),
            ("Rolled back to generation 4.", "go back to generation three"),
            ("Generation 5 is current in the user profile.", "which generation is current"),
            ("I am still busy. Say stop to stop it, or ask how far it is.", "how far is it"),
            ("You can say, for example: list my generations, or undo.", "undo"),
            ("", "what is the size of the store"),
        ] {
            assert!(!holds(said, heard), "{heard}");
        }
    }

    #[test]
    fn it_may_be_heard_until_a_moment_after_its_end() {
        let (mut own, now) = (OwnWords::default(), Instant::now());
        assert!(!own.sound(now));
        own.begin("Done.");
        assert!(own.sound(now + FADING * 9));
        own.end(now);
        assert!(own.sound(now) && !own.sound(now + FADING));
    }
}
