//! What the planner may know of the world.

use super::{Change, Fault, Garbage, Generation, Intent, PackageView, Scope, SettingChange};
use std::path::PathBuf;

/// One profile's generations at one moment, by number, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileState {
    /// All generations.
    pub generations: Vec<Generation>,
}

impl ProfileState {
    /// The current generation; `None` where the profile's link names none of them.
    pub fn current(&self) -> Option<&Generation> {
        self.generations.iter().find(|generation| generation.current)
    }

    /// Whether `generation` is the current one, or, without one, whether none is.
    pub fn stands_at(&self, generation: Option<&Generation>) -> bool {
        match (self.current(), generation) {
            (Some(current), Some(generation)) => current.is(generation),
            (None, None) => true,
            _ => false,
        }
    }

    /// The generation with this number.
    pub fn by_number(&self, number: u64) -> Option<&Generation> {
        self.generations.iter().find(|generation| generation.number == number)
    }
}

/// The last change made through nixvox, as far as undo is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastChange {
    /// It can be taken back: what one command changed, the last first.
    Reversible(Vec<Change>),
    /// It deleted something.
    Final {
        /// What had been asked for.
        intent: Intent,
    },
}

/// What a command that sets an option comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingView {
    /// The configuration changes.
    Change(Box<SettingChange>),
    /// It is so already.
    Already {
        /// The option's path.
        option: String,
        /// The value; of a list the elements.
        value: String,
    },
}

/// The state of the world when a command was heard. The profiles cost microseconds, so they are read
/// afresh for every command, and plans can name exactly what they will change. What costs more is
/// there only for the commands that ask for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The user's profile; `None` where it does not exist.
    pub user: Option<ProfileState>,
    /// The system's profile; `None` where it does not exist.
    pub system: Option<ProfileState>,
    /// The last change made through nixvox, for those who would take it back.
    pub last_change: Option<LastChange>,
    /// Whether this process may change the system's profile.
    pub system_writable: bool,
    /// What nothing in the store needs, for those who would collect it.
    pub garbage: Option<Garbage>,
    /// What is known of packages, for commands about them.
    pub packages: Option<Box<PackageView>>,
    /// The store path of the system that runs; `None` where it is no NixOS.
    pub running: Option<PathBuf>,
    /// Whether the option asked for takes evaluation, and there is something that evaluates.
    pub evaluate: bool,
    /// What becomes of the configuration, for commands that change it.
    pub setting: Option<Result<SettingView, Fault>>,
}

impl Snapshot {
    /// The profile of a scope.
    pub fn profile(&self, scope: Scope) -> Option<&ProfileState> {
        match scope {
            Scope::User => self.user.as_ref(),
            Scope::System => self.system.as_ref(),
        }
    }
}
