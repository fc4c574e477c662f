//! What can go wrong on the way from text to speech.

use crate::domain::Fault;
use std::io;
use std::path::PathBuf;

/// An error of speech synthesis.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The ONNX Runtime library cannot be loaded.
    #[error("cannot load the ONNX Runtime library {path}", path = path.display())]
    Runtime {
        /// The library.
        path: PathBuf,
        /// What the loader said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The library is of a version that would hang.
    #[error("ONNX Runtime {found} ({path}) does not fit: {accepted} is needed", path = path.display())]
    RuntimeVersion {
        /// The library.
        path: PathBuf,
        /// Its version.
        found: String,
        /// The versions that work.
        accepted: String,
    },
    /// Another library was loaded before; a process can have only one.
    #[error("ONNX Runtime is loaded already, from {loaded}", loaded = loaded.display())]
    RuntimeTaken {
        /// The library that is in use.
        loaded: PathBuf,
    },
    /// [`load_runtime`](super::load_runtime) was not called, or did not succeed.
    #[error("ONNX Runtime is not loaded")]
    NoRuntime,
    /// A file of the voice cannot be read.
    #[error("cannot read the voice's {path}", path = path.display())]
    Voice {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The voice's configuration is not a Piper voice's.
    #[error("{path} does not describe a Piper voice", path = path.display())]
    VoiceConfig {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The voice's network cannot be loaded.
    #[error("cannot load the voice {path}", path = path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// What ONNX Runtime said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// espeak-ng cannot say how the text sounds; its data may be missing.
    #[error("no phonemes for `{text}`")]
    Phonemes {
        /// The text.
        text: String,
        /// What espeak-ng said.
        source: espeak_rs::ESpeakError,
    },
    /// speech-dispatcher cannot be reached.
    #[error("speech-dispatcher cannot be reached at {socket}: {source}", socket = socket.display())]
    Dispatcher {
        /// Where it was looked for.
        socket: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// speech-dispatcher was reached, and is of no use any more.
    #[error("speech-dispatcher is gone: {0}")]
    DispatcherGone(String),
    /// speech-dispatcher refuses something.
    #[error("speech-dispatcher refuses `{request}`: {answer}")]
    DispatcherRefused {
        /// What it was asked for.
        request: String,
        /// What it says.
        answer: String,
    },
    /// speech-dispatcher is told to be where only Unix sockets are looked at.
    #[error("SPEECHD_ADDRESS is {0}, but must be unix_socket:PATH")]
    DispatcherAddress(String),
    /// There is no session in which speech-dispatcher would run.
    #[error("XDG_RUNTIME_DIR is not set, where speech-dispatcher's socket is looked for")]
    NoSession,
    /// The synthesis failed.
    #[error("speech synthesis failed")]
    Synthesis(#[from] piper_rs::PiperError),
    /// What was synthesised could not be made to sound.
    #[error("speech synthesis failed half-way")]
    Vocoder(#[from] ort::Error),
}

impl From<Error> for Fault {
    fn from(_: Error) -> Self {
        // No fault that is spoken is about the voice: without it there is nothing to say it with.
        Self::Internal
    }
}
