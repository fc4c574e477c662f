//! Whisper: an utterance's samples to a transcript.

use super::context::positions;
use super::error::Error;
use super::filter::Watch;
use super::guard::first_saying;
use crate::domain::{Transcript, Utterance, Word};
use crate::ports::Transcriber;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperState,
};

/// Longest answer, in tokens; no command comes near it.
const MAX_TOKENS: i32 = 64;

/// A loaded Whisper model with its working state.
pub struct Whisper {
    context: WhisperContext,
    state: WhisperState,
    vocabulary: Vec<Vec<u8>>,
    threads: i32,
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
        let vocabulary = (0..context.n_vocab()).map(bytes).collect::<Result<_, _>>()?;
        let threads = i32::try_from(threads.max(1)).unwrap_or(1);
        Ok(Self { context, state, vocabulary, threads })
    }

    fn parameters(&self, samples: usize) -> FullParams<'static, 'static> {
        let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        params.set_n_threads(self.threads);
        params.set_audio_ctx(i32::try_from(positions(samples)).unwrap_or(0));
        params.set_no_context(true);
        params.set_no_timestamps(true);
        params.set_single_segment(true);
        params.set_temperature_inc(0.0); // no second try at a higher temperature
        params.set_max_tokens(MAX_TOKENS);
        params.set_suppress_nst(true);
        params.set_print_progress(false);
        params.set_print_realtime(false);
        params.set_print_special(false);
        params.set_print_timestamps(false);
        params
    }

    /// The transcript of what was just decoded.
    fn transcript(&self) -> Transcript {
        let end_of_text = self.context.token_eot();
        let (mut pieces, mut logprob) = (Pieces::default(), 0.0);
        let mut count = 0_u16;
        for segment in self.state.as_iter() {
            for token in (0..segment.n_tokens()).filter_map(|index| segment.get_token(index)) {
                let data = token.token_data();
                if data.id < end_of_text {
                    let bytes = usize::try_from(data.id).map_or(&[][..], |id| &self.vocabulary[id]);
                    pieces.push(bytes, data.p);
                    logprob += data.plog;
                    count += 1;
                }
            }
        }
        let mut words = pieces.words();
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        if let Some(len) = first_saying(&texts) {
            words.truncate(len);
        }
        Transcript { words, mean_logprob: logprob / f32::from(count.max(1)) }
    }
}

impl Transcriber for Whisper {
    type Error = Error;

    fn transcribe(
        &mut self,
        utterance: &Utterance,
        abort: &AtomicBool,
    ) -> Result<Transcript, Error> {
        let mut params = self.parameters(utterance.samples.len());
        let end_of_text = usize::try_from(self.context.token_eot()).unwrap_or(0);
        let mut watch =
            Watch { vocabulary: &self.vocabulary, end_of_text, abort, tokens: Vec::new() };
        watch.attach(&mut params);
        let decoded = self.state.full(params, &utterance.samples);
        if abort.load(Ordering::Relaxed) {
            return Err(Error::Aborted);
        }
        decoded?;
        Ok(self.transcript())
    }
}

/// Tokens on their way to words: a token that opens with a space opens a word.
#[derive(Default)]
struct Pieces(Vec<(Vec<u8>, f32)>);

impl Pieces {
    fn push(&mut self, bytes: &[u8], probability: f32) {
        match self.0.last_mut() {
            Some((word, lowest)) if !bytes.starts_with(b" ") => {
                word.extend_from_slice(bytes);
                *lowest = lowest.min(probability);
            }
            _ => self.0.push((bytes.to_vec(), probability)),
        }
    }

    fn words(self) -> Vec<Word> {
        let word = |(bytes, probability): (Vec<u8>, f32)| Word {
            text: String::from_utf8_lossy(&bytes).trim().to_owned(),
            probability,
        };
        self.0.into_iter().map(word).filter(|word| !word.text.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_join_to_words_with_their_lowest_probability() {
        let mut pieces = Pieces::default();
        for (bytes, probability) in [(" Roll", 0.9), (" back", 0.8), ("ward", 0.3), (".", 0.5)] {
            pieces.push(bytes.as_bytes(), probability);
        }
        let words = pieces.words();
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(texts, ["Roll", "backward."]);
        assert!((words[1].probability - 0.3).abs() < 1e-6);
    }

    #[test]
    fn a_file_that_is_no_model_is_named() {
        let missing = Whisper::load(Path::new("/nowhere/ggml.bin"), 1).err().unwrap().to_string();
        assert!(missing.contains("/nowhere/ggml.bin"), "{missing}");
        let junk = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(junk.path(), b"not a model at all").unwrap();
        assert!(matches!(Whisper::load(junk.path(), 1), Err(Error::NoModel { .. })));
    }
}
