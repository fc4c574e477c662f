//! The acts, done in this process.

use super::error::Error;
use crate::domain::{
    Action, Activation, FileChange, Generation, ProfileChange, ProfileDeletion, Scope,
};
use crate::nix::{Daemon, NixPaths, Profile, activation};
use crate::nixos;
use crate::ports::SystemHand;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// Acts with the rights of this process.
#[derive(Debug, Clone)]
pub struct Direct {
    paths: NixPaths,
    backups: PathBuf,
}

impl Direct {
    /// Acts on the system profile of `paths`, and keeps former texts of files in `backups`.
    pub fn new(paths: NixPaths, backups: PathBuf) -> Self {
        Self { paths, backups }
    }

    fn daemon(&self) -> Result<Daemon<UnixStream>, Error> {
        Ok(Daemon::connect(&self.paths.socket)?)
    }

    /// The profile, which alone `scope` may be about.
    fn profile(&self, scope: Scope) -> Result<Profile, Error> {
        match scope {
            Scope::System => Ok(Profile::new(&self.paths, Scope::System)?),
            Scope::User => Err(Error::OtherProfile { link: self.paths.system_profile.clone() }),
        }
    }
}

impl SystemHand for Direct {
    type Error = Error;

    fn set_profile(&mut self, change: &ProfileChange) -> Result<Generation, Error> {
        let profile = self.profile(change.scope)?;
        let to = change.to.as_ref().ok_or(Error::NoGeneration)?;
        let mut daemon = self.daemon()?;
        activation::program(&to.target, &self.paths.store_dir, &mut daemon)?;
        Ok(profile.move_to(change.from.as_ref(), to, || Ok(&mut daemon))?)
    }

    fn activate(
        &mut self,
        toplevel: &Path,
        action: Action,
        line: &mut dyn FnMut(&str),
    ) -> Result<Activation, Error> {
        let store = &self.paths.store_dir;
        Ok(activation::activate(toplevel, action, store, &mut self.daemon()?, line)?)
    }

    fn replace_file(&mut self, change: &FileChange) -> Result<(), Error> {
        let backup = nixos::apply(change, &self.backups)?;
        tracing::info!(backup = %backup.display(), "the former text is kept");
        Ok(())
    }

    fn delete_generations(&mut self, deletion: &ProfileDeletion) -> Result<(), Error> {
        Ok(self.profile(deletion.scope)?.delete(deletion)?)
    }
}
