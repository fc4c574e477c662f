//! Why there is no key.

use super::chord::Chord;
use x11rb::errors::{ConnectionError, ReplyError};

/// Why the key cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The session has nothing to watch it with.
    #[error(
        "no global key can be had here ({0}): bind a key of your desktop to `nixvox ctl press` and its release to \
         `nixvox ctl release`, or one key to `nixvox ctl toggle`"
    )]
    Nowhere(String),
    /// One of the backends is not there, for this reason.
    #[error("{0}")]
    Absent(String),
    /// Another program has it.
    #[error(
        "the key {0} is taken by another program: choose another one as `hotkey` in config.toml"
    )]
    Taken(Chord),
    /// The keyboard lacks it.
    #[error("the keyboard has no key for {0}: choose another one as `hotkey` in config.toml")]
    Unmapped(Chord),
    /// Somebody said no.
    #[error("the desktop was told not to give the key {0} to nixvox")]
    Refused(Chord),
    /// The X server has gone, or does not take a request.
    #[error("X11: {0}")]
    X11(Box<dyn std::error::Error + Send + Sync>),
    /// The session bus or the portal has gone, or refuses.
    #[error("the desktop's portal: {0}")]
    Portal(#[from] zbus::Error),
    /// The portal is there no more.
    #[error("the desktop's portal has ended the session")]
    Closed,
    /// The devices cannot be read any more.
    #[error("the keyboards: {0}")]
    Devices(std::io::Error),
    /// The last keyboard has gone.
    #[error("the last keyboard was unplugged")]
    Unplugged,
    /// Nobody wants to know any more.
    #[error("the key is not watched any more")]
    Over,
}

impl Error {
    /// Whether it would be no better another time.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Over)
    }
}

impl From<ConnectionError> for Error {
    fn from(error: ConnectionError) -> Self {
        Self::X11(error.into())
    }
}

impl From<ReplyError> for Error {
    fn from(error: ReplyError) -> Self {
        Self::X11(error.into())
    }
}
