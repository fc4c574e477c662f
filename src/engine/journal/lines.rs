//! The lines of a file, the last one first: what matters in a journal stands at its end, however
//! long it has grown.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// How much is read at once, in bytes.
const CHUNK: usize = 16 << 10;

/// The lines of a file, newest first, without their newlines. A last line without one is given like
/// any other.
pub(super) struct LinesBackwards<'a> {
    file: &'a File,
    /// Where the unread part ends.
    end: u64,
    /// Read, and not yet given: what stands at `end`.
    waiting: Vec<u8>,
    finished: bool,
}

impl<'a> LinesBackwards<'a> {
    /// The lines of the first `length` bytes of `file`.
    pub(super) fn new(file: &'a File, length: u64) -> Self {
        Self { file, end: length, waiting: Vec::new(), finished: length == 0 }
    }

    /// Read another chunk before what is waiting; whether there was one.
    fn read_on(&mut self) -> io::Result<bool> {
        let size = CHUNK.min(usize::try_from(self.end).unwrap_or(CHUNK));
        let mut chunk = vec![0; size];
        self.end -= size as u64;
        self.file.read_exact_at(&mut chunk, self.end)?;
        chunk.append(&mut self.waiting);
        self.waiting = chunk;
        Ok(size > 0)
    }
}

impl Iterator for LinesBackwards<'_> {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let mut searched = 0;
        loop {
            let unsearched = self.waiting.len() - searched;
            // the newline that ends the file ends its last line, and begins none
            let newline = self.waiting[..unsearched].iter().rposition(|&byte| byte == b'\n');
            if let Some(at) = newline {
                let line = self.waiting.split_off(at + 1);
                self.waiting.truncate(at);
                return Some(Ok(line));
            }
            searched = self.waiting.len();
            match self.read_on() {
                Ok(true) => {}
                Ok(false) => {
                    self.finished = true;
                    return Some(Ok(std::mem::take(&mut self.waiting)));
                }
                Err(error) => {
                    self.finished = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_the_lines_in_reverse_order() {
        let long = "x".repeat(2 * CHUNK + 7);
        for text in [
            String::new(),
            "one".to_owned(),
            "one\n".to_owned(),
            "\n\n".to_owned(),
            format!("a\n{long}\nb\n{long}"),
            "line\n".repeat(5000),
        ] {
            let mut file = tempfile::tempfile().unwrap();
            io::Write::write_all(&mut file, text.as_bytes()).unwrap();
            let backwards: Vec<String> = LinesBackwards::new(&file, text.len() as u64)
                .map(|line| String::from_utf8(line.unwrap()).unwrap())
                .collect();
            let expected: Vec<&str> =
                if text.is_empty() { vec![] } else { text.split('\n').rev().collect() };
            assert_eq!(backwards, expected, "{} bytes", text.len());
        }
    }
}
