//! What went wrong, in the few kinds that are worth saying aloud.

use super::{Intent, Kind, Obstacle, Place, Problem, Scope, Task};
use serde::{Deserialize, Serialize};

/// The one kind of failure that is spoken. Its cause, with every particular, goes to the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Fault {
    /// The scope's profile does not exist.
    NoProfile {
        /// Whose profile.
        scope: Scope,
    },
    /// There is no generation with this number.
    NoGeneration {
        /// Whose profile.
        scope: Scope,
        /// The number asked for.
        number: u64,
    },
    /// There are not that many generations before the current one.
    NoneOlder {
        /// Whose profile.
        scope: Scope,
    },
    /// No generation was current on that day.
    NoneFromDay {
        /// The day asked for.
        day: String,
    },
    /// It is the current generation already.
    AlreadyCurrent {
        /// Its number.
        number: u64,
    },
    /// The current generation cannot be deleted.
    CurrentStays {
        /// Its number.
        number: u64,
    },
    /// No generation is of those to delete.
    NothingToDelete {
        /// Whose profile.
        scope: Scope,
    },
    /// The record of changes cannot be read or written.
    NoRecord,
    /// No change is on record.
    NothingToUndo,
    /// The last change deleted something.
    CannotUndo {
        /// What had been asked for.
        intent: Intent,
    },
    /// There is no package catalogue.
    NoCatalogue,
    /// No package has this name.
    NoSuchPackage {
        /// The name.
        name: String,
    },
    /// The package is not installed.
    NotInstalled {
        /// Its name.
        name: String,
    },
    /// Neither `nix profile` nor nix-env has made the profile.
    ForeignProfile,
    /// Two packages bring the same file.
    Collision {
        /// The package that was there first.
        first: String,
        /// The package in its way.
        second: String,
    },
    /// There is no NixOS configuration.
    NoConfiguration,
    /// The flake has no system for this machine.
    OtherMachines {
        /// What the machine is called.
        host: String,
    },
    /// The configuration has more files than are read.
    TooManyFiles,
    /// The configuration is no Nix as it is.
    BrokenConfiguration {
        /// What is wrong with it.
        problem: Problem,
    },
    /// The configuration cannot be evaluated.
    Evaluation {
        /// Nix's words.
        message: String,
        /// Where it lies, where that is known.
        place: Option<Place>,
    },
    /// Nothing here can evaluate the configuration.
    NoEvaluator,
    /// The evaluator came to an end without an answer.
    EvaluatorEnded,
    /// The evaluation took too long.
    EvaluationTooLong,
    /// The option is set in a way that is left alone.
    LeftAlone {
        /// The option.
        option: String,
        /// Where.
        place: Place,
        /// What is in the way.
        why: Obstacle,
    },
    /// The option is set in two places.
    SetTwice {
        /// The option.
        option: String,
        /// One of them.
        first: Place,
        /// The other.
        second: Place,
    },
    /// The option does not take this value.
    BadValue {
        /// The option.
        option: String,
        /// The value.
        value: String,
        /// What it takes.
        expected: Kind,
    },
    /// There is no such option.
    NoSuchOption {
        /// Its path.
        option: String,
    },
    /// The list does not have this.
    NotListed {
        /// The option.
        option: String,
        /// The elements.
        value: String,
    },
    /// No file of the configuration has room for the option.
    NoRoom {
        /// The option.
        option: String,
    },
    /// The configuration may not be written by this user.
    ConfigurationNotPermitted,
    /// Somebody else changed the configuration in between; nothing was done.
    ConfigurationChangedMeanwhile,
    /// Somebody else changed the profile in between; nothing was done.
    ChangedMeanwhile,
    /// The profile may not be written by this user.
    NotPermitted,
    /// The machine's owner does not let this user change the system.
    NotAuthorised,
    /// The helper that changes the system does not answer, or broke off.
    HelperFailed,
    /// The generation holds no NixOS system that could be activated.
    NoSystem,
    /// The system could not be activated.
    ActivationFailed {
        /// The generation's number, where it has one.
        number: Option<u64>,
        /// The former generation, where that one is active again.
        back: Option<u64>,
        /// Whether what ran before is active again, be it a generation or not.
        restored: bool,
        /// Units that failed to start.
        units: Vec<String>,
    },
    /// Something that the system needs could not be built.
    BuildFailed {
        /// Name and version of what could not, where that is known.
        package: Option<String>,
    },
    /// There is neither a flake with a lock file nor a channel to update.
    CannotUpdate,
    /// The channels may not be updated by this user.
    ChannelsNotPermitted,
    /// The flake's lock file cannot be understood.
    BrokenLock,
    /// Newer versions of the flake's inputs could not be fetched.
    CannotFetchInputs {
        /// Nix's own words.
        message: String,
    },
    /// No space left.
    DiskFull,
    /// The Nix daemon does not answer.
    DaemonUnreachable,
    /// The Nix daemon answered with an error or broke off.
    DaemonFailed,
    /// Stopped on request; nothing was changed.
    Cancelled,
    /// Not all generations could be deleted; those that were stay deleted.
    DeletedInPart {
        /// Those that were.
        numbers: Vec<u64>,
    },
    /// Stopped on request; what was done until then stays done.
    Stopped {
        /// What it was.
        task: Task,
        /// How many store paths it had done.
        paths: u64,
        /// How many bytes that saved, where it is known.
        bytes: u64,
    },
    /// Understood, but this version cannot do it.
    Unsupported {
        /// What was asked for.
        intent: Intent,
    },
    /// Anything else; the log says what.
    Internal,
}

impl Fault {
    /// Its name, as replies and machine-readable output use it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoProfile { .. } => "no-profile",
            Self::NoGeneration { .. } => "no-generation",
            Self::NoneOlder { .. } => "none-older",
            Self::NoneFromDay { .. } => "none-from-day",
            Self::AlreadyCurrent { .. } => "already-current",
            Self::CurrentStays { .. } => "current-stays",
            Self::NothingToDelete { .. } => "nothing-to-delete",
            Self::NoRecord => "no-record",
            Self::NothingToUndo => "nothing-to-undo",
            Self::CannotUndo { .. } => "cannot-undo",
            Self::NoCatalogue => "no-catalogue",
            Self::NoSuchPackage { .. } => "no-such-package",
            Self::NotInstalled { .. } => "not-installed",
            Self::ForeignProfile => "foreign-profile",
            Self::Collision { .. } => "collision",
            Self::NoConfiguration => "no-configuration",
            Self::OtherMachines { .. } => "other-machines",
            Self::TooManyFiles => "too-many-files",
            Self::BrokenConfiguration { .. } => "broken-configuration",
            Self::Evaluation { .. } => "evaluation",
            Self::NoEvaluator => "no-evaluator",
            Self::EvaluatorEnded => "evaluator-ended",
            Self::EvaluationTooLong => "evaluation-too-long",
            Self::LeftAlone { .. } => "left-alone",
            Self::SetTwice { .. } => "set-twice",
            Self::BadValue { .. } => "bad-value",
            Self::NoSuchOption { .. } => "no-such-option",
            Self::NotListed { .. } => "not-listed",
            Self::NoRoom { .. } => "no-room",
            Self::ConfigurationNotPermitted => "configuration-not-permitted",
            Self::ConfigurationChangedMeanwhile => "configuration-changed-meanwhile",
            Self::ChangedMeanwhile => "changed-meanwhile",
            Self::NotPermitted => "not-permitted",
            Self::NotAuthorised => "not-authorised",
            Self::HelperFailed => "helper-failed",
            Self::NoSystem => "no-system",
            Self::ActivationFailed { .. } => "activation-failed",
            Self::BuildFailed { .. } => "build-failed",
            Self::CannotUpdate => "cannot-update",
            Self::ChannelsNotPermitted => "channels-not-permitted",
            Self::BrokenLock => "broken-lock",
            Self::CannotFetchInputs { .. } => "cannot-fetch-inputs",
            Self::DiskFull => "disk-full",
            Self::DaemonUnreachable => "daemon-unreachable",
            Self::DaemonFailed => "daemon-failed",
            Self::Cancelled => "cancelled",
            Self::DeletedInPart { .. } => "deleted-in-part",
            Self::Stopped { .. } => "stopped",
            Self::Unsupported { .. } => "unsupported",
            Self::Internal => "internal",
        }
    }
}
