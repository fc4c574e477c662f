//! What can go wrong with a catalogue.

use std::io;
use std::path::{Path, PathBuf};

/// A catalogue that cannot be read or built.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A file operation failed.
    #[error("cannot {doing} {}: {source}", .path.display())]
    File {
        /// What was tried, as a verb.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The file is no catalogue of this version, or was altered.
    #[error("{} is no catalogue that this version can read; build it anew", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// There is more to write than a catalogue can hold.
    #[error("{} would be larger than 4 GB", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// A list of packages is not of the form expected.
    #[error("{}: {problem}", .path.display())]
    Source {
        /// The list.
        path: PathBuf,
        /// What is wrong, and where.
        problem: String,
    },
}

impl CatalogueError {
    /// For `map_err`: wraps what went wrong when `doing` was tried on `path`.
    pub(super) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }
}
