//! Lists of packages, as machines have them.

mod find;
mod frcode;
mod nix_index;
mod programs;

pub use find::Places;

use super::error::CatalogueError;
use crate::domain::{CatalogueEntry, Package};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

/// As many bytes as tell what a file is.
const MAGIC_BYTES: u64 = 16;

/// A channel's `packages.json`.
#[derive(Deserialize)]
struct Channel {
    packages: BTreeMap<String, Described>,
}

#[derive(Deserialize)]
struct Described {
    name: String,
    #[serde(default)]
    outputs: BTreeMap<String, Option<String>>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    description: Option<String>,
    main_program: Option<String>,
}

/// The entries of the list at `path`: a nix-index database, a channel's `programs.sqlite` or
/// `packages.json`, or lines of attribute, name with version, output, store path and, where known,
/// description and commands, set apart by tabs.
///
/// # Errors
/// It cannot be read, or a line is of another form.
pub fn read(path: &Path) -> Result<Vec<CatalogueEntry>, CatalogueError> {
    let unreadable = || CatalogueError::file("read", path);
    let wrong = |problem| CatalogueError::Source { path: path.to_owned(), problem };
    let mut file = File::open(path).map_err(unreadable())?;
    let mut opening = Vec::new();
    file.by_ref().take(MAGIC_BYTES).read_to_end(&mut opening).map_err(unreadable())?;
    file.rewind().map_err(unreadable())?;
    let system = format!("{}-linux", std::env::consts::ARCH);
    if opening.starts_with(nix_index::MAGIC) {
        return nix_index::read(file, &system).map_err(|error| wrong(error.to_string()));
    }
    if opening.starts_with(programs::MAGIC) {
        return programs::read(path, &system).map_err(|error| wrong(error.to_string()));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(unreadable())?;
    if text.trim_start().starts_with('{') {
        let channel: Channel =
            serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        return Ok(channel.packages.into_iter().map(described).collect());
    }
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.is_empty());
    lines
        .map(|(line, number)| {
            listed(line).ok_or_else(|| {
                wrong(format!("line {number} is not `attribute, name, output, store path`"))
            })
        })
        .collect()
}

fn described((attribute, found): (String, Described)) -> CatalogueEntry {
    let outputs = found.outputs.into_iter().filter_map(|(name, path)| Some((name, path?)));
    CatalogueEntry {
        attribute,
        package: Package::of(&found.name),
        description: found.meta.description.unwrap_or_default(),
        outputs: outputs.collect(),
        commands: found.meta.main_program.into_iter().collect(),
    }
}

fn listed(line: &str) -> Option<CatalogueEntry> {
    let mut fields = line.split('\t');
    let (attribute, name) = (fields.next()?, fields.next()?);
    let (output, path) = (fields.next()?, fields.next()?);
    let description = fields.next().unwrap_or_default();
    let commands = fields.next().unwrap_or_default();
    (!attribute.is_empty() && path.starts_with('/')).then(|| CatalogueEntry {
        attribute: attribute.to_owned(),
        package: Package::of(name),
        description: description.to_owned(),
        outputs: vec![(output.to_owned(), path.to_owned())],
        commands: commands.split_whitespace().map(Into::into).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<CatalogueEntry>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("list");
        std::fs::write(&path, text).unwrap();
        read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn a_channels_list_brings_descriptions() {
        let json = r#"{"version":2,"packages":{"hello":{"name":"hello-2.12.1","pname":"hello",
            "outputs":{"out":null},"meta":{"description":"Greets","mainProgram":"hello"}}}}"#;
        let entries = read_text(json).unwrap();
        assert_eq!((&*entries[0].attribute, &*entries[0].description), ("hello", "Greets"));
        assert_eq!(entries[0].commands, ["hello"]);
        assert!(entries[0].outputs.is_empty());
    }

    #[test]
    fn a_line_of_another_form_is_named() {
        let error = read_text("a\ta-1\tout\t/nix/store/x\n\nb b-1 out").unwrap_err();
        assert!(error.contains("line 3"), "{error}");
        assert!(read_text("{").unwrap_err().contains("list"));
    }
}
