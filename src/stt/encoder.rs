//! Encoding, by whisper.cpp's own way in: samples to what its decoder looks at.

use super::context::positions;
use super::error::Error;
use super::filter::Tap;
use super::vocabulary::Vocabulary;
use std::sync::atomic::{AtomicBool, Ordering};
use whisper_rs::{FullParams, SamplingStrategy, WhisperState};

/// Encode `samples`, no more than a window of them, into `state` with so many `threads`.
///
/// Gives the logits of a text's first token, one for each token of the vocabulary.
pub(super) fn encode(
    state: &mut WhisperState,
    vocabulary: &Vocabulary,
    samples: &[f32],
    threads: i32,
    abort: &AtomicBool,
) -> Result<Vec<f32>, Error> {
    let params = parameters(samples.len(), threads);
    let logits = vec![0.0; vocabulary.len()];
    let tap = Tap { end_of_text: vocabulary.end_of_text(), abort, logits };
    let (encoded, logits) = tap.run(state, params, samples);
    if abort.load(Ordering::Relaxed) {
        return Err(Error::Aborted);
    }
    encoded?;
    Ok(logits)
}

fn parameters(samples: usize, threads: i32) -> FullParams<'static, 'static> {
    let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
    params.set_n_threads(threads);
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
