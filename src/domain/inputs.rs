//! The versions of what a system is built from: a flake's inputs, or channels.

use super::setting::inverted;
use super::{FileChange, ProfileChange};
use serde::{Deserialize, Serialize};

/// An input or a channel as another version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewal {
    /// What the flake calls the input, or the channel's name.
    pub name: String,
    /// When it was last changed, as it is: Unix time in seconds, where that is known.
    pub before: Option<i64>,
    /// When it was last changed, as it will be.
    pub after: Option<i64>,
}

/// What tells which versions are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Sources {
    /// A flake's lock file.
    Lock {
        /// The file's change.
        file: FileChange,
        /// The same as lines that go and lines that come.
        diff: String,
    },
    /// The profile of root's channels.
    Channels {
        /// The profile's change.
        channels: ProfileChange,
    },
}

/// The system is to be built from other versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputsChange {
    /// Of what.
    pub inputs: Vec<Renewal>,
    /// Whether it takes another such change back.
    pub undoes: bool,
    /// What has to change for that.
    #[serde(flatten)]
    pub sources: Sources,
}

impl InputsChange {
    /// The change that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let swapped = |input: &Renewal| Renewal {
            name: input.name.clone(),
            before: input.after,
            after: input.before,
        };
        let sources = match &self.sources {
            Sources::Lock { file, diff } => {
                Sources::Lock { file: file.inverse(), diff: inverted(diff) }
            }
            Sources::Channels { channels } => Sources::Channels { channels: channels.inverse() },
        };
        let inputs = self.inputs.iter().map(swapped).collect();
        Self { inputs, undoes: !self.undoes, sources }
    }
}
