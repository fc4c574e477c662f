//! Files that are written whole or not at all: others may be reading them, this process may be killed,
//! and the power may fail.
//!
//! Floor 1: imports nothing of this crate.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use tempfile::NamedTempFile;

/// Put what `write` writes in the place of `path`, whose directory is made where it is missing.
///
/// # Errors
/// Those of `write`, and of the file system. `path` is as it was, unless all that failed was to make it
/// outlast a power failure.
pub fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let directory = directory(path);
    written(directory, write)?.persist(path)?;
    File::open(directory)?.sync_all()
}

/// [`replace`], where there is nothing yet.
///
/// # Errors
/// Those of [`replace`], and [`io::ErrorKind::AlreadyExists`] where there is something.
pub fn create(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let directory = directory(path);
    written(directory, write)?.persist_noclobber(path)?;
    File::open(directory)?.sync_all()
}

/// Where `path` lies.
fn directory(path: &Path) -> &Path {
    let parent = path.parent().unwrap_or(path);
    if parent.as_os_str().is_empty() { Path::new(".") } else { parent }
}

/// A file in `directory` that nobody knows of yet.
fn written(
    directory: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<NamedTempFile> {
    fs::create_dir_all(directory)?;
    let mut file = NamedTempFile::new_in(directory)?;
    write(file.as_file_mut())?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("below/file");
        replace(&path, |file| file.write_all(b"one")).unwrap();
        let failed = replace(&path, |file| {
            file.write_all(b"tw")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        replace(&path, |file| file.write_all(b"two")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path().join("below")).unwrap().count(), 1, "nothing is left");
    }

    #[test]
    fn what_is_there_already_is_not_created() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        create(&path, |file| file.write_all(b"one")).unwrap();
        let again = create(&path, |file| file.write_all(b"two"));
        assert_eq!(again.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }

    #[test]
    fn a_name_alone_lies_in_the_working_directory() {
        assert_eq!(directory(Path::new("name")), Path::new("."));
        assert_eq!(directory(Path::new("/name")), Path::new("/"));
    }
}
