//! Where the service is found, and that there is one of it.

use super::error::Error;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tokio::net::UnixListener;
use unix::fcntl::{Flock, FlockArg};

/// The directory of the socket and its lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    dir: PathBuf,
}

impl Place {
    /// The user's own, in the runtime directory.
    ///
    /// # Errors
    /// The system names no runtime directory.
    pub fn own() -> Result<Self, Error> {
        Ok(Self::in_dir(&dirs::runtime_dir().ok_or(Error::NoRuntimeDir)?))
    }

    /// The one in `runtime`, a runtime directory.
    pub fn in_dir(runtime: &Path) -> Self {
        Self { dir: runtime.join("nixvox") }
    }

    /// The socket.
    pub fn socket(&self) -> PathBuf {
        self.dir.join("socket")
    }

    /// Take the place for this process, for as long as the seat lives.
    ///
    /// # Errors
    /// Another instance has it, or it cannot be made.
    pub fn take(&self) -> Result<Seat, Error> {
        let failed = |path: &Path, source| Error::Place { path: path.to_owned(), source };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.dir)
            .map_err(|source| failed(&self.dir, source))?;
        let path = self.dir.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|source| failed(&path, source))?;
        let lock = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => lock,
            Err((_, unix::errno::Errno::EWOULDBLOCK)) => return Err(Error::Taken { path }),
            Err((_, errno)) => return Err(failed(&path, errno.into())),
        };
        Ok(Seat { socket: self.socket(), _lock: lock })
    }
}

/// The right to be the only instance.
#[derive(Debug)]
pub struct Seat {
    socket: PathBuf,
    _lock: Flock<File>,
}

impl Seat {
    /// Open the socket; one that an instance left behind which ended badly is replaced.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn listen(&self) -> Result<UnixListener, Error> {
        let failed = |source| Error::Place { path: self.socket.clone(), source };
        match fs::remove_file(&self.socket) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let listener = UnixListener::bind(&self.socket).map_err(failed)?;
        fs::set_permissions(&self.socket, fs::Permissions::from_mode(0o600)).map_err(failed)?;
        Ok(listener)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // nobody is to knock at a door that leads nowhere
        let _ = fs::remove_file(&self.socket);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_instance() {
        let runtime = tempfile::tempdir().unwrap();
        let place = Place::in_dir(runtime.path());
        let seat = place.take().unwrap();
        assert!(matches!(place.take(), Err(Error::Taken { .. })));
        drop(seat);
        place.take().unwrap();
    }
}
