//! Making a new generation.

use super::super::{Daemon, Error, failpoint};
use super::{Lock, Profile};
use crate::domain::{Generation, ProfileChange, ProfileState};
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

impl Profile {
    /// Make the store path `target` the current generation: a new one, or the newest where that is
    /// the same already. `base` is the generation that `target` was made from, `None` for a profile
    /// without a current one.
    ///
    /// # Errors
    /// [`Error::ChangedMeanwhile`] where `base` is no longer current. After any error the profile
    /// is as it was, except where the new generation is current and the profile cannot be read again.
    pub fn commit<S: Read + Write>(
        &self,
        base: Option<&Generation>,
        target: &str,
        daemon: &mut Daemon<S>,
    ) -> Result<Generation, Error> {
        self.commit_numbered(base, None, target, daemon)
    }

    /// [`Self::commit`], which fails as well where the generation would not get the number and the
    /// target that `goal` foresaw with [`Self::next`].
    pub fn commit_as<S: Read + Write>(
        &self,
        base: Option<&Generation>,
        goal: &Generation,
        daemon: &mut Daemon<S>,
    ) -> Result<Generation, Error> {
        let target = goal.target.to_string_lossy();
        self.commit_numbered(base, Some(goal.number), &target, daemon)
    }

    /// Make `to` current instead of `from`, whether it exists already or is to be made. A `daemon` is
    /// asked for only to make it.
    ///
    /// # Errors
    /// Those of [`Self::switch`], [`Self::commit_as`] and `daemon`.
    pub fn move_to<'a, S: Read + Write + 'a>(
        &self,
        from: Option<&Generation>,
        to: &Generation,
        daemon: impl FnOnce() -> Result<&'a mut Daemon<S>, Error>,
    ) -> Result<Generation, Error> {
        if self.state_if_any()?.unwrap_or_default().by_number(to.number).is_none() {
            return self.commit_as(from, to, daemon()?);
        }
        let (from, goal) = (from.cloned(), Some(to.clone()));
        self.switch(&ProfileChange { scope: self.scope, from, to: goal })?;
        Ok(Generation { current: true, ..to.clone() })
    }

    /// The generation that committing `target` would make now: a new one, or the newest where that
    /// is the same already.
    pub fn next(&self, target: &str) -> Result<Generation, Error> {
        let state = self.state_if_any()?.unwrap_or_default();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Generation {
            number: next_number(&state, target),
            target: target.into(),
            created: now.as_secs().cast_signed(),
            current: false,
        })
    }

    fn commit_numbered<S: Read + Write>(
        &self,
        base: Option<&Generation>,
        expected: Option<u64>,
        target: &str,
        daemon: &mut Daemon<S>,
    ) -> Result<Generation, Error> {
        // From here to the link's existence, only this root keeps a collector away.
        daemon.add_temp_root(target)?;
        if !daemon.is_valid(target)? {
            return Err(Error::NotValid { path: target.to_owned() });
        }
        fs::create_dir_all(&self.directory)
            .map_err(Error::file("make the profile directory", &self.directory))?;
        let _lock = Lock::acquire(&self.link)?;
        self.expect_current(base)?;
        let state = self.state_if_any()?.unwrap_or_default();
        let number = next_number(&state, target);
        if expected.is_some_and(|expected| expected != number) {
            return Err(self.changed("the next number to be free".into(), format!("{number}")));
        }
        if state.by_number(number).is_some() {
            self.point_to(number)?;
        } else {
            self.add_generation(number, target, daemon)?;
        }
        self.lead_here();
        let state = self.state()?;
        let made = state.by_number(number).cloned();
        made.ok_or_else(|| self.changed(format!("generation {number}"), "none".into()))
    }

    /// Make the link that leads shells here, unless something else has its name. The profile was
    /// changed by then, so a failure is logged.
    fn lead_here(&self) {
        let Some(link) = &self.home_link else { return };
        match symlink(&self.link, link) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                tracing::warn!(%error, link = %link.display(), "no link leads to the profile");
            }
            _ => {}
        }
    }

    /// Link a new generation, tell the collector of it where it would not look, and make it current.
    fn add_generation<S: Read + Write>(
        &self,
        number: u64,
        target: &str,
        daemon: &mut Daemon<S>,
    ) -> Result<(), Error> {
        let generation = self.generation_link(number);
        failpoint::before("generation.make")
            .and_then(|()| symlink(target, &generation))
            .map_err(Error::file("make the generation", &generation))?;
        let mut place = || {
            if !self.is_rooted() {
                let registering = "register as a root";
                failpoint::before("root.add").map_err(Error::file(registering, &generation))?;
                daemon.add_indirect_root(&generation)?;
            }
            self.point_to(number)
        };
        place().inspect_err(|_| drop(fs::remove_file(&generation)))
    }
}

/// The newest generation's number where it is `target` already, else the number after it.
fn next_number(state: &ProfileState, target: &str) -> u64 {
    state.generations.last().map_or(1, |newest| {
        if newest.target == Path::new(target) { newest.number } else { newest.number + 1 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Fault, Scope};
    use crate::nix::{NixPaths, testing};

    #[test]
    fn a_new_generation_is_a_root_and_leaves_no_room_for_another() {
        let practice = testing::practice();
        let mut daemon = practice.connect().unwrap();
        let targets = testing::targets(&practice, Scope::User);
        let dir = tempfile::tempdir().unwrap();
        let outside = testing::bare_profile(&dir.path().join("fresh/outside"));

        let first = outside.commit(None, &targets[0], &mut daemon).unwrap();
        assert_eq!((first.number, first.current), (1, true));
        let again = outside.commit(Some(&first), &targets[0], &mut daemon).unwrap();
        assert_eq!(again, first, "the same target makes no new generation");
        let second = outside.commit(Some(&first), &targets[1], &mut daemon).unwrap();
        assert_eq!(second.number, 2);
        let stale = outside.commit(Some(&first), &targets[2], &mut daemon).unwrap_err();
        assert_eq!(Fault::from(stale), Fault::ChangedMeanwhile);

        // Where the link cannot be moved, no generation stays behind.
        fs::remove_file(outside.link()).unwrap();
        fs::create_dir(outside.link()).unwrap();
        outside.commit(None, &targets[2], &mut daemon).unwrap_err();
        assert!(!outside.generation_link(3).is_symlink());

        let roots = daemon.find_roots().unwrap();
        let root = roots.iter().find(|root| root.link == outside.generation_link(2));
        assert_eq!(root.map(|root| &root.target), Some(&targets[1]));
        let inside = practice.paths().user_profile.with_file_name("profile-1-link");
        assert!(roots.iter().any(|root| root.link == inside), "{roots:?}");
        let dead = daemon.dead_paths().unwrap();
        assert!(!dead.is_empty() && !dead.contains(&targets[1]), "{dead:?}");
        assert!(daemon.is_valid(&dead[0]).unwrap(), "looking deletes nothing");
    }

    #[test]
    fn a_first_generation_is_led_to_and_no_other_link_is_touched() {
        let practice = testing::practice();
        let mut daemon = practice.connect().unwrap();
        let target = testing::targets(&practice, Scope::User).remove(0);
        let dir = tempfile::tempdir().unwrap();
        let home_link = dir.path().join(".nix-profile");
        let paths = NixPaths {
            user_profile: dir.path().join("state/nix/profiles/profile"),
            home_link: Some(home_link.clone()),
            ..practice.paths().clone()
        };
        let user = Profile::new(&paths, Scope::User).unwrap();
        let first = user.commit(None, &target, &mut daemon).unwrap();
        assert_eq!(fs::read_link(&home_link).unwrap(), user.link());
        fs::remove_file(&home_link).unwrap();
        symlink("other", &home_link).unwrap();
        user.commit(Some(&first), &target, &mut daemon).unwrap();
        assert_eq!(fs::read_link(&home_link).unwrap(), Path::new("other"));

        let channels = Profile::of_channels(&paths).unwrap();
        fs::remove_file(&home_link).unwrap();
        channels.commit(None, &target, &mut daemon).unwrap();
        assert!(!home_link.is_symlink(), "only the user's leads there");
    }

    #[test]
    fn what_the_store_does_not_hold_becomes_no_generation() {
        let practice = testing::practice();
        let mut daemon = practice.connect().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let profile = testing::bare_profile(&dir.path().join("p"));
        let store = practice.paths().store_dir.display().to_string();
        let missing = format!("{store}/{}-missing", "0".repeat(32));
        let error = profile.commit(None, &missing, &mut daemon).unwrap_err();
        assert!(matches!(error, Error::NotValid { .. }), "{error}");
        assert!(matches!(profile.state(), Err(Error::NoProfile { .. })));
        let foreign = profile.commit(None, "/elsewhere/thing", &mut daemon).unwrap_err();
        assert!(matches!(foreign, Error::Refused { .. }), "{foreign}");
    }
}
