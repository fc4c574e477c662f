//! The machine's own system: moving its profile, and having that take effect.

use super::world::World;
use crate::domain::{
    Action, Activation, Fault, FileChange, Generation, News, ProfileChange, ProfileDeletion,
};
use crate::nix::system;
use crate::ports::SystemHand;
use crate::privilege::{self, Direct};
use std::path::Path;

impl World {
    /// Whoever may act on the machine's system.
    pub(super) fn system_hand(&self) -> Box<dyn SystemHand<Error = privilege::Error>> {
        Box::new(Direct::new(self.paths().clone(), self.settings().backups.clone()))
    }

    /// Move the system's profile to `change.to`, and activate that with `action`. Where that fails, the
    /// former generation is made current and activated again.
    ///
    /// # Errors
    /// [`Fault::ActivationFailed`] tells whether the former generation is active again; after any other
    /// fault nothing was changed.
    pub(super) fn move_system(
        &mut self,
        change: &ProfileChange,
        action: Action,
    ) -> Result<Activation, Fault> {
        let made = self.system_hand().set_profile(change).map_err(told)?;
        let tried = self.activate(&made.target, action);
        let units = match tried {
            Ok(activation) if activation.took_effect() => return Ok(activation),
            Ok(activation) => activation.failed_units,
            Err(_) => Vec::new(),
        };
        let back = self.go_back(change, action);
        let (number, restored) = (Some(made.number), back.is_some());
        Err(Fault::ActivationFailed { number, back, restored, units })
    }

    /// Activate the system at the store path `toplevel`.
    ///
    /// # Errors
    /// It could not be tried; where it was tried and failed, that is no error.
    pub(super) fn activate(
        &mut self,
        toplevel: &Path,
        action: Action,
    ) -> Result<Activation, Fault> {
        let name = toplevel.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut line = |text: &str| {
            tracing::info!(target: "nixvox::activation", "{text}");
            self.news(News::Line { of: name.clone(), text: text.to_owned() });
        };
        let activated = self.system_hand().activate(toplevel, action, &mut line).map_err(told);
        let activated = activated.inspect(|activation| {
            if activation.exit != Some(0) {
                tracing::error!(?activation, "the activation failed, or units did");
            }
        });
        activated.map(|activation| {
            let reboot_pending = system::needs_reboot(self.root(), toplevel);
            Activation { reboot_pending, ..activation }
        })
    }

    /// Replace a file of the configuration.
    ///
    /// # Errors
    /// After any fault it is as it was.
    pub(super) fn replace_file(&mut self, change: &FileChange) -> Result<(), Fault> {
        self.system_hand().replace_file(change).map_err(told)
    }

    /// Delete generations of the system's profile.
    ///
    /// # Errors
    /// After any fault none is deleted.
    pub(super) fn delete_systems(&mut self, deletion: &ProfileDeletion) -> Result<(), Fault> {
        self.system_hand().delete_generations(deletion).map_err(told)
    }

    /// Take `change` back; the number of the generation that is active again then.
    fn go_back(&mut self, change: &ProfileChange, action: Action) -> Option<u64> {
        let Generation { number, target, .. } = change.from.clone()?;
        self.system_hand().set_profile(&change.inverse()).map_err(told).ok()?;
        let active = self.activate(&target, action).is_ok_and(|again| again.took_effect());
        active.then_some(number)
    }
}

/// The fault that an error is, with the error in the log.
fn told(error: privilege::Error) -> Fault {
    tracing::error!(%error);
    error.into()
}
