//! Packages, and what differs between two closures.

use serde::{Deserialize, Serialize};

/// A package as people name it: the store path's name, split as Nix splits it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Package {
    /// Name without version, such as `firefox`.
    pub name: String,
    /// Version, empty where the name carries none.
    pub version: String,
}

/// One package that is in both closures, in other versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionChange {
    /// Package name.
    pub name: String,
    /// Versions before, sorted.
    pub before: Vec<String>,
    /// Versions after, sorted.
    pub after: Vec<String>,
}

/// What differs between two closures, by package name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosureDiff {
    /// Only in the later closure.
    pub added: Vec<Package>,
    /// Only in the earlier closure.
    pub removed: Vec<Package>,
    /// In both, with other versions.
    pub changed: Vec<VersionChange>,
    /// Growth of the closure in bytes of NAR size; negative where it shrank.
    pub size_delta: i64,
}

impl ClosureDiff {
    /// Whether no package was added, removed or changed.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}
