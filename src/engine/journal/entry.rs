//! What a line of the journal holds.

use super::Asked;
use crate::domain::{Change, Fault, Intent, Outcome, Plan};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// One line. Lines are read long after they were written: what may be told differently some day is
/// kept as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub(super) enum Entry {
    /// The first chained line.
    Genesis {
        /// Unix time in seconds.
        at: u64,
        /// How many lines stood there before, not chained.
        lines: usize,
        /// The SHA-256 of all their bytes.
        sha256: String,
    },
    /// A change is about to be made.
    Begun(Box<Begun>),
    /// It was made, or was not.
    Ended {
        /// The change's.
        id: String,
        /// Unix time in seconds.
        at: u64,
        /// Why not.
        fault: Option<Fault>,
        /// What came of it.
        #[serde(default)]
        outcome: Value,
    },
    /// The line before this one was cut short, and stands there as it was.
    Mended {
        /// Unix time in seconds.
        at: u64,
        /// The SHA-256 of that line.
        sha256: String,
    },
}

/// A change about to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Begun {
    pub(super) id: String,
    /// The change before it that belongs to the same command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<String>,
    /// Unix time in seconds.
    pub(super) at: u64,
    /// The words that asked for it.
    #[serde(default)]
    pub(super) heard: Option<String>,
    /// What was asked for; lines from before there were chains have it in their plan only.
    #[serde(default)]
    intent: Option<Intent>,
    /// The link of the profile, or the file.
    pub(super) profile: PathBuf,
    pub(super) plan: Value,
    /// One without it cannot be taken back.
    pub(super) change: Option<Change>,
    /// What takes it back.
    #[serde(default)]
    pub(super) inverse: Option<Change>,
}

impl Begun {
    pub(super) fn new(
        id: String,
        at: u64,
        asked: Asked<'_>,
        profile: &Path,
        plan: &Plan,
        change: Option<&Change>,
    ) -> serde_json::Result<Self> {
        Ok(Self {
            id,
            after: asked.after.map(|ticket| ticket.0.clone()),
            at,
            heard: asked.heard.map(str::to_owned),
            intent: Some(plan.command.intent),
            profile: profile.to_owned(),
            plan: serde_json::to_value(plan)?,
            change: change.cloned(),
            inverse: change.map(Change::inverse),
        })
    }

    /// What was asked for, as far as this version knows it.
    pub(super) fn intent(&self) -> Option<Intent> {
        let told = || self.plan["command"]["intent"].as_str()?.parse().ok();
        self.intent.or_else(told)
    }
}

impl Entry {
    pub(super) fn ended(
        id: String,
        at: u64,
        result: Result<&Outcome, &Fault>,
    ) -> serde_json::Result<Self> {
        let outcome = result.ok().map(serde_json::to_value).transpose()?.unwrap_or_default();
        Ok(Self::Ended { id, at, fault: result.err().cloned(), outcome })
    }
}
