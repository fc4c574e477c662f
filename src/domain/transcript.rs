//! What was heard, as text.

use serde::{Deserialize, Serialize};

/// One word with the recogniser's confidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word as written, without surrounding space.
    pub text: String,
    /// Lowest probability (0…1) among its tokens.
    pub probability: f32,
}

/// `word`, or several at once, with only letters and digits, in lower case, to compare what was heard with.
pub fn plain_word(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The words of an utterance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// The words in order.
    pub words: Vec<Word>,
    /// Mean natural-log probability of the tokens; 0 is certainty.
    pub mean_logprob: f32,
    /// What the grammar lets the same sound be, likeliest by the sound first; nothing where nothing comes
    /// near, or where no grammar guides recognition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guided: Vec<Guided>,
}

/// A sentence of a grammar that may have been said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Guided {
    /// Its words in order.
    pub words: Vec<Word>,
    /// By how many nats (natural-log units) a token it is less probable, on average, than the words
    /// that were heard freely, the end of each counted as a token; 0 or less where it is no worse.
    pub behind: f32,
    /// The natural-log probability of all of it, its end included.
    pub logprob: f32,
    /// The natural-log probability of its words to a recogniser that heard nothing: how much of `logprob`
    /// comes of what is usually written, not of the sound.
    #[serde(default)]
    pub expected: f32,
}

impl Transcript {
    /// The words of `text`, which are certain, because they were typed.
    pub fn certain(text: &str) -> Self {
        let word = |text: &str| Word { text: text.to_owned(), probability: 1.0 };
        Self { words: text.split_whitespace().map(word).collect(), ..Self::default() }
    }

    /// The words as one line.
    pub fn text(&self) -> String {
        text(&self.words)
    }
}

/// How much of what a recogniser expects without hearing anything is taken off: of 500 package names 0.6
/// to 1 were as good, 0.4 and less were worse.
const EXPECTED: f32 = 0.7;

/// How probable a text is by its sound, of its natural-log probability and of what was `expected` of it
/// without a sound.
pub fn by_sound(logprob: f32, expected: f32) -> f32 {
    logprob - EXPECTED * expected
}

impl Guided {
    /// How probable it is by its sound alone, as a natural logarithm.
    pub fn by_sound(&self) -> f32 {
        by_sound(self.logprob, self.expected)
    }

    /// The words as one line.
    pub fn text(&self) -> String {
        text(&self.words)
    }
}

fn text(words: &[Word]) -> String {
    let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    words.join(" ")
}
