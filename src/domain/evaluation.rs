//! What is evaluated, and by what.

use serde::{Deserialize, Serialize};

/// What evaluates Nix expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvaluatorKind {
    /// Nix's own library, in a process of ours.
    Library,
    /// The command `nix-instantiate`.
    Command,
}

/// An expression that questions are put to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// In Nix; its paths are absolute.
    pub expression: String,
    /// While this is the same, what was evaluated of it before may be used again; `None` where all
    /// is to be read anew.
    pub stamp: Option<String>,
    /// Whether what is fetched is looked up anew, however lately it was.
    #[serde(default)]
    pub refresh: bool,
}
