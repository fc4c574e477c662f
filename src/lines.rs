//! Lines of JSON over a Unix socket.
//!
//! Floor 1: imports nothing of this crate. A line that is too long, cut short, or something else is an
//! error of its own; nobody waits for more than a line's bytes.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;
use unix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// How long who serves a socket may take over its greeting: it may be starting, or it is stuck.
pub const GREETING_LIMIT: Duration = Duration::from_secs(10);
/// So many characters are told of a line that is none: whoever sent it may want to fill a log.
const TOLD: usize = 200;

/// Why there is no next line.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
    /// The other side has left.
    #[error("the other side has left")]
    Gone,
    /// The other side has said nothing for as long as it was waited for.
    #[error("the other side says nothing")]
    Silent,
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
        /// The line's beginning.
        line: String,
        /// The beginning of what is wrong with it.
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
        limited.read_until(b'\n', &mut line).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => LineError::Silent,
            _ => error.into(),
        })?;
        parsed(&line, self.limit)
    }

    /// [`Self::receive`], awaited for `limit` only; the lines after it are awaited for ever.
    pub fn receive_within<T: DeserializeOwned>(&mut self, limit: Duration) -> Result<T, LineError> {
        self.reader.get_ref().set_read_timeout(Some(limit))?;
        let received = self.receive();
        self.reader.get_ref().set_read_timeout(None)?;
        received
    }
}

/// What a line says, of which all bytes were read, with its end, or one more than `limit` where it did
/// not end before.
pub fn parsed<T: DeserializeOwned>(line: &[u8], limit: usize) -> Result<T, LineError> {
    if line.is_empty() {
        return Err(LineError::Gone);
    }
    let Some(line) = line.strip_suffix(b"\n") else {
        let cut_short = line.len() <= limit;
        return Err(if cut_short { LineError::CutShort } else { LineError::TooLong { limit } });
    };
    let beginning = |text: &str| text.chars().take(TOLD).collect();
    serde_json::from_slice(line).map_err(|error| LineError::Unexpected {
        line: beginning(&String::from_utf8_lossy(line)),
        // which may repeat the line
        problem: beginning(&error.to_string()),
    })
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
    fn of_a_long_line_that_is_none_only_the_beginning_is_told() {
        #[derive(Debug, serde::Deserialize)]
        enum Word {}
        let long = "é".repeat(100_000);
        for line in [long.clone(), format!("\"{long}\"")] {
            let error = parsed::<Word>(format!("{line}\n").as_bytes(), 1 << 20).unwrap_err();
            let told = error.to_string();
            assert!(told.contains("ééé") && told.len() < 1000, "{} bytes", told.len());
        }
    }

    #[test]
    fn who_says_nothing_is_not_awaited_for_ever() {
        let (one, mut other) = UnixStream::pair().unwrap();
        let mut lines = Lines::new(one, 16);
        let limit = Duration::from_millis(50);
        assert!(matches!(lines.receive_within::<u8>(limit), Err(LineError::Silent)));
        other.write_all(b"1\n").unwrap();
        assert_eq!(lines.receive_within::<u8>(limit).unwrap(), 1);
        let late = std::thread::spawn(move || {
            std::thread::sleep(2 * limit);
            other.write_all(b"2\n").unwrap();
        });
        assert_eq!(lines.receive::<u8>().unwrap(), 2);
        late.join().unwrap();
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
