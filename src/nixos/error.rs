//! What can go wrong with a configuration, and which spoken fault each is.

use crate::domain::{Fault, Kind, Mistake, Obstacle, Place, Problem};
use std::io;
use std::path::PathBuf;

/// An error of this room.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no configuration.
    #[error("there is no NixOS configuration at {}", .path.display())]
    NoConfiguration {
        /// Where it would be.
        path: PathBuf,
    },
    /// The flake has systems, none of which is this machine's.
    #[error("{} has no system that is called {host} as this machine is; --configuration takes the file \
             of another", .flake.display())]
    OtherMachines {
        /// The flake.
        flake: PathBuf,
        /// What this machine is called.
        host: String,
    },
    /// The configuration has more files than are followed.
    #[error("the configuration has more than {most} files: {} is one too many", .path.display())]
    TooManyFiles {
        /// The first that is not read.
        path: PathBuf,
        /// As many as it may have.
        most: usize,
    },
    /// A file operation failed.
    #[error("cannot {doing} {}: {source}", .path.display())]
    File {
        /// What was tried, as a verb.
        doing: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A file is no Nix.
    #[error("{place}: {mistake}")]
    Syntax {
        /// Where.
        place: Place,
        /// What is wrong.
        mistake: Mistake,
    },
    /// The option is set in a way that an edit could break.
    #[error("{place}: {option} is {why} there, which is left alone")]
    NotUnderstood {
        /// The option.
        option: String,
        /// Where.
        place: Place,
        /// What is in the way.
        why: Obstacle,
    },
    /// The option is set more than once.
    #[error("{option} is set at {first} and at {second}")]
    SetTwice {
        /// The option.
        option: String,
        /// One place.
        first: Place,
        /// Another.
        second: Place,
    },
    /// Settings below it are made, so that it is a group of options.
    #[error("{place}: {option} is a group of options")]
    Group {
        /// The option.
        option: String,
        /// Where one of them is.
        place: Place,
    },
    /// No file has a place to add an option to.
    #[error("no file of the configuration has a plain set of options to add {option} to")]
    NoRoom {
        /// The option.
        option: String,
    },
    /// The value is no literal, or not of the option's type.
    #[error("{value} is no value for {option}, which takes {expected}")]
    BadValue {
        /// The option.
        option: String,
        /// The value.
        value: String,
        /// What it takes.
        expected: Kind,
    },
    /// That is no option's path.
    #[error("`{0}` is no option's path")]
    BadPath(String),
    /// Somebody else changed the file in between; nothing was done.
    #[error("{} was changed by somebody else meanwhile", .path.display())]
    ChangedMeanwhile {
        /// The file.
        path: PathBuf,
    },
    /// The edited text would not say what was asked for; nothing was written.
    #[error("the edit of {} came out wrong: {problem}", .path.display())]
    BadEdit {
        /// The file.
        path: PathBuf,
        /// In what way.
        problem: String,
    },
    /// A flake's lock file cannot be understood, or what there is of newer inputs.
    #[error("cannot make sense of {}: {problem}", .path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The list of options cannot be read.
    #[error("cannot make sense of the options in {}: {problem}", .path.display())]
    Options {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

impl Error {
    /// For `map_err`: wraps what went wrong when `doing` was tried on `path`.
    pub(super) fn file(
        doing: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::NoConfiguration { .. } => Self::NoConfiguration,
            Error::OtherMachines { host, .. } => Self::OtherMachines { host },
            Error::TooManyFiles { .. } => Self::TooManyFiles,
            Error::Syntax { place, mistake } => {
                Self::BrokenConfiguration { problem: Problem { place, mistake } }
            }
            Error::NotUnderstood { option, place, why } => Self::LeftAlone { option, place, why },
            Error::SetTwice { option, first, second } => Self::SetTwice { option, first, second },
            Error::Group { option, place } => {
                Self::LeftAlone { option, place, why: Obstacle::Group }
            }
            Error::BadValue { option, value, expected } => {
                Self::BadValue { option, value, expected }
            }
            Error::ChangedMeanwhile { .. } => Self::ConfigurationChangedMeanwhile,
            Error::File { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    Self::ConfigurationNotPermitted
                }
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
                _ => Self::Internal,
            },
            Error::Lock { .. } => Self::BrokenLock,
            Error::NoRoom { option } => Self::NoRoom { option },
            Error::BadPath(_) | Error::BadEdit { .. } | Error::Options { .. } => Self::Internal,
        }
    }
}
