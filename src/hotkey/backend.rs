//! The backends, and which one is taken.

use super::chord::Chord;
use super::devices::Devices;
use super::error::Error;
use super::portal::{self, Portal};
use super::x11::{self, X11};
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// What the key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// It goes down.
    Down,
    /// It comes up.
    Up,
}

/// Something that watches the key.
pub(super) trait Backend {
    /// The key's next move, awaited for no longer than `limit`.
    fn next(&mut self, limit: Duration) -> Result<Option<Move>, Error>;
}

/// The backends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The desktop's portal for global shortcuts.
    Portal,
    /// The X server.
    X11,
    /// The keyboards' devices.
    Devices,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Portal => "the desktop's portal",
            Self::X11 => "X11",
            Self::Devices => "the keyboards' devices",
        })
    }
}

impl Kind {
    /// Whether it is there; nothing is taken.
    fn probe(self) -> Result<(), Error> {
        match self {
            Self::Portal => portal::probe(),
            Self::X11 => x11::probe(),
            Self::Devices => Devices::probe(),
        }
    }

    /// Watch `chord`, unless `over` comes first: somebody may be asked.
    fn open(self, chord: &Chord, over: &AtomicBool) -> Result<Box<dyn Backend>, Error> {
        Ok(match self {
            Self::Portal => Box::new(Portal::open(chord, over)?),
            Self::X11 => Box::new(X11::open(chord)?),
            Self::Devices => Box::new(Devices::open(chord)?),
        })
    }
}

/// What a key would be watched with here; nothing is taken.
///
/// # Errors
/// [`Error::Nowhere`], with the reasons.
pub fn find() -> Result<Kind, Error> {
    first(Kind::probe).map(|(kind, ())| kind)
}

/// Watch `chord` with what there is, unless `over` comes first: somebody may be asked.
pub(super) fn open(chord: &Chord, over: &AtomicBool) -> Result<(Kind, Box<dyn Backend>), Error> {
    first(|kind| kind.open(chord, over))
}

/// The first that is there, the portal before X11 before the devices, and what `reach` makes of it.
fn first<T>(reach: impl Fn(Kind) -> Result<T, Error>) -> Result<(Kind, T), Error> {
    let mut reasons = Vec::new();
    for kind in [Kind::Portal, Kind::X11, Kind::Devices] {
        match reach(kind) {
            Ok(reached) => return Ok((kind, reached)),
            Err(Error::Absent(why)) => reasons.push(why),
            Err(error) => return Err(error),
        }
    }
    Err(Error::Nowhere(reasons.join("; ")))
}
