//! What can go wrong between samples and words.

use crate::domain::Fault;
use std::path::PathBuf;

/// A failed recognition.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The model file cannot be read.
    #[error("cannot read the Whisper model {}: {source}", path.display())]
    Unreadable {
        /// The model file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds no model that whisper.cpp can load.
    #[error("{} is not a usable Whisper model in ggml format: {reason}", path.display())]
    NoModel {
        /// The model file.
        path: PathBuf,
        /// What whisper.cpp said.
        reason: String,
    },
    /// Recognition was stopped on request.
    #[error("recognition was stopped")]
    Aborted,
    /// whisper.cpp failed.
    #[error("whisper.cpp failed: {0}")]
    Failed(#[from] whisper_rs::WhisperError),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Aborted => Self::Cancelled,
            Error::Unreadable { .. } | Error::NoModel { .. } | Error::Failed(_) => Self::Internal,
        }
    }
}
