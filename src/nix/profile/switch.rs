//! Making another generation current.

use super::super::{Error, failpoint};
use super::{Lock, Profile, generations, link, naming};
use crate::domain::{Generation, ProfileChange};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

impl Profile {
    /// Carry out `change`, exactly as it was planned.
    ///
    /// # Errors
    /// [`Error::ChangedMeanwhile`] where the current generation is no longer `change.from`, or
    /// `change.to` no longer what it was. After any error the profile is as it was.
    pub fn switch(&self, change: &ProfileChange) -> Result<(), Error> {
        let _lock = self.lock()?;
        self.expect_current(change.from.as_ref())?;
        let Some(to) = &change.to else {
            return failpoint::before("link.remove")
                .and_then(|()| fs::remove_file(&self.link))
                .map_err(Error::file("remove the link", &self.link));
        };
        let found = generations::target(self, to.number)?;
        if found.as_ref() != Some(&to.target) {
            let found = found.map(|target| (to.number, target));
            return Err(self.changed(described(Some(identity(to))), described(found)));
        }
        self.point_to(to.number)
    }

    /// The lock, for a profile that exists; where it does not, there may be no directory to lock in.
    pub(super) fn lock(&self) -> Result<Lock, Error> {
        Lock::acquire(&self.link).map_err(|error| match error {
            Error::File { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Error::NoProfile { scope: self.scope, link: self.link.clone() }
            }
            other => other,
        })
    }

    /// Make what was switched or committed outlast a power failure. It has taken effect long before,
    /// and costs milliseconds, so it can wait until the answer is on its way.
    pub fn settle(&self) -> Result<(), Error> {
        let flush = |directory: &Path| File::open(directory)?.sync_all();
        flush(&self.directory).map_err(Error::file("flush the directory", &self.directory))
    }

    /// Fail unless `expected` is the current generation. Looks at the links in question only, as it
    /// is asked while others wait for the lock.
    pub(super) fn expect_current(&self, expected: Option<&Generation>) -> Result<(), Error> {
        let found = match generations::current_number(self)? {
            Some(number) => generations::target(self, number)?.map(|target| (number, target)),
            None => None,
        };
        let expected = expected.map(identity);
        if found == expected {
            Ok(())
        } else {
            Err(self.changed(described(expected), described(found)))
        }
    }

    /// Move the profile's link, which like Nix's own is relative. The caller holds the lock.
    pub(super) fn point_to(&self, number: u64) -> Result<(), Error> {
        link::replace(&self.link, Path::new(&naming::generation_name(&self.name, number)))
    }
}

/// What tells one generation from another.
type Identity = (u64, PathBuf);

fn identity(generation: &Generation) -> Identity {
    (generation.number, generation.target.clone())
}

fn described(generation: Option<Identity>) -> String {
    generation.map_or_else(
        || "no such generation".to_owned(),
        |(number, target)| format!("generation {number} ({})", target.display()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Fault, ProfileState, Scope};
    use crate::nix::testing;
    use std::os::unix::fs::symlink;

    fn change(state: &ProfileState, from: u64, to: u64) -> ProfileChange {
        let generation = |number| state.by_number(number).cloned();
        ProfileChange { scope: Scope::User, from: generation(from), to: generation(to) }
    }

    #[test]
    fn nix_env_and_we_see_each_others_switches() {
        let practice = testing::practice();
        let profile = Profile::new(practice.paths(), Scope::User).unwrap();
        let path = profile.link().to_str().unwrap().to_owned();
        let current = || profile.state().unwrap().current().unwrap().number;
        let theirs = || {
            let list = testing::run(&practice, "nix-env", &["-p", &path, "--list-generations"]);
            let line = list.lines().find(|line| line.contains("(current)")).unwrap().to_owned();
            line.split_whitespace().next().unwrap().parse::<u64>().unwrap()
        };
        let state = profile.state().unwrap();
        let there = change(&state, 5, 2);
        profile.switch(&there).unwrap();
        assert_eq!((current(), theirs()), (2, 2));
        testing::run(&practice, "nix-env", &["-p", &path, "--rollback"]);
        assert_eq!((current(), theirs()), (1, 1));
        testing::run(&practice, "nix-env", &["-p", &path, "--switch-generation", "4"]);
        assert_eq!(current(), 4);
        // What was planned before no longer holds, and undoing it is refused as well.
        for stale in [&there, &there.inverse()] {
            let error = profile.switch(stale).unwrap_err();
            assert_eq!(Fault::from(error), Fault::ChangedMeanwhile);
        }
        profile.switch(&change(&state, 4, 5)).unwrap();
        assert_eq!((current(), theirs()), (5, 5));
        let names = fs::read_dir(profile.link().parent().unwrap()).unwrap();
        let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names.len(), 6, "a temporary file stayed behind: {names:?}");
    }

    #[test]
    fn a_generation_that_is_gone_or_another_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let profile = testing::bare_profile(&dir.path().join("profiles/p"));
        fs::create_dir(dir.path().join("profiles")).unwrap();
        for number in [1, 2] {
            symlink(format!("/nix/store/{number}"), profile.generation_link(number)).unwrap();
        }
        symlink("p-2-link", profile.link()).unwrap();
        let state = profile.state().unwrap();
        let refused = || {
            let error = profile.switch(&change(&state, 2, 1)).unwrap_err();
            assert!(matches!(error, Error::ChangedMeanwhile { .. }), "{error}");
            assert_eq!(fs::read_link(profile.link()).unwrap(), Path::new("p-2-link"));
        };
        fs::remove_file(profile.generation_link(1)).unwrap();
        refused();
        symlink("/nix/store/other", profile.generation_link(1)).unwrap();
        refused();
        fs::remove_dir_all(dir.path().join("profiles")).unwrap();
        let error = profile.switch(&change(&state, 2, 1)).unwrap_err();
        let scope = Scope::User;
        assert_eq!(Fault::from(error), Fault::NoProfile { scope });
    }
}
