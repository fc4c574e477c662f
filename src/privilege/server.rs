//! The helper's side of its socket.

use super::caller::Caller;
use super::confine::confined;
use super::direct::Direct;
use super::error::Error;
use super::protocol::{Answer, LONGEST_LINE, PROTOCOL, Request};
use crate::lines::{LineError, Lines};
use crate::ports::SystemHand;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use unix::errno::Errno;
use unix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// Clients at a time.
const CLIENTS: usize = 16;
/// A client that says nothing, or takes nothing, for so long is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// Without clients for so many milliseconds it ends: whoever listens for it starts another.
const IDLE_MS: u16 = 60_000;

/// What the helper acts on, and for whom.
#[derive(Debug, Clone)]
pub struct Office {
    /// Whom it acts through.
    pub hand: Direct,
    /// The directory of the configuration, the only one whose files it replaces.
    pub configuration: PathBuf,
    /// The group that may ask where there is no polkit.
    pub group: Option<String>,
}

/// Serve those who come to `listener`, one act at a time, until nobody has come for a while.
///
/// # Errors
/// The listener fails.
pub fn serve(listener: &UnixListener, office: &Office) -> io::Result<()> {
    let (office, act) = (Arc::new(office.clone()), Arc::new(Mutex::new(())));
    loop {
        let mut waiting = [PollFd::new(listener.as_fd(), PollFlags::POLLIN)];
        match poll(&mut waiting, PollTimeout::from(IDLE_MS)) {
            Ok(0) if Arc::strong_count(&office) == 1 => return Ok(()),
            Ok(0) | Err(Errno::EINTR) => continue,
            Ok(_) => {}
            Err(errno) => return Err(errno.into()),
        }
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) => {
                // such as too many open files: it passes
                tracing::warn!(%error, "a client could not be accepted");
                thread::sleep(Duration::from_millis(100));
                continue;
            }
        };
        let full = Arc::strong_count(&office) > CLIENTS;
        let (office, act) = (Arc::clone(&office), Arc::clone(&act));
        let attend = move || {
            let result = Client::new(stream, &office, &act).and_then(|mut client| {
                if full { client.refuse(Error::Busy) } else { client.attend() }
            });
            if let Err(error) = result {
                tracing::warn!(%error, "a client was given up");
            }
        };
        if let Err(error) = thread::Builder::new().name("client".to_owned()).spawn(attend) {
            tracing::warn!(%error, "no thread for a client");
        }
    }
}

/// One client's connection.
struct Client<'a> {
    lines: Lines,
    caller: Caller,
    authorised: bool,
    office: &'a Office,
    act: &'a Mutex<()>,
}

impl<'a> Client<'a> {
    fn new(stream: UnixStream, office: &'a Office, act: &'a Mutex<()>) -> Result<Self, Error> {
        let caller = Caller::of(&stream)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(Error::Caller)?;
        stream.set_write_timeout(Some(PATIENCE)).map_err(Error::Caller)?;
        let lines = Lines::new(stream, LONGEST_LINE);
        Ok(Self { lines, caller, authorised: false, office, act })
    }

    fn attend(&mut self) -> Result<(), Error> {
        self.lines.send(&Answer::Hello { protocol: PROTOCOL })?;
        match self.lines.receive() {
            Ok(Request::Hello { protocol: PROTOCOL }) => {}
            Ok(_) => return self.refuse(Error::NoGreeting),
            Err(LineError::Gone) => return Ok(()),
            Err(error) => return self.refuse(error.into()),
        }
        loop {
            let done = match self.lines.receive() {
                Ok(request) => self.act(request),
                Err(LineError::Gone) => return Ok(()),
                Err(error @ LineError::Unexpected { .. }) => Err(error.into()),
                Err(error) => return self.refuse(error.into()),
            };
            match done {
                Ok(answer) => self.lines.send(&answer)?,
                Err(error) => self.refuse(error)?,
            }
        }
    }

    /// Do what is asked, if the caller may have it done.
    fn act(&mut self, request: Request) -> Result<Answer, Error> {
        if !self.authorised {
            self.caller.authorise(self.office.group.as_deref())?;
            self.authorised = true;
        }
        let _alone = self.act.lock().unwrap_or_else(PoisonError::into_inner);
        tracing::info!(caller = ?self.caller, ?request, "an act is asked for");
        let mut hand = self.office.hand.clone();
        Ok(match request {
            Request::Hello { .. } => return Err(Error::NoGreeting),
            Request::SetProfile { change } => {
                Answer::Moved { generation: hand.set_profile(&change)? }
            }
            Request::Activate { toplevel, action } => {
                // one who has left is told nothing, and the activation goes on
                let mut line = |text: &str| {
                    tracing::info!(target: "nixvox::activation", "{text}");
                    let _ = self.lines.send(&Answer::Line { text: text.to_owned() });
                };
                let activation = hand.activate(&toplevel, action, &mut line)?;
                Answer::Activated { activation }
            }
            Request::ReplaceFile { change } => {
                confined(&change.path, &self.office.configuration)?;
                hand.replace_file(&change)?;
                Answer::Done
            }
            Request::DeleteGenerations { deletion } => {
                hand.delete_generations(&deletion)?;
                Answer::Done
            }
        })
    }

    fn refuse(&mut self, error: Error) -> Result<(), Error> {
        tracing::warn!(caller = ?self.caller, %error, "refused");
        let told = error.to_string();
        let refused = Answer::Refused { fault: error.into(), error: told };
        Ok(self.lines.send(&refused)?)
    }
}
