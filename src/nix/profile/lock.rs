//! The lock on a profile that Nix's own programs take.

use super::super::{Error, failpoint};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use unix::errno::Errno;
use unix::fcntl::{Flock, FlockArg};

/// Exclusive use of a profile, until dropped: an `flock` on `PROFILE.lock`. Who releases it removes
/// the file and writes into it, which tells those who waited that theirs is stale.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    file: Flock<File>,
}

impl Lock {
    /// Wait for the lock of the profile at `link`.
    pub(super) fn acquire(link: &Path) -> Result<Self, Error> {
        let mut path = OsString::from(link);
        path.push(".lock");
        let path = PathBuf::from(path);
        loop {
            let file = failpoint::before("lock.take").and_then(|()| wait(&path));
            let file = file.map_err(Error::file("lock the profile with", &path))?;
            if let Some(file) = file {
                return Ok(Self { path, file });
            }
        }
    }
}

/// Wait for the lock once; `None` where it went stale meanwhile.
fn wait(path: &Path) -> io::Result<Option<Flock<File>>> {
    let mut options = OpenOptions::new();
    let file =
        options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    let locked = exclusive(file)?;
    let fresh = locked.metadata()?.len() == 0;
    Ok(fresh.then_some(locked))
}

/// Wait for exclusive use of an open file among all who lock it, until the result is dropped.
pub(crate) fn exclusive(mut file: File) -> io::Result<Flock<File>> {
    loop {
        match Flock::lock(file, FlockArg::LockExclusive) {
            Ok(locked) => return Ok(locked),
            Err((again, Errno::EINTR)) => file = again,
            Err((_, errno)) => return Err(errno.into()),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let released = failpoint::before("lock.remove")
            .and_then(|()| fs::remove_file(&self.path))
            .and_then(|()| failpoint::before("lock.mark"))
            .and_then(|()| self.file.write_all(b"d"));
        if let Err(error) = released {
            tracing::warn!(path = %self.path.display(), %error, "cannot remove the profile's lock");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Fault;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn one_at_a_time_and_nothing_left_behind() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("profile");
        let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let _lock = Lock::acquire(&link).unwrap();
                        most.fetch_max(1 + inside.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
                        std::thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(most.into_inner(), 1);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_stale_lock_is_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("profile.lock");
        // Somebody released the file between our opening and our locking it.
        fs::write(&path, "d").unwrap();
        assert!(wait(&path).unwrap().is_none());
        fs::remove_file(&path).unwrap();
        assert!(wait(&path).unwrap().is_some());
    }

    #[test]
    fn a_directory_that_takes_no_files_is_not_permitted() {
        // The kernel lets nobody, not even root, make files here.
        let error = Lock::acquire(Path::new("/sys/profile")).unwrap_err();
        assert!(error.to_string().contains("/sys/profile.lock"), "{error}");
        assert_eq!(Fault::from(error), Fault::NotPermitted);
    }
}
