//! A client's side of the socket.

use super::error::Error;
use super::place::Place;
use super::protocol::{LONGEST_MESSAGE, Message, PROTOCOL, Request};
use crate::lines::{GREETING_LIMIT, Lines};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// A connection to the running service.
#[derive(Debug)]
pub struct Client {
    lines: Lines,
}

impl Client {
    /// Connect to the service at `place`.
    ///
    /// # Errors
    /// No service runs there, it says nothing, it takes no more clients, or it speaks another protocol.
    pub fn connect(place: &Place) -> Result<Self, Error> {
        let path = place.socket();
        let stream = UnixStream::connect(&path)
            .map_err(|source| Error::NotRunning { path: path.clone(), source })?;
        Self::greet(Lines::new(stream, LONGEST_MESSAGE), GREETING_LIMIT)
    }

    /// Exchange greetings over `lines`; each of the service's is awaited for `limit`.
    fn greet(mut lines: Lines, limit: Duration) -> Result<Self, Error> {
        // it is refused where there are too many clients
        match granted(lines.receive_within(limit)?)? {
            Message::Hello { protocol: PROTOCOL, .. } => {}
            other => return Err(Error::Protocol { line: format!("{other:?}") }),
        }
        lines.send(&Request::Hello { protocol: PROTOCOL })?;
        granted(lines.receive_within(limit)?)?;
        Ok(Self { lines })
    }

    /// Ask for something; the answer.
    ///
    /// # Errors
    /// It is refused, or the connection breaks.
    pub fn ask(&mut self, request: &Request) -> Result<Message, Error> {
        self.lines.send(request)?;
        granted(self.receive()?)
    }

    /// The next message, awaited.
    ///
    /// # Errors
    /// The connection breaks, the service ends, or it says what is no message.
    pub fn receive(&mut self) -> Result<Message, Error> {
        Ok(self.lines.receive()?)
    }
}

/// A message that is no refusal.
fn granted(message: Message) -> Result<Message, Error> {
    match message {
        Message::Error { error } => Err(Error::Refused(error)),
        message => Ok(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::LineError;

    #[test]
    fn a_service_that_stops_in_the_greeting_is_given_up() {
        for hello in [None, Some(Message::Hello { protocol: PROTOCOL, version: String::new() })] {
            let (stuck, ours) = UnixStream::pair().unwrap();
            let mut stuck = Lines::new(stuck, LONGEST_MESSAGE);
            if let Some(hello) = &hello {
                stuck.send(hello).unwrap();
            }
            let lines = Lines::new(ours, LONGEST_MESSAGE);
            let given_up = Client::greet(lines, Duration::from_millis(50)).unwrap_err();
            assert!(matches!(given_up, Error::Broken(LineError::Silent)), "{given_up}");
        }
    }
}
