//! What is installed in a profile's generation.

use super::Error;
use super::name::package;
use super::profile::manifest::Manifest;
use crate::domain::Package;
use crate::ports::Store;
use std::path::Path;

/// The packages of the profile generation at the store path `target`, sorted, each once: those of
/// its manifest, or, where it has none, what it refers to.
pub fn installed<S: Store<Error = Error>>(
    store: &mut S,
    target: &Path,
) -> Result<Vec<Package>, Error> {
    let mut packages: Vec<Package> = match Manifest::read(target)? {
        Some(manifest) => manifest.active().into_iter().map(|element| element.package).collect(),
        None => references(store, target)?.iter().map(|path| package(path)).collect(),
    };
    packages.sort();
    packages.dedup();
    Ok(packages)
}

fn references<S: Store<Error = Error>>(store: &mut S, target: &Path) -> Result<Vec<String>, Error> {
    let path = target.to_string_lossy();
    let info = store.path_info(&path)?.ok_or_else(|| Error::NotValid { path: path.to_string() })?;
    Ok(info.references.iter().filter(|other| ***other != path).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Scope;
    use crate::nix::testing;

    fn names(packages: &[Package]) -> Vec<String> {
        packages.iter().map(|package| format!("{} {}", package.name, package.version)).collect()
    }

    #[test]
    fn the_manifest_tells_what_is_installed() {
        let practice = testing::practice();
        let state = testing::state(&practice, Scope::User);
        let mut daemon = practice.connect().unwrap();
        let installed = |daemon: &mut _, i: usize| {
            names(&installed(daemon, &state.generations[i].target).unwrap())
        };
        assert_eq!(installed(&mut daemon, 0), ["cowsay 3.8.4", "hello 2.10"]);
        assert_eq!(installed(&mut daemon, 2), ["cowsay 3.8.4", "firefox 149.0", "hello 2.10"]);
    }

    #[test]
    fn a_profile_of_nix_env_is_read_too() {
        let practice = testing::practice();
        let profile = practice.dir().join("nix-env-profile");
        let state = testing::state(&practice, Scope::User);
        let mut daemon = practice.connect().unwrap();
        let target = state.generations[0].target.to_str().unwrap().to_owned();
        let info = daemon.path_info(&target).unwrap().unwrap();
        for path in &info.references {
            testing::run(
                &practice,
                "nix-env",
                &["-p", profile.to_str().unwrap(), "--install", path],
            );
        }
        let target = std::fs::canonicalize(&profile).unwrap();
        assert!(target.join("manifest.nix").exists());
        let installed = installed(&mut daemon, &target).unwrap();
        assert_eq!(names(&installed), ["cowsay 3.8.4", "hello 2.10"]);
    }
}
