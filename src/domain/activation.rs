//! Activating a NixOS system.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// What a system's `switch-to-configuration` is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Run it now, and boot it from now on.
    Switch,
    /// Run it until the next boot.
    Test,
    /// Boot it from now on.
    Boot,
    /// Tell what running it would do.
    DryActivate,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Switch => "switch",
            Self::Test => "test",
            Self::Boot => "boot",
            Self::DryActivate => "dry-activate",
        })
    }
}

/// How the activation of a system ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// The system.
    pub toplevel: PathBuf,
    /// What was asked for.
    pub action: Action,
    /// The exit status of its `switch-to-configuration`; `None` where a signal ended it.
    pub exit: Option<i32>,
    /// Units that failed to start.
    pub failed_units: Vec<String>,
    /// Whether the booted kernel is another than this system's; `None` where nobody knows.
    pub reboot_pending: Option<bool>,
}

impl Activation {
    /// The exit status where the system was activated, but units of it failed.
    const UNITS_FAILED: i32 = 4;

    /// Whether the system was activated, be it with units that failed.
    pub fn took_effect(&self) -> bool {
        matches!(self.exit, Some(0 | Self::UNITS_FAILED))
    }
}
