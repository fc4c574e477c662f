//! Whether an utterance is meant for us.

use crate::domain::{Guided, Transcript, Word, plain_word};
use std::time::{Duration, Instant};

/// How long after an answer no activation phrase is needed.
const FOLLOW_UP: Duration = Duration::from_secs(8);

/// Waits for an activation phrase, such as "computer"; without one, everything is for us.
#[derive(Debug, Default)]
pub struct Attention {
    phrase: Vec<String>,
    greetings: Vec<String>,
    asleep: bool,
    until: Option<Instant>,
}

impl Attention {
    /// Attention that `phrase` calls, one of `greetings` before it or not; an empty phrase is never
    /// needed.
    pub fn new(phrase: &str, greetings: &[String]) -> Self {
        Self {
            phrase: phrase.split_whitespace().map(plain_word).collect(),
            greetings: greetings.iter().map(|greeting| plain_word(greeting)).collect(),
            asleep: false,
            until: None,
        }
    }

    /// Sleep, or be awake: who sleeps is called by the phrase alone.
    pub fn set_asleep(&mut self, asleep: bool) {
        self.asleep = asleep;
        self.until = None;
    }

    /// Whether it sleeps.
    pub fn is_asleep(&self) -> bool {
        self.asleep
    }

    /// Whether `transcript` is for us: it opens with the phrase, or none is needed.
    pub fn admits(&self, transcript: &Transcript, now: Instant) -> bool {
        self.phrase.is_empty()
            || self.opening(&transcript.words) > 0
            || self.until.is_some_and(|until| now <= until)
    }

    /// `transcript` without the phrase, where it opens with that.
    pub fn strip(&self, transcript: Transcript) -> Transcript {
        let opening = self.opening(&transcript.words);
        let words = transcript.words.into_iter().skip(opening).collect();
        let strip = |guided: Guided| {
            let opening = self.opening(&guided.words);
            let words = guided.words.into_iter().skip(opening).collect();
            Guided { words, ..guided }
        };
        let guided = transcript.guided.into_iter().map(strip).collect();
        Transcript { words, guided, ..transcript }
    }

    /// An answer was given: what follows soon is for us.
    pub fn answered(&mut self, now: Instant) {
        self.until = (!self.asleep).then(|| now + FOLLOW_UP);
    }

    /// How many of `words` are the phrase, with a greeting before it.
    fn opening(&self, words: &[Word]) -> usize {
        let words: Vec<String> = words.iter().map(|word| plain_word(&word.text)).collect();
        let greeting =
            usize::from(words.first().is_some_and(|first| self.greetings.contains(first)));
        let phrase = |at: usize| !self.phrase.is_empty() && words[at..].starts_with(&self.phrase);
        [0, greeting].into_iter().find(|&at| phrase(at)).map_or(0, |at| at + self.phrase.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str) -> Transcript {
        let word = |text: &str| Word { text: text.into(), probability: 1.0 };
        Transcript { words: text.split_whitespace().map(word).collect(), ..Transcript::default() }
    }

    fn admitted(attention: &Attention, text: &str, now: Instant) -> Option<String> {
        let heard = heard(text);
        attention.admits(&heard, now).then(|| attention.strip(heard).text())
    }

    #[test]
    fn only_what_follows_the_phrase_is_for_us() {
        let attention = Attention::new("computer", &["Hey".to_owned()]);
        let now = Instant::now();
        let for_us = |text| admitted(&attention, text, now);
        assert_eq!(for_us("Computer, roll back.").as_deref(), Some("roll back."));
        assert_eq!(for_us("Hey computer, status").as_deref(), Some("status"));
        assert_eq!(for_us("Roll back."), None);
        assert_eq!(for_us("The computer, roll back"), None);
    }

    #[test]
    fn after_an_answer_no_phrase_is_needed_for_a_while() {
        let mut attention = Attention::new("computer", &[]);
        let now = Instant::now();
        attention.answered(now);
        assert_eq!(admitted(&attention, "undo", now).as_deref(), Some("undo"));
        assert_eq!(admitted(&attention, "undo", now + FOLLOW_UP * 2), None);
        let always = Attention::new("", &[]);
        assert_eq!(admitted(&always, "undo", now).as_deref(), Some("undo"));
    }

    #[test]
    fn who_sleeps_hears_the_phrase_alone() {
        let mut attention = Attention::new("computer", &[]);
        let now = Instant::now();
        attention.answered(now);
        attention.set_asleep(true);
        assert_eq!(admitted(&attention, "undo", now), None);
        attention.answered(now);
        assert_eq!(admitted(&attention, "undo", now), None);
        assert!(admitted(&attention, "Computer, wake up", now).is_some() && attention.is_asleep());
    }
}
