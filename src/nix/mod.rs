//! Nix, in process: the daemon's protocol, profiles and their generations, and what can be told of
//! a store.
//!
//! Floor 3: imports [`crate::domain`] and floor 1 only. No `nix*` program is ever started,
//! save the private daemon of [`practice`] mode, and `nix-instantiate` where the user chose it as
//! [`evaluator`]; a system activates itself by its own program, see [`activation`].

pub mod activation;
pub mod address;
pub mod cancel;
pub mod channels;
pub mod closure;
pub mod config;
mod connection;
pub mod daemon;
pub mod diff;
mod error;
pub mod evaluator;
pub(crate) mod failpoint;
pub mod name;
pub mod nar;
pub mod packages;
pub mod practice;
pub mod profile;
mod session;
pub mod system;
pub mod tally;
pub mod version;
pub mod view;
pub mod why;
pub mod wire;

#[cfg(test)]
mod testing;

pub use cancel::Cancel;
pub use config::NixPaths;
pub use daemon::Daemon;
pub use error::Error;
pub use practice::Practice;
pub use profile::Profile;
pub(crate) use profile::lock::exclusive;
pub use session::SessionRoots;
pub use tally::Tally;
pub use view::View;
