//! The versions that a flake's inputs are locked to.

use super::FileChange;
use super::setting::inverted;
use serde::{Deserialize, Serialize};

/// An input of the configuration's flake as another version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewal {
    /// What the flake calls it.
    pub name: String,
    /// When it was last changed, as it is locked: Unix time in seconds, where that is known.
    pub before: Option<i64>,
    /// When it was last changed, as it will be locked.
    pub after: Option<i64>,
}

/// Inputs of the configuration's flake are locked to other versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputsChange {
    /// Which.
    pub inputs: Vec<Renewal>,
    /// Whether it takes another such change back.
    pub undoes: bool,
    /// The lock file's change.
    pub file: FileChange,
    /// The same as lines that go and lines that come.
    pub diff: String,
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
        Self {
            inputs: self.inputs.iter().map(swapped).collect(),
            undoes: !self.undoes,
            file: self.file.inverse(),
            diff: inverted(&self.diff),
        }
    }
}
