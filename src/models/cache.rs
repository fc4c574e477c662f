//! The cache directory: what is in it, and how files get there whole or not at all.

use super::error::Error;
use super::hash;
use super::manifest::Model;
use serde::Serialize;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use unix::errno::Errno;
use unix::fcntl::{Flock, FlockArg};

const STAGING: &str = ".staging-";

/// Whether a model's files are in the cache, judged by their sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// All are, with the right sizes.
    Present,
    /// At least one is not.
    Missing,
    /// All are, but at least one has a wrong size.
    WrongSize,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Present => "present",
            Self::Missing => "missing",
            Self::WrongSize => "wrong size",
        })
    }
}

/// `nixvox/models` in the user's cache directory.
pub(super) fn default_dir() -> Result<PathBuf, Error> {
    let cache = dirs::cache_dir().ok_or(Error::NoCacheDir)?;
    Ok(cache.join("nixvox").join("models"))
}

/// The state of `model` in `dir`; opens no file.
pub(super) fn state(dir: &Path, model: &Model) -> State {
    let sizes = model.file.iter().map(|file| {
        let data = fs::metadata(dir.join(&file.name)).ok()?;
        Some(data.is_file() && data.len() == file.bytes)
    });
    match sizes.collect::<Option<Vec<_>>>() {
        None => State::Missing,
        Some(right) if right.contains(&false) => State::WrongSize,
        Some(_) => State::Present,
    }
}

/// The path of the first file of `model` in `dir`, if all are there with the right sizes.
pub(super) fn path(dir: &Path, model: &Model) -> Result<PathBuf, Error> {
    let name = model.name.clone();
    let path = dir.join(&model.file[0].name);
    match state(dir, model) {
        State::Present => Ok(path),
        State::Missing => Err(Error::NotFetched { name }),
        State::WrongSize => Err(Error::WrongSize { name, path }),
    }
}

/// Check the files of `model` in `dir` by their SHA-256.
pub(super) fn verify(dir: &Path, model: &Model) -> Result<(), Error> {
    path(dir, model)?;
    for file in &model.file {
        let path = dir.join(&file.name);
        if hash::sha256(&path)? != file.sha256 {
            let name = model.name.clone();
            return Err(Error::Damaged { name, path });
        }
    }
    Ok(())
}

/// The cache directory while this process alone may write to it.
pub(super) struct Writable<'a> {
    dir: &'a Path,
    _lock: Flock<File>,
}

impl<'a> Writable<'a> {
    /// Make `dir` if need be, lock it and sweep away what an interrupted run left. Where another
    /// process holds the lock, calls `waiting` and waits.
    pub(super) fn open(dir: &'a Path, waiting: impl FnOnce()) -> Result<Self, Error> {
        fs::create_dir_all(dir).map_err(Error::at(dir))?;
        let path = dir.join(".lock");
        let file = File::create(&path).map_err(Error::at(&path))?;
        let lock = Flock::lock(file, FlockArg::LockExclusiveNonblock)
            .or_else(|(file, error)| {
                if error != Errno::EWOULDBLOCK {
                    return Err((file, error));
                }
                waiting();
                Flock::lock(file, FlockArg::LockExclusive)
            })
            .map_err(|(_, error)| Error::at(&path)(error.into()))?;
        let cache = Self { dir, _lock: lock };
        cache.sweep()?;
        Ok(cache)
    }

    fn sweep(&self) -> Result<(), Error> {
        for entry in fs::read_dir(self.dir).map_err(Error::at(self.dir))? {
            let entry = entry.map_err(Error::at(self.dir))?;
            if entry.file_name().as_encoded_bytes().starts_with(STAGING.as_bytes()) {
                let path = entry.path();
                fs::remove_dir_all(&path).map_err(Error::at(&path))?;
            }
        }
        Ok(())
    }

    /// A directory for unfinished files, on the same file system; it goes away when dropped.
    pub(super) fn staging(&self) -> Result<TempDir, Error> {
        let mut builder = tempfile::Builder::new();
        let staging = builder.prefix(STAGING).tempdir_in(self.dir);
        staging.map_err(Error::at(self.dir))
    }

    /// Move the files of `model`, all in `staging`, to their places, if each has the right SHA-256.
    pub(super) fn install(&self, model: &Model, staging: &Path) -> Result<(), Error> {
        for file in &model.file {
            let path = staging.join(&file.name);
            hash::require(&path, &file.sha256)?;
            let written = File::open(&path).and_then(|file| file.sync_all());
            written.map_err(Error::at(&path))?;
        }
        for file in &model.file {
            let path = self.dir.join(&file.name);
            fs::rename(staging.join(&file.name), &path).map_err(Error::at(&path))?;
        }
        let dir = File::open(self.dir).and_then(|dir| dir.sync_all());
        dir.map_err(Error::at(self.dir))
    }
}
