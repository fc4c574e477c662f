//! The acts, asked of the helper.

use super::error::Error;
use super::protocol::{Answer, LONGEST_LINE, PROTOCOL, Request};
use crate::domain::{Action, Activation, FileChange, Generation, ProfileChange, ProfileDeletion};
use crate::lines::{GREETING_LIMIT, Lines};
use crate::ports::SystemHand;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The helper at a socket. The connection is made with the first act, and kept for those that follow,
/// so that whoever asks has to say only once who they are.
#[derive(Debug, Clone)]
pub struct Helper {
    socket: PathBuf,
    lines: Arc<Mutex<Option<Lines>>>,
}

impl Helper {
    /// The helper that listens at `socket`.
    pub fn at(socket: PathBuf) -> Self {
        Self { socket, lines: Arc::default() }
    }

    /// Its socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Whether it answers there and speaks our protocol.
    ///
    /// # Errors
    /// It does not.
    pub fn greet(&self) -> Result<(), Error> {
        self.connect(GREETING_LIMIT).map(drop)
    }

    /// Drop the connection, if there is one: what comes next is another sequence.
    pub fn hang_up(&self) {
        *self.lines.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Connect to the helper, whose greeting is awaited for `limit`.
    fn connect(&self, limit: Duration) -> Result<Lines, Error> {
        let stream = UnixStream::connect(&self.socket)
            .map_err(|source| Error::NoHelper { socket: self.socket.clone(), source })?;
        let mut lines = Lines::new(stream, LONGEST_LINE);
        match granted(lines.receive_within(limit)?)? {
            Answer::Hello { protocol: PROTOCOL } => {}
            other => return Err(unexpected(&other)),
        }
        lines.send(&Request::Hello { protocol: PROTOCOL })?;
        Ok(lines)
    }

    /// The helper's answer to `request`, with each line that it tells before handed to `line`. A
    /// connection that fails is dropped, and so is one that the helper gave up while it had nothing to
    /// do; nothing is asked twice.
    fn ask(&self, request: &Request, line: &mut dyn FnMut(&str)) -> Result<Answer, Error> {
        let mut kept = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = match kept.take().filter(Lines::is_quiet) {
            Some(lines) => lines,
            None => self.connect(GREETING_LIMIT)?,
        };
        lines.send(request)?;
        let answer = loop {
            match lines.receive()? {
                Answer::Line { text } => line(&text),
                answer => break answer,
            }
        };
        *kept = Some(lines);
        granted(answer)
    }
}

/// An answer that is no refusal.
fn granted(answer: Answer) -> Result<Answer, Error> {
    match answer {
        Answer::Refused { fault, error } => Err(Error::Refused { fault: Box::new(fault), error }),
        answer => Ok(answer),
    }
}

fn unexpected(answer: &Answer) -> Error {
    Error::Protocol { answer: format!("{answer:?}") }
}

fn done(answer: &Answer) -> Result<(), Error> {
    if *answer == Answer::Done { Ok(()) } else { Err(unexpected(answer)) }
}

impl SystemHand for Helper {
    type Error = Error;

    fn set_profile(&mut self, change: &ProfileChange) -> Result<Generation, Error> {
        let request = Request::SetProfile { change: change.clone() };
        match self.ask(&request, &mut |_| ())? {
            Answer::Moved { generation } => Ok(generation),
            other => Err(unexpected(&other)),
        }
    }

    fn activate(
        &mut self,
        toplevel: &Path,
        action: Action,
        line: &mut dyn FnMut(&str),
    ) -> Result<Activation, Error> {
        let request = Request::Activate { toplevel: toplevel.to_owned(), action };
        match self.ask(&request, line)? {
            Answer::Activated { activation } => Ok(activation),
            other => Err(unexpected(&other)),
        }
    }

    fn replace_file(&mut self, change: &FileChange) -> Result<(), Error> {
        done(&self.ask(&Request::ReplaceFile { change: change.clone() }, &mut |_| ())?)
    }

    fn delete_generations(&mut self, deletion: &ProfileDeletion) -> Result<(), Error> {
        let request = Request::DeleteGenerations { deletion: deletion.clone() };
        done(&self.ask(&request, &mut |_| ())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::LineError;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_helper_that_does_not_greet_is_given_up() {
        let dir = tempfile::tempdir().unwrap();
        let helper = Helper::at(dir.path().join("socket"));
        let _stuck = UnixListener::bind(helper.socket()).unwrap();
        let given_up = helper.connect(Duration::from_millis(50)).unwrap_err();
        assert!(matches!(given_up, Error::Line(LineError::Silent)), "{given_up}");
    }
}
