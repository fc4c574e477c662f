//! Where what nixvox keeps lies.

use super::super::error::Error;
use super::super::journal::Journal;
use std::path::PathBuf;

/// The journal of the practice store in `dir`, or in the user's cache directory.
///
/// # Errors
/// The system names no cache directory.
pub fn practice_journal(dir: Option<PathBuf>) -> Result<Journal, Error> {
    Ok(Journal::open(&practice_dir(dir)?))
}

/// The journal of what was changed on this machine.
///
/// # Errors
/// The system names no state directory.
pub fn machine_journal() -> Result<Journal, Error> {
    Ok(Journal::open(&state_dir()?))
}

pub(super) fn practice_dir(dir: Option<PathBuf>) -> Result<PathBuf, Error> {
    let missing = Error::NoDirectory { what: "the practice store", variable: "XDG_CACHE_HOME" };
    let cache = || dirs::cache_dir().map(|cache| cache.join("nixvox").join("practice"));
    dir.or_else(cache).ok_or(missing)
}

/// The directory that is cleared when the user's session ends, where the system has one.
pub(super) fn session_dir() -> Result<PathBuf, Error> {
    dirs::runtime_dir().map_or_else(state_dir, |dir| Ok(dir.join("nixvox")))
}

fn state_dir() -> Result<PathBuf, Error> {
    let missing = Error::NoDirectory { what: "the journal", variable: "XDG_STATE_HOME" };
    Ok(dirs::state_dir().ok_or(missing)?.join("nixvox"))
}

/// Where the machine's package catalogue lies.
///
/// # Errors
/// The system names no cache directory.
pub fn catalogue_file() -> Result<PathBuf, Error> {
    let missing = Error::NoDirectory { what: "the catalogue", variable: "XDG_CACHE_HOME" };
    Ok(dirs::cache_dir().ok_or(missing)?.join("nixvox/catalogue"))
}

/// Where former texts of files are kept that a journal tells of.
pub(super) fn backups(journal: &Journal) -> PathBuf {
    journal.path().with_file_name("backups")
}
