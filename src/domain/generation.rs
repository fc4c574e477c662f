//! Profile generations.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Whose profile: the user's own or the machine's.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The user's default profile.
    #[default]
    User,
    /// The NixOS system profile.
    System,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "user",
            Self::System => "system",
        })
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "user" => Ok(Self::User),
            "system" => Ok(Self::System),
            other => Err(format!("`{other}` is no scope; it is `user` or `system`")),
        }
    }
}

/// One generation of a profile, as its `NAME-N-link` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// Its number, from 1.
    pub number: u64,
    /// The store path that its link points to.
    pub target: PathBuf,
    /// When the link was made: Unix time in seconds.
    pub created: i64,
    /// Whether the profile points to it now.
    pub current: bool,
}

impl Generation {
    /// Whether it is the same generation of the same profile: neither its age nor what is current
    /// tells generations apart.
    pub fn is(&self, other: &Self) -> bool {
        (self.number, &self.target) == (other.number, &other.target)
    }
}
