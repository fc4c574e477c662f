//! The callbacks that whisper.cpp makes while it encodes and reads the prompt.

use super::vocabulary::Token;
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, Ordering};
use whisper_rs::FullParams;
use whisper_rs::whisper_rs_sys::{whisper_context, whisper_state, whisper_token_data};

/// Takes the logits for the first token of a text and ends whisper.cpp's own decoding there, so
/// that others go on from its encoder's output. It must outlive that decoding, and stay in place.
pub(super) struct Tap<'a> {
    /// The token that ends a text.
    pub(super) end_of_text: Token,
    /// Set from outside to stop.
    pub(super) abort: &'a AtomicBool,
    /// The logits, one for each token of the vocabulary.
    pub(super) logits: Vec<f32>,
}

impl Tap<'_> {
    /// Have `params` call back to this tap, whose `logits` are as many as the vocabulary's tokens.
    pub(super) fn attach(&mut self, params: &mut FullParams<'_, '_>) {
        let this = std::ptr::from_mut(self).cast::<c_void>();
        // SAFETY: the callbacks get `this`, which the caller keeps alive and in place while the
        // decoding runs; whisper.cpp calls them one at a time, from the decoding thread or, for
        // the abort check, while that thread waits, and no other reference is used meanwhile.
        unsafe {
            params.set_filter_logits_callback(Some(take_logits));
            params.set_filter_logits_callback_user_data(this);
            params.set_abort_callback(Some(aborted));
            params.set_abort_callback_user_data(std::ptr::from_ref(self.abort).cast_mut().cast());
        }
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
    // SAFETY: `tap` is what `attach` registered, and nothing else refers to it now.
    let tap = unsafe { &mut *tap.cast::<Tap<'_>>() };
    // SAFETY: whisper.cpp passes one logit for each token of the vocabulary.
    let logits = unsafe { std::slice::from_raw_parts_mut(logits, tap.logits.len()) };
    tap.logits.copy_from_slice(logits);
    logits.fill(f32::NEG_INFINITY);
    logits[tap.end_of_text as usize] = 0.0;
}

/// Whether to stop, asked around each computation.
unsafe extern "C" fn aborted(abort: *mut c_void) -> bool {
    // SAFETY: `abort` is the flag that `attach` registered; it outlives the decoding.
    unsafe { &*abort.cast::<AtomicBool>() }.load(Ordering::Relaxed)
}
