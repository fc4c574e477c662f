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
            // who says what is no request, or may not, leaves its place to others
            let request = match self.lines.receive() {
                Ok(request) => request,
                Err(LineError::Gone) => return Ok(()),
                Err(error) => return self.refuse(error.into()),
            };
            if let Err(error) = self.authorise() {
                return self.refuse(error);
            }
            match self.act(request) {
                Ok(answer) => self.lines.send(&answer)?,
                Err(error) => self.refuse(error)?,
            }
        }
    }

    /// Find out whether the caller may have anything done, if that is not known.
    fn authorise(&mut self) -> Result<(), Error> {
        if !self.authorised {
            self.caller.authorise(self.office.group.as_deref())?;
            self.authorised = true;
        }
        Ok(())
    }

    /// Do what is asked.
    fn act(&mut self, request: Request) -> Result<Answer, Error> {
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

#[cfg(test)]
mod tests {
    use super::super::Helper;
    use super::*;
    use crate::domain::{Fault, Generation, ProfileDeletion, Scope};
    use crate::nix::NixPaths;
    use std::path::Path;
    use std::sync::mpsc;

    /// An office that keeps everything in `dir`, and may be asked by root only.
    fn office(dir: &Path) -> Office {
        let paths = NixPaths {
            store_dir: dir.join("store"),
            state_dir: dir.join("state"),
            socket: dir.join("daemon"),
            database: None,
            user_profile: dir.join("user"),
            system_profile: dir.join("system"),
            home_link: None,
        };
        let hand = Direct::new(paths, dir.join("backups"));
        Office { hand, configuration: dir.join("nixos"), group: None }
    }

    /// What nobody's helper does.
    fn deletion() -> ProfileDeletion {
        let current = Generation { number: 1, target: "/x".into(), created: 0, current: true };
        ProfileDeletion { scope: Scope::User, current, generations: Vec::new() }
    }

    #[test]
    fn a_client_that_was_given_up_while_it_built_is_heard_again() {
        let dir = tempfile::tempdir().unwrap();
        let mut helper = Helper::at(dir.path().join("socket"));
        let listener = UnixListener::bind(helper.socket()).unwrap();
        let office = office(dir.path());
        let (left, leaves) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, act) = (stream.unwrap(), Mutex::new(()));
                let impatient = stream.try_clone().unwrap();
                let mut client = Client::new(stream, &office, &act).unwrap();
                client.authorised = true;
                impatient.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
                client.attend().unwrap();
                drop((client, impatient));
                left.send(()).unwrap();
            }
        });
        for _ in 0..2 {
            let refused = helper.delete_generations(&deletion()).unwrap_err();
            assert!(matches!(refused, Error::Refused { .. }), "{refused}");
            leaves.recv().unwrap();
        }
    }

    #[test]
    fn who_may_not_have_it_done_leaves_the_place_to_others() {
        let dir = tempfile::tempdir().unwrap();
        let (office, act) = (office(dir.path()), Mutex::new(()));
        let (theirs, ours) = UnixStream::pair().unwrap();
        let mut client = Client::new(theirs, &office, &act).unwrap();
        client.caller = Caller::nobody();
        let mut lines = Lines::new(ours, LONGEST_LINE);
        lines.send(&Request::Hello { protocol: PROTOCOL }).unwrap();
        lines.send(&Request::DeleteGenerations { deletion: deletion() }).unwrap();
        thread::scope(|scope| {
            scope.spawn(move || client.attend().unwrap());
            assert_eq!(lines.receive::<Answer>().unwrap(), Answer::Hello { protocol: PROTOCOL });
            let refused = lines.receive::<Answer>().unwrap();
            assert!(matches!(refused, Answer::Refused { fault: Fault::NotAuthorised, .. }));
            assert!(matches!(lines.receive::<Answer>(), Err(LineError::Gone)));
        });
    }
}
