//! Sorted paths in few bytes, as nix-index and locate keep them: each begins with as much of the one
//! before it as they share.
//!
//! A line is its metadata, a zero byte, by how much the shared length grew or shrank (a signed byte;
//! 0x80 says that two bytes follow, the higher first), the rest of the path, and a newline.

use std::io::{self, BufRead, Read};

/// Longer metadata or paths are nobody's.
const LONGEST: u64 = 1 << 16;
/// Says that the difference takes two bytes.
const WIDE: u8 = 0x80;

/// Reads line after line.
pub(super) struct Lines<R> {
    from: R,
    shared: i32,
    about: Vec<u8>,
    path: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, shared: 0, about: Vec::new(), path: Vec::new() }
    }

    /// The next line's metadata and path; `None` at the end.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] where it is cut short or shares more than there is.
    pub(super) fn next(&mut self) -> io::Result<Option<(&[u8], &[u8])>> {
        self.about.clear();
        if !until(&mut self.from, 0, &mut self.about)? {
            return Ok(None);
        }
        let mut difference = [0; 2];
        self.from.read_exact(&mut difference[..1])?;
        let difference = if difference[0] == WIDE {
            self.from.read_exact(&mut difference)?;
            i16::from_be_bytes(difference)
        } else {
            i16::from(difference[0].cast_signed())
        };
        self.shared += i32::from(difference);
        let shared = usize::try_from(self.shared).ok().filter(|&shared| shared <= self.path.len());
        self.path.truncate(shared.ok_or_else(|| malformed("a line shares more than there is"))?);
        if !until(&mut self.from, b'\n', &mut self.path)? {
            return Err(malformed("the last line has no path"));
        }
        Ok(Some((&self.about, &self.path)))
    }
}

/// Append what comes before the next `end`, which is passed over; `false` where nothing comes.
fn until(from: &mut impl BufRead, end: u8, to: &mut Vec<u8>) -> io::Result<bool> {
    let read = from.by_ref().take(LONGEST).read_until(end, to)?;
    match to.last() {
        Some(&last) if read > 0 && last == end => {
            to.pop();
            Ok(true)
        }
        _ if read == 0 => Ok(false),
        _ => Err(malformed("a line is cut short or far too long")),
    }
}

pub(super) fn malformed(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// `lines` of metadata and path in this form, the path of the last sharing nothing.
    pub(in super::super) fn encode(lines: &[(&str, &str)]) -> Vec<u8> {
        let (mut bytes, mut before, mut shared_before) = (Vec::new(), "", 0_i16);
        for (at, (about, path)) in lines.iter().enumerate() {
            let alike = before.bytes().zip(path.bytes()).take_while(|(a, b)| a == b).count();
            let shared = if at + 1 == lines.len() { 0 } else { alike };
            let difference = i16::try_from(shared).unwrap() - shared_before;
            bytes.extend_from_slice(about.as_bytes());
            bytes.push(0);
            match i8::try_from(difference) {
                Ok(narrow) if narrow != i8::MIN => bytes.push(narrow.cast_unsigned()),
                _ => {
                    bytes.push(WIDE);
                    bytes.extend(difference.to_be_bytes());
                }
            }
            bytes.extend_from_slice(&path.as_bytes()[shared..]);
            bytes.push(b'\n');
            (before, shared_before) = (path, i16::try_from(shared).unwrap());
        }
        bytes
    }

    fn decode(bytes: &[u8]) -> io::Result<Vec<(String, String)>> {
        let mut lines = Lines::new(bytes);
        let mut read = Vec::new();
        while let Some((about, path)) = lines.next()? {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            read.push((text(about), text(path)));
        }
        Ok(read)
    }

    #[test]
    fn the_formats_own_example_is_read() {
        let bytes = b"d\0\0/\nd\0\x01foo\nd\0\x03/bar\nf\0\x04/test.txt\nf\0\x03xt.txt\nd\0\xfcz\n";
        let paths: Vec<String> = decode(bytes).unwrap().into_iter().map(|(_, path)| path).collect();
        let expected =
            ["/", "/foo", "/foo/bar", "/foo/bar/test.txt", "/foo/bar/text.txt", "/foo/baz"];
        assert_eq!(paths, expected);
    }

    #[test]
    fn long_shared_paths_come_back() {
        let deep = format!("/{}", "deep/".repeat(100));
        let lines = [("1x", &*format!("{deep}a")), ("2x", &*format!("{deep}b")), ("p", "{}")];
        let expected: Vec<(String, String)> =
            lines.iter().map(|(about, path)| ((*about).into(), (*path).into())).collect();
        assert_eq!(decode(&encode(&lines)).unwrap(), expected);
    }

    #[test]
    fn hostile_bytes_are_an_error_and_no_more() {
        let bytes = encode(&[("3x", "/bin/hello"), ("4x", "/bin/help"), ("p", "{}")]);
        for cut in 1..bytes.len() {
            let whole = decode(&bytes[..cut]);
            assert!(whole.is_err() || bytes[cut - 1] == b'\n', "cut at {cut}: {whole:?}");
        }
        for at in 0..bytes.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] ^= flip;
                // it may notice or not, but it must come back
                let _ = decode(&bytes);
            }
        }
        assert!(decode(b"x\0\x7fpath\n").is_err(), "nothing to share yet");
        assert!(decode(b"x\0\xffpath\n").is_err(), "less than nothing");
        assert!(decode(&vec![b'x'; LONGEST as usize * 2]).is_err());
    }
}
