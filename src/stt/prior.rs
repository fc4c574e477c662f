//! The model's internal language model: what it expects to be written, whatever is heard.
//!
//! It prefers spellings that are usual in its training to those of a package's name, however clearly that
//! is said. What a text owes to that is told by a decoder that has heard nothing, and can be taken off
//! ([internal language model estimation](https://arxiv.org/abs/2011.01991)).

use super::decoder::Decoder;
use super::encoder::encode;
use super::error::Error;
use super::path::Path;
use super::vocabulary::{Token, Vocabulary};
use crate::domain::SPEECH_RATE_HZ;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use whisper_rs::WhisperState;

/// Beginnings of texts whose probability is kept, some 100 bytes each.
const KEPT: usize = 50_000;

/// A decoder's state that has heard a second of silence, and how probable texts are to it.
pub(super) struct Prior {
    state: WhisperState,
    /// The logits of a text's first token.
    first: Vec<f32>,
    /// The natural-log probability of the last token of each text after the others.
    known: HashMap<Vec<Token>, f32>,
}

impl Prior {
    /// Have `state` hear silence, with so many `threads`.
    pub(super) fn new(
        mut state: WhisperState,
        vocabulary: &Vocabulary,
        threads: i32,
    ) -> Result<Self, Error> {
        let silence = vec![0.0; SPEECH_RATE_HZ as usize];
        let first = encode(&mut state, vocabulary, &silence, threads, &AtomicBool::new(false))?;
        Ok(Self { state, first, known: HashMap::new() })
    }

    /// What is expected during one utterance, after a prompt of so many tokens.
    pub(super) fn expectation<'a>(
        &'a mut self,
        vocabulary: &'a Vocabulary,
        prompt: usize,
        threads: usize,
        abort: &'a AtomicBool,
    ) -> Expectation<'a> {
        if self.known.len() > KEPT {
            self.known.clear();
        }
        let start = (prompt, self.first.as_slice());
        let decoder = Decoder::new(&mut self.state, vocabulary, start, threads, abort);
        Expectation { decoder, known: &mut self.known }
    }
}

/// How probable texts are where nothing is heard.
pub(super) struct Expectation<'a> {
    decoder: Decoder<'a>,
    known: &'a mut HashMap<Vec<Token>, f32>,
}

impl Expectation<'_> {
    /// The natural-log probability of the last of `tokens` after the others.
    pub(super) fn of_last(&mut self, tokens: &[Token]) -> Result<f32, Error> {
        let Some((&last, before)) = tokens.split_last() else { return Ok(0.0) };
        if let Some(&logprob) = self.known.get(tokens) {
            return Ok(logprob);
        }
        let logprob = self.decoder.next(before)?.logprob(last);
        self.known.insert(tokens.to_vec(), logprob);
        Ok(logprob)
    }

    /// How often the decoder was called, and how long that took.
    pub(super) fn work(&self) -> (usize, Duration) {
        self.decoder.work()
    }

    /// `path`, with what was expected of it.
    pub(super) fn of(&mut self, path: &Path) -> Result<Path, Error> {
        let lengths = 1..=path.tokens.len();
        let expected =
            lengths.map(|len| self.of_last(&path.tokens[..len])).sum::<Result<_, _>>()?;
        Ok(Path { expected, ..path.clone() })
    }
}
