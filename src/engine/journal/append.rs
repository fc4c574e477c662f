//! Writing lines: one writer at a time, each line after the last whole one, all of it or nothing.

use super::chain::{Chained, Hash, chain};
use super::entry::Entry;
use super::lines::LinesBackwards;
use crate::nix::exclusive;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Add `entry` to the file at `path`, which is made where there is none. What a predecessor left
/// half written is closed off first, and named.
pub(super) fn append(path: &Path, entry: &Entry, at: u64) -> io::Result<()> {
    let mut file = exclusive(open(path)?)?;
    let length = file.metadata()?.len();
    let End { torn, before } = End::of(&file, length)?;
    let mut text = Vec::new();
    let mut put = |entry: &Entry, before: &Hash| -> io::Result<Hash> {
        let (line, hash) = chain(&serde_json::to_string(entry)?, before);
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
        Ok(hash)
    };
    let before = match before {
        Some(before) => match &torn {
            Torn::No | Torn::Newline => before,
            Torn::Line(line) => {
                let sha256 = Hash::of(line).to_string();
                put(&Entry::Mended { at, sha256 }, &before)?
            }
        },
        None => put(&genesis(&mut file, at)?, &Hash::zero())?,
    };
    put(entry, &before)?;
    if !matches!(torn, Torn::No) {
        text.insert(0, b'\n');
    }
    file.write_all(&text).inspect_err(|_| {
        // a disk that took half a line may take the half back
        if let Err(error) = file.set_len(length) {
            tracing::warn!(%error, "half a line stays in the journal");
        }
    })
}

/// The file at `path`, for adding to it; it is made where there is none.
pub(in crate::engine) fn open(path: &Path) -> io::Result<File> {
    // it holds what was said, and parts of files that others may not read
    let open = || OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path);
    match (open(), path.parent()) {
        (Err(error), Some(dir)) if error.kind() == io::ErrorKind::NotFound => {
            DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            open()
        }
        (opened, _) => opened,
    }
}

/// How the file ends.
struct End {
    torn: Torn,
    /// The hash that the next line follows; `None` where nothing is chained yet.
    before: Option<Hash>,
}

enum Torn {
    No,
    /// The last line lacks nothing but its newline.
    Newline,
    Line(Vec<u8>),
}

impl End {
    fn of(file: &File, length: u64) -> io::Result<Self> {
        let mut lines = LinesBackwards::new(file, length);
        let mut next = || lines.next().transpose().map(Option::unwrap_or_default);
        let (tail, last) = (next()?, next()?);
        let hash_in = |line: &[u8]| {
            std::str::from_utf8(line).ok().and_then(Chained::parse).map(|line| line.hash)
        };
        let before = hash_in(&last);
        if tail.is_empty() {
            return Ok(Self { torn: Torn::No, before });
        }
        let follows = |line: &Chained<'_>| line.follows(before.as_ref().unwrap_or(&Hash::zero()));
        let whole = std::str::from_utf8(&tail).ok().and_then(Chained::parse).filter(follows);
        Ok(match whole {
            Some(line) => Self { torn: Torn::Newline, before: Some(line.hash) },
            None => Self { torn: Torn::Line(tail), before },
        })
    }
}

/// The first chained line, which seals all that stands before it.
fn genesis(file: &mut File, at: u64) -> io::Result<Entry> {
    let mut all = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut all)?;
    if all.last().is_some_and(|&byte| byte != b'\n') {
        all.push(b'\n');
    }
    let lines = all.split_inclusive(|&byte| byte == b'\n').count();
    Ok(Entry::Genesis { at, lines, sha256: Hash::of(&all).to_string() })
}
