//! What is installed in a profile's generation.

use super::Error;
use super::name::{package, store_name};
use super::profile::manifest::Manifest;
use crate::domain::Package;
use crate::ports::Store;
use std::path::Path;

/// What nix-env keeps its own record in.
const NIX_ENV_MANIFEST: &str = "env-manifest.nix";

/// The packages of the profile generation at the store path `target`, sorted, each once. `nix
/// profile` records them in its manifest; for nix-env they are what the generation refers to.
pub fn installed<S: Store<Error = Error>>(
    store: &mut S,
    target: &Path,
) -> Result<Vec<Package>, Error> {
    let paths = match Manifest::read(target)? {
        Some(manifest) => manifest.active_paths(),
        None => references(store, target)?,
    };
    let mut packages: Vec<Package> = paths.iter().map(|path| package(path)).collect();
    packages.sort();
    packages.dedup();
    Ok(packages)
}

fn references<S: Store<Error = Error>>(store: &mut S, target: &Path) -> Result<Vec<String>, Error> {
    let path = target.to_string_lossy();
    let info = store.path_info(&path)?.ok_or_else(|| Error::NotValid { path: path.to_string() })?;
    let is_package = |other: &str| *other != path && store_name(other) != NIX_ENV_MANIFEST;
    Ok(info.references.iter().filter(|path| is_package(path)).cloned().collect())
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
