//! Deleting generations.

use super::super::{Error, failpoint};
use super::{Profile, generations};
use crate::domain::{Generation, ProfileDeletion};
use std::fs;

impl Profile {
    /// Delete the generations of `deletion`, exactly as it was planned. What they hold stays in the
    /// store until garbage is collected.
    ///
    /// # Errors
    /// [`Error::ChangedMeanwhile`] where another generation is current now, or one of those to go
    /// is not what it was: then none is deleted. [`Error::DeletedInPart`] where one could not be
    /// deleted: then those before it are gone.
    pub fn delete(&self, deletion: &ProfileDeletion) -> Result<(), Error> {
        let _lock = self.lock()?;
        self.expect_current(Some(&deletion.current))?;
        for generation in &deletion.generations {
            let (number, expected) = (generation.number, generation.target.display().to_string());
            if number == deletion.current.number {
                return Err(self.changed("an old generation".into(), "the current one".into()));
            }
            let found = generations::target(self, number)?;
            if found.as_ref() != Some(&generation.target) {
                let found = found.map_or("nothing".into(), |path| path.display().to_string());
                return Err(self.changed(format!("generation {number} ({expected})"), found));
            }
        }
        let mut deleted = Vec::new();
        for &Generation { number, .. } in &deletion.generations {
            let link = self.generation_link(number);
            let removed =
                failpoint::before("generation.remove").and_then(|()| fs::remove_file(&link));
            let removed = removed.map_err(Error::file("delete the generation", &link));
            removed.map_err(|error| match &deleted[..] {
                [] => error,
                some => Error::DeletedInPart { numbers: some.to_vec(), source: Box::new(error) },
            })?;
            deleted.push(number);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Fault, Scope};
    use crate::nix::testing;

    fn deletion(profile: &Profile, numbers: &[u64]) -> ProfileDeletion {
        let state = profile.state().unwrap();
        ProfileDeletion {
            scope: Scope::User,
            current: state.current().unwrap().clone(),
            generations: numbers.iter().map(|&n| state.by_number(n).unwrap().clone()).collect(),
        }
    }

    fn numbers(profile: &Profile) -> Vec<u64> {
        profile.state().unwrap().generations.iter().map(|found| found.number).collect()
    }

    #[test]
    fn what_was_planned_goes_and_its_paths_become_garbage() {
        let practice = testing::practice();
        let profile = Profile::new(practice.paths(), Scope::User).unwrap();
        let target = testing::targets(&practice, Scope::User)[1].clone();
        let mut daemon = practice.connect().unwrap();
        let before = daemon.dead_paths().unwrap();
        assert!(!before.contains(&target));
        profile.delete(&deletion(&profile, &[2, 3])).unwrap();
        assert_eq!(numbers(&profile), [1, 4, 5]);

        let dead = daemon.dead_paths().unwrap();
        assert!(dead.contains(&target) && dead.len() > before.len(), "{dead:?}");
        let (deleted, bytes) = daemon.collect_garbage().unwrap();
        let sorted = |mut paths: Vec<String>| {
            paths.sort();
            paths
        };
        assert_eq!(sorted(deleted), sorted(dead));
        assert!(bytes > 0);
        assert!(!daemon.is_valid(&target).unwrap());
        assert_eq!(daemon.collect_garbage().unwrap(), (vec![], 0), "and the connection goes on");
        assert!(daemon.verify().unwrap());
        daemon.optimise().unwrap();
        for kept in testing::targets(&practice, Scope::User) {
            assert!(daemon.is_valid(&kept).unwrap(), "{kept}");
        }
    }

    #[test]
    fn damage_is_found_and_told() {
        use std::os::unix::fs::PermissionsExt;
        let practice = testing::practice();
        let mut daemon = practice.connect().unwrap();
        let path = daemon.add_to_store_nar("x", &[], &testing::small_nar()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        fs::write(&path, "other").unwrap();
        assert!(!daemon.verify().unwrap());
        assert!(daemon.is_valid(&path).unwrap(), "and nothing is repaired");
    }

    #[test]
    fn nothing_goes_where_the_world_is_another() {
        let practice = testing::practice();
        let profile = Profile::new(practice.paths(), Scope::User).unwrap();
        let planned = deletion(&profile, &[1, 4]);
        let link = profile.link().to_str().unwrap();
        let refused = |planned: &ProfileDeletion, left: &[u64]| {
            let error = profile.delete(planned).unwrap_err();
            assert_eq!(Fault::from(error), Fault::ChangedMeanwhile);
            assert_eq!(numbers(&profile), left);
        };
        refused(&deletion(&profile, &[1, 5]), &[1, 2, 3, 4, 5]);
        testing::run(&practice, "nix-env", &["-p", link, "--switch-generation", "4"]);
        refused(&planned, &[1, 2, 3, 4, 5]);
        testing::run(&practice, "nix-env", &["-p", link, "--switch-generation", "5"]);
        testing::run(&practice, "nix-env", &["-p", link, "--delete-generations", "4"]);
        refused(&planned, &[1, 2, 3, 5]);
    }
}
