//! What takes the rights of the machine's owner: the system's profile, its activation, and the files
//! of its configuration.
//!
//! Floor 4. [`Direct`] does it in this process, where the profile is this user's own.

mod direct;
mod error;

pub use direct::Direct;
pub use error::Error;
