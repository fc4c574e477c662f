//! What can keep the engine from starting.

use crate::dialogue::PhrasingError;
use crate::gist::GistError;
use crate::grammar::GrammarError;
use std::path::PathBuf;

/// A failed start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A grammar file is wrong.
    #[error(transparent)]
    Grammar(#[from] GrammarError),
    /// What was learnt of the language is wrong.
    #[error(transparent)]
    Gist(#[from] GistError),
    /// A reply template is wrong.
    #[error(transparent)]
    Phrasing(#[from] PhrasingError),
    /// A language file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no grammar for this language.
    #[error("there is no grammar for the language `{language}`, neither built in nor in {}", dir.display())]
    NoLanguage {
        /// The language asked for.
        language: String,
        /// Where the user's own would be.
        dir: PathBuf,
    },
    /// A folder was to hold a grammar, and holds none.
    #[error("{} holds no grammar: there is no TOML file in it", dir.display())]
    NoGrammar {
        /// The folder.
        dir: PathBuf,
    },
    /// The system names no directory for what must be kept.
    #[error("no directory to keep {what} in: set {variable} or HOME")]
    NoDirectory {
        /// What would be kept there.
        what: &'static str,
        /// The variable that names it.
        variable: &'static str,
    },
    /// The practice store's package catalogue.
    #[error(transparent)]
    Catalogue(#[from] crate::catalogue::CatalogueError),
    /// The practice configuration.
    #[error(transparent)]
    Configuration(crate::nixos::Error),
    /// Nix, where it is needed to start.
    #[error(transparent)]
    Nix(#[from] crate::nix::Error),
}
