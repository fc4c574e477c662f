//! `manifest.json`, in which `nix profile` records what is installed.

use super::super::super::name::package;
use super::{Element, USUAL_PRIORITY};
use crate::domain::Package;
use serde_json::{Map, Value, json};

/// The version of a new manifest. Nix 2.8 reads no newer one; later ones read it as well.
const WRITTEN_VERSION: u64 = 2;
/// The versions read.
const READ_VERSIONS: std::ops::RangeInclusive<u64> = 1..=3;
/// From this version on elements have names.
const NAMED_SINCE: u64 = 3;

/// The elements of a profile of `nix profile`. Whatever is not understood here is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NixProfile {
    version: u64,
    items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Item {
    /// Its name, where the version has names.
    name: Option<String>,
    fields: Map<String, Value>,
}

impl Item {
    fn paths(&self) -> Vec<String> {
        let paths = self.fields.get("storePaths").and_then(Value::as_array).into_iter().flatten();
        paths.filter_map(|path| path.as_str().map(str::to_owned)).collect()
    }

    fn element(&self) -> Element {
        let field = |name| self.fields.get(name);
        let paths = self.paths();
        Element {
            // the names of other outputs end in those
            package: paths.iter().map(|path| package(path)).min_by_key(longer).unwrap_or_default(),
            active: field("active").and_then(Value::as_bool).unwrap_or(true),
            priority: field("priority").and_then(Value::as_i64).unwrap_or(USUAL_PRIORITY),
            keeps_version: ["url", "uri"]
                .iter()
                .any(|url| field(url).is_some_and(Value::is_string)),
            paths,
        }
    }
}

fn longer(package: &Package) -> usize {
    package.version.len()
}

impl NixProfile {
    /// A new manifest with these store paths, one element each.
    pub(super) fn of(paths: &[String]) -> Self {
        let mut manifest = Self { version: WRITTEN_VERSION, items: Vec::new() };
        for path in paths {
            manifest.add(std::slice::from_ref(path));
        }
        manifest
    }

    /// The manifest that `text` is.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let whole: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let version = whole["version"].as_u64().ok_or("it has no version")?;
        if !READ_VERSIONS.contains(&version) {
            return Err(format!("version {version} is not known; a newer Nix wrote it"));
        }
        let item = |name: Option<&String>, value: &Value| {
            let fields = value.as_object().filter(|fields| fields.contains_key("storePaths"));
            let fields = fields.ok_or("an element has no store paths")?;
            Ok(Item { name: name.cloned(), fields: fields.clone() })
        };
        let items: Result<_, String> = match &whole["elements"] {
            Value::Array(list) => list.iter().map(|value| item(None, value)).collect(),
            Value::Object(named) => {
                named.iter().map(|(name, value)| item(Some(name), value)).collect()
            }
            _ => Err("it has no elements".to_owned()),
        };
        Ok(Self { version, items: items? })
    }

    pub(super) fn elements(&self) -> Vec<Element> {
        self.items.iter().map(Item::element).collect()
    }

    /// Install these store paths as one element.
    pub(super) fn add(&mut self, paths: &[String]) {
        let named = self.version >= NAMED_SINCE;
        let name = named.then(|| self.free_name(paths));
        let mut fields = Map::from_iter([
            ("active".to_owned(), Value::Bool(true)),
            ("storePaths".to_owned(), json!(sorted(paths))),
        ]);
        if named {
            fields.insert("priority".to_owned(), json!(USUAL_PRIORITY));
        }
        self.items.push(Item { name, fields });
    }

    /// Remove the element of exactly these store paths.
    pub(super) fn remove(&mut self, paths: &[String]) {
        self.items.retain(|item| item.paths() != paths);
    }

    /// Let the element of exactly the store paths `old` have those of `new`.
    pub(super) fn replace(&mut self, old: &[String], new: &[String]) {
        for item in self.items.iter_mut().filter(|item| item.paths() == old) {
            item.fields.insert("storePaths".to_owned(), json!(sorted(new)));
        }
    }

    /// The package's name, numbered where it is taken.
    fn free_name(&self, paths: &[String]) -> String {
        let name = paths.first().map(|path| package(path).name).unwrap_or_default();
        let taken = |name: &String| self.items.iter().any(|item| item.name.as_ref() == Some(name));
        let numbered = (1..).map(|number| format!("{name}-{number}"));
        std::iter::once(name.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(name)
    }

    /// As JSON, with keys in the alphabetical order of `nix profile`: same content, same store path.
    pub(super) fn to_json(&self) -> String {
        let fields = |item: &Item| Value::Object(item.fields.clone());
        let elements: Value = if self.version >= NAMED_SINCE {
            let named =
                self.items.iter().map(|item| (item.name.clone().unwrap_or_default(), fields(item)));
            Value::Object(named.collect())
        } else {
            self.items.iter().map(fields).collect()
        };
        json!({"elements": elements, "version": self.version}).to_string()
    }
}

/// Store paths in the order in which `nix profile` writes them.
fn sorted(paths: &[String]) -> Vec<&String> {
    let mut paths: Vec<&String> = paths.iter().collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<NixProfile, String> {
        NixProfile::parse(json)
    }

    fn paths(json: &str) -> Result<Vec<String>, String> {
        let elements = parse(json)?.elements();
        Ok(elements.into_iter().filter(|e| e.active).flat_map(|e| e.paths).collect())
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
        let written = NixProfile::of(&["/s/b".to_owned(), "/s/a".to_owned()]);
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
        assert_eq!(manifest.elements().last().map(|e| e.paths.clone()), Some(path("hello-3")));
        assert_eq!(manifest.elements().len(), 1);
        let list = parse(LIST).unwrap();
        assert!(list.elements()[0].keeps_version && !list.elements()[1].keeps_version);
        assert_eq!(parse(NAMED).unwrap().elements()[0].priority, 7);
    }
}
