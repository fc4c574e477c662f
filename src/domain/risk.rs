//! How much care an action asks for.

use serde::{Deserialize, Serialize};

/// What could be lost, which decides whether to act, announce or ask first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Nothing changes: answered at once.
    Read,
    /// Changes something and keeps its inverse: announced and done.
    Reversible,
    /// Cannot be taken back: what goes is said first, then a spoken yes is awaited.
    Destructive,
}
