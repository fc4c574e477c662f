//! Plan → outcomes: the only place where a plan touches the world.

use super::journal::JournalError;
use super::world::World;
use crate::domain::{
    Action, Change, ClosureDiff, Fault, Garbage, Outcome, Plan, ProfileChange, ProfileDeletion,
    ProfileState, Progress, Scope, Step, StoreUsage, Task,
};
use crate::nix::{self, Profile, diff, packages};
use crate::ports::Store;
use std::collections::HashSet;
use std::path::Path;

impl World {
    /// Carry out `plan`, step by step.
    ///
    /// # Errors
    /// The [`Fault`] to tell; its cause is in the log. Where steps before it have taken effect, it is
    /// the last outcome instead.
    pub fn carry_out(&mut self, plan: &Plan) -> Result<Vec<Outcome>, Fault> {
        self.begin_command();
        let outcomes = self.steps(plan);
        // what was kept in the store meanwhile, and is in use nowhere, is garbage from here on
        self.disconnect();
        self.access().hang_up();
        outcomes
    }

    fn steps(&mut self, plan: &Plan) -> Result<Vec<Outcome>, Fault> {
        let mut outcomes = Vec::new();
        for step in &plan.steps {
            let called_off = self.cancel().is_cancelled();
            let done = if called_off { Err(Fault::Cancelled) } else { self.step(plan, step) };
            match done {
                Ok(outcome) => outcomes.push(outcome),
                Err(fault) if outcomes.is_empty() => return Err(fault),
                // what was done before is told too
                Err(fault) => {
                    outcomes.push(Outcome::Unfinished { fault });
                    break;
                }
            }
        }
        Ok(outcomes)
    }

    fn step(&mut self, plan: &Plan, step: &Step) -> Result<Outcome, Fault> {
        let done = match step {
            Step::ListGenerations { scope, count } => self.list(*scope, *count),
            Step::DescribeCurrent { scope } => self.current(*scope),
            Step::Switch(change) => return self.switch(plan, change),
            Step::Diff { scope, before, after } => {
                self.diff(&before.target, &after.target).map(|diff| Outcome::Diff {
                    scope: *scope,
                    before: before.number,
                    after: after.number,
                    diff,
                })
            }
            Step::ListPackages => self.packages(),
            Step::ReadStatus => self.status(),
            Step::MeasureStore => self.measure(),
            Step::ChangePackages(change) => return self.change_packages(plan, change),
            Step::TellInstalled { packages } => {
                Ok(Outcome::AlreadyInstalled { packages: packages.clone() })
            }
            Step::TellUpToDate => Ok(Outcome::UpToDate),
            Step::Search { query } => return self.search(query),
            Step::FindCommand { command } => return self.find_command(command),
            Step::DescribePackage { entry, installed } => {
                self.describe(entry.as_deref(), installed.as_deref())
            }
            Step::ExplainPackage { name } => self.explain(name),
            Step::TryPackage(trial) => return self.try_package(plan, trial),
            Step::DeleteGenerations(deletion) => return self.delete(plan, deletion),
            Step::CollectGarbage { garbage, .. } => return self.collect(plan, *garbage),
            Step::VerifyStore => self.verify(),
            Step::OptimiseStore => return self.optimise(plan),
            Step::QueryOption { option, evaluate } => {
                return self.query_option(option, *evaluate);
            }
            Step::ChangeSetting(change) => return self.change_setting(plan, change),
            Step::TellSet { option, value } => {
                Ok(Outcome::AlreadySet { option: option.clone(), value: value.clone() })
            }
            Step::ValidateConfiguration => return self.validate(),
            Step::ChangeInputs(change) => return self.change_inputs(plan, change),
            Step::UpdateSystem => return self.update_system(plan),
            Step::BuildSystem { action } => return self.build_system(plan, *action),
            Step::Run(change) => return self.run_other(plan, change),
        };
        done.map_err(|error| {
            self.disconnect();
            told(error)
        })
    }

    fn list(&self, scope: Scope, count: Option<usize>) -> Result<Outcome, nix::Error> {
        let mut generations = self.profile(scope)?.state()?.generations;
        let total = generations.len();
        generations.reverse();
        generations.truncate(count.unwrap_or(total));
        Ok(Outcome::Generations { scope, generations, total })
    }

    fn current(&self, scope: Scope) -> Result<Outcome, nix::Error> {
        let profile = self.profile(scope)?;
        let state = profile.state()?;
        let generation = state.current().cloned();
        let link = || profile.link().to_owned();
        let generation = generation.ok_or_else(|| nix::Error::NoProfile { scope, link: link() })?;
        Ok(Outcome::Current { scope, generation })
    }

    /// Make the change, with its inverse on record before it is made.
    fn switch(&mut self, plan: &Plan, change: &ProfileChange) -> Result<Outcome, Fault> {
        let moved =
            |activation| Outcome::Switched { change: change.clone(), diff: None, activation };
        let recorded = Change::Profile(change.clone());
        let mut made = match change.scope {
            Scope::User => self.recorded(plan, change.scope, Some(&recorded), |_, profile| {
                profile.switch(change)?;
                Ok(moved(None))
            }),
            Scope::System => self.on_record(plan, change.scope, Some(&recorded), |world, _| {
                world.move_system(change, Action::Switch).map(Some).map(moved)
            }),
        }?;
        if let (Outcome::Switched { diff, .. }, Some(from), Some(to)) =
            (&mut made, &change.from, &change.to)
        {
            *diff = self.changes_of(Some(&from.target), &to.target);
        }
        Ok(made)
    }

    /// Delete generations, with that on record before it is done.
    fn delete(&mut self, plan: &Plan, deletion: &ProfileDeletion) -> Result<Outcome, Fault> {
        let deleted = || Outcome::Deleted(deletion.clone());
        match deletion.scope {
            Scope::User => self.recorded(plan, deletion.scope, None, |_, profile| {
                profile.delete(deletion)?;
                Ok(deleted())
            }),
            Scope::System => self.on_record(plan, deletion.scope, None, |world, _| {
                world.delete_systems(deletion)?;
                Ok(deleted())
            }),
        }
    }

    /// Collect garbage, with that on record before it is done.
    fn collect(&mut self, plan: &Plan, planned: Garbage) -> Result<Outcome, Fault> {
        self.recorded(plan, Scope::User, None, |world, _| {
            let daemon = world.working_daemon(Task::Collect, planned.paths as u64)?;
            let (paths, bytes) = daemon.collect_garbage()?;
            Ok(Outcome::Collected(Garbage { paths: paths.len(), bytes }))
        })
    }

    fn verify(&mut self) -> Result<Outcome, nix::Error> {
        let paths = self.store().sizes()?.len();
        let sound = self.working_daemon(Task::Verify, paths as u64)?.verify()?;
        Ok(Outcome::Verified { sound })
    }

    /// Link identical files, with that on record before it is done.
    fn optimise(&mut self, plan: &Plan) -> Result<Outcome, Fault> {
        self.recorded(plan, Scope::User, None, |world, _| {
            world.working_daemon(Task::Optimise, 0)?.optimise()?;
            Ok(Outcome::Optimised { bytes: world.progress().bytes.done })
        })
    }

    /// The fault that an error is; a task that was called off leaves what it had done until then.
    fn cut_short(&self, error: nix::Error) -> Fault {
        let Progress { task, paths, bytes, .. } = self.progress();
        match error {
            nix::Error::Cancelled if matches!(task, Task::Collect | Task::Optimise) => {
                Fault::Stopped { task, paths: paths.done, bytes: bytes.done }
            }
            error => told(error),
        }
    }

    /// Make a change, which the journal knows of before it is made, and again when it was.
    pub(super) fn recorded(
        &mut self,
        plan: &Plan,
        scope: Scope,
        change: Option<&Change>,
        act: impl FnOnce(&mut Self, &Profile) -> Result<Outcome, nix::Error>,
    ) -> Result<Outcome, Fault> {
        self.on_record(plan, scope, change, |world, profile| {
            act(world, profile).map_err(|error| world.cut_short(error))
        })
    }

    /// [`Self::recorded`], of an act that tells its faults itself.
    pub(super) fn on_record(
        &mut self,
        plan: &Plan,
        scope: Scope,
        change: Option<&Change>,
        act: impl FnOnce(&mut Self, &Profile) -> Result<Outcome, Fault>,
    ) -> Result<Outcome, Fault> {
        let profile = self.profile(scope).map_err(told)?;
        let made = self.noted(plan, profile.link(), change, |world| act(world, &profile));
        match &made {
            Ok(_) => self.mark_changed(scope),
            Err(_) => self.disconnect(),
        }
        made
    }

    /// Act on what lies at `path`, with that on record before it is done, and how it ended afterwards.
    pub(super) fn noted(
        &mut self,
        plan: &Plan,
        path: &Path,
        change: Option<&Change>,
        act: impl FnOnce(&mut Self) -> Result<Outcome, Fault>,
    ) -> Result<Outcome, Fault> {
        let ticket = self.begin_record(path, plan, change).map_err(unrecorded)?;
        let made = act(self);
        // what was done stays done, whether or not its end can be recorded
        let _ = self.journal().end(&ticket, made.as_ref()).map_err(unrecorded);
        made
    }

    /// Have the record of what is about to be done outlast a power failure, as what is done will at once.
    pub(super) fn secure_record(&self) -> Result<(), Fault> {
        self.journal().settle().map_err(unrecorded)
    }

    /// What nothing in the store needs.
    pub(super) fn garbage(&mut self) -> Result<Garbage, nix::Error> {
        if let Err(error) = self.tried().clear_former() {
            tracing::warn!(%error, "what former sessions tried is still kept");
        }
        let dead = self.daemon()?.dead_paths()?;
        let store = self.store();
        let mut garbage = Garbage::default();
        for path in dead {
            // some that are not valid any more lie about in the store
            let info = store.path_info(&path)?;
            garbage.paths += 1;
            let size = info.map_or(0, |info| info.nar_size);
            garbage.bytes = garbage.bytes.saturating_add(size);
        }
        Ok(garbage)
    }

    pub(super) fn diff(&mut self, before: &Path, after: &Path) -> Result<ClosureDiff, nix::Error> {
        let (before, after) = (before.to_string_lossy(), after.to_string_lossy());
        let diff = diff::between(self.store(), &before, &after)?;
        diff.ok_or_else(|| nix::Error::NotValid { path: format!("{before} or {after}") })
    }

    fn packages(&mut self) -> Result<Outcome, nix::Error> {
        let state = self.profile(Scope::User)?.state_if_any()?;
        let packages = match state.as_ref().and_then(ProfileState::current) {
            Some(current) => packages::installed(self.store(), &current.target)?,
            None => Vec::new(),
        };
        Ok(Outcome::Packages { packages })
    }

    fn measure(&mut self) -> Result<Outcome, nix::Error> {
        let dead: HashSet<String> = self.daemon()?.dead_paths()?.into_iter().collect();
        let mut usage = StoreUsage::default();
        for (path, size) in self.store().sizes()? {
            usage.paths += 1;
            usage.bytes = usage.bytes.saturating_add(size);
            if dead.contains(&path) {
                usage.dead_paths += 1;
                usage.dead_bytes = usage.dead_bytes.saturating_add(size);
            }
        }
        Ok(Outcome::Store(usage))
    }
}

/// The fault of a change that is not made because it cannot be recorded.
pub(super) fn unrecorded(error: JournalError) -> Fault {
    tracing::error!(%error, "a change cannot be recorded");
    error.into()
}

/// The fault that an error is, with the error in the log.
pub(super) fn told(error: nix::Error) -> Fault {
    if !matches!(error, nix::Error::Cancelled) {
        tracing::error!(%error);
    }
    error.into()
}
