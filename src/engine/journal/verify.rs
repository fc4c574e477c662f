//! Checking that the journal is as it was written.

use super::chain::{Chained, Hash};
use super::entry::Entry;
use std::fmt;
use std::mem;

/// What checking the journal found. What was cut off at its end, whole lines and all that followed
/// them, leaves no trace in what remains: only who noted the head at the time can tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// How many lines there are.
    pub lines: usize,
    /// How many of them were there before lines were chained. As a whole they are what they were
    /// then.
    pub unchained: usize,
    /// The numbers of the lines that were cut short when they were written, and closed off later.
    pub mended: Vec<usize>,
    /// Whether the last line is cut short.
    pub torn: bool,
    /// The hash of the last chained line.
    pub head: Option<String>,
    /// The first thing that is not as it was written; nothing after it was looked at.
    pub altered: Option<Alteration>,
}

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alteration {
    /// This line is not what was written after the one before it.
    Line(usize),
    /// One of the first lines, which were there before lines were chained, or how many they are.
    Unchained {
        /// How many there were.
        lines: usize,
    },
    /// The end: no line has the head that somebody noted.
    End,
}

impl Alteration {
    /// The number of the first line that was altered, where it is one line.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Line(line) => Some(*line),
            Self::Unchained { .. } | Self::End => None,
        }
    }
}

impl fmt::Display for Alteration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(
                f,
                "line {line} is not what was written there: it was altered, or a line before it was removed or put in"
            ),
            Self::Unchained { lines } => write!(
                f,
                "the lines before the chain are not what they were when it began, {lines} of them: one was altered, removed or put in"
            ),
            Self::End => f.write_str("no line has that head: lines were cut off at the end"),
        }
    }
}

/// Check the bytes of a journal, which once had the head `noted`, where that is given.
pub(super) fn verify(bytes: &[u8], noted: Option<&str>) -> Verification {
    let mut found = Verification::default();
    let mut passed = noted.is_none();
    let mut state = State::Unchained;
    let mut offset = 0;
    // the first of the lines just before that make no sense
    let mut garbled = None;
    for raw in bytes.split_inclusive(|&byte| byte == b'\n') {
        let line = raw.strip_suffix(b"\n").unwrap_or(raw);
        found.lines += 1;
        let number = found.lines;
        let ended = raw.len() > line.len();
        state = match (mem::replace(&mut state, State::Unchained), parse(line)) {
            (State::Unchained, None) => {
                found.torn = !ended;
                let known = serde_json::from_slice::<Entry>(line).is_ok();
                garbled = if known { None } else { garbled.or(Some(number)) };
                State::Unchained
            }
            (State::Unchained, Some((chained, entry))) => {
                let sealed = matches!(&entry, Some(Entry::Genesis { lines, sha256, .. })
                    if *lines == number - 1 && *sha256 == Hash::of(&bytes[..offset]).to_string());
                if !chained.follows(&Hash::zero()) || entry.is_none() {
                    // the chain's first line stands right before, or stood there
                    let first = garbled.unwrap_or(number.max(2) - 1);
                    found.altered = Some(Alteration::Line(first));
                } else if !sealed {
                    found.altered =
                        Some(Alteration::Unchained { lines: sealed_lines(entry.as_ref()) });
                }
                found.unchained = number - 1;
                State::Chained(chained.hash)
            }
            (State::Chained(before), Some((chained, _))) if chained.follows(&before) => {
                State::Chained(chained.hash)
            }
            // nobody wrote on since
            (State::Chained(before), _) if !ended => {
                found.torn = true;
                State::Chained(before)
            }
            (State::Chained(before), _) => State::Cut { before, line: Hash::of(line) },
            (State::Cut { before, line }, Some((chained, Some(Entry::Mended { sha256, .. }))))
                if chained.follows(&before) && sha256 == line.to_string() =>
            {
                found.mended.push(number - 1);
                State::Chained(chained.hash)
            }
            (State::Cut { before, .. }, _) => {
                found.altered = Some(Alteration::Line(number - 1));
                State::Chained(before)
            }
        };
        if found.altered.is_some() {
            return found;
        }
        if let State::Chained(hash) = &state {
            let head = hash.to_string();
            passed = passed || noted == Some(head.as_str());
            found.head = Some(head);
        }
        offset += raw.len();
    }
    match state {
        State::Unchained => found.unchained = found.lines,
        State::Cut { .. } => found.altered = Some(Alteration::Line(found.lines)),
        State::Chained(_) => {}
    }
    if found.altered.is_none() && !passed {
        found.altered = Some(Alteration::End);
    }
    found
}

/// How far the lines so far have been understood.
enum State {
    /// None was chained.
    Unchained,
    /// The last one has this hash.
    Chained(Hash),
    /// The last one does not follow. Where it was cut short, the next one says so.
    Cut {
        /// The hash before it.
        before: Hash,
        /// The hash of its bytes.
        line: Hash,
    },
}

fn parse(line: &[u8]) -> Option<(Chained<'_>, Option<Entry>)> {
    let line = std::str::from_utf8(line).ok()?;
    Some((Chained::parse(line)?, serde_json::from_str(line).ok()))
}

fn sealed_lines(entry: Option<&Entry>) -> usize {
    match entry {
        Some(Entry::Genesis { lines, .. }) => *lines,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::append::append;
    use super::*;
    use crate::domain::Fault;
    use std::fs;
    use std::path::Path;

    const OLD: &str = "{\"entry\":\"ended\",\"id\":\"1\",\"at\":1,\"fault\":null}\n";

    fn write(path: &Path, count: usize) {
        for number in 0..count {
            let entry = Entry::ended(number.to_string(), 7, Err(&Fault::DiskFull)).unwrap();
            append(path, &entry, 7).unwrap();
        }
    }

    fn check(path: &Path) -> Verification {
        verify(&fs::read(path).unwrap(), None)
    }

    /// What is found after `change` was made to the lines of a journal with these first lines.
    fn after(old: &str, change: impl Fn(&mut Vec<String>)) -> Option<Alteration> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        fs::write(&path, old).unwrap();
        write(&path, 4);
        assert_eq!(check(&path).altered, None);
        let text = fs::read_to_string(&path).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        change(&mut lines);
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        check(&path).altered
    }

    #[test]
    fn the_first_altered_line_is_named() {
        for line in 1..=5 {
            let one_digit = |lines: &mut Vec<String>| {
                let altered = lines[line - 1].replace("\"at\":7", "\"at\":8");
                assert_ne!(altered, lines[line - 1]);
                lines[line - 1] = altered;
            };
            assert_eq!(after("", one_digit), Some(Alteration::Line(line)));
            let garbled = after("", |lines| lines[line - 1] = "garbled".into());
            assert_eq!(garbled, Some(Alteration::Line(line)));
        }
        for line in 2..5 {
            let removed = after("", |lines| drop(lines.remove(line - 1)));
            assert_eq!(removed, Some(Alteration::Line(line)));
            let put_in = after("", |lines| lines.insert(line - 1, lines[line - 1].clone()));
            assert_eq!(put_in, Some(Alteration::Line(line + 1)));
            let swapped = after("", |lines| lines.swap(line - 1, line));
            assert_eq!(swapped, Some(Alteration::Line(line)));
        }
        assert_eq!(after("", |lines| drop(lines.remove(0))), Some(Alteration::Line(1)));
    }

    #[test]
    fn no_byte_can_be_another_unseen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        write(&path, 4);
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() - 1 {
            let line = whole[..=at].split_inclusive(|byte| *byte == b'\n').count();
            for other in [whole[at] ^ 1, whole[at] ^ 0x80, b'\n', b'"'] {
                let mut altered = whole.clone();
                altered[at] = other;
                let expected = (other != whole[at]).then_some(Alteration::Line(line));
                assert_eq!(verify(&altered, None).altered, expected, "byte {at}: {other}");
            }
        }
    }

    #[test]
    fn lines_from_before_the_chain_are_sealed_as_a_whole() {
        let old = OLD.repeat(3) + "{\"entry\":\"beg";
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        fs::write(&path, &old).unwrap();
        assert_eq!(
            check(&path),
            Verification { lines: 4, unchained: 4, torn: true, ..Verification::default() }
        );
        write(&path, 2);
        let found = check(&path);
        assert_eq!(
            (found.lines, found.unchained, found.torn, &found.altered),
            (7, 4, false, &None)
        );
        assert!(fs::read_to_string(&path).unwrap().starts_with(&old), "nothing is rewritten");
        let changed = after(&old, |lines| lines[1] = lines[1].replace("null", "0"));
        assert_eq!(changed, Some(Alteration::Unchained { lines: 4 }));
        let removed = after(&old, |lines| drop(lines.remove(0)));
        assert_eq!(removed, Some(Alteration::Unchained { lines: 4 }));
    }

    #[test]
    fn a_line_cut_short_anywhere_is_mended_and_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        write(&path, 2);
        let whole = fs::read(&path).unwrap();
        let last = whole.iter().rposition(|&byte| byte == b'{').unwrap();
        for end in last + 1..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            let only_a_newline = end == whole.len() - 1;
            let found = check(&path);
            assert_eq!((found.torn, found.altered), (!only_a_newline, None), "{end}");
            write(&path, 1);
            let found = check(&path);
            assert_eq!((found.torn, &found.altered), (false, &None), "{end}");
            assert_eq!(found.mended, if only_a_newline { vec![] } else { vec![3] });
        }
        // but a line in the middle that nobody closed off was altered
        let mended = fs::read_to_string(&path).unwrap();
        let cut = mended.replacen("\"fault\"", "\"", 1);
        assert_eq!(verify(cut.as_bytes(), None).altered, Some(Alteration::Line(2)));
    }

    #[test]
    fn what_is_cut_off_the_end_is_known_to_who_noted_the_head() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        write(&path, 1);
        let early = check(&path).head.unwrap();
        write(&path, 2);
        let head = check(&path).head.unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let end = text.trim_end().rfind('\n').unwrap();
        let cut = &text.as_bytes()[..=end];
        assert_eq!(verify(cut, None).altered, None);
        assert_eq!(verify(cut, Some(&head)).altered, Some(Alteration::End));
        for noted in [&early, &head] {
            assert_eq!(verify(text.as_bytes(), Some(noted)).altered, None);
        }
    }
}
