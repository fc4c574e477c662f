//! Updating the system: the newest versions of what its configuration is built from, and a rebuild.

use super::executor::unrecorded;
use super::settings::told;
use super::world::World;
use crate::domain::{Action, Change, Fault, InputsChange, Outcome, Plan, Subject, Task};
use crate::nixos::{Lock, Renewed};

impl World {
    /// Lock the inputs of the configuration's flake to their newest versions, and rebuild the system.
    ///
    /// # Errors
    /// After any fault they are locked as before.
    pub(super) fn update_system(&mut self, plan: &Plan) -> Result<Outcome, Fault> {
        let lock = self.settings().lock().map_err(told)?.ok_or(Fault::CannotUpdate)?;
        let Renewed { change, left } = self.newest(&lock)?;
        if let Some(change) = &change {
            self.change_inputs(plan, change)?;
        }
        let ticket = self.last_record();
        let built = self.build_system(plan, Some(Action::Switch));
        if let (Err(fault), Some(change), Some(ticket)) = (&built, &change, &ticket) {
            // what could not be built is in nobody's way later
            let restored = self.replace_file(&change.file.inverse());
            let noted =
                restored.and_then(|()| self.journal().end(ticket, Err(fault)).map_err(unrecorded));
            if let Err(fault) = noted {
                tracing::error!(fault = fault.code(), "the inputs stay as they were updated");
            }
        }
        Ok(Outcome::Updated { change, left, system: Box::new(built?) })
    }

    /// The newest versions of what `lock` locks.
    fn newest(&mut self, lock: &Lock) -> Result<Renewed, Fault> {
        let Some(question) = lock.question() else { return Ok(Renewed::default()) };
        self.begin_task(Task::Fetch);
        let nothing = Subject { expression: "null".to_owned(), stamp: None };
        match self.evaluate(&nothing, &question) {
            Ok((_, answer)) => lock.renewed(&answer).map_err(told),
            Err(Fault::Evaluation { message, .. }) => Err(Fault::CannotFetchInputs { message }),
            Err(fault) => Err(fault),
        }
    }

    /// Lock the inputs as `change` has them, with that on record before it is done.
    pub(super) fn change_inputs(
        &mut self,
        plan: &Plan,
        change: &InputsChange,
    ) -> Result<Outcome, Fault> {
        let recorded = Change::Inputs(change.clone());
        self.noted(plan, &change.file.path, Some(&recorded), |world| {
            world.replace_file(&change.file)?;
            Ok(Outcome::InputsChanged(change.clone()))
        })
    }
}
