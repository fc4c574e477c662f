//! Profiles: the links by which Nix names what is installed, and their history.

mod commit;
mod delete;
pub mod environment;
mod generations;
pub(in crate::nix) mod link;
pub(in crate::nix) mod lock;
pub mod manifest;
pub(in crate::nix) mod naming;
mod switch;

use super::{Error, NixPaths};
use crate::domain::{ProfileState, Scope};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use lock::Lock;

/// The profile of root's channels, below the state directory.
const CHANNELS: &str = "profiles/per-user/root/channels";

/// A profile, by its link. Its generations lie beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    scope: Scope,
    link: PathBuf,
    directory: PathBuf,
    name: String,
    /// Where the garbage collector looks for roots.
    roots: PathBuf,
    /// The link that leads shells here, where there is none.
    home_link: Option<PathBuf>,
}

impl Profile {
    /// The profile of a scope, which need not exist yet.
    pub fn new(paths: &NixPaths, scope: Scope) -> Result<Self, Error> {
        Self::at(paths, scope, paths.profile(scope))
    }

    /// The profile of root's channels, which need not exist yet.
    pub fn of_channels(paths: &NixPaths) -> Result<Self, Error> {
        Self::at(paths, Scope::System, &paths.state_dir.join(CHANNELS))
    }

    fn at(paths: &NixPaths, scope: Scope, link: &Path) -> Result<Self, Error> {
        let bad = |problem| Error::BadProfilePath { path: link.to_owned(), problem };
        let name = link.file_name().and_then(OsStr::to_str);
        let name = name.ok_or_else(|| bad("it does not end in a file name in UTF-8"))?;
        let directory = link.parent().filter(|dir| dir.is_absolute());
        let directory = directory.ok_or_else(|| bad("it is not an absolute path"))?;
        if directory.starts_with(&paths.store_dir) {
            return Err(bad("it leads into the store, where nothing is ever changed"));
        }
        Ok(Self {
            scope,
            link: link.to_owned(),
            directory: directory.to_owned(),
            name: name.to_owned(),
            roots: paths.state_dir.join("profiles"),
            home_link: paths.home_link.clone().filter(|_| scope == Scope::User),
        })
    }

    /// Whose profile it is.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The profile's own link.
    pub fn link(&self) -> &Path {
        &self.link
    }

    /// Its generations, oldest first.
    ///
    /// # Errors
    /// [`Error::NoProfile`] where there is neither link nor generation.
    pub fn state(&self) -> Result<ProfileState, Error> {
        self.state_if_any()?
            .ok_or_else(|| Error::NoProfile { scope: self.scope, link: self.link.clone() })
    }

    /// [`Self::state`], or `None` where there is neither link nor generation.
    pub fn state_if_any(&self) -> Result<Option<ProfileState>, Error> {
        generations::read(self)
    }

    /// The link of the generation with this number, whether it exists or not.
    pub(crate) fn generation_link(&self, number: u64) -> PathBuf {
        self.directory.join(naming::generation_name(&self.name, number))
    }

    /// Whether the garbage collector, which follows no links to directories, finds it by itself.
    fn is_rooted(&self) -> bool {
        let real = |path: &Path| fs::canonicalize(path).ok();
        match (real(&self.directory), real(&self.roots)) {
            (Some(directory), Some(roots)) => directory.starts_with(roots),
            _ => false,
        }
    }

    fn changed(&self, expected: String, found: String) -> Error {
        Error::ChangedMeanwhile { link: self.link.clone(), expected, found }
    }
}
