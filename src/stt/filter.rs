//! The callbacks that whisper.cpp makes while it encodes and reads the prompt.

use super::vocabulary::Token;
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, Ordering};
use whisper_rs::whisper_rs_sys::{whisper_context, whisper_state, whisper_token_data};
use whisper_rs::{FullParams, WhisperError, WhisperState};

/// Takes the logits for the first token of a text and ends whisper.cpp's own decoding there, so
/// that others go on from its encoder's output.
pub(super) struct Tap<'a> {
    /// The token that ends a text.
    pub(super) end_of_text: Token,
    /// Set from outside to stop.
    pub(super) abort: &'a AtomicBool,
    /// The logits, one for each token of the vocabulary.
    pub(super) logits: Vec<f32>,
}

impl Tap<'_> {
    /// Let `state` encode `samples` by `params`; how that ended, and the logits. Those that are there
    /// before are as many as the vocabulary's tokens.
    pub(super) fn run(
        mut self,
        state: &mut WhisperState,
        mut params: FullParams<'_, '_>,
        samples: &[f32],
    ) -> (Result<(), WhisperError>, Vec<f32>) {
        let abort = std::ptr::from_ref(self.abort).cast_mut().cast::<c_void>();
        let this = (&raw mut self).cast::<c_void>();
        // SAFETY: the callbacks get `this` and `abort`, which stay alive and in place until `full`,
        // the last to hold `params`, returns; whisper.cpp calls them one at a time, from the decoding
        // thread or, for the abort check, while that thread waits, and `self` is not used meanwhile.
        unsafe {
            params.set_filter_logits_callback(Some(take_logits));
            params.set_filter_logits_callback_user_data(this);
            params.set_abort_callback(Some(aborted));
            params.set_abort_callback_user_data(abort);
        }
        let encoded = state.full(params, samples);
        (encoded, self.logits)
    }
}

/// Keeps the logits, and leaves only the end of the text.
unsafe extern "C" fn take_logits(
    _context: *mut whisper_context,
    _state: *mut whisper_state,
    _tokens: *const whisper_token_data,
    _n_tokens: c_int,
    logits: *mut f32,
    tap: *mut c_void,
) {
    // SAFETY: `tap` is what `run` registered, and nothing else refers to it now.
    let tap = unsafe { &mut *tap.cast::<Tap<'_>>() };
    // SAFETY: whisper.cpp passes one logit for each token of the vocabulary.
    let logits = unsafe { std::slice::from_raw_parts_mut(logits, tap.logits.len()) };
    tap.logits.copy_from_slice(logits);
    logits.fill(f32::NEG_INFINITY);
    logits[tap.end_of_text as usize] = 0.0;
}

/// Whether to stop, asked around each computation.
unsafe extern "C" fn aborted(abort: *mut c_void) -> bool {
    // SAFETY: `abort` is the flag that `run` registered; it outlives the decoding.
    unsafe { &*abort.cast::<AtomicBool>() }.load(Ordering::Relaxed)
}
