//! A client's side of the socket.

use super::error::Error;
use super::place::Place;
use super::protocol::{LONGEST_MESSAGE, Message, PROTOCOL, Request};
use crate::lines::Lines;
use std::os::unix::net::UnixStream;

/// A connection to the running service.
#[derive(Debug)]
pub struct Client {
    lines: Lines,
}

impl Client {
    /// Connect to the service at `place`.
    ///
    /// # Errors
    /// No service runs there, it takes no more clients, or it speaks another protocol.
    pub fn connect(place: &Place) -> Result<Self, Error> {
        let path = place.socket();
        let stream = UnixStream::connect(&path)
            .map_err(|source| Error::NotRunning { path: path.clone(), source })?;
        let mut client = Self { lines: Lines::new(stream, LONGEST_MESSAGE) };
        match client.receive()? {
            Message::Hello { protocol: PROTOCOL, .. } => {}
            // as where there are too many clients
            Message::Error { error } => return Err(Error::Refused(error)),
            other => return Err(Error::Protocol { line: format!("{other:?}") }),
        }
        client.ask(&Request::Hello { protocol: PROTOCOL })?;
        Ok(client)
    }

    /// Ask for something; the answer.
    ///
    /// # Errors
    /// It is refused, or the connection breaks.
    pub fn ask(&mut self, request: &Request) -> Result<Message, Error> {
        self.lines.send(request)?;
        match self.receive()? {
            Message::Error { error } => Err(Error::Refused(error)),
            message => Ok(message),
        }
    }

    /// The next message, awaited.
    ///
    /// # Errors
    /// The connection breaks, the service ends, or it says what is no message.
    pub fn receive(&mut self) -> Result<Message, Error> {
        Ok(self.lines.receive()?)
    }
}
