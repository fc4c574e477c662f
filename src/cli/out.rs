//! What is printed, to a reader that may have gone.

use serde::Serialize;
use std::fmt::Display;
use std::io::{Write, stdout};
use unix::sys::signal::{SigHandler, Signal, signal};

/// Print a line. A reader that has gone is no reason to stop in the middle of an act.
pub(super) fn line(text: impl Display) {
    if let Err(error) = writeln!(stdout(), "{text}") {
        tracing::debug!(%error, "nobody reads what is printed");
    }
}

/// Print a value as a line of JSON.
pub(super) fn json(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => line(text),
        Err(error) => tracing::error!(%error, "a line cannot be written"),
    }
}

/// Let this process end quietly once nobody reads it, as programs do that only tell something.
pub(super) fn end_with_the_reader() {
    // SAFETY: this is the action that every process has by default; no code of ours runs in it.
    if let Err(error) = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) } {
        tracing::debug!(%error, "a reader that goes will be an error");
    }
}
