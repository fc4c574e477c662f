//! What did happen.

use super::{
    Activation, CatalogueEntry, ClosureDiff, EvaluatorKind, Fault, Generation, InputsChange,
    Intent, OptionState, Package, Problem, ProfileChange, ProfileDeletion, Scope, SettingChange,
    VersionChange,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The result of a plan's step: the facts that a reply is phrased from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Outcome {
    /// Generations, newest first.
    Generations {
        /// Whose profile.
        scope: Scope,
        /// Those asked for.
        generations: Vec<Generation>,
        /// How many there are in all.
        total: usize,
    },
    /// The current generation.
    Current {
        /// Whose profile.
        scope: Scope,
        /// The generation.
        generation: Generation,
    },
    /// The profile's link was moved.
    Switched {
        /// From where to where.
        change: ProfileChange,
        /// What that changed, where the store could tell.
        diff: Option<ClosureDiff>,
        /// How the machine took it, where its profile was moved.
        activation: Option<Activation>,
    },
    /// Two generations compared.
    Diff {
        /// Whose profile.
        scope: Scope,
        /// The earlier side's number.
        before: u64,
        /// The later side's number.
        after: u64,
        /// What differs.
        diff: ClosureDiff,
    },
    /// The profile's packages, by name.
    Packages {
        /// What is installed.
        packages: Vec<Package>,
    },
    /// The machine's status.
    Status(Status),
    /// The store's size.
    Store(StoreUsage),
    /// The user's profile holds other packages now.
    PackagesChanged {
        /// The new generation.
        generation: Generation,
        /// What was installed.
        added: Vec<Package>,
        /// What was removed.
        removed: Vec<Package>,
        /// What has a newer version.
        upgraded: Vec<VersionChange>,
    },
    /// What was to be installed is there already.
    AlreadyInstalled {
        /// What is installed.
        packages: Vec<Package>,
    },
    /// No binary cache has these, so that nothing was changed.
    NotCached {
        /// What cannot be had.
        packages: Vec<Package>,
    },
    /// Nothing is newer than what is installed.
    UpToDate,
    /// What the catalogue found.
    Found {
        /// The words searched for.
        query: String,
        /// The best, best first.
        entries: Vec<CatalogueEntry>,
        /// How many there are in all.
        total: usize,
    },
    /// The packages that bring a command.
    Provided {
        /// The command.
        command: String,
        /// The packages, the plainest first.
        entries: Vec<CatalogueEntry>,
    },
    /// What is known of a package.
    Package {
        /// The installed version, else the available one.
        package: Package,
        /// What the catalogue has.
        entry: Option<CatalogueEntry>,
        /// Whether it is installed.
        installed: bool,
        /// Size of its closure in bytes, where it is in the store.
        size: Option<u64>,
    },
    /// What keeps a package.
    Why {
        /// The package's name.
        name: String,
        /// Whose profile keeps it; `None` where neither does.
        scope: Option<Scope>,
        /// From what is installed to the package itself.
        chain: Vec<Package>,
    },
    /// A package was fetched to be tried.
    Tried {
        /// The package.
        package: Package,
        /// One of its programs.
        program: Option<PathBuf>,
    },
    /// A package that was tried is kept no longer.
    LetGo {
        /// The package.
        package: Package,
    },
    /// Generations are gone.
    Deleted(ProfileDeletion),
    /// What was deleted of the store; the bytes are those that its file system got back.
    Collected(Garbage),
    /// The store was checked.
    Verified {
        /// Whether every path is as it was registered.
        sound: bool,
    },
    /// Identical files of the store are hard-linked.
    Optimised {
        /// What that saved now.
        bytes: u64,
    },
    /// What came after the outcomes before this one was not done.
    Unfinished {
        /// Why not.
        fault: Fault,
    },
    /// What an option is set to.
    Setting(OptionState),
    /// The configuration was changed.
    SettingChanged(SettingChange),
    /// An option is set to that already.
    AlreadySet {
        /// The option's path.
        option: String,
        /// The value; of a list the elements.
        value: String,
    },
    /// The system that the configuration describes was built, and not activated.
    SystemBuilt {
        /// Its store path.
        toplevel: PathBuf,
        /// What it would change of what runs, where the store could tell.
        diff: Option<ClosureDiff>,
        /// Whether it has another kernel than was booted; `None` where nobody knows.
        reboot_pending: Option<bool>,
        /// What evaluated it.
        evaluator: EvaluatorKind,
    },
    /// It was built and activated.
    SystemActivated {
        /// What became of the system's profile; `None` where it stands as it stood.
        change: Option<ProfileChange>,
        /// What that changed of what ran, where the store could tell.
        diff: Option<ClosureDiff>,
        /// How the machine took it.
        activation: Activation,
        /// What evaluated it.
        evaluator: EvaluatorKind,
    },
    /// The inputs of the configuration's flake are locked to other versions.
    InputsChanged(InputsChange),
    /// They are the newest, and the system is rebuilt.
    Updated {
        /// What they were locked to; `None` where these were the newest before.
        change: Option<InputsChange>,
        /// Those that were left as they were, since only Nix knows how to lock what is newer.
        left: Vec<String>,
        /// What became of the system.
        system: Box<Outcome>,
    },
    /// The configuration describes what runs already, and what the profile holds.
    SystemUnchanged,
    /// Another system runs.
    Run {
        /// How the machine took it.
        activation: Activation,
    },
    /// The configuration was checked.
    Validated {
        /// Its mistakes.
        problems: Vec<Problem>,
        /// How many files were read.
        files: usize,
        /// Whether it was evaluated too.
        evaluated: bool,
    },
}

impl Outcome {
    /// Whether something was changed that undo takes back.
    pub fn can_be_undone(&self) -> bool {
        match self {
            Self::Switched { .. }
            | Self::PackagesChanged { .. }
            | Self::Tried { .. }
            | Self::LetGo { .. }
            | Self::SettingChanged(_)
            | Self::SystemActivated { .. }
            | Self::InputsChanged(_)
            | Self::Run { .. } => true,
            Self::Updated { change, system, .. } => change.is_some() || system.can_be_undone(),
            Self::Generations { .. }
            | Self::Current { .. }
            | Self::Diff { .. }
            | Self::Packages { .. }
            | Self::Status(_)
            | Self::Store(_)
            | Self::AlreadyInstalled { .. }
            | Self::NotCached { .. }
            | Self::UpToDate
            | Self::Found { .. }
            | Self::Provided { .. }
            | Self::Package { .. }
            | Self::Why { .. }
            | Self::Deleted(_)
            | Self::Collected(_)
            | Self::Verified { .. }
            | Self::Optimised { .. }
            | Self::Unfinished { .. }
            | Self::Setting(_)
            | Self::AlreadySet { .. }
            | Self::SystemBuilt { .. }
            | Self::SystemUnchanged
            | Self::Validated { .. } => false,
        }
    }
}

/// What can be known of the machine at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The daemon's version where it answers.
    pub daemon: Option<String>,
    /// The user profile's current generation.
    pub user_generation: Option<Generation>,
    /// The system profile's current generation.
    pub system_generation: Option<Generation>,
    /// Free space where the store lies, in bytes.
    pub disk_free: u64,
    /// Size of that file system, in bytes.
    pub disk_total: u64,
    /// Whether the booted kernel is another than the current system's; `None` off NixOS.
    pub reboot_pending: Option<bool>,
    /// Names of systemd's units that have failed; `None` where systemd does not tell.
    pub failed_units: Option<Vec<String>>,
    /// The last change that nixvox could not make, unless one was made since.
    pub last_failure: Option<Failure>,
}

/// A change that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// When it was begun: Unix time in seconds.
    pub at: u64,
    /// What was asked for.
    pub intent: Option<Intent>,
    /// The words that asked for it.
    pub heard: Option<String>,
    /// Why not.
    pub fault: Fault,
}

/// Store paths that nothing needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Garbage {
    /// How many.
    pub paths: usize,
    /// Their size together, in bytes.
    pub bytes: u64,
}

/// How much the store holds, and how much of it nothing needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct StoreUsage {
    /// Valid paths.
    pub paths: usize,
    /// Their NAR sizes together, in bytes.
    pub bytes: u64,
    /// Paths that a garbage collection would delete.
    pub dead_paths: usize,
    /// Their NAR sizes together, in bytes.
    pub dead_bytes: u64,
}
