//! What is said to the worker and by it: one JSON object a line.

use crate::domain::Subject;
use serde::{Deserialize, Serialize};

/// A question.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) subject: Subject,
    /// A function in Nix, from the subject to a string.
    pub(super) question: String,
}

/// The answer to one.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Answer {
    /// The string.
    Text(String),
    /// Nix's words on why there is none.
    Failed(String),
}
