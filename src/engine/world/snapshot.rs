//! The world as a plan is made for it.

use super::super::executor::told;
use super::World;
use crate::domain::{Command, Fault, Intent, Scope, Snapshot};
use unix::unistd::{AccessFlags, access};

impl World {
    /// The profiles as they are now.
    ///
    /// # Errors
    /// A profile that is there but cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot, Fault> {
        let state = |scope| self.profile(scope).and_then(|profile| profile.state_if_any());
        let read = |scope| state(scope).map_err(told);
        let profiles = self.paths.system_profile.parent();
        Ok(Snapshot {
            user: read(Scope::User)?,
            system: read(Scope::System)?,
            running: self.running_system(),
            system_writable: profiles.is_some_and(|dir| access(dir, AccessFlags::W_OK).is_ok()),
            ..Snapshot::default()
        })
    }

    /// [`Self::snapshot`], with what `command` needs to know besides.
    ///
    /// # Errors
    /// Those of [`Self::snapshot`], and a daemon or a journal that does not answer where it is needed.
    pub fn snapshot_for(&mut self, command: &Command) -> Result<Snapshot, Fault> {
        let mut snapshot = self.snapshot()?;
        if command.intent == Intent::DialogueUndo {
            let last = self.journal.last_change(&snapshot, |scope| self.paths.profile(scope));
            snapshot.last_change = last.map_err(|error| {
                tracing::error!(%error, "the journal cannot be read");
                Fault::from(error)
            })?;
        }
        if command.intent == Intent::StoreCollect {
            let garbage = self.garbage().inspect_err(|_| self.disconnect());
            snapshot.garbage = Some(garbage.map_err(told)?);
        }
        snapshot.evaluate = command.intent == Intent::ConfigQuery && self.takes_evaluation(command);
        snapshot.setting = self.setting_view(command);
        if snapshot.setting.is_none() && command.intent.as_str().starts_with("package.") {
            let view = self.package_view(command).map_err(told)?;
            snapshot.packages = Some(Box::new(view));
        }
        Ok(snapshot)
    }
}
