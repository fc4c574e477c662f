//! Packages, and what differs between two closures.

use super::plain_word;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A package as people name it: the store path's name, split as Nix splits it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Package {
    /// Name without version, such as `firefox`.
    pub name: String,
    /// Version, empty where the name carries none.
    pub version: String,
}

impl Package {
    /// A full name split by Nix's rule: the version begins after the first dash that no letter
    /// follows.
    pub fn of(full_name: &str) -> Self {
        let bytes = full_name.as_bytes();
        let dash =
            bytes.windows(2).position(|pair| pair[0] == b'-' && !pair[1].is_ascii_alphabetic());
        let split = dash.map(|dash| (&full_name[..dash], &full_name[dash + 1..]));
        let (name, version) = split.unwrap_or((full_name, ""));
        Self { name: name.to_owned(), version: version.to_owned() }
    }
}

/// A package that is kept without being installed, as long as the session lasts; or one that is let
/// go of again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// The package.
    pub package: Package,
    /// The store paths to try.
    pub paths: Vec<String>,
    /// Whether it is kept.
    pub kept: bool,
}

impl Trial {
    /// The trial of what a catalogue has.
    #[must_use]
    pub fn of(entry: &CatalogueEntry) -> Self {
        Self { package: entry.package.clone(), paths: entry.paths_to_install(), kept: true }
    }

    /// What takes it back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self { kept: !self.kept, ..self.clone() }
    }
}

/// A package as a catalogue has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueEntry {
    /// Its attribute in nixpkgs.
    pub attribute: String,
    /// Its name and version.
    pub package: Package,
    /// What it is, in one line; often empty.
    pub description: String,
    /// Its outputs with their store paths, as far as known.
    pub outputs: Vec<(String, String)>,
    /// The commands that it brings, as far as known.
    pub commands: Vec<String>,
}

impl CatalogueEntry {
    /// Whether `package` is this, in whichever version; where the attribute keeps to some, in one of those.
    pub fn is(&self, package: &Package) -> bool {
        self.package.name == package.name
            && self.line().is_none_or(|line| is_of(&line, &package.version))
    }

    /// The beginning of the versions that the attribute keeps to, where it tells one: `314` of `python314`,
    /// whose package is `python3`.
    pub fn line(&self) -> Option<String> {
        let attribute = plain_word(self.attribute.rsplit('.').next()?);
        let stem = attribute.trim_end_matches(|c: char| c.is_ascii_digit());
        let line = &attribute[stem.len()..];
        let tells = attribute != plain_word(&self.package.name) && !line.is_empty();
        (tells && is_of(line, &self.package.version)).then(|| line.to_owned())
    }

    /// The outputs that nixpkgs installs unless told otherwise, with their store paths: programs, or
    /// all there is, and the manual pages.
    pub fn outputs_to_install(&self) -> Vec<(String, String)> {
        let output = |name: &str| self.outputs.iter().find(|(found, _)| found == name);
        let main = output("bin").or_else(|| output("out")).or_else(|| self.outputs.first());
        let mut outputs: Vec<_> = main.into_iter().chain(output("man")).cloned().collect();
        outputs.dedup();
        outputs
    }

    /// The store paths of [`Self::outputs_to_install`].
    pub fn paths_to_install(&self) -> Vec<String> {
        self.outputs_to_install().into_iter().map(|(_, path)| path).collect()
    }
}

/// Whether the first numbers of `version` are the digits of `line`, as 3.14.4 is of `314`.
fn is_of(line: &str, version: &str) -> bool {
    let numbers = version.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty());
    let mut first = numbers.scan(String::new(), |first, number| {
        first.push_str(number);
        Some(first.clone())
    });
    first.any(|first| first == line)
}

/// Something installed in the user's profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// Its name and version.
    pub package: Package,
    /// Its store paths, as the profile's manifest has them.
    pub paths: Vec<String>,
    /// A newer version that the catalogue has.
    pub newer: Option<CatalogueEntry>,
}

/// What is known of packages when a command about them is planned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageView {
    /// The catalogue's entries of the attributes asked for.
    pub known: BTreeMap<String, CatalogueEntry>,
    /// What the user's profile holds.
    pub installed: Vec<Installed>,
    /// Whether there is a catalogue at all.
    pub catalogue: bool,
    /// Whether something is in the profile that neither `nix profile` nor nix-env has recorded.
    pub foreign: bool,
}

/// One package that is in both closures, in other versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionChange {
    /// Package name.
    pub name: String,
    /// Versions before, sorted.
    pub before: Vec<String>,
    /// Versions after, sorted.
    pub after: Vec<String>,
}

/// What differs between two closures, by package name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosureDiff {
    /// Only in the later closure.
    pub added: Vec<Package>,
    /// Only in the earlier closure.
    pub removed: Vec<Package>,
    /// In both, with other versions.
    pub changed: Vec<VersionChange>,
    /// Growth of the closure in bytes of NAR size; negative where it shrank.
    pub size_delta: i64,
}

impl ClosureDiff {
    /// Whether no package was added, removed or changed.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_that_keeps_to_some_versions_is_no_other_one() {
        let entry = |attribute: &str, full_name| CatalogueEntry {
            attribute: attribute.to_owned(),
            package: Package::of(full_name),
            description: String::new(),
            outputs: Vec::new(),
            commands: Vec::new(),
        };
        for (attribute, full_name, installed, is) in [
            ("python314", "python3-3.14.4", "python3-3.14.1", true),
            ("python314", "python3-3.14.4", "python3-3.13.13", false),
            ("python3", "python3-3.13.13", "python3-3.12.1", true),
            ("python3", "python3-3.13.13", "python2-3.13.13", false),
            ("postgresql_15", "postgresql-15.8", "postgresql-15.4", true),
            ("postgresql_15", "postgresql-15.8", "postgresql-17.2", false),
            ("lua5_4", "lua-5.4.8", "lua-5.4.6", true),
            ("lua5_4", "lua-5.4.8", "lua-54.1", true),
            ("jdk8", "openjdk-8u412", "openjdk-8u302", true),
            ("jdk8", "openjdk-8u412", "openjdk-80.1", false),
            ("linuxKernel.kernels.linux_6_6", "linux-6.6.30", "linux-6.18.3", false),
            // digits that are no version
            ("webkitgtk_6_0", "webkitgtk-2.46.0", "webkitgtk-2.44.1", true),
            ("gtk3", "gtk+3-3.24.43", "gtk+3-4.0", true),
            ("libreoffice-fresh", "libreoffice-26.2", "libreoffice-26.1", true),
        ] {
            let entry = entry(attribute, full_name);
            assert_eq!(entry.is(&Package::of(installed)), is, "{attribute} {installed}");
        }
    }
}
