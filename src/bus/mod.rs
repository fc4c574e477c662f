//! The system bus, where systemd and polkit answer, and the session's, where the desktop does.
//!
//! Floor 3: imports nothing of this crate. Whoever asks waits for a bounded time only, even where
//! something holds the bus's socket and says nothing.

pub mod notifications;
pub mod polkit;
pub mod systemd;

use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};
use zbus::blocking::Connection;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bus or the service reports an error, or is not there.
    #[error("the system bus: {0}")]
    Bus(#[from] zbus::Error),
    /// No answer came in time.
    #[error("no answer came over the system bus in {} ms", .0.as_millis())]
    Late(Duration),
    /// No thread can be had.
    #[error("no thread to ask the system bus: {0}")]
    Thread(#[from] std::io::Error),
}

impl Error {
    /// Whether there is no bus, or nobody on it who could be asked.
    pub fn is_absence(&self) -> bool {
        match self {
            Self::Bus(zbus::Error::MethodError(name, ..)) => matches!(
                name.as_str(),
                "org.freedesktop.DBus.Error.ServiceUnknown"
                    | "org.freedesktop.DBus.Error.NameHasNoOwner"
            ),
            Self::Bus(zbus::Error::Connection(error, _)) => matches!(
                error.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::ConnectionRefused
            ),
            _ => false,
        }
    }
}

/// An answer that is on its way.
#[derive(Debug)]
pub struct Awaited<T> {
    answer: Receiver<zbus::Result<T>>,
    since: Instant,
    limit: Duration,
}

impl<T> Awaited<T> {
    /// The answer, awaited until the limit from when it was asked for.
    ///
    /// # Errors
    /// The bus or the service reports an error or is not there, or no answer came in time.
    pub fn wait(self) -> Result<T, Error> {
        let left = self.limit.saturating_sub(self.since.elapsed());
        Ok(self.answer.recv_timeout(left).map_err(|_| Error::Late(self.limit))??)
    }
}

/// Do `ask` on the system bus, meanwhile; it is waited for no longer than for `limit`.
fn ask<T: Send + 'static>(
    limit: Duration,
    ask: impl FnOnce(&Connection) -> zbus::Result<T> + Send + 'static,
) -> Result<Awaited<T>, Error> {
    let (sender, answer) = mpsc::sync_channel(1);
    thread::Builder::new().name("bus".to_owned()).spawn(move || {
        let builder = zbus::blocking::connection::Builder::system();
        let connection = builder.and_then(|builder| builder.method_timeout(limit).build());
        // nobody may be waiting any more
        let _ = sender.send(connection.and_then(|connection| ask(&connection)));
    })?;
    Ok(Awaited { answer, since: Instant::now(), limit })
}
