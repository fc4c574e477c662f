//! The greeting: each side tells its version, the daemon also whether it trusts us.

use super::codec::{Decode, Encoder, malformed};
use super::stderr;
use std::io::{self, Read, Write};

const CLIENT_MAGIC: u64 = 0x6e69_7863;
const DAEMON_MAGIC: u64 = 0x6478_696f;
/// The version announced.
const OURS: Version = Version { major: 1, minor: 35 };
/// The oldest version accepted: that of Nix 2.8.
const OLDEST: Version = Version { major: 1, minor: 34 };

/// A version of the worker protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    major: u64,
    minor: u64,
}

impl Version {
    const fn from_wire(number: u64) -> Self {
        Self { major: number >> 8, minor: number & 0xff }
    }

    const fn to_wire(self) -> u64 {
        self.major << 8 | self.minor
    }
}

/// What the daemon says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// Version of Nix, such as `2.8.0`.
    pub nix_version: String,
    /// Whether it trusts us; `None` where it does not say, which before 1.35 is always.
    pub trusted: Option<bool>,
}

/// Greet the daemon at the other end of `stream`.
pub fn greet(stream: &mut (impl Read + Write)) -> io::Result<Greeting> {
    let mut hello = Encoder::default();
    hello.number(CLIENT_MAGIC);
    send(stream, hello)?;

    if stream.number()? != DAEMON_MAGIC {
        return Err(malformed("it does not greet as a Nix daemon does"));
    }
    let theirs = Version::from_wire(stream.number()?);
    if theirs.major != OURS.major || theirs < OLDEST {
        return Err(malformed(format!(
            "it speaks protocol {}.{}, but {}.{} (Nix 2.8) or a newer 1.x is needed",
            theirs.major, theirs.minor, OLDEST.major, OLDEST.minor
        )));
    }
    let (no_cpu_affinity, no_reserved_space) = (0, 0);
    let mut answer = Encoder::default();
    answer.number(OURS.to_wire()).number(no_cpu_affinity).number(no_reserved_space);
    send(stream, answer)?;

    let nix_version = stream.text()?;
    let trusted = if theirs >= OURS {
        match stream.number()? {
            1 => Some(true),
            2 => Some(false),
            _ => None,
        }
    } else {
        None
    };
    match stderr::drain(stream, &mut |_| {})? {
        None => Ok(Greeting { nix_version, trusted }),
        Some(refusal) => Err(io::Error::other(refusal.to_string())),
    }
}

fn send(stream: &mut impl Write, message: Encoder) -> io::Result<()> {
    stream.write_all(&message.into_bytes())?;
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nix::testing::Replay;

    /// The first two words answer our magic number, the rest our version.
    fn greeted(answers: &[u8]) -> io::Result<Greeting> {
        let (first, second) = answers.split_at(answers.len().min(16));
        let mut script = Replay::of([first, second]);
        let greeting = greet(&mut script)?;
        assert_eq!(script.said.len(), 32, "four words and no more");
        Ok(greeting)
    }

    fn daemon(minor: u64, trust: Option<u64>) -> Vec<u8> {
        let mut to = Encoder::default();
        to.number(DAEMON_MAGIC).number(1 << 8 | minor).blob("2.99");
        if let Some(trust) = trust {
            to.number(trust);
        }
        to.number(0x616c_7473);
        to.into_bytes()
    }

    #[test]
    fn old_and_new_daemons_are_greeted() {
        let old = greeted(&daemon(34, None)).unwrap();
        assert_eq!(old, Greeting { nix_version: "2.99".into(), trusted: None });
        assert_eq!(greeted(&daemon(35, Some(1))).unwrap().trusted, Some(true));
        assert_eq!(greeted(&daemon(39, Some(2))).unwrap().trusted, Some(false));
    }

    #[test]
    fn too_old_a_daemon_is_named() {
        let error = greeted(&daemon(33, None)).unwrap_err().to_string();
        assert!(error.contains("1.33") && error.contains("1.34"), "{error}");
    }

    #[test]
    fn every_truncation_and_a_stranger_are_errors() {
        let whole = daemon(35, Some(1));
        for end in 0..whole.len() {
            assert!(greeted(&whole[..end]).is_err(), "cut at {end}");
        }
        assert!(greeted(b"HTTP/1.1 400 Bad Request\r\n\r\n").is_err());
    }
}
