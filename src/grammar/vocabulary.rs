//! The words of a grammar, each kept once.

use super::numbers::in_digits;
use std::collections::HashMap;
use std::sync::Arc;

/// A word's index.
pub(super) type WordId = u32;

/// Every word that a sentence may have.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    words: Vec<Arc<str>>,
    ids: HashMap<Arc<str>, WordId>,
    /// Words that are numbers, by how these are written in digits.
    digits: HashMap<String, Vec<WordId>>,
}

impl Vocabulary {
    /// The index of `word`, which is new or known.
    pub(super) fn id(&mut self, word: &str) -> WordId {
        if let Some(&id) = self.ids.get(word) {
            return id;
        }
        let id = self.words.len() as WordId;
        let kept: Arc<str> = word.into();
        self.words.push(Arc::clone(&kept));
        self.ids.insert(kept, id);
        if let Some(digits) = in_digits(word) {
            self.digits.entry(digits).or_default().push(id);
        }
        id
    }

    /// The word with this index.
    pub(super) fn word(&self, id: WordId) -> &str {
        &self.words[id as usize]
    }

    /// Every word, by its index.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|word| &**word)
    }

    /// The words that `token` says, which may be a number in digits.
    pub(super) fn said(&self, token: &str) -> Vec<WordId> {
        let numbers = self.digits.get(token).into_iter().flatten();
        self.ids.get(token).into_iter().chain(numbers).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_kept_once_and_said_in_digits_too() {
        let mut words = Vocabulary::default();
        let ids = ["two", "too", "two", "2", "second"].map(|word| words.id(word));
        assert_eq!(ids, [0, 1, 0, 2, 3]);
        assert_eq!(words.words().collect::<Vec<_>>(), ["two", "too", "2", "second"]);
        assert_eq!(words.word(1), "too");
        assert_eq!(words.said("2"), [2, 0]);
        assert_eq!(words.said("2nd"), [3]);
        assert!(words.said("to").is_empty());
    }
}
