//! Replacing a symbolic link at one stroke.

use super::super::{Error, failpoint};
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

/// Make `link` point to `target`, whether it exists or not. Nobody ever sees it missing, and after
/// an error it is as it was. The caller holds the profile's lock, where it
/// is a profile's.
pub(in crate::nix) fn replace(link: &Path, target: &Path) -> Result<(), Error> {
    let name = link.file_name().unwrap_or_default().to_string_lossy();
    let temporary = link.with_file_name(format!(".{}_{name}", std::process::id()));
    let swap = || -> io::Result<()> {
        failpoint::before("link.make")?;
        match symlink(target, &temporary) {
            // a predecessor with our process id died here
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                fs::remove_file(&temporary)?;
                symlink(target, &temporary)?;
            }
            made => made?,
        }
        let moved = failpoint::before("link.move").and_then(|()| fs::rename(&temporary, link));
        moved.inspect_err(|_| drop(fs::remove_file(&temporary)))
    };
    swap().map_err(Error::file("move the link", link))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_replacement_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("link");
        fs::create_dir(&link).unwrap();
        let error = replace(&link, Path::new("new")).unwrap_err();
        assert!(error.to_string().contains(link.to_str().unwrap()), "{error}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);

        fs::remove_dir(&link).unwrap();
        for target in ["one", "two"] {
            replace(&link, Path::new(target)).unwrap();
            assert_eq!(fs::read_link(&link).unwrap(), Path::new(target));
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
