//! The NixOS configuration: read, queried, checked and edited as text, without evaluating it.
//!
//! Floor 3: imports [`crate::domain`] and floor 1 only. Nix's syntax is [`rnix`]'s, which keeps every
//! byte; an edit replaces what has to change and leaves the rest as it is. What cannot be understood
//! without evaluation is named and left alone.

mod apply;
mod blame;
mod check;
mod edit;
mod error;
mod find;
mod import;
mod insert;
mod lists;
mod literal;
mod locate;
mod lock;
mod module;
mod option;
mod options;
mod practice;
mod query;
mod scope;
mod source;
pub mod system;

pub use apply::{apply, diff, stands};
pub use error::Error;
pub use lists::Element;
pub use locate::{flake, locate};
pub use lock::{Lock, Renewed, is_lock};
pub use option::OptionPath;
pub use options::Options;
pub use practice::{practice, practice_nixpkgs};
pub use source::Configuration;
