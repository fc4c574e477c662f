//! `manifest.json`, in which `nix profile` records what is installed.

use super::super::Error;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// The version written. Nix 2.8 reads no newer one; later ones read it as well.
const WRITTEN_VERSION: u64 = 2;
/// The versions read.
const READ_VERSIONS: std::ops::RangeInclusive<u64> = 1..=3;

/// A profile's manifest, of any version, as far as it tells what is installed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Manifest {
    elements: Elements,
    version: u64,
}

/// What is installed: a list up to version 2, named from version 3 on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Elements {
    List(Vec<Element>),
    Named(BTreeMap<String, Element>),
}

/// One thing that was installed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Element {
    #[serde(default = "active_unless_told")]
    active: bool,
    store_paths: Vec<String>,
}

/// The manifest, as JSON, of a new profile that holds these store paths, one element each.
pub fn manifest_of(paths: &[String]) -> String {
    // Keys are in the alphabetical order of `nix profile`: same content, same store path.
    let element = |path| json!({"active": true, "storePaths": [path]});
    let elements: Vec<_> = paths.iter().map(element).collect();
    json!({"elements": elements, "version": WRITTEN_VERSION}).to_string()
}

fn active_unless_told() -> bool {
    true
}

impl Manifest {
    /// The manifest in the profile generation `target`; `None` where it has none.
    pub fn read(target: &Path) -> Result<Option<Self>, Error> {
        let path = target.join("manifest.json");
        match fs::read(&path) {
            Ok(bytes) => Self::parse(&bytes, &path).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::file("read", &path)(error)),
        }
    }

    fn parse(bytes: &[u8], path: &Path) -> Result<Self, Error> {
        let bad = |problem| Error::Manifest { path: path.to_owned(), problem };
        let manifest: Self =
            serde_json::from_slice(bytes).map_err(|error| bad(error.to_string()))?;
        if READ_VERSIONS.contains(&manifest.version) {
            Ok(manifest)
        } else {
            let version = manifest.version;
            Err(bad(format!("version {version} is not known; a newer Nix wrote it")))
        }
    }

    /// The store paths of all that is installed and not switched off.
    pub fn active_paths(self) -> Vec<String> {
        let elements = match self.elements {
            Elements::List(elements) => elements,
            Elements::Named(elements) => elements.into_values().collect(),
        };
        let active = elements.into_iter().filter(|element| element.active);
        active.flat_map(|element| element.store_paths).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(json: &str) -> Result<Vec<String>, String> {
        Manifest::parse(json.as_bytes(), Path::new("/p/manifest.json"))
            .map(Manifest::active_paths)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn every_version_is_read() {
        let list = r#"{"version":2,"elements":[
            {"active":true,"attrPath":"x","storePaths":["/s/a","/s/b"],"url":"u"},
            {"active":false,"storePaths":["/s/off"]}]}"#;
        assert_eq!(paths(list).unwrap(), ["/s/a", "/s/b"]);
        assert_eq!(paths(&list.replace(":2", ":1")).unwrap(), ["/s/a", "/s/b"]);
        let named = r#"{"version":3,"elements":{"hello":{"priority":5,"storePaths":["/s/h"]}}}"#;
        assert_eq!(paths(named).unwrap(), ["/s/h"]);
        let written = manifest_of(&["/s/b".to_owned(), "/s/a".to_owned()]);
        assert_eq!(paths(&written).unwrap(), ["/s/b", "/s/a"]);
    }

    #[test]
    fn a_manifest_that_is_not_understood_says_where_and_why() {
        for (json, reason) in
            [(r#"{"version":4,"elements":{}}"#, "version 4"), ("{", "EOF"), ("[]", "manifest.json")]
        {
            let error = paths(json).unwrap_err();
            assert!(error.contains("/p/manifest.json") && error.contains(reason), "{error}");
        }
    }
}
