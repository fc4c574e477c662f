//! A decoded text with its probability.

use super::vocabulary::{Token, Vocabulary};
use crate::domain::{Word, by_sound};

/// Tokens with their natural-log probabilities.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Path {
    pub(super) tokens: Vec<Token>,
    pub(super) logprobs: Vec<f32>,
    /// Of the text's ending where it does.
    pub(super) end: f32,
    /// The natural-log probability of the tokens to who heard nothing; 0 where that was not asked.
    pub(super) expected: f32,
}

impl Path {
    /// Of all of it, its end included.
    pub(super) fn logprob(&self) -> f32 {
        self.logprobs.iter().sum::<f32>() + self.end
    }

    /// The same by its sound alone, where what was expected is known.
    pub(super) fn by_sound(&self) -> f32 {
        by_sound(self.logprob(), self.expected)
    }

    /// Per token of its text.
    pub(super) fn mean_logprob(&self) -> f32 {
        self.logprobs.iter().sum::<f32>() / self.tokens.len().max(1) as f32
    }

    /// Per token, its end counted as one.
    pub(super) fn whole_mean(&self) -> f32 {
        self.logprob() / (self.tokens.len() + 1) as f32
    }

    /// With one token more.
    pub(super) fn with(&self, token: Token, logprob: f32) -> Self {
        let mut longer = self.clone();
        longer.tokens.push(token);
        longer.logprobs.push(logprob);
        longer
    }

    /// Only its first `len` tokens.
    pub(super) fn truncate(&mut self, len: usize) {
        self.tokens.truncate(len);
        self.logprobs.truncate(len);
    }

    /// Its words. A token that opens with a space opens a word, which is as probable as the least
    /// probable of its tokens.
    pub(super) fn words(&self, vocabulary: &Vocabulary) -> Vec<Word> {
        let mut words: Vec<(Vec<u8>, f32)> = Vec::new();
        for (&token, logprob) in self.tokens.iter().zip(&self.logprobs) {
            let (bytes, probability) = (vocabulary.bytes(token), logprob.exp());
            match words.last_mut() {
                Some((word, lowest)) if !bytes.starts_with(b" ") => {
                    word.extend_from_slice(bytes);
                    *lowest = lowest.min(probability);
                }
                _ => words.push((bytes.to_vec(), probability)),
            }
        }
        let word = |(bytes, probability): (Vec<u8>, f32)| Word {
            text: String::from_utf8_lossy(&bytes).trim().to_owned(),
            probability,
        };
        words.into_iter().map(word).filter(|word| !word.text.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_join_to_words_with_their_lowest_probability() {
        let texts = [" Roll", " back", "ward", "."];
        let vocabulary = Vocabulary::new(&texts.map(|text| text.as_bytes().to_vec()), 4);
        let mut path = Path::default();
        for (token, probability) in (0..).zip([0.9_f32, 0.8, 0.3, 0.5]) {
            path = path.with(token, probability.ln());
        }
        let words = path.words(&vocabulary);
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(texts, ["Roll", "backward."]);
        assert!((words[1].probability - 0.3).abs() < 1e-6);
        path.truncate(1);
        assert!((path.mean_logprob() - 0.9_f32.ln()).abs() < 1e-6);
    }
}
