//! Roots that last as long as a session: for packages that are tried, and not installed.

use super::profile::link;
use super::{Daemon, Error};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Where the kernel tells one run of the machine from another.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Links that keep store paths until the machine restarts, or until somebody clears the directory
/// away, as the login manager clears a user's runtime directory.
#[derive(Debug, Clone)]
pub struct SessionRoots {
    /// One directory a session.
    directory: PathBuf,
}

impl SessionRoots {
    /// Those in `directory`, which is made with the first.
    pub fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Keep the store path `path`, which the connection of `daemon` must be keeping meanwhile.
    pub fn hold<S: Read + Write>(&self, daemon: &mut Daemon<S>, path: &str) -> Result<(), Error> {
        self.clear_former()?;
        let session = self.directory.join(this_session());
        fs::create_dir_all(&session).map_err(Error::file("make", &session))?;
        let root = session.join(Path::new(path).file_name().unwrap_or_default());
        link::replace(&root, Path::new(path))?;
        daemon.add_indirect_root(&root)
    }

    /// Keep the store paths `paths` no longer.
    pub fn let_go(&self, paths: &[String]) -> Result<(), Error> {
        let session = self.directory.join(this_session());
        for path in paths {
            let root = session.join(Path::new(path).file_name().unwrap_or_default());
            match fs::remove_file(&root) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::file("remove the link", &root)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Let go of what former sessions kept.
    pub fn clear_former(&self) -> Result<(), Error> {
        let session = this_session();
        let clear = || -> io::Result<()> {
            for entry in fs::read_dir(&self.directory)? {
                let entry = entry?;
                if entry.file_name() != session.as_str() {
                    fs::remove_dir_all(entry.path())?;
                }
            }
            Ok(())
        };
        match clear() {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::file("clear", &self.directory)(error))
            }
            _ => Ok(()),
        }
    }
}

/// A name for the time since the machine was started; always the same where that cannot be told.
fn this_session() -> String {
    fs::read_to_string(BOOT_ID).map_or_else(|_| "unknown".to_owned(), |id| id.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nix::testing;

    #[test]
    fn what_is_held_survives_until_the_next_session() {
        let practice = testing::practice();
        let mut daemon = practice.connect().unwrap();
        let add = |daemon: &mut Daemon<_>, name| {
            daemon.add_to_store_nar(name, &[], &testing::small_nar()).unwrap()
        };
        let (path, other) = (add(&mut daemon, "tried"), add(&mut daemon, "other"));
        let roots = SessionRoots::new(practice.dir().join("tried"));
        roots.clear_former().unwrap();
        for _ in 0..2 {
            roots.hold(&mut daemon, &path).unwrap();
        }
        // what that connection keeps besides, it lets go of with its end
        drop(daemon);
        let mut daemon = practice.connect().unwrap();
        while !daemon.dead_paths().unwrap().contains(&other) {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert!(!daemon.dead_paths().unwrap().contains(&path));
        for _ in 0..2 {
            roots.let_go(std::slice::from_ref(&path)).unwrap();
            assert!(daemon.dead_paths().unwrap().contains(&path));
        }
        roots.hold(&mut daemon, &path).unwrap();
        let session = roots.directory.join(this_session());
        fs::rename(&session, roots.directory.join("former")).unwrap();
        fs::create_dir(&session).unwrap();
        roots.clear_former().unwrap();
        assert!(session.is_dir());
        assert!(daemon.dead_paths().unwrap().contains(&path));
    }
}
