//! What can go wrong with acts of the machine's owner, and which spoken fault each is.

use crate::domain::Fault;
use crate::lines::LineError;
use crate::{nix, nixos};
use std::io;
use std::path::PathBuf;

/// An error of this room.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Of Nix.
    #[error(transparent)]
    Nix(#[from] nix::Error),
    /// Of the configuration.
    #[error(transparent)]
    Configuration(#[from] nixos::Error),
    /// The change is none of the system's profile.
    #[error("{} is all that is changed here, and this is no change of it", .link.display())]
    OtherProfile {
        /// The system's profile.
        link: PathBuf,
    },
    /// The system's profile would be left without a generation.
    #[error("the system's profile is never left without a generation")]
    NoGeneration,
    /// Nobody listens where the helper should.
    #[error("no nixvox-helper answers at {}: {source}; the NixOS module starts one, elsewhere \
             `systemctl enable --now nixvox-helper.socket` once its units are there", .socket.display())]
    NoHelper {
        /// Its socket.
        socket: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The conversation between nixvox and its helper broke.
    #[error("between nixvox and its helper: {0}")]
    Line(#[from] LineError),
    /// The helper says what was not asked for.
    #[error("nixvox-helper speaks another protocol than this program: {answer}")]
    Protocol {
        /// What it said.
        answer: String,
    },
    /// The helper did not do it.
    #[error("nixvox-helper refused: {error}")]
    Refused {
        /// What is to be told.
        fault: Box<Fault>,
        /// Its words.
        error: String,
    },
    /// The file is not for the helper to replace.
    #[error("{} is left alone: {problem}", .path.display())]
    Outside {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: &'static str,
    },
    /// The caller may not have it done.
    #[error("the user {uid} may not have that done: {why}")]
    NotAllowed {
        /// The user's id.
        uid: u32,
        /// Why not.
        why: String,
    },
    /// The kernel does not tell who calls.
    #[error("cannot find out who calls: {0}")]
    Caller(#[source] io::Error),
    /// A client's first line is none, or greets for another protocol.
    #[error("the first line, and no other, must be a hello of this protocol")]
    NoGreeting,
    /// As many as there is room for are being attended to.
    #[error("too many clients")]
    Busy,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Nix(error) => error.into(),
            Error::Configuration(error) => error.into(),
            Error::Refused { fault, .. } => *fault,
            Error::NotAllowed { .. } => Self::NotAuthorised,
            Error::Outside { .. } => Self::ConfigurationNotPermitted,
            Error::NoHelper { .. } | Error::Line(_) | Error::Protocol { .. } | Error::Busy => {
                Self::HelperFailed
            }
            Error::OtherProfile { .. }
            | Error::NoGeneration
            | Error::Caller(_)
            | Error::NoGreeting => Self::Internal,
        }
    }
}
