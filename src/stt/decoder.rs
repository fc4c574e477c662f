//! How probable each token is after any text, for one utterance.

use super::error::Error;
use super::path::Path;
use super::vocabulary::{Token, Vocabulary};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use whisper_rs::WhisperState;

/// Logits lower than the highest by this much add nothing to a sum of 50,000 that a f32 can hold.
const NEGLIGIBLE: f32 = 20.0;

/// Tokens are put in order in bands of natural-log probability: the first of all down to here, and
/// each of the others as much lower.
const LIKELY: f32 = -6.0;
const BAND: f32 = 2.0;
/// What is less probable is never followed, as a natural logarithm.
const NEVER: f32 = -60.0;

/// So many tokens are looked at together.
const AT_ONCE: usize = 64;

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

    /// The text tokens that are more probable than `least`, with their natural-log probabilities,
    /// from the most probable one down.
    pub(super) fn ranked(&self, least: f32) -> impl Iterator<Item = (f32, Token)> {
        let text = &self.logits[..self.logits.len() - 1];
        // most often the first few are enough: those that are rare are put in order only if needed
        let band = move |(up_to, above): (f32, f32)| {
            let mut within: Vec<(f32, Token)> = Vec::new();
            for (first, some) in (0..).step_by(AT_ONCE).zip(text.chunks(AT_ONCE)) {
                let is_within = |logprob: f32| logprob > above && logprob <= up_to;
                // without a branch, so that many are compared at once
                if some.iter().fold(false, |any, logit| any | is_within(logit - self.log_sum)) {
                    let some =
                        (first..).zip(some).map(|(token, logit)| (logit - self.log_sum, token));
                    within.extend(some.filter(|&(logprob, _)| is_within(logprob)));
                }
            }
            within.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
            within
        };
        let least = least.max(NEVER);
        let others = std::iter::successors(Some(LIKELY), |&up_to| Some(up_to - BAND));
        let bands = others.map(|up_to| (up_to, up_to - BAND));
        let bands = std::iter::once((f32::INFINITY, LIKELY)).chain(bands);
        let bands = bands.take_while(move |&(up_to, _)| up_to > least);
        bands.flat_map(move |(up_to, above)| band((up_to, above.max(least))))
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
        let Some((_, before)) = text.split_last() else {
            return Err(whisper_rs::WhisperError::GenericError(0).into());
        };
        let started = Instant::now();
        let shared = self.held.iter().zip(before).take_while(|(a, b)| a == b).count();
        let rest = &text[shared..];
        self.state.decode(rest, self.prompt + shared, self.threads)?;
        self.held = text.to_vec();
        let next = Rc::new(Next::new(self.logits(rest.len())?, self.vocabulary.end_of_text()));
        self.known.insert(text.to_vec(), Rc::clone(&next));
        self.calls += 1;
        self.spent += started.elapsed();
        Ok(next)
    }

    /// `tokens` as a whole text.
    pub(super) fn path(&mut self, tokens: &[Token]) -> Result<Path, Error> {
        let mut path = Path::default();
        for &token in tokens {
            let logprob = self.next(&path.tokens)?.logprob(token);
            path = path.with(token, logprob);
        }
        path.end = self.next(tokens)?.logprob(self.vocabulary.end_of_text());
        Ok(path)
    }

    /// The logits after the last of `rows` tokens that were decoded in one call.
    fn logits(&self, rows: usize) -> Result<&[f32], Error> {
        let first = self.state.get_logits()?;
        let last = first.as_ptr().addr() + size_of_val(first) * (rows - 1);
        // SAFETY: whisper.cpp keeps a row of logits for each token of the latest call, one behind
        // the other (whisper.h), in memory of its own, and `decode` has made as many as `rows`.
        // whisper-rs hands out the first only; the memory is C++'s, whose pointers have their
        // provenance exposed, so that the last may be reached by its address. The rows stay until the next call, for which `self.state` has to be borrowed mutably.
        Ok(unsafe {
            std::slice::from_raw_parts(std::ptr::with_exposed_provenance(last), first.len())
        })
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
