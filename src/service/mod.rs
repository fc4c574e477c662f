//! The companion service: one conversation that runs all day, and the socket that others control it
//! by.
//!
//! Floor 6. Lines of JSON over a Unix socket; see [`protocol`].

mod board;
mod client;
mod error;
mod place;
pub mod protocol;
mod server;

pub use board::{Board, Pen, Reload};
pub use client::Client;
pub use error::Error;
pub use place::{Place, Seat};
pub use server::serve;
