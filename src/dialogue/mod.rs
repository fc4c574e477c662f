//! What to do about what was heard, and how to answer it.
//!
//! Floor 2, and pure: `now` and the state of the world are arguments, and what should happen comes
//! back as a value.

mod days;
mod deletion;
mod error;
mod filters;
mod job;
mod listed;
mod packages;
mod phrasing;
mod planner;
mod referents;
mod session;
mod settings;

pub use error::PhrasingError;
pub use phrasing::Phrasebook;
pub use planner::plan;
pub use referents::Referents;
pub use session::{Effect, Event, Session};
