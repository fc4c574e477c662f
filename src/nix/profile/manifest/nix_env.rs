//! `manifest.nix`, in which nix-env records what is installed.

use super::expression::{Attributes, Value};
use super::{Element, USUAL_PRIORITY};
use crate::domain::{CatalogueEntry, Package};
use std::fmt;

/// The attributes by which users of nix-env say what is to become of a package; they outlast its
/// upgrades.
const FLAGS: [&str; 3] = ["active", "keep", "priority"];

/// The packages of a profile of nix-env, as derivations in its order. Whatever is not understood
/// here is kept as it is. Its text, by [`fmt::Display`], is what nix-env would write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NixEnv {
    derivations: Vec<Derivation>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Derivation {
    attributes: Attributes,
    name: String,
    /// The store paths of the outputs that are installed.
    paths: Vec<String>,
}

impl Derivation {
    fn of(attributes: Attributes) -> Option<Self> {
        let out_path = |output: &Value| {
            let attributes = attributes.get(output.text()?)?.attributes()?;
            attributes.get("outPath")?.text().map(str::to_owned)
        };
        let name = attributes.get("name")?.text()?.to_owned();
        let outputs = attributes.get("outputs")?.list()?;
        let paths = outputs.iter().map(out_path).collect::<Option<_>>()?;
        Some(Self { attributes, name, paths })
    }

    fn flag(&self, name: &str) -> Option<String> {
        Some(match self.attributes.get("meta")?.attributes()?.get(name)? {
            Value::Text(text) | Value::Word(text) => text.clone(),
            Value::List(_) | Value::Set(_) => return None,
        })
    }

    fn element(&self) -> Element {
        Element {
            package: Package::of(&self.name),
            paths: self.paths.clone(),
            active: self.flag("active").as_deref() != Some("false"),
            priority: self.flag("priority").and_then(|n| n.parse().ok()).unwrap_or(USUAL_PRIORITY),
            keeps_version: self.flag("keep").as_deref() == Some("true"),
        }
    }
}

/// As nix-env would write a package, with what the catalogue knows of it and these flags.
fn derivation(entry: &CatalogueEntry, flags: Attributes) -> Derivation {
    let text = |text: &str| Value::Text(text.to_owned());
    let mut outputs = entry.outputs_to_install();
    outputs.sort();
    let mut meta = flags;
    if !entry.description.is_empty() {
        meta.insert("description".to_owned(), text(&entry.description));
    }
    let Package { name, version } = &entry.package;
    let name = if version.is_empty() { name.clone() } else { format!("{name}-{version}") };
    let main = entry.outputs_to_install().into_iter().next().map(|(_, path)| path);
    let mut attributes = Attributes::from([
        ("meta".to_owned(), Value::Set(meta)),
        ("name".to_owned(), text(&name)),
        ("outPath".to_owned(), text(&main.unwrap_or_default())),
        ("outputs".to_owned(), Value::List(outputs.iter().map(|(name, _)| text(name)).collect())),
        ("type".to_owned(), text("derivation")),
    ]);
    for (output, path) in &outputs {
        let only = Attributes::from([("outPath".to_owned(), text(path))]);
        attributes.insert(output.clone(), Value::Set(only));
    }
    Derivation { attributes, name, paths: outputs.into_iter().map(|(_, path)| path).collect() }
}

impl NixEnv {
    /// The manifest that `text` is.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let Value::List(list) = Value::parse(text)? else {
            return Err("it is no list of packages".to_owned());
        };
        let derivation = |value| match value {
            Value::Set(attributes) => Derivation::of(attributes),
            _ => None,
        };
        let derivations: Option<Vec<Derivation>> = list.into_iter().map(derivation).collect();
        let derivations = derivations.ok_or("a package has no name or no outputs with paths")?;
        Ok(Self { derivations })
    }

    pub(super) fn elements(&self) -> Vec<Element> {
        self.derivations.iter().map(Derivation::element).collect()
    }

    /// Every store path that it names: what is installed, and what it was built from where nix-env
    /// keeps that.
    pub(super) fn references(&self) -> Vec<String> {
        let built_from = |derivation: &Derivation| {
            derivation.attributes.get("drvPath").and_then(Value::text).map(str::to_owned)
        };
        let all = self.derivations.iter();
        all.flat_map(|found| found.paths.iter().cloned().chain(built_from(found))).collect()
    }

    pub(super) fn add(&mut self, entry: &CatalogueEntry) {
        self.derivations.push(derivation(entry, Attributes::new()));
    }

    pub(super) fn remove(&mut self, paths: &[String]) {
        self.derivations.retain(|found| found.paths != paths);
    }

    pub(super) fn replace(&mut self, old: &[String], new: &CatalogueEntry) {
        for found in self.derivations.iter_mut().filter(|found| found.paths == old) {
            let meta = found.attributes.get("meta").and_then(Value::attributes);
            let flags = meta.into_iter().flatten().filter(|(name, _)| FLAGS.contains(&&***name));
            *found = derivation(new, flags.map(|(n, value)| (n.clone(), value.clone())).collect());
        }
    }
}

impl fmt::Display for NixEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sets = self.derivations.iter().map(|found| Value::Set(found.attributes.clone()));
        Value::List(sets.collect()).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"[ { drvPath = "/s/a.drv"; man = { outPath = "/s/a-man"; }; meta = { active = "false"; new = 1; priority = "3"; }; name = "a-1"; out = { outPath = "/s/a"; }; outPath = "/s/a"; outputs = [ "man" "out" ]; system = "x"; type = "derivation"; } { meta = { keep = "true"; priority = 7; }; name = "b-2"; out = { outPath = "/s/b"; }; outPath = "/s/b"; outputs = [ "out" ]; type = "derivation"; } ]"#;

    #[test]
    fn it_is_read_and_comes_back_as_it_was() {
        let manifest = NixEnv::parse(TEXT).unwrap();
        assert_eq!(manifest.to_string(), TEXT);
        let told: Vec<_> = manifest
            .elements()
            .into_iter()
            .map(|e| (e.package.name, e.paths.len(), e.active, e.priority, e.keeps_version))
            .collect();
        assert_eq!(told, [("a".into(), 2, false, 3, false), ("b".into(), 1, true, 7, true)]);
        assert_eq!(manifest.references(), ["/s/a-man", "/s/a", "/s/a.drv", "/s/b"]);
        for wrong in ["{ }", "[ 1 ]", r#"[ { name = "x"; outputs = [ "out" ]; } ]"#, "[ { } ]"] {
            assert!(NixEnv::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn changes_keep_all_else() {
        let entry = CatalogueEntry {
            attribute: "c".into(),
            package: Package::of("c-3"),
            description: "A \"c\"".into(),
            outputs: vec![("out".into(), "/s/c".into()), ("man".into(), "/s/c-man".into())],
            commands: Vec::new(),
        };
        let c = r#"{ man = { outPath = "/s/c-man"; }; meta = { description = "A \"c\""; }; name = "c-3"; out = { outPath = "/s/c"; }; outPath = "/s/c"; outputs = [ "man" "out" ]; type = "derivation"; }"#;
        let mut manifest = NixEnv::parse(TEXT).unwrap();
        manifest.add(&entry);
        assert_eq!(manifest.to_string(), format!("{} {c} ]", TEXT.trim_end_matches(" ]")));
        manifest.remove(&["/s/c-man".to_owned(), "/s/c".to_owned()]);
        assert_eq!(manifest.to_string(), TEXT);
        manifest.replace(&["/s/a-man".to_owned(), "/s/a".to_owned()], &entry);
        let renewed = &manifest.elements()[0];
        assert_eq!(
            (renewed.package.name.as_str(), renewed.active, renewed.priority),
            ("c", false, 3)
        );
        assert!(
            !manifest.to_string().contains("new = 1"),
            "what was told of the old is not of the new"
        );
    }
}
