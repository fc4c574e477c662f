//! Where a practice store keeps things below its directory.

use super::super::{Error, NixPaths, exclusive};
use crate::files;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use unix::fcntl::Flock;

/// Single-user, offline, and without the isolation that needs privileges. Whoever reaches the
/// socket may be trusted: it lies in a directory of our own.
const NIX_CONF: &str = "\
build-users-group =
trusted-users = *
sandbox = false
require-sigs = false
experimental-features = nix-command flakes
";
/// What is in the store; another number makes it be filled anew.
const CONTENTS_VERSION: &str = "3\n";

/// The directories of a practice store.
#[derive(Debug)]
pub(super) struct Layout {
    root: PathBuf,
}

impl Layout {
    /// Make what is missing below `dir`.
    pub(super) fn prepare(dir: &Path) -> Result<Self, Error> {
        let make = |path: &Path| {
            fs::create_dir_all(path).map_err(Error::file("make the practice directory", path))
        };
        make(dir)?;
        // Nix refuses a store whose path holds symbolic links.
        let root = fs::canonicalize(dir).map_err(Error::file("find", dir))?;
        let layout = Self { root };
        for path in
            [layout.store(), layout.state(), layout.logs(), layout.configuration(), layout.run()]
        {
            make(&path)?;
        }
        let conf = layout.configuration().join("nix.conf");
        let contents = format!("{NIX_CONF}substituters = file://{}\n", layout.cache().display());
        if fs::read_to_string(&conf).ok() != Some(contents.clone()) {
            write(&conf, &contents)?;
        }
        Ok(layout)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    fn store(&self) -> PathBuf {
        self.root.join("store")
    }

    fn state(&self) -> PathBuf {
        self.root.join("var/nix")
    }

    /// The binary cache that it substitutes from.
    pub(super) fn cache(&self) -> PathBuf {
        self.root.join("cache")
    }

    /// What can be installed, in lines.
    pub(super) fn catalogue(&self) -> PathBuf {
        self.root.join("catalogue.tsv")
    }

    fn logs(&self) -> PathBuf {
        self.root.join("log")
    }

    /// What tells which systems were booted and run.
    pub(super) fn run(&self) -> PathBuf {
        self.root.join("run")
    }

    fn configuration(&self) -> PathBuf {
        self.root.join("etc")
    }

    /// Wait until nobody else is opening this store, and keep others out while the result lives.
    pub(super) fn lock(&self) -> Result<Flock<File>, Error> {
        let path = self.root.join("opening.lock");
        let file = OpenOptions::new().create(true).append(true).open(&path);
        file.and_then(exclusive).map_err(Error::file("lock the practice store with", &path))
    }

    fn mark(&self) -> PathBuf {
        self.root.join("populated")
    }

    /// Whether the store was filled to the end.
    pub(super) fn is_populated(&self) -> bool {
        fs::read_to_string(self.mark()).is_ok_and(|version| version == CONTENTS_VERSION)
    }

    /// Note that the store was filled to the end.
    pub(super) fn mark_populated(&self) -> Result<(), Error> {
        write(&self.mark(), CONTENTS_VERSION)
    }

    /// The environment in which Nix's programs use this store.
    pub(super) fn environment(&self) -> [(&'static str, PathBuf); 5] {
        [
            ("NIX_STORE_DIR", self.store()),
            ("NIX_STATE_DIR", self.state()),
            ("NIX_LOG_DIR", self.logs()),
            ("NIX_CONF_DIR", self.configuration()),
            ("HOME", self.root.clone()),
        ]
    }

    /// Where the daemon at `socket` keeps things.
    pub(super) fn paths(&self, socket: PathBuf) -> NixPaths {
        let profiles = self.state().join("profiles");
        NixPaths {
            store_dir: self.store(),
            state_dir: self.state(),
            socket,
            database: Some(self.state().join("db/db.sqlite")),
            user_profile: profiles.join("per-user/practice/profile"),
            system_profile: profiles.join("system"),
            home_link: None,
        }
    }
}

/// Write a file of a practice store.
pub(super) fn write(path: &Path, contents: &str) -> Result<(), Error> {
    files::replace(path, |file| file.write_all(contents.as_bytes()))
        .map_err(Error::file("write", path))
}
