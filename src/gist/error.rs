//! What can be wrong with what was learnt.

use thiserror::Error;

/// Why a language has no gist.
#[derive(Debug, Error)]
pub enum GistError {
    /// The sentences are no TOML of the expected form.
    #[error("the plain sentences: {0}")]
    Sentences(#[from] toml::de::Error),
    /// A sentence has a place that there is not.
    #[error("{{{0}}} in a plain sentence is no place")]
    Place(String),
    /// A line of the weights is none.
    #[error("the weights' line {0} is none")]
    Weights(usize),
    /// The weights were learnt for other sentences.
    #[error("the weights were learnt for other sentences")]
    Stale,
    /// A wording means what no plain sentence says.
    #[error("no plain sentence says what {0:?} means")]
    Unsaid(String),
}
