//! A client's side of the socket.

use super::error::Error;
use super::place::Place;
use super::protocol::{Message, PROTOCOL, Request};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

/// A connection to the running service.
#[derive(Debug)]
pub struct Client {
    reader: BufReader<UnixStream>,
}

impl Client {
    /// Connect to the service at `place`.
    ///
    /// # Errors
    /// No service runs there, or it speaks another protocol.
    pub fn connect(place: &Place) -> Result<Self, Error> {
        let path = place.socket();
        let stream = UnixStream::connect(&path)
            .map_err(|source| Error::NotRunning { path: path.clone(), source })?;
        let mut client = Self { reader: BufReader::new(stream) };
        match client.receive()? {
            Message::Hello { protocol: PROTOCOL, .. } => {}
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
        let mut line = serde_json::to_vec(request).map_err(|error| Error::Broken(error.into()))?;
        line.push(b'\n');
        self.reader.get_mut().write_all(&line).map_err(Error::Broken)?;
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
        let mut line = String::new();
        if self.reader.read_line(&mut line).map_err(Error::Broken)? == 0 {
            return Err(Error::Gone);
        }
        serde_json::from_str(&line).map_err(|_| Error::Protocol { line })
    }
}
