//! `manifest.json`, in which `nix profile` records what is installed.

use super::super::Error;
use super::super::name::package;
use serde_json::{Map, Value, json};
use std::fs;
use std::io;
use std::path::Path;

/// The version of a new manifest. Nix 2.8 reads no newer one; later ones read it as well.
const WRITTEN_VERSION: u64 = 2;
/// The versions read.
const READ_VERSIONS: std::ops::RangeInclusive<u64> = 1..=3;
/// From this version on elements have names.
const NAMED_SINCE: u64 = 3;
/// The priority of what has none of its own.
const USUAL_PRIORITY: i64 = 5;

/// A profile's manifest. Whatever it holds that is not understood here is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    version: u64,
    elements: Vec<Element>,
}

/// One thing that was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Its name, where the version has names.
    name: Option<String>,
    fields: Map<String, Value>,
}

impl Element {
    /// Its store paths.
    pub fn paths(&self) -> Vec<String> {
        let paths = self.fields.get("storePaths").and_then(Value::as_array).into_iter().flatten();
        paths.filter_map(|path| path.as_str().map(str::to_owned)).collect()
    }

    /// Whether it is not switched off.
    pub fn is_active(&self) -> bool {
        self.fields.get("active").and_then(Value::as_bool).unwrap_or(true)
    }

    /// Which of two files of the same name wins: that of the lower number.
    pub fn priority(&self) -> i64 {
        self.fields.get("priority").and_then(Value::as_i64).unwrap_or(USUAL_PRIORITY)
    }

    /// Whether it came from a flake, which alone knows what its newer version is.
    pub fn is_from_flake(&self) -> bool {
        ["url", "uri"].iter().any(|field| self.fields.get(*field).is_some_and(Value::is_string))
    }
}

impl Manifest {
    /// The manifest of a new profile that holds these store paths, one element each.
    pub fn of(paths: &[String]) -> Self {
        let mut manifest = Self { version: WRITTEN_VERSION, elements: Vec::new() };
        for path in paths {
            manifest.add(std::slice::from_ref(path));
        }
        manifest
    }

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
        let whole: Value = serde_json::from_slice(bytes).map_err(|error| bad(error.to_string()))?;
        let version = whole["version"].as_u64().ok_or_else(|| bad("it has no version".into()))?;
        if !READ_VERSIONS.contains(&version) {
            return Err(bad(format!("version {version} is not known; a newer Nix wrote it")));
        }
        let element = |name: Option<&String>, value: &Value| {
            let fields = value.as_object().filter(|fields| fields.contains_key("storePaths"));
            let fields = fields.ok_or_else(|| bad("an element has no store paths".into()))?;
            Ok(Element { name: name.cloned(), fields: fields.clone() })
        };
        let elements = match &whole["elements"] {
            Value::Array(list) => list.iter().map(|value| element(None, value)).collect(),
            Value::Object(named) => {
                named.iter().map(|(name, value)| element(Some(name), value)).collect()
            }
            _ => Err(bad("it has no elements".into())),
        };
        Ok(Self { version, elements: elements? })
    }

    /// What is installed, switched off or not.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The store paths of all that is installed and not switched off.
    pub fn active_paths(&self) -> Vec<String> {
        let active = self.elements.iter().filter(|element| element.is_active());
        active.flat_map(Element::paths).collect()
    }

    /// Install these store paths as one element.
    pub fn add(&mut self, paths: &[String]) {
        let named = self.version >= NAMED_SINCE;
        let name = named.then(|| self.free_name(paths));
        let mut fields = Map::from_iter([
            ("active".to_owned(), Value::Bool(true)),
            ("storePaths".to_owned(), json!(paths)),
        ]);
        if named {
            fields.insert("priority".to_owned(), json!(USUAL_PRIORITY));
        }
        self.elements.push(Element { name, fields });
    }

    /// Remove the element of exactly these store paths.
    pub fn remove(&mut self, paths: &[String]) {
        self.elements.retain(|element| element.paths() != paths);
    }

    /// Let the element of exactly the store paths `old` have those of `new`.
    pub fn replace(&mut self, old: &[String], new: &[String]) {
        for element in self.elements.iter_mut().filter(|element| element.paths() == old) {
            element.fields.insert("storePaths".to_owned(), json!(new));
        }
    }

    /// The package's name, numbered where it is taken.
    fn free_name(&self, paths: &[String]) -> String {
        let name = paths.first().map(|path| package(path).name).unwrap_or_default();
        let taken = |name: &String| self.elements.iter().any(|e| e.name.as_ref() == Some(name));
        let numbered = (1..).map(|number| format!("{name}-{number}"));
        std::iter::once(name.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(name)
    }

    /// As JSON, with keys in the alphabetical order of `nix profile`: same content, same store path.
    pub fn to_json(&self) -> String {
        let fields = |element: &Element| Value::Object(element.fields.clone());
        let elements: Value = if self.version >= NAMED_SINCE {
            let named = self
                .elements
                .iter()
                .map(|element| (element.name.clone().unwrap_or_default(), fields(element)));
            Value::Object(named.collect())
        } else {
            self.elements.iter().map(fields).collect()
        };
        json!({"elements": elements, "version": self.version}).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Manifest, String> {
        let parsed = Manifest::parse(json.as_bytes(), Path::new("/p/manifest.json"));
        parsed.map_err(|error| error.to_string())
    }

    fn paths(json: &str) -> Result<Vec<String>, String> {
        parse(json).map(|manifest| manifest.active_paths())
    }

    const LIST: &str = r#"{"elements":[{"active":true,"attrPath":"x","storePaths":["/s/a","/s/b"],"url":"u"},{"active":false,"storePaths":["/s/off"]}],"version":2}"#;
    const NAMED: &str =
        r#"{"elements":{"hello":{"new":1,"priority":7,"storePaths":["/s/h"]}},"version":3}"#;

    #[test]
    fn every_version_is_read_and_comes_back_as_it_was() {
        assert_eq!(paths(LIST).unwrap(), ["/s/a", "/s/b"]);
        assert_eq!(paths(&LIST.replace(":2", ":1")).unwrap(), ["/s/a", "/s/b"]);
        assert_eq!(paths(NAMED).unwrap(), ["/s/h"]);
        for json in [LIST, NAMED] {
            assert_eq!(parse(json).unwrap().to_json(), json);
        }
        let written = Manifest::of(&["/s/b".to_owned(), "/s/a".to_owned()]);
        assert_eq!(paths(&written.to_json()).unwrap(), ["/s/b", "/s/a"]);
    }

    #[test]
    fn changes_keep_all_else() {
        let path = |name: &str| vec![format!("/nix/store/{}-{name}", "x".repeat(32))];
        let mut manifest = parse(NAMED).unwrap();
        manifest.replace(&["/s/h".to_owned()], &path("hello-2"));
        manifest.add(&path("hello-3"));
        let json = manifest.to_json();
        assert!(json.contains(r#""hello":{"new":1,"priority":7,"#), "{json}");
        assert!(json.contains(r#""hello-1":{"active":true,"priority":5,"#), "{json}");
        manifest.remove(&path("hello-2"));
        assert_eq!(manifest.active_paths(), path("hello-3"));
        let list = parse(LIST).unwrap();
        assert!(list.elements()[0].is_from_flake() && !list.elements()[1].is_from_flake());
        assert_eq!(parse(NAMED).unwrap().elements()[0].priority(), 7);
    }

    #[test]
    fn a_manifest_that_is_not_understood_says_where_and_why() {
        for (json, reason) in [
            (r#"{"version":4,"elements":{}}"#, "version 4"),
            ("{", "EOF"),
            ("[]", "manifest.json"),
            (r#"{"version":2,"elements":[{}]}"#, "store paths"),
        ] {
            let error = parse(json).unwrap_err();
            assert!(error.contains("/p/manifest.json") && error.contains(reason), "{error}");
        }
    }
}
