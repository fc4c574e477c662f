//! The machine's system: evaluated, built, compared with what runs, and activated.

use super::executor::told;
use super::world::World;
use crate::domain::{
    Action, Activation, Change, ClosureDiff, EvaluatorKind, Fault, Outcome, Plan, ProfileChange,
    RunChange, Scope, Task,
};
use crate::nix::{self, system};
use crate::nixos::system::{TOPLEVEL, Toplevel};
use std::path::{Path, PathBuf};

impl World {
    /// Build the system that the configuration describes, and do with it what `action` says.
    pub(super) fn build_system(
        &mut self,
        plan: &Plan,
        action: Option<Action>,
    ) -> Result<Outcome, Fault> {
        let (evaluator, toplevel) = self.realise_system()?;
        let running = self.running_system();
        let diff = self.changes_of(running.as_deref(), &toplevel);
        let Some(action) = action else {
            let reboot_pending = system::needs_reboot(self.root(), &toplevel);
            return Ok(Outcome::SystemBuilt { toplevel, diff, reboot_pending, evaluator });
        };
        // from here on it cannot be called off any more
        if self.cancel().is_cancelled() {
            return Err(Fault::Cancelled);
        }
        let keeps = matches!(action, Action::Switch | Action::Boot);
        let change = if keeps { self.profile_change(&toplevel).map_err(told)? } else { None };
        let activated = |change, activation| Outcome::SystemActivated {
            change,
            diff: diff.clone(),
            activation,
            evaluator,
        };
        if let Some(change) = change {
            let recorded = Change::Profile(change.clone());
            return self.on_record(plan, Scope::System, Some(&recorded), |world, _| {
                let activation = world.move_system(&change, action)?;
                Ok(activated(Some(change.clone()), activation))
            });
        }
        if running.as_ref() == Some(&toplevel) || action == Action::Boot {
            return Ok(Outcome::SystemUnchanged);
        }
        let former = running.ok_or(Fault::NoSystem)?;
        self.run(plan, &RunChange { former, toplevel }, |activation| activated(None, activation))
    }

    /// Activate another system until the next boot.
    pub(super) fn run_other(&mut self, plan: &Plan, change: &RunChange) -> Result<Outcome, Fault> {
        if self.running_system().as_ref() != Some(&change.former) {
            return Err(Fault::ChangedMeanwhile);
        }
        self.run(plan, change, |activation| Outcome::Run { activation })
    }

    /// The store path of the system that runs.
    pub(super) fn running_system(&self) -> Option<PathBuf> {
        std::fs::canonicalize(self.root().join("run/current-system")).ok()
    }

    /// Evaluate the configuration anew and build its system, which is kept while the connection to
    /// the daemon lasts.
    fn realise_system(&mut self) -> Result<(EvaluatorKind, PathBuf), Fault> {
        let (evaluator, text) = self.evaluate_system(TOPLEVEL, true)?;
        let toplevel: Toplevel = serde_json::from_str(&text).map_err(|error| {
            tracing::error!(%error, text, "no derivation of a system");
            Fault::Internal
        })?;
        let failed = self.build(&toplevel.derivation).map_err(told);
        let failed = failed.inspect_err(|_| self.disconnect())?;
        if failed {
            return Err(Fault::BuildFailed { package: self.failed_build() });
        }
        Ok((evaluator, toplevel.output))
    }

    /// Build or fetch what a derivation makes; whether that failed.
    fn build(&mut self, derivation: &str) -> Result<bool, nix::Error> {
        let daemon = self.working_daemon(Task::Fetch, 0)?;
        daemon.add_temp_root(derivation)?;
        let failed = daemon.fetch(&[format!("{derivation}!out")])?;
        for (path, reason) in &failed {
            tracing::error!(path, reason, "cannot be built");
        }
        Ok(!failed.is_empty())
    }

    /// What `after` changes of `before`, where that can be told.
    pub(super) fn changes_of(
        &mut self,
        before: Option<&Path>,
        after: &Path,
    ) -> Option<ClosureDiff> {
        let found = self.diff(before?, after);
        found.inspect_err(|error| tracing::warn!(%error, "no comparison to tell")).ok()
    }

    /// How the system's profile gets to `toplevel`; `None` where it is there.
    fn profile_change(&self, toplevel: &Path) -> Result<Option<ProfileChange>, nix::Error> {
        let profile = self.profile(Scope::System)?;
        let from = profile.state_if_any()?.and_then(|state| state.current().cloned());
        if from.as_ref().is_some_and(|from| from.target == toplevel) {
            return Ok(None);
        }
        let to = Some(profile.next(&toplevel.to_string_lossy())?);
        Ok(Some(ProfileChange { scope: Scope::System, from, to }))
    }

    /// Activate a system until the next boot, with that on record before it is done; `told` makes of
    /// it what there is to tell.
    fn run(
        &mut self,
        plan: &Plan,
        change: &RunChange,
        told: impl FnOnce(Activation) -> Outcome,
    ) -> Result<Outcome, Fault> {
        let recorded = Change::Run(change.clone());
        self.on_record(plan, Scope::System, Some(&recorded), |world, _| {
            world.run_or_go_back(change).map(told)
        })
    }

    /// Activate a system until the next boot. Where that fails, the former one is activated again.
    fn run_or_go_back(&mut self, change: &RunChange) -> Result<Activation, Fault> {
        let tried = self.activate(&change.toplevel, Action::Test)?;
        if tried.took_effect() {
            return Ok(tried);
        }
        let again = self.activate(&change.former, Action::Test);
        let restored = again.is_ok_and(|again| again.took_effect());
        let units = tried.failed_units;
        Err(Fault::ActivationFailed { number: None, back: None, restored, units })
    }
}
