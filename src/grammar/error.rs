//! Mistakes in grammar files.

use crate::domain::Place;

/// A mistake in a grammar file, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct GrammarError {
    /// Where.
    pub place: Place,
    /// What is wrong, and what would be right.
    pub message: String,
}
