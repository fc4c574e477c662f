//! What can go wrong between the service and its clients.

use crate::lines::LineError;
use std::io;
use std::path::PathBuf;

/// An error of the service or a client.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system names no runtime directory.
    #[error("no directory for the service's socket: set XDG_RUNTIME_DIR")]
    NoRuntimeDir,
    /// A file or directory for the socket cannot be made.
    #[error("cannot make {}: {source}", path.display())]
    Place {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another instance runs.
    #[error("nixvox serve runs already, and `nixvox ctl status` tells how it is; {} is its lock", path.display())]
    Taken {
        /// The lock.
        path: PathBuf,
    },
    /// No service answers.
    #[error("nixvox serve does not run: nobody answers at {}", path.display())]
    NotRunning {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The connection broke.
    #[error("the connection to nixvox serve broke")]
    Broken(#[source] LineError),
    /// The service has gone.
    #[error("nixvox serve has ended")]
    Gone,
    /// It says something that is not of this protocol.
    #[error("nixvox serve speaks another protocol than this program: {line}")]
    Protocol {
        /// What it said.
        line: String,
    },
    /// It refused.
    #[error("{0}")]
    Refused(String),
}

impl From<LineError> for Error {
    fn from(error: LineError) -> Self {
        match error {
            LineError::Gone => Self::Gone,
            LineError::Unexpected { line, .. } => Self::Protocol { line },
            error => Self::Broken(error),
        }
    }
}
