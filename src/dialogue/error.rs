//! Mistakes in reply templates.

/// A reply template that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PhrasingError {
    /// The file is no TOML of the expected form.
    #[error("{file}: {message}")]
    Unreadable {
        /// The file's name.
        file: String,
        /// What is wrong, and where.
        message: String,
    },
    /// A template does not parse.
    #[error("{file}: reply `{key}`: {source}")]
    Template {
        /// The file's name.
        file: String,
        /// The reply's key.
        key: String,
        /// What is wrong.
        source: minijinja::Error,
    },
    /// A reply that is needed is in no file.
    #[error("no file holds a reply called `{key}`")]
    Missing {
        /// The reply's key.
        key: String,
    },
}
