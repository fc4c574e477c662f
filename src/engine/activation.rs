//! The machine's own system: moving its profile, and having that take effect.

use super::world::World;
use crate::domain::{
    Action, Activation, Fault, FileChange, Generation, News, ProfileChange, ProfileDeletion, Scope,
};
use crate::nix::system;
use crate::ports::SystemHand;
use crate::privilege;
use std::path::Path;

/// How often it is tried to go back: whoever does it may break off, and be started anew.
const TRIES: usize = 2;

impl World {
    /// Whoever may act on the machine's system.
    pub(super) fn system_hand(&self) -> Box<dyn SystemHand<Error = privilege::Error>> {
        self.hand_beside(&self.paths().system_profile)
    }

    /// Whoever may change `file`.
    fn hand_beside(&self, file: &Path) -> Box<dyn SystemHand<Error = privilege::Error>> {
        self.access().hand(file.parent().unwrap_or(Path::new("/")))
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
        let made = match self.system_hand().set_profile(change).map_err(told) {
            Ok(made) => made,
            Err(fault) => {
                // whoever should have done it may have broken off after it was done
                if fault == Fault::HelperFailed && self.stands_at(change.to.as_ref()) {
                    self.go_back(change, action);
                }
                return Err(fault);
            }
        };
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
        self.hand_beside(&change.path).replace_file(change).map_err(told)
    }

    /// Delete generations of the system's profile.
    ///
    /// # Errors
    /// After any fault none is deleted.
    pub(super) fn delete_systems(&mut self, deletion: &ProfileDeletion) -> Result<(), Fault> {
        self.system_hand().delete_generations(deletion).map_err(told)
    }

    fn stands_at(&self, generation: Option<&Generation>) -> bool {
        let state = self.profile(Scope::System).and_then(|profile| profile.state());
        state.is_ok_and(|state| state.stands_at(generation))
    }

    /// Take `change` back; the number of the generation that is active again then.
    fn go_back(&mut self, change: &ProfileChange, action: Action) -> Option<u64> {
        let former = change.from.as_ref()?;
        (0..TRIES).any(|_| self.try_back(change, former, action)).then_some(former.number)
    }

    fn try_back(&mut self, change: &ProfileChange, to: &Generation, action: Action) -> bool {
        let moved = self.stands_at(Some(to))
            || self.system_hand().set_profile(&change.inverse()).map_err(told).is_ok();
        moved && self.activate(&to.target, action).is_ok_and(|again| again.took_effect())
    }
}

/// The fault that an error is, with the error in the log.
fn told(error: privilege::Error) -> Fault {
    tracing::error!(%error);
    error.into()
}
