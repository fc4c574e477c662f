//! Every seam between rooms: a trait exists where there are two real implementations, or where a
//! test needs a stand-in.
//!
//! Floor 1: speaks in [`crate::domain`] terms only. Each implementation brings its room's own error
//! and says which [`Fault`] it is.

#[cfg(doc)]
use crate::domain::SPEECH_RATE_HZ;
use crate::domain::{
    Action, Activation, EvaluatorKind, Fault, FileChange, Generation, PathInfo, ProfileChange,
    ProfileDeletion, Speech, Subject, Transcript, Utterance,
};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Somewhere for sound to come from: a device, or a file.
pub trait AudioSource {
    /// The room's error.
    type Error: Error + Send + Sync + 'static;

    /// Whether it goes on whether or not anybody listens.
    const IS_LIVE: bool;

    /// Wait for more, and append it to `samples`: mono at [`SPEECH_RATE_HZ`]. `false` where that was
    /// the last.
    fn read(&mut self, samples: &mut Vec<f32>) -> Result<bool, Self::Error>;
}

/// Somewhere for sound to go: a file, or a device.
pub trait AudioSink {
    /// The room's error.
    type Error: Error + Send + Sync + 'static;

    /// Take one stretch. Returns once it is queued, which may be before it has sounded.
    fn play(&mut self, speech: &Speech) -> Result<(), Self::Error>;

    /// Wait until all that was taken has sounded, or is safely in the file.
    fn finish(&mut self) -> Result<(), Self::Error>;
}

/// Turns an utterance into words.
pub trait Transcriber {
    /// The room's error.
    type Error: Error + Into<Fault> + Send + Sync + 'static;

    /// The words of `utterance`. Setting `abort` makes it return early with an error.
    fn transcribe(
        &mut self,
        utterance: &Utterance,
        abort: &AtomicBool,
    ) -> Result<Transcript, Self::Error>;
}

/// What something is prepared to be spoken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// It may be the next answer. As little is made at once as can be, which takes more work in all: something
    /// else may be to be done at any moment.
    Soon,
    /// It is said often, and may be kept from one start to the next.
    Often,
}

/// Turns text into sound.
pub trait Voice {
    /// The room's error.
    type Error: Error + Send + Sync + 'static;

    /// Speak faster or slower from the next clause on: 1 is the voice's own speed. Kept within 0.5…3.
    fn set_speed(&mut self, speed: f32);

    /// Have the first clause of `text` at hand, for when it is to be spoken; no more of it than is made
    /// when `go_on`, which is asked before each stretch, returns `false`.
    fn prepare(
        &mut self,
        text: &str,
        occasion: Occasion,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<(), Self::Error>;

    /// Speak `text` clause by clause: `stretch` is handed each, or one part of it after another, as soon
    /// as it is ready, and ends the synthesis by returning `false`.
    fn speak(
        &mut self,
        text: &str,
        stretch: &mut dyn FnMut(Speech) -> bool,
    ) -> Result<(), Self::Error>;
}

/// What can be read of a Nix store.
pub trait Store {
    /// The room's error.
    type Error: Error + Into<Fault> + Send + Sync + 'static;

    /// The record of `path`, or `None` where it is not valid.
    fn path_info(&mut self, path: &str) -> Result<Option<Arc<PathInfo>>, Self::Error>;

    /// The valid paths that refer to `path`, sorted; may include itself.
    fn referrers(&mut self, path: &str) -> Result<Vec<String>, Self::Error>;

    /// Every valid path with its NAR size in bytes, in any order.
    fn sizes(&mut self) -> Result<Vec<(String, u64)>, Self::Error>;
}

/// Evaluates Nix expressions.
pub trait Evaluator: Send {
    /// The room's error.
    type Error: Error + Into<Fault> + Send + Sync + 'static;

    /// What does it.
    fn kind(&self) -> EvaluatorKind;

    /// The string that `question`, a function in Nix, gives for `subject`. Derivations that it names
    /// are in the store then.
    fn evaluate(&mut self, subject: &Subject, question: &str) -> Result<String, Self::Error>;
}

/// The only four acts that take the rights of the machine's owner. Each checks anew what it is asked
/// for: nothing is done that was not planned on the world as it still is.
pub trait SystemHand {
    /// The room's error.
    type Error: Error + Into<Fault> + Send + Sync + 'static;

    /// Move the system's profile to `change.to`: a generation that exists, or a new one with the next
    /// number. It must hold a NixOS system. Fails where `change.from` is no longer current.
    fn set_profile(&mut self, change: &ProfileChange) -> Result<Generation, Self::Error>;

    /// Run the `switch-to-configuration` of the system at the store path `toplevel`. Each line that
    /// it prints is handed to `line`. One that ran and failed is no error: see
    /// [`Activation::took_effect`].
    fn activate(
        &mut self,
        toplevel: &Path,
        action: Action,
        line: &mut dyn FnMut(&str),
    ) -> Result<Activation, Self::Error>;

    /// Replace a file of the configuration, if it holds what the change begins with and what comes of
    /// it parses. The former text is kept.
    fn replace_file(&mut self, change: &FileChange) -> Result<(), Self::Error>;

    /// Delete generations of the system's profile, exactly as planned.
    fn delete_generations(&mut self, deletion: &ProfileDeletion) -> Result<(), Self::Error>;
}
