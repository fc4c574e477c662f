//! Updating the system: the newest versions of what its configuration is built from, and a rebuild.

use super::executor::{self, unrecorded};
use super::settings::told;
use super::world::World;
use crate::domain::{
    Action, Change, Fault, InputsChange, Outcome, Plan, ProfileChange, Renewal, Scope, Sources,
    Subject, Task,
};
use crate::nix::Profile;
use crate::nix::channels::{Channels, home_of_root};
use crate::nixos::{self, Lock, Renewed};
use std::path::PathBuf;

impl World {
    /// Take the newest versions of what the system is built from, and rebuild it.
    ///
    /// # Errors
    /// After any fault the versions are those of before.
    pub(super) fn update_system(&mut self, plan: &Plan) -> Result<Outcome, Fault> {
        let Renewed { change, left } = self.newest()?;
        if let Some(change) = &change {
            self.change_inputs(plan, change)?;
        }
        let ticket = self.last_record();
        let built = self.build_system(plan, Some(Action::Switch));
        if let (Err(fault), Some(change), Some(ticket)) = (&built, &change, &ticket) {
            // what could not be built is in nobody's way later
            let restored = self.apply_inputs(&change.inverse());
            let noted =
                restored.and_then(|()| self.journal().end(ticket, Err(fault)).map_err(unrecorded));
            if let Err(fault) = noted {
                tracing::error!(fault = fault.code(), "the inputs stay as they were updated");
            }
        }
        Ok(Outcome::Updated { change, left, system: Box::new(built?) })
    }

    /// Take other versions, with that on record before it is done.
    pub(super) fn change_inputs(
        &mut self,
        plan: &Plan,
        change: &InputsChange,
    ) -> Result<Outcome, Fault> {
        let path = match &change.sources {
            Sources::Lock { file, .. } => file.path.clone(),
            Sources::Channels { .. } => self.channels_profile()?.link().to_owned(),
        };
        let recorded = Change::Inputs(change.clone());
        self.noted(plan, &path, Some(&recorded), |world| {
            world.secure_record()?;
            world.apply_inputs(change)?;
            Ok(Outcome::InputsChanged(change.clone()))
        })
    }

    fn apply_inputs(&mut self, change: &InputsChange) -> Result<(), Fault> {
        match &change.sources {
            Sources::Lock { file, .. } => self.replace_file(file),
            Sources::Channels { channels: ProfileChange { from, to, .. } } => {
                let profile = self.channels_profile()?;
                let to = to.as_ref().ok_or(Fault::ChangedMeanwhile)?;
                // who was called off gets no daemon, and goes back all the same
                let moved = profile.move_to(from.as_ref(), to, || self.daemon());
                moved.map(drop).map_err(executor::told)
            }
        }
    }

    /// The newest versions of a flake's inputs, or of the channels.
    fn newest(&mut self) -> Result<Renewed, Fault> {
        if !self.settings().is_flake() {
            return self.newest_channels();
        }
        let lock = self.settings().lock().map_err(told)?.ok_or(Fault::CannotUpdate)?;
        self.newest_inputs(&lock)
    }

    fn newest_inputs(&mut self, lock: &Lock) -> Result<Renewed, Fault> {
        let Some(question) = lock.question() else { return Ok(Renewed::default()) };
        let answer = self.fetched(&question)?;
        lock.renewed(&answer).map_err(told)
    }

    fn newest_channels(&mut self) -> Result<Renewed, Fault> {
        let channels = self.channels()?;
        if !channels.is_writable() {
            return Err(Fault::ChannelsNotPermitted);
        }
        let urls: Vec<&str> = channels.subscribed().iter().map(|channel| &*channel.url).collect();
        let told = self.fetched(&nixos::system::unpacked(&urls))?;
        let trees: Vec<PathBuf> = serde_json::from_str(&told).map_err(|error| {
            tracing::error!(%error, "no trees of channels");
            Fault::Internal
        })?;
        let outdated = channels.outdated(&trees);
        if outdated.is_empty() {
            return Ok(Renewed::default());
        }
        let renewal = |name| Renewal { name, before: None, after: None };
        let built = self.daemon().and_then(|daemon| channels.build(&trees, daemon));
        let next = built.and_then(|target| channels.profile().next(&target));
        let to = Some(next.map_err(executor::told)?);
        let from = Some(channels.current().clone());
        let sources =
            Sources::Channels { channels: ProfileChange { scope: Scope::System, from, to } };
        let inputs = outdated.into_iter().map(renewal).collect();
        let change = InputsChange { inputs, undoes: false, sources };
        Ok(Renewed { change: Some(change), left: Vec::new() })
    }

    /// The profile of root's channels.
    fn channels_profile(&self) -> Result<Profile, Fault> {
        Profile::of_channels(self.paths()).map_err(executor::told)
    }

    /// Root's channels.
    fn channels(&self) -> Result<Channels, Fault> {
        let channels = Channels::read(self.paths(), &home_of_root()).map_err(executor::told)?;
        channels.ok_or(Fault::CannotUpdate)
    }

    /// The answer to a question that has something fetched.
    fn fetched(&mut self, question: &str) -> Result<String, Fault> {
        self.begin_task(Task::Fetch);
        let nothing = Subject { expression: "null".to_owned(), stamp: None, refresh: true };
        match self.evaluate(&nothing, question) {
            Ok((_, answer)) => Ok(answer),
            Err(Fault::Evaluation { message, .. }) => Err(Fault::CannotFetchInputs { message }),
            Err(fault) => Err(fault),
        }
    }
}
