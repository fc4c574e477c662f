//! How probable each token is after any text, for one utterance.

use super::error::Error;
use super::vocabulary::{Token, Vocabulary};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use whisper_rs::WhisperState;

/// Logits lower than the highest by this much add nothing to a sum of 50,000 that a f32 can hold.
const NEGLIGIBLE: f32 = 20.0;

/// Tokens are put in order in bands of natural-log probability between these.
const LIKELY: f32 = -6.0;
const UNLIKELY: f32 = -12.0;

/// Natural-log probabilities of the text tokens and the end of the text, after some text.
#[derive(Debug)]
pub(super) struct Next {
    logits: Vec<f32>,
    log_sum: f32,
}

impl Next {
    /// From `logits`, of which the end of the text is the last that counts.
    pub(super) fn new(logits: &[f32], end_of_text: Token) -> Self {
        let logits = logits[..=end_of_text as usize].to_vec();
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let counting = logits.iter().filter(|&&logit| logit > highest - NEGLIGIBLE);
        let sum: f32 = counting.map(|logit| (logit - highest).exp()).sum();
        Self { logits, log_sum: highest + sum.ln() }
    }

    /// The natural-log probability of `token`.
    pub(super) fn logprob(&self, token: Token) -> f32 {
        self.logits[token as usize] - self.log_sum
    }

    /// The text tokens that are more probable than `least`, a natural logarithm, from the most
    /// probable one down.
    pub(super) fn ranked(&self, least: f32) -> impl Iterator<Item = Token> {
        let text = &self.logits[..self.logits.len() - 1];
        // most often the first few are enough: those that are rare are put in order only if needed
        let band = move |above: f32, up_to: f32| {
            let all = (0..).zip(text);
            let within = all.filter_map(move |(token, logit)| {
                let logprob = logit - self.log_sum;
                (logprob > above && logprob <= up_to).then_some((logprob, token))
            });
            let mut within: Vec<(f32, Token)> = within.collect();
            within.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
            within.into_iter().map(|(_, token)| token)
        };
        let bands = [(LIKELY, f32::INFINITY), (UNLIKELY, LIKELY), (f32::NEG_INFINITY, UNLIKELY)];
        bands.into_iter().flat_map(move |(above, up_to)| band(above.max(least), up_to))
    }

    /// The most probable token that `allowed` lets through.
    pub(super) fn best(&self, allowed: impl Fn(usize) -> bool) -> Option<Token> {
        let all = self.logits.iter().enumerate().filter(|&(token, _)| allowed(token));
        all.max_by(|a, b| a.1.total_cmp(b.1)).and_then(|(token, _)| Token::try_from(token).ok())
    }
}

/// Decodes texts over one encoder output. Texts that begin alike share the work.
pub(super) struct Decoder<'a> {
    state: &'a mut WhisperState,
    vocabulary: &'a Vocabulary,
    /// Tokens of the prompt, before any text.
    prompt: usize,
    threads: usize,
    abort: &'a AtomicBool,
    /// The text whose keys and values whisper.cpp holds.
    held: Vec<Token>,
    known: HashMap<Vec<Token>, Rc<Next>>,
    calls: usize,
    spent: Duration,
}

impl<'a> Decoder<'a> {
    /// Go on from `state`, which has read a prompt of `prompt` tokens and gave `first` then.
    pub(super) fn new(
        state: &'a mut WhisperState,
        vocabulary: &'a Vocabulary,
        (prompt, first): (usize, &[f32]),
        threads: usize,
        abort: &'a AtomicBool,
    ) -> Self {
        let first = Rc::new(Next::new(first, vocabulary.end_of_text()));
        let known = HashMap::from([(Vec::new(), first)]);
        let (held, calls, spent) = (Vec::new(), 0, Duration::ZERO);
        Self { state, vocabulary, prompt, threads, abort, held, known, calls, spent }
    }

    /// What may come after `text`.
    pub(super) fn next(&mut self, text: &[Token]) -> Result<Rc<Next>, Error> {
        if let Some(next) = self.known.get(text) {
            return Ok(Rc::clone(next));
        }
        if self.abort.load(Ordering::Relaxed) {
            return Err(Error::Aborted);
        }
        let Some((last, before)) = text.split_last() else {
            return Err(whisper_rs::WhisperError::GenericError(0).into());
        };
        let started = Instant::now();
        let shared = self.held.iter().zip(before).take_while(|(a, b)| a == b).count();
        // whisper.cpp gives access to the logits of a call's first row, and computes the last
        if shared < before.len() {
            self.calls += 1;
            self.state.decode(&before[shared..], self.prompt + shared, self.threads)?;
        }
        self.state.decode(&[*last], self.prompt + before.len(), self.threads)?;
        self.held = text.to_vec();
        let next = Rc::new(Next::new(self.state.get_logits()?, self.vocabulary.end_of_text()));
        self.known.insert(text.to_vec(), Rc::clone(&next));
        self.calls += 1;
        self.spent += started.elapsed();
        Ok(next)
    }

    /// How often whisper.cpp's decoder was called, and how long that took.
    pub(super) fn work(&self) -> (usize, Duration) {
        (self.calls, self.spent)
    }

    /// The vocabulary that the tokens are of.
    pub(super) fn vocabulary(&self) -> &'a Vocabulary {
        self.vocabulary
    }
}
