//! A key of the whole session: it goes down and up, whatever program has the keyboard.
//!
//! Floor 3: imports nothing of this crate. Three backends, of which the first that the session has
//! is taken: the desktop's portal, X11, the keyboards' devices. A [`Watch`] goes on where one is lost.

mod backend;
mod chord;
mod devices;
mod error;
mod keyboard;
mod keys;
mod portal;
mod watch;
mod x11;

pub use backend::{Kind, Move, find};
pub use chord::{Choice, Chord, ChordError, Modifier};
pub use error::Error;
pub use watch::{News, Watch};
