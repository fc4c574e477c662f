//! Making a change of a file: whole or not at all, and with the former text kept.

use super::check;
use super::error::Error;
use super::lock;
use crate::digest::sha256;
use crate::domain::FileChange;
use crate::files;
use similar::TextDiff;
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

/// Lines around a change that are shown with it.
const CONTEXT: usize = 1;

/// Make `change`, if what comes of it is Nix or the lock of a flake, once the text that it replaces lies
/// in `backups`. The file keeps its owner and permissions. Returns where the former text lies.
///
/// # Errors
/// [`Error::ChangedMeanwhile`] where the file does not hold what the change begins with. After any
/// error the file is as it was.
pub fn apply(change: &FileChange, backups: &Path) -> Result<PathBuf, Error> {
    let path = &change.path;
    let before = fs::read_to_string(path).map_err(Error::file("read", path))?;
    let after = changed(change, &before)?;
    if lock::is_lock(path) {
        lock::check(path, &after)?;
    } else {
        check::syntax_of(path, &after)?;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let backup = backups.join(format!("{}-{name}", &change.before[..12]));
    files::replace(&backup, |file| file.write_all(before.as_bytes()))
        .map_err(Error::file("write", &backup))?;
    let metadata = fs::metadata(path).map_err(Error::file("read", path))?;
    let write = |file: &mut File| {
        file.write_all(after.as_bytes())?;
        make_like(file, &metadata)
    };
    files::replace(path, write).map_err(Error::file("write", path))?;
    Ok(backup)
}

/// What `change` makes of `before`.
fn changed(change: &FileChange, before: &str) -> Result<String, Error> {
    let meanwhile = || Error::ChangedMeanwhile { path: change.path.clone() };
    let end = change.at + change.removed.len();
    if sha256(before) != change.before || before.get(change.at..end) != Some(&change.removed) {
        return Err(meanwhile());
    }
    let mut after = before.to_owned();
    after.replace_range(change.at..end, &change.inserted);
    if sha256(&after) == change.after { Ok(after) } else { Err(meanwhile()) }
}

/// Give `file` the owner and permissions of another.
fn make_like(file: &File, other: &Metadata) -> io::Result<()> {
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (other.uid(), other.gid()) {
        fchown(file, Some(other.uid()), Some(other.gid()))?;
    }
    file.set_permissions(other.permissions())
}

/// `change` as lines that go and lines that come, of the file as it is before.
///
/// # Errors
/// Those of [`apply`], except that nothing is written.
pub fn diff(change: &FileChange) -> Result<String, Error> {
    let path = &change.path;
    let before = fs::read_to_string(path).map_err(Error::file("read", path))?;
    let after = changed(change, &before)?;
    let lines = TextDiff::from_lines(&before, &after);
    let mut unified = lines.unified_diff();
    let name = path.display().to_string();
    Ok(unified.context_radius(CONTEXT).header(&name, &name).to_string())
}

/// Whether the file of `change` holds what the change led to.
pub fn stands(change: &FileChange) -> bool {
    fs::read_to_string(&change.path).is_ok_and(|text| sha256(&text) == change.after)
}
