//! A profile's generations, read from its directory as `nix-env --list-generations` reads them.

use super::super::Error;
use super::{Profile, naming};
use crate::domain::{Generation, ProfileState};
use std::fs::{self, DirEntry};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The generations of `profile`, oldest first, or `None` where it does not exist.
pub(super) fn read(profile: &Profile) -> Result<Option<ProfileState>, Error> {
    let reading = "read the profile directory";
    let entries = match fs::read_dir(&profile.directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::file(reading, &profile.directory)(error)),
    };
    let current = current_number(profile)?;
    let mut generations = Vec::new();
    for entry in entries {
        let entry = entry.map_err(Error::file(reading, &profile.directory))?;
        if let Some(number) = naming::generation_number(&profile.name, &entry.file_name()) {
            generations.extend(generation(&entry, number, current)?);
        }
    }
    generations.sort_by_key(|generation| generation.number);
    let exists = current.is_some() || !generations.is_empty();
    Ok(exists.then_some(ProfileState { generations }))
}

/// The generation of a directory entry; `None` where it was deleted since it was listed.
fn generation(
    entry: &DirEntry,
    number: u64,
    current: Option<u64>,
) -> Result<Option<Generation>, Error> {
    let path = entry.path();
    let read = || -> io::Result<Generation> {
        let target = fs::read_link(&path)?;
        // Nix tells the link's own modification time.
        let created = entry.metadata()?.mtime();
        Ok(Generation { number, target, created, current: current == Some(number) })
    };
    match read() {
        Ok(generation) => Ok(Some(generation)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file("read the generation", &path)(error)),
    }
}

/// What the generation with this number points to, or `None` where there is none.
pub(super) fn target(profile: &Profile, number: u64) -> Result<Option<PathBuf>, Error> {
    let link = profile.generation_link(number);
    match fs::read_link(&link) {
        Ok(target) => Ok(Some(target)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file("read the generation", &link)(error)),
    }
}

/// The number that the profile's link names, which Nix writes relative and others absolute.
pub(super) fn current_number(profile: &Profile) -> Result<Option<u64>, Error> {
    let target = match fs::read_link(&profile.link) {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::file("read the profile link", &profile.link)(error)),
    };
    let number = target.file_name().and_then(|file| naming::generation_number(&profile.name, file));
    let beside = target.parent().is_some_and(|dir| is_same_directory(profile, dir));
    Ok(number.filter(|_| beside))
}

fn is_same_directory(profile: &Profile, dir: &Path) -> bool {
    let dir = profile.directory.join(dir);
    let canonical = |path| fs::canonicalize(path).ok();
    dir == profile.directory
        || canonical(&dir).is_some_and(|dir| canonical(&profile.directory) == Some(dir))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Scope;
    use crate::nix::testing;
    use std::os::unix::fs::symlink;

    #[test]
    fn generations_are_those_that_nix_env_lists() {
        let practice = testing::practice();
        let ours = testing::state(&practice, Scope::User);
        let profile = practice.paths().user_profile.to_str().unwrap().to_owned();
        let theirs = testing::run(&practice, "nix-env", &["-p", &profile, "--list-generations"]);
        let ours: Vec<String> = ours
            .generations
            .iter()
            .map(|generation| {
                let current = if generation.current { " (current)" } else { "" };
                format!("{} {}{current}", generation.number, testing::utc_time(generation.created))
            })
            .collect();
        let squeeze = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(ours, theirs.lines().map(squeeze).collect::<Vec<_>>());
    }

    #[test]
    fn absolute_and_foreign_links_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let profile = testing::bare_profile(&dir.path().join("p"));
        assert!(matches!(profile.state(), Err(Error::NoProfile { .. })));
        for number in [1, 2, 10] {
            symlink(format!("/nix/store/{number}"), profile.generation_link(number)).unwrap();
        }
        let current = |target: &Path| {
            let _ = fs::remove_file(profile.link());
            symlink(target, profile.link()).unwrap();
            profile.state().unwrap().current().map(|generation| generation.number)
        };
        assert_eq!(current(Path::new("p-2-link")), Some(2));
        assert_eq!(current(&dir.path().join("p-10-link")), Some(10));
        assert_eq!(current(Path::new("./p-1-link")), Some(1));
        assert_eq!(current(Path::new("/elsewhere/p-2-link")), None);
        assert_eq!(current(Path::new("/nix/store/2")), None);
        let numbers: Vec<u64> =
            profile.state().unwrap().generations.iter().map(|found| found.number).collect();
        assert_eq!(numbers, [1, 2, 10], "by number, not by name");
    }
}
