//! What will be done, decided before anything is.

use super::{
    Action, CatalogueEntry, Command, Garbage, Generation, InputsChange, Installed, Outcome,
    Package, Risk, Scope, SettingChange, Trial,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A profile's link moving from one generation to another, or from none or to none: without its link
/// a profile is as good as empty, whatever generations lie about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileChange {
    /// Whose profile.
    pub scope: Scope,
    /// The generation that must still be current when the change is made; `None` where none must be.
    pub from: Option<Generation>,
    /// The generation that becomes current; `None` where none will be.
    pub to: Option<Generation>,
}

impl ProfileChange {
    /// The change that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let set = |generation: &Option<Generation>, current| {
            generation.clone().map(|generation| Generation { current, ..generation })
        };
        Self { scope: self.scope, from: set(&self.to, true), to: set(&self.from, false) }
    }
}

/// Another system runs, until the next boot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunChange {
    /// The store path of the system that must still run when the change is made.
    pub former: PathBuf,
    /// The store path of the system that will.
    pub toplevel: PathBuf,
}

impl RunChange {
    /// The change that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self { former: self.toplevel.clone(), toplevel: self.former.clone() }
    }
}

/// A change that can be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Change {
    /// Of a profile.
    Profile(ProfileChange),
    /// Of the configuration.
    Setting(SettingChange),
    /// Of the versions that the configuration is built from.
    Inputs(InputsChange),
    /// Of what runs, and of nothing else.
    Run(RunChange),
    /// Of what is kept without being installed.
    Trial(Trial),
}

impl Change {
    /// The change that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        match self {
            Self::Profile(change) => Self::Profile(change.inverse()),
            Self::Setting(change) => Self::Setting(change.inverse()),
            Self::Inputs(change) => Self::Inputs(change.inverse()),
            Self::Run(change) => Self::Run(change.inverse()),
            Self::Trial(trial) => Self::Trial(trial.inverse()),
        }
    }
}

/// Generations of one profile that go for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileDeletion {
    /// Whose profile.
    pub scope: Scope,
    /// The generation that must still be current when they go; it stays.
    pub current: Generation,
    /// Those that go, oldest first.
    pub generations: Vec<Generation>,
}

/// A new generation of the user's profile with other packages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageChange {
    /// The generation that it is made from, which must still be current then; `None` where the
    /// profile has none.
    pub base: Option<Generation>,
    /// What is installed.
    pub add: Vec<CatalogueEntry>,
    /// What is removed.
    pub remove: Vec<Installed>,
    /// What is replaced by its newer version.
    pub renew: Vec<Installed>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Step {
    /// List generations, the newest `count` of them where it is given.
    ListGenerations {
        /// Whose profile.
        scope: Scope,
        /// How many at most.
        count: Option<usize>,
    },
    /// Tell which generation is current.
    DescribeCurrent {
        /// Whose profile.
        scope: Scope,
    },
    /// Make another generation current; one of the machine's is activated too.
    Switch(ProfileChange),
    /// Compare two generations.
    Diff {
        /// Whose profile.
        scope: Scope,
        /// The earlier side.
        before: Generation,
        /// The later side.
        after: Generation,
    },
    /// List what the user's profile holds.
    ListPackages,
    /// Read the machine's status.
    ReadStatus,
    /// Measure the store, and what of it is dead.
    MeasureStore,
    /// Install, remove or renew packages.
    ChangePackages(PackageChange),
    /// Tell that packages are there already.
    TellInstalled {
        /// Which.
        packages: Vec<Package>,
    },
    /// Tell that nothing is newer.
    TellUpToDate,
    /// Search the catalogue.
    Search {
        /// The words.
        query: String,
    },
    /// Tell which packages bring a command.
    FindCommand {
        /// The command's name.
        command: String,
    },
    /// Tell what is known of a package; one of the two at least is known.
    DescribePackage {
        /// What the catalogue has.
        entry: Option<Box<CatalogueEntry>>,
        /// What is installed.
        installed: Option<Box<Installed>>,
    },
    /// Tell what keeps a package in a profile.
    ExplainPackage {
        /// The package's name.
        name: String,
    },
    /// Fetch a package without installing it, or let go of it.
    TryPackage(Trial),
    /// Delete generations.
    DeleteGenerations(ProfileDeletion),
    /// Delete what nothing needs.
    CollectGarbage {
        /// What that was when it was planned.
        garbage: Garbage,
        /// Whether the steps before add to it.
        more: bool,
    },
    /// Check every path of the store against its hash.
    VerifyStore,
    /// Hard-link identical files of the store.
    OptimiseStore,
    /// Tell what an option is set to.
    QueryOption {
        /// The option's path.
        option: String,
        /// Whether the text alone does not tell, and there is something that evaluates.
        evaluate: bool,
    },
    /// Change the configuration.
    ChangeSetting(SettingChange),
    /// Tell that an option is set to that already.
    TellSet {
        /// The option's path.
        option: String,
        /// The value; of a list the elements.
        value: String,
    },
    /// Check the configuration.
    ValidateConfiguration,
    /// Lock the inputs of the configuration's flake to these versions.
    ChangeInputs(InputsChange),
    /// Lock them to their newest versions, and rebuild the system.
    UpdateSystem,
    /// Build the system that the configuration describes.
    BuildSystem {
        /// What is then done with it; nothing where it is only to be told what would change.
        action: Option<Action>,
    },
    /// Activate another system until the next boot.
    Run(RunChange),
}

impl Step {
    /// Whether it may take long: then it can be asked how far it is, and it can be stopped.
    pub fn takes_long(&self) -> bool {
        matches!(
            self,
            Self::ChangePackages(_)
                | Self::TryPackage(_)
                | Self::CollectGarbage { .. }
                | Self::VerifyStore
                | Self::OptimiseStore
                | Self::MeasureStore
                | Self::UpdateSystem
                | Self::BuildSystem { .. }
                | Self::QueryOption { evaluate: true, .. }
                | Self::ValidateConfiguration
        )
    }

    /// What comes of it if all goes well, where that can be told beforehand; what it leaves out is
    /// told last.
    pub fn expected(&self) -> Option<Outcome> {
        match self {
            Self::Switch(change) => {
                Some(Outcome::Switched { change: change.clone(), diff: None, activation: None })
            }
            Self::ChangeSetting(change) => Some(Outcome::SettingChanged(change.clone())),
            _ => None,
        }
    }
}

/// The steps of one command, what they put at risk, and how to take them back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The command it answers.
    pub command: Command,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// The highest risk among them.
    pub risk: Risk,
    /// What takes them back, where they change anything.
    pub inverse: Option<Box<Change>>,
}
