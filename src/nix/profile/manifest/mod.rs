//! What a profile records of its packages, in the kind that it was found in.

mod expression;
mod nix_env;
mod nix_profile;

use super::super::Error;
use crate::domain::{CatalogueEntry, Package};
use nix_env::NixEnv;
use nix_profile::NixProfile;
use std::fs;
use std::io;
use std::path::Path;

/// The priority of what has none of its own.
pub(in crate::nix) const USUAL_PRIORITY: i64 = 5;

/// A profile's manifest: that of `nix profile` or that of nix-env, which do not read each other's.
/// Whatever it holds that is not understood here is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    NixProfile(NixProfile),
    NixEnv(NixEnv),
}

/// One thing that was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Its name and version.
    pub package: Package,
    /// The store paths of its outputs that are installed.
    pub paths: Vec<String>,
    /// Whether it is not switched off.
    pub active: bool,
    /// Which of two files of the same name wins: that of the lower number.
    pub priority: i64,
    /// Whether it is not for the catalogue to renew: what came from a flake only the flake can, and
    /// nix-env's users may say so.
    pub keeps_version: bool,
}

/// A manifest as it goes into a profile.
pub(super) enum Written {
    /// A file `manifest.json`.
    Json(String),
    /// The text of a store path of its own, which a link `manifest.nix` leads to.
    Nix(String),
}

impl Manifest {
    /// The manifest of a new profile that holds these store paths, one element each. It is of the
    /// kind of `nix profile`.
    pub fn of(paths: &[String]) -> Self {
        Self(Kind::NixProfile(NixProfile::of(paths)))
    }

    /// The manifest in the profile generation `target`; `None` where it has none.
    ///
    /// # Errors
    /// [`Error::Manifest`] where it is not understood.
    pub fn read(target: &Path) -> Result<Option<Self>, Error> {
        type Parse = fn(&str) -> Result<Kind, String>;
        let kinds: [(&str, Parse); 2] = [
            ("manifest.json", |text| NixProfile::parse(text).map(Kind::NixProfile)),
            ("manifest.nix", |text| NixEnv::parse(text).map(Kind::NixEnv)),
        ];
        for (name, parse) in kinds {
            let path = target.join(name);
            let text = match fs::read_to_string(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                text => text.map_err(Error::file("read", &path))?,
            };
            let bad = |problem| Error::Manifest { path: path.clone(), problem };
            return parse(&text).map(|kind| Some(Self(kind))).map_err(bad);
        }
        Ok(None)
    }

    /// What is installed, switched off or not.
    pub fn elements(&self) -> Vec<Element> {
        match &self.0 {
            Kind::NixProfile(manifest) => manifest.elements(),
            Kind::NixEnv(manifest) => manifest.elements(),
        }
    }

    /// What is installed and not switched off.
    pub fn active(&self) -> Vec<Element> {
        self.elements().into_iter().filter(|element| element.active).collect()
    }

    /// Install a package, as one element.
    pub fn add(&mut self, entry: &CatalogueEntry) {
        match &mut self.0 {
            Kind::NixProfile(manifest) => manifest.add(&entry.paths_to_install()),
            Kind::NixEnv(manifest) => manifest.add(entry),
        }
    }

    /// Remove the element of exactly these store paths.
    pub fn remove(&mut self, paths: &[String]) {
        match &mut self.0 {
            Kind::NixProfile(manifest) => manifest.remove(paths),
            Kind::NixEnv(manifest) => manifest.remove(paths),
        }
    }

    /// Let `new` take the place of the element of exactly the store paths `old`.
    pub fn replace(&mut self, old: &[String], new: &CatalogueEntry) {
        match &mut self.0 {
            Kind::NixProfile(manifest) => manifest.replace(old, &new.paths_to_install()),
            Kind::NixEnv(manifest) => manifest.replace(old, new),
        }
    }

    /// Every store path that it names.
    pub(super) fn references(&self) -> Vec<String> {
        let mut paths = match &self.0 {
            Kind::NixProfile(manifest) => {
                manifest.elements().into_iter().flat_map(|element| element.paths).collect()
            }
            Kind::NixEnv(manifest) => manifest.references(),
        };
        paths.sort();
        paths.dedup();
        paths
    }

    /// As its own program writes it: same content, same store path.
    pub(super) fn written(&self) -> Written {
        match &self.0 {
            Kind::NixProfile(manifest) => Written::Json(manifest.to_json()),
            Kind::NixEnv(manifest) => Written::Nix(manifest.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_that_is_not_understood_says_where_and_why() {
        for (name, text, reason) in [
            ("manifest.json", r#"{"version":4,"elements":{}}"#, "version 4"),
            ("manifest.json", "{", "EOF"),
            ("manifest.json", "[]", "no version"),
            ("manifest.json", r#"{"version":2,"elements":[{}]}"#, "store paths"),
            ("manifest.nix", "[ (import ./x) ]", "byte 2"),
            ("manifest.nix", "{ }", "no list"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join(name), text).unwrap();
            let error = Manifest::read(dir.path()).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(reason), "{error}");
        }
        assert_eq!(Manifest::read(Path::new("/nonexistent")).unwrap(), None);
    }
}
