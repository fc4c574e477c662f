//! Lines of JSON over a Unix socket.
//!
//! Floor 1: imports nothing of this crate. A line that is too long, cut short, or something else is an
//! error of its own; nobody waits for more than a line's bytes.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use unix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// Why there is no next line.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
    /// The other side has left.
    #[error("the other side has left")]
    Gone,
    /// The line has too many bytes; what follows it is not read.
    #[error("a line may have {limit} bytes at most")]
    TooLong {
        /// As many as it may have.
        limit: usize,
    },
    /// The other side left in the middle of it.
    #[error("the last line is cut short")]
    CutShort,
    /// It is something else than was expected.
    #[error("{problem} in {line:?}")]
    Unexpected {
        /// The line.
        line: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// One side of a connection.
#[derive(Debug)]
pub struct Lines {
    reader: BufReader<UnixStream>,
    limit: usize,
}

impl Lines {
    /// Lines over `stream`, of `limit` bytes at most.
    pub fn new(stream: UnixStream, limit: usize) -> Self {
        Self { reader: BufReader::new(stream), limit }
    }

    /// Whether the other side is there and has said nothing that was not received: the next line that it
    /// says answers what is sent now.
    pub fn is_quiet(&self) -> bool {
        let mut waiting = [PollFd::new(self.reader.get_ref().as_fd(), PollFlags::POLLIN)];
        self.reader.buffer().is_empty() && poll(&mut waiting, PollTimeout::ZERO) == Ok(0)
    }

    /// Send `message` as a line.
    pub fn send(&mut self, message: &impl Serialize) -> Result<(), LineError> {
        let mut line = serde_json::to_vec(message).map_err(io::Error::from)?;
        if line.len() > self.limit {
            return Err(LineError::TooLong { limit: self.limit });
        }
        line.push(b'\n');
        Ok(self.reader.get_mut().write_all(&line)?)
    }

    /// The next line, awaited.
    pub fn receive<T: DeserializeOwned>(&mut self) -> Result<T, LineError> {
        let mut line = Vec::new();
        let mut limited = (&mut self.reader).take(self.limit as u64 + 1);
        if limited.read_until(b'\n', &mut line)? == 0 {
            return Err(LineError::Gone);
        }
        if line.pop_if(|last| *last == b'\n').is_none() {
            let limit = self.limit;
            return Err(if line.len() > limit {
                LineError::TooLong { limit }
            } else {
                LineError::CutShort
            });
        }
        serde_json::from_slice(&line).map_err(|error| LineError::Unexpected {
            line: String::from_utf8_lossy(&line).into_owned(),
            problem: error.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_none_are_told_apart() {
        let (one, mut other) = UnixStream::pair().unwrap();
        let mut lines = Lines::new(one, 16);
        other.write_all(b"[1,2]\n{\"half\"\n[3]").unwrap();
        assert_eq!(lines.receive::<Vec<u8>>().unwrap(), [1, 2]);
        let error = lines.receive::<Vec<u8>>().unwrap_err();
        assert!(matches!(error, LineError::Unexpected { .. }), "{error}");
        drop(other);
        assert!(matches!(lines.receive::<Vec<u8>>(), Err(LineError::CutShort)));
        assert!(matches!(lines.receive::<Vec<u8>>(), Err(LineError::Gone)));

        let (one, mut other) = UnixStream::pair().unwrap();
        let mut lines = Lines::new(one, 16);
        other.write_all(&[b' '; 64]).unwrap();
        assert!(matches!(lines.receive::<()>(), Err(LineError::TooLong { limit: 16 })));
        let long = lines.send(&"x".repeat(20));
        assert!(matches!(long, Err(LineError::TooLong { .. })), "nor is one sent");
    }

    #[test]
    fn who_has_left_or_said_something_is_not_quiet() {
        let (one, mut other) = UnixStream::pair().unwrap();
        let mut lines = Lines::new(one, 16);
        assert!(lines.is_quiet());
        other.write_all(b"1\n2\n").unwrap();
        for said in [1, 2] {
            assert!(!lines.is_quiet());
            assert_eq!(lines.receive::<u8>().unwrap(), said);
        }
        assert!(lines.is_quiet());
        drop(other);
        assert!(!lines.is_quiet());
    }
}
