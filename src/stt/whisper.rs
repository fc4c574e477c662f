//! Whisper: an utterance's samples to a transcript.

use super::context::{WINDOW_SAMPLES, positions};
use super::decoder::Decoder;
use super::error::Error;
use super::filter::Tap;
use super::guidance::Guidance;
use super::laps::Laps;
use super::vocabulary::Vocabulary;
use super::{free, guided};
use crate::domain::{Guided, Transcript, Utterance};
use crate::grammar::{Guide, GuideSize};
use crate::ports::Transcriber;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperState,
};

/// Fewest samples that whisper.cpp encodes, 100 ms; shorter sounds are no words.
const SHORTEST: usize = 1600;

/// A loaded Whisper model with its working state.
pub struct Whisper {
    context: WhisperContext,
    state: WhisperState,
    vocabulary: Vocabulary,
    guidance: Option<Guidance>,
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
    #[must_use]
    pub fn guided_by(mut self, guide: Guide) -> Self {
        self.guidance = Some(Guidance::new(guide));
        self
    }

    /// How large the automaton of the guide has become; `None` without one.
    pub fn guide_size(&self) -> Option<GuideSize> {
        self.guidance.as_ref().map(Guidance::size)
    }

    /// Where the time of the latest utterance went.
    pub fn laps(&self) -> Laps {
        self.laps
    }

    fn parameters(&self, samples: usize) -> FullParams<'static, 'static> {
        let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        params.set_n_threads(self.threads);
        params.set_audio_ctx(i32::try_from(positions(samples)).unwrap_or(0));
        params.set_no_context(true);
        params.set_no_timestamps(true);
        params.set_single_segment(true);
        params.set_temperature_inc(0.0); // no second try at a higher temperature
        params.set_suppress_blank(false);
        params.set_print_progress(false);
        params.set_print_realtime(false);
        params.set_print_special(false);
        params.set_print_timestamps(false);
        params
    }

    /// Tokens that whisper.cpp has the model read before any text: the start, the language and the
    /// task where there are several, and that there are no timestamps.
    fn prompt(&self) -> usize {
        if self.context.is_multilingual() { 4 } else { 2 }
    }

    /// Encode `samples`, no more than a window of them, and decode them.
    fn window(&mut self, samples: &[f32], abort: &AtomicBool) -> Result<Transcript, Error> {
        let mut params = self.parameters(samples.len());
        let logits = vec![0.0; self.vocabulary.len()];
        let mut tap = Tap { end_of_text: self.vocabulary.end_of_text(), abort, logits };
        tap.attach(&mut params);
        let started = Instant::now();
        let encoded = self.state.full(params, samples);
        if abort.load(Ordering::Relaxed) {
            return Err(Error::Aborted);
        }
        encoded?;
        let start = (self.prompt(), tap.logits.as_slice());
        let threads = usize::try_from(self.threads).unwrap_or(1);
        let mut decoder = Decoder::new(&mut self.state, &self.vocabulary, start, threads, abort);
        let encode = started.elapsed();
        let started = Instant::now();
        let path = free::decode(&mut decoder)?;
        let (free, (free_calls, free_spent)) = (started.elapsed(), decoder.work());
        let started = Instant::now();
        let guided = match &mut self.guidance {
            Some(guidance) => guided::decode(&mut decoder, guidance, &path)?,
            None => Vec::new(),
        };
        let (guided_in, (calls, spent)) = (started.elapsed(), decoder.work());
        self.laps += Laps {
            encode,
            free,
            guided: guided_in,
            search: guided_in.saturating_sub(spent.saturating_sub(free_spent)),
            free_calls,
            guided_calls: calls - free_calls,
        };
        let told = |guided: super::path::Path| Guided {
            words: guided.words(&self.vocabulary),
            behind: path.whole_mean() - guided.whole_mean(),
            logprob: guided.logprob(),
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
