//! What was heard, as text.

use serde::Serialize;

/// One word with the recogniser's confidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Word {
    /// The word as written, without surrounding space.
    pub text: String,
    /// Lowest probability (0…1) among its tokens.
    pub probability: f32,
}

/// The words of an utterance.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Transcript {
    /// The words in order.
    pub words: Vec<Word>,
    /// Mean natural-log probability of the tokens; 0 is certainty.
    pub mean_logprob: f32,
}

impl Transcript {
    /// The words as one line.
    pub fn text(&self) -> String {
        let words: Vec<&str> = self.words.iter().map(|word| word.text.as_str()).collect();
        words.join(" ")
    }
}
