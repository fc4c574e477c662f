//! What can go wrong with acts of the machine's owner, and which spoken fault each is.

use crate::domain::Fault;
use crate::{nix, nixos};
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
    #[error("{} is no change of the system's profile", .link.display())]
    OtherProfile {
        /// The system's profile.
        link: PathBuf,
    },
    /// The system's profile would be left without a generation.
    #[error("the system's profile is never left without a generation")]
    NoGeneration,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Nix(error) => error.into(),
            Error::Configuration(error) => error.into(),
            Error::OtherProfile { .. } | Error::NoGeneration => Self::Internal,
        }
    }
}
