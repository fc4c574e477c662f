//! Whisper: an utterance's samples to a transcript.

use super::context::WINDOW_SAMPLES;
use super::decoder::Decoder;
use super::encoder::encode;
use super::error::Error;
use super::guidance::Guidance;
use super::laps::Laps;
use super::prior::Prior;
use super::vocabulary::Vocabulary;
use super::{free, guided};
use crate::domain::{Guided, Transcript, Utterance};
use crate::grammar::{Guide, GuideSize};
use crate::ports::Transcriber;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use whisper_rs::{WhisperContext, WhisperContextParameters, WhisperState};

/// Fewest samples that whisper.cpp encodes, more than ten of its frames: of fewer it makes nothing, and
/// what it encoded before would be decoded again. Shorter sounds are no words.
const SHORTEST: usize = 1800;

/// A loaded Whisper model with its working state.
pub struct Whisper {
    context: WhisperContext,
    state: WhisperState,
    vocabulary: Vocabulary,
    guidance: Option<(Guidance, Prior)>,
    threads: i32,
    laps: Laps,
}

impl Whisper {
    /// Load the ggml model at `path`, to compute with `threads` threads.
    ///
    /// # Errors
    /// The file cannot be read, or holds no Whisper model.
    pub fn load(path: &Path, threads: usize) -> Result<Self, Error> {
        whisper_rs::install_logging_hooks();
        let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
        std::fs::File::open(path).map_err(unreadable)?;
        let no_model = |error: whisper_rs::WhisperError| Error::NoModel {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let mut parameters = WhisperContextParameters::default();
        // flash attention pads without a mask, which a reduced context would attend to
        parameters.use_gpu(false).flash_attn(false);
        let context = WhisperContext::new_with_params(path, parameters).map_err(no_model)?;
        let state = context.create_state().map_err(no_model)?;
        let bytes = |token| context.token_to_bytes(token).map(<[u8]>::to_vec);
        let tokens = (0..context.n_vocab()).map(bytes).collect::<Result<Vec<_>, _>>()?;
        let vocabulary = Vocabulary::new(&tokens, context.token_eot());
        let threads = i32::try_from(threads.max(1)).unwrap_or(1);
        let (guidance, laps) = (None, Laps::default());
        Ok(Self { context, state, vocabulary, guidance, threads, laps })
    }

    /// Have `guide`'s sentences recognised beside free text.
    ///
    /// # Errors
    /// There is no memory for what this needs.
    pub fn guided_by(mut self, guide: Guide) -> Result<Self, Error> {
        let prior = Prior::new(self.context.create_state()?, &self.vocabulary, self.threads)?;
        self.guidance = Some((Guidance::new(guide), prior));
        Ok(self)
    }

    /// How large the automaton of the guide has become; `None` without one.
    pub fn guide_size(&self) -> Option<GuideSize> {
        self.guidance.as_ref().map(|(guidance, _)| guidance.size())
    }

    /// Where the time of the latest utterance went.
    pub fn laps(&self) -> Laps {
        self.laps
    }

    /// Tokens that whisper.cpp has the model read before any text: the start, the language and the
    /// task where there are several, and that there are no timestamps.
    fn prompt(&self) -> usize {
        if self.context.is_multilingual() { 4 } else { 2 }
    }

    /// Encode `samples`, no more than a window of them, and decode them.
    fn window(&mut self, samples: &[f32], abort: &AtomicBool) -> Result<Transcript, Error> {
        let started = Instant::now();
        let first = encode(&mut self.state, &self.vocabulary, samples, self.threads, abort)?;
        let prompt = self.prompt();
        let start = (prompt, first.as_slice());
        let threads = usize::try_from(self.threads).unwrap_or(1);
        let mut decoder = Decoder::new(&mut self.state, &self.vocabulary, start, threads, abort);
        let encode = started.elapsed();
        let started = Instant::now();
        let path = free::decode(&mut decoder)?;
        let (free, (free_calls, free_spent)) = (started.elapsed(), decoder.work());
        let started = Instant::now();
        let (guided, (prior_calls, prior_spent)) = match &mut self.guidance {
            Some((guidance, prior)) => {
                let mut expected = prior.expectation(&self.vocabulary, prompt, threads, abort);
                let found = guided::decode(&mut decoder, &mut expected, guidance, &path)?;
                (found, expected.work())
            }
            None => Default::default(),
        };
        let (guided_in, (calls, spent)) = (started.elapsed(), decoder.work());
        self.laps += Laps {
            encode,
            free,
            guided: guided_in,
            search: guided_in.saturating_sub(spent.saturating_sub(free_spent) + prior_spent),
            free_calls,
            guided_calls: calls - free_calls + prior_calls,
        };
        let told = |guided: super::path::Path| Guided {
            words: guided.words(&self.vocabulary),
            behind: path.whole_mean() - guided.whole_mean(),
            logprob: guided.logprob(),
            expected: guided.expected,
        };
        let guided = guided.into_iter().map(told).collect();
        let words = path.words(&self.vocabulary);
        Ok(Transcript { words, mean_logprob: path.mean_logprob(), guided })
    }
}

impl Transcriber for Whisper {
    type Error = Error;

    fn transcribe(
        &mut self,
        utterance: &Utterance,
        abort: &AtomicBool,
    ) -> Result<Transcript, Error> {
        let mut whole = Transcript::default();
        self.laps = Laps::default();
        for (index, samples) in utterance.samples.chunks(WINDOW_SAMPLES).enumerate() {
            if samples.len() < SHORTEST {
                continue;
            }
            let window = self.window(samples, abort)?;
            whole.words.extend(window.words);
            whole.mean_logprob = whole.mean_logprob.min(window.mean_logprob);
            // a sentence that fills more than a window is none of the grammar's
            whole.guided = if index == 0 { window.guided } else { Vec::new() };
        }
        Ok(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_model_is_named() {
        let missing = Whisper::load(Path::new("/nowhere/ggml.bin"), 1).err().unwrap().to_string();
        assert!(missing.contains("/nowhere/ggml.bin"), "{missing}");
        let junk = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(junk.path(), b"not a model at all").unwrap();
        assert!(matches!(Whisper::load(junk.path(), 1), Err(Error::NoModel { .. })));
    }
}
