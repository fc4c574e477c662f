//! Primitives: little-endian 64-bit numbers, and strings padded with zeros to eight bytes.
//! Lengths and counts come from the other side, so nothing is allocated on their word alone.

use std::io::{self, Read};

/// Longest string accepted, in bytes.
const MAX_BLOB: u64 = 64 << 20;
/// Longest list accepted; the largest real stores hold some hundred thousand paths.
const MAX_ITEMS: u64 = 1 << 24;
/// How much of an announced length is allocated before the first byte has arrived.
const FIRST_ALLOCATION: u64 = 64 << 10;

/// An error for input that the protocol does not allow.
pub fn malformed(problem: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem.into())
}

/// How many zeros follow a string of `length` bytes.
const fn padding(length: u64) -> usize {
    (length.wrapping_neg() % 8) as usize
}

/// Decoding, for every reader.
pub trait Decode: Read {
    /// A number.
    fn number(&mut self) -> io::Result<u64> {
        let mut bytes = [0; 8];
        self.read_exact(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// A truth value: anything but zero is true.
    fn flag(&mut self) -> io::Result<bool> {
        Ok(self.number()? != 0)
    }

    /// A string of any bytes.
    fn blob(&mut self) -> io::Result<Vec<u8>> {
        let length = self.number()?;
        if length > MAX_BLOB {
            return Err(malformed(format!("a string of {length} bytes")));
        }
        let mut bytes = Vec::with_capacity(length.min(FIRST_ALLOCATION) as usize);
        self.take(length).read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut rest = [0; 8];
        let rest = &mut rest[..padding(length)];
        self.read_exact(rest)?;
        if rest.iter().any(|&byte| byte != 0) {
            return Err(malformed("a string's padding is not zero"));
        }
        Ok(bytes)
    }

    /// A string that must be UTF-8.
    fn text(&mut self) -> io::Result<String> {
        String::from_utf8(self.blob()?).map_err(|_| malformed("a string is not UTF-8"))
    }

    /// A string meant for people, such as a build's output: what is not UTF-8 is replaced.
    fn prose(&mut self) -> io::Result<String> {
        Ok(String::from_utf8_lossy(&self.blob()?).into_owned())
    }

    /// A counted list, each element read by `item`.
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> io::Result<T>) -> io::Result<Vec<T>> {
        let count = self.number()?;
        if count > MAX_ITEMS {
            return Err(malformed(format!("a list of {count} elements")));
        }
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// A list of UTF-8 strings.
    fn texts(&mut self) -> io::Result<Vec<String>> {
        self.list(Self::text)
    }
}

impl<R: Read> Decode for R {}

/// Encoding into memory.
#[derive(Debug, Default)]
pub struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    /// Append a number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.bytes.extend_from_slice(&number.to_le_bytes());
        self
    }

    /// Append a string.
    pub fn blob(&mut self, blob: impl AsRef<[u8]>) -> &mut Self {
        let blob = blob.as_ref();
        let length = blob.len() as u64;
        self.number(length).raw(blob);
        self.raw(&[0; 8][..padding(length)])
    }

    /// Append a list of strings.
    pub fn blobs<T: AsRef<[u8]>>(&mut self, blobs: &[T]) -> &mut Self {
        self.number(blobs.len() as u64);
        for blob in blobs {
            self.blob(blob);
        }
        self
    }

    /// Append bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// What was encoded.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(fill: impl FnOnce(&mut Encoder)) -> Vec<u8> {
        let mut encoder = Encoder::default();
        fill(&mut encoder);
        encoder.into_bytes()
    }

    #[test]
    fn strings_of_every_padding_come_back() {
        for length in 0..=17 {
            let blob: Vec<u8> = (0..length).map(|i| b'a' + i).collect();
            let bytes = encoded(|to| {
                to.blob(&blob).number(7);
            });
            assert_eq!(bytes.len() % 8, 0);
            let mut from = bytes.as_slice();
            assert_eq!(from.blob().unwrap(), blob);
            assert_eq!(from.number().unwrap(), 7);
        }
    }

    #[test]
    fn lists_come_back() {
        let bytes = encoded(|to| {
            to.blobs(&["", "one", "two words"]);
        });
        assert_eq!(bytes.as_slice().texts().unwrap(), ["", "one", "two words"]);
    }

    #[test]
    fn hostile_lengths_are_refused_before_anything_is_allocated() {
        for length in [MAX_BLOB + 1, u64::MAX] {
            let bytes = encoded(|to| {
                to.number(length);
            });
            assert_eq!(bytes.as_slice().blob().unwrap_err().kind(), io::ErrorKind::InvalidData);
            let bytes = encoded(|to| {
                to.number(length);
            });
            assert_eq!(bytes.as_slice().texts().unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
        let promise = encoded(|to| {
            to.number(MAX_BLOB).raw(b"short");
        });
        assert_eq!(promise.as_slice().blob().unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn dirty_padding_and_bad_utf8_are_refused() {
        let dirty = encoded(|to| {
            to.number(1).raw(b"a......!");
        });
        assert_eq!(dirty.as_slice().blob().unwrap_err().kind(), io::ErrorKind::InvalidData);
        let latin = encoded(|to| {
            to.blob(b"caf\xe9");
        });
        assert_eq!(latin.as_slice().text().unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(latin.as_slice().prose().unwrap(), "caf\u{fffd}");
    }
}
