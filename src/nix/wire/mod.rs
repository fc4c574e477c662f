//! The worker protocol that `nix-daemon` speaks: pure encoding and decoding, no connection.
//!
//! Announced is 1.35, which every daemon since accepts (Lix is frozen there), so that no features
//! need negotiating. Malformed input is an [`std::io::Error`] of kind
//! [`std::io::ErrorKind::InvalidData`].

pub mod ansi;
pub mod codec;
pub mod handshake;
pub mod operation;
pub mod progress;
pub mod reply;
pub mod stderr;

#[cfg(test)]
mod properties;
