//! The callbacks that whisper.cpp makes while it decodes.

use super::guard::{first_saying, stutters};
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, Ordering};
use whisper_rs::FullParams;
use whisper_rs::whisper_rs_sys::{whisper_context, whisper_state, whisper_token_data};

/// What the callbacks of one decoding look at. It must outlive that decoding, and stay in place.
pub(super) struct Watch<'a> {
    /// The bytes of every text token, by id.
    pub(super) vocabulary: &'a [Vec<u8>],
    /// The token that ends a text; every text token's id is lower.
    pub(super) end_of_text: usize,
    /// Set from outside to stop.
    pub(super) abort: &'a AtomicBool,
    /// Tokens so far; kept to save an allocation a step.
    pub(super) tokens: Vec<i32>,
}

impl Watch<'_> {
    /// Have `params` call back to this watch.
    pub(super) fn attach(&mut self, params: &mut FullParams<'_, '_>) {
        let this = std::ptr::from_mut(self).cast::<c_void>();
        // SAFETY: the callbacks get `this`, which the caller keeps alive and in place while the
        // decoding runs; whisper.cpp calls them one at a time, from the decoding thread or, for
        // the abort check, while that thread waits, and no other reference is used meanwhile.
        unsafe {
            params.set_filter_logits_callback(Some(filter_logits));
            params.set_filter_logits_callback_user_data(this);
            params.set_abort_callback(Some(aborted));
            params.set_abort_callback_user_data(std::ptr::from_ref(self.abort).cast_mut().cast());
        }
    }

    /// Whether the text must end here.
    fn must_end(&self) -> bool {
        let text: Vec<u8> = self
            .tokens
            .iter()
            .filter_map(|&token| self.vocabulary.get(usize::try_from(token).ok()?))
            .flatten()
            .copied()
            .collect();
        let text = String::from_utf8_lossy(&text);
        let words: Vec<&str> = text.split_whitespace().collect();
        stutters(&self.tokens) || first_saying(&words).is_some()
    }
}

/// Leaves only the end of the text once it loops.
unsafe extern "C" fn filter_logits(
    _context: *mut whisper_context,
    _state: *mut whisper_state,
    tokens: *const whisper_token_data,
    n_tokens: c_int,
    logits: *mut f32,
    watch: *mut c_void,
) {
    // SAFETY: `watch` is what `attach` registered, and nothing else refers to it now.
    let watch = unsafe { &mut *watch.cast::<Watch<'_>>() };
    let n_tokens = usize::try_from(n_tokens).unwrap_or(0);
    watch.tokens.clear();
    if n_tokens > 0 {
        // SAFETY: whisper.cpp passes `n_tokens` tokens, which live until this returns.
        let tokens = unsafe { std::slice::from_raw_parts(tokens, n_tokens) };
        watch.tokens.extend(tokens.iter().map(|token| token.id));
    }
    if watch.must_end() {
        // SAFETY: whisper.cpp passes one logit for each token of the vocabulary.
        let logits = unsafe { std::slice::from_raw_parts_mut(logits, watch.vocabulary.len()) };
        logits.fill(f32::NEG_INFINITY);
        logits[watch.end_of_text] = 0.0;
    }
}

/// Whether to stop, asked around each computation.
unsafe extern "C" fn aborted(abort: *mut c_void) -> bool {
    // SAFETY: `abort` is the flag that `attach` registered; it outlives the decoding.
    unsafe { &*abort.cast::<AtomicBool>() }.load(Ordering::Relaxed)
}
