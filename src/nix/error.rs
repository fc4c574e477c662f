//! What can go wrong with Nix, and which spoken fault each is.

use super::name::{package, store_name};
use crate::domain::{Fault, Place, Scope};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// An error of this room. Its text says what was being done, and to what.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection to the daemon's socket.
    #[error(
        "cannot connect to the Nix daemon at {}: {source}; is nix-daemon running (Debian's is in nix-setup-systemd), and is this its socket?",
        .socket.display()
    )]
    Unreachable {
        /// The socket tried.
        socket: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The connection broke off.
    #[error("the connection to the Nix daemon broke while {doing}: {source}")]
    Connection {
        /// What was being done.
        doing: String,
        /// How it broke.
        source: io::Error,
    },
    /// The daemon sent something that the worker protocol does not allow.
    #[error("the Nix daemon's answer makes no sense while {doing}: {problem}")]
    Protocol {
        /// What was being done.
        doing: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The daemon answered a request with an error. The connection remains usable, unless what was
    /// asked about is no store path at all: then the daemon hangs up.
    #[error("the Nix daemon reported an error while {doing}: {message}")]
    Refused {
        /// What was being done.
        doing: String,
        /// The daemon's words, without terminal colours.
        message: String,
    },
    /// The store's database cannot be read; the daemon can be asked instead.
    #[error("cannot read the store's database {}: {problem}", .path.display())]
    Database {
        /// The database.
        path: PathBuf,
        /// Why not.
        problem: String,
    },
    /// Nothing tells where the database is of the store that the daemon serves.
    #[error(
        "where the daemon at {} keeps its database is not known; NIX_STATE_DIR can tell",
        .socket.display()
    )]
    NoDatabase {
        /// The daemon's socket.
        socket: PathBuf,
    },
    /// The connection is out of step after an earlier error.
    #[error("this connection to the Nix daemon broke off earlier; connect again")]
    OutOfStep,
    /// The work was called off; see [`super::cancel`].
    #[error("it was called off")]
    Cancelled,
    /// The store does not hold this path.
    #[error("{path} is not a valid path of the store")]
    NotValid {
        /// The path.
        path: String,
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
    /// Some generations were deleted, and another could not be.
    #[error("generations {numbers:?} were deleted, and then: {source}")]
    DeletedInPart {
        /// Those that are gone.
        numbers: Vec<u64>,
        /// What kept the next one.
        source: Box<Error>,
    },
    /// A path that no profile can have, or whose user is unknown.
    #[error("{} cannot be a profile: {problem}", .path.display())]
    BadProfilePath {
        /// The path.
        path: PathBuf,
        /// Why not.
        problem: &'static str,
    },
    /// The user's name, which names their profile, cannot be found out.
    #[error("the user with id {uid} has no name in the password database; pass --profile PATH")]
    UnknownUser {
        /// The effective user id.
        uid: u32,
    },
    /// The profile does not exist.
    #[error("there is no {scope} profile at {}", .link.display())]
    NoProfile {
        /// Whose profile.
        scope: Scope,
        /// Where its link would be.
        link: PathBuf,
    },
    /// Somebody else changed the profile in between; nothing was done.
    #[error("{} was changed by somebody else meanwhile: expected {expected}, found {found}", .link.display())]
    ChangedMeanwhile {
        /// The profile's link.
        link: PathBuf,
        /// What had to be there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// What was to be activated is no NixOS system.
    #[error("{} is no NixOS system that could be activated: {problem}", .path.display())]
    NoSystem {
        /// What it was thought to be.
        path: PathBuf,
        /// Why it is none.
        problem: &'static str,
    },
    /// Two packages bring the same file.
    #[error("{} and {} collide: a profile can hold only one of them", .first.display(), .second.display())]
    Collision {
        /// The file that was there first.
        first: PathBuf,
        /// The file in its way.
        second: PathBuf,
    },
    /// A profile's manifest cannot be read.
    #[error("cannot make sense of the manifest {}: {problem}", .path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Nix cannot evaluate what it was asked to.
    #[error("evaluation failed: {message}")]
    Evaluation {
        /// Nix's words, without terminal colours and without the trace.
        message: String,
        /// Places that it has to do with, the nearest first.
        places: Vec<Place>,
    },
    /// The evaluator's process cannot be started or spoken to.
    #[error("cannot run {program}: {source}")]
    EvaluatorMissing {
        /// The program.
        program: String,
        /// Why not.
        source: io::Error,
    },
    /// The evaluator's process ended, or broke off, without an answer.
    #[error("the evaluator ended without an answer: {how}")]
    EvaluatorEnded {
        /// How it ended.
        how: String,
    },
    /// The evaluation took too long and was ended.
    #[error("the evaluation was ended after {limit:?}")]
    EvaluationTooLong {
        /// How long it was allowed to take.
        limit: Duration,
    },
    /// The practice store's daemon cannot be started.
    #[error("cannot start the practice store's nix-daemon: {problem}")]
    Practice {
        /// Why not, and what helps.
        problem: String,
    },
}

impl Error {
    /// For `map_err`: wraps what went wrong when `doing` was tried on `path`.
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Unreachable { .. } | Error::Practice { .. } => Self::DaemonUnreachable,
            Error::Refused { message, .. } if message.contains("No space left on device") => {
                Self::DiskFull
            }
            Error::Connection { .. }
            | Error::Protocol { .. }
            | Error::Refused { .. }
            | Error::OutOfStep => Self::DaemonFailed,
            Error::File { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    Self::NotPermitted
                }
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
                _ => Self::Internal,
            },
            Error::DeletedInPart { numbers, .. } => Self::DeletedInPart { numbers },
            Error::Cancelled => Self::Cancelled,
            Error::Evaluation { message, places } => {
                Self::Evaluation { message, place: places.into_iter().next() }
            }
            Error::EvaluatorMissing { .. } => Self::NoEvaluator,
            Error::EvaluatorEnded { .. } => Self::EvaluatorEnded,
            Error::EvaluationTooLong { .. } => Self::EvaluationTooLong,
            Error::NoProfile { scope, .. } => Self::NoProfile { scope },
            Error::ChangedMeanwhile { .. } => Self::ChangedMeanwhile,
            Error::NoSystem { .. } => Self::NoSystem,
            Error::Collision { first, second } => {
                Self::Collision { first: package_of(&first), second: package_of(&second) }
            }
            Error::Database { .. }
            | Error::NoDatabase { .. }
            | Error::NotValid { .. }
            | Error::BadProfilePath { .. }
            | Error::UnknownUser { .. }
            | Error::Manifest { .. } => Self::Internal,
        }
    }
}

/// The package that a file of the store belongs to.
fn package_of(file: &Path) -> String {
    let parts = file.iter().map(|part| part.to_string_lossy());
    let stored = parts.into_iter().find(|part| store_name(part) != part);
    stored.map_or_else(|| file.display().to_string(), |part| package(&part).name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_refuses_is_told_apart() {
        let fault =
            |kind: io::ErrorKind| Fault::from(Error::file("write", Path::new("/x"))(kind.into()));
        assert_eq!(fault(io::ErrorKind::PermissionDenied), Fault::NotPermitted);
        assert_eq!(fault(io::ErrorKind::ReadOnlyFilesystem), Fault::NotPermitted);
        assert_eq!(fault(io::ErrorKind::StorageFull), Fault::DiskFull);
        assert_eq!(fault(io::ErrorKind::NotADirectory), Fault::Internal);
        let message = "writing to file: No space left on device".to_owned();
        let doing = "adding to the store".to_owned();
        assert_eq!(Fault::from(Error::Refused { doing, message }), Fault::DiskFull);
    }
}
