//! Making a catalogue file.

use super::error::CatalogueError;
use super::fold::fold;
use super::{BY_NAME, MAGIC, checksum};
use crate::domain::CatalogueEntry;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

/// Write a catalogue of `entries` to `path`, whole or not at all. Entries of the same attribute are
/// one: what a later one tells is added, and where both tell the same the earlier one holds.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, entries: Vec<CatalogueEntry>) -> Result<(), CatalogueError> {
    let bytes = encode(&merged(entries));
    let save = || -> io::Result<()> {
        let directory = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(directory)?;
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(&bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    save().map_err(CatalogueError::file("write the catalogue", path))
}

fn merged(entries: Vec<CatalogueEntry>) -> BTreeMap<String, CatalogueEntry> {
    let mut merged: BTreeMap<String, CatalogueEntry> = BTreeMap::new();
    for entry in entries {
        let Some(known) = merged.get_mut(&entry.attribute) else {
            merged.insert(entry.attribute.clone(), entry);
            continue;
        };
        if known.description.is_empty() {
            known.description = entry.description;
        }
        for (name, path) in entry.outputs {
            if !known.outputs.iter().any(|(other, _)| *other == name) {
                known.outputs.push((name, path));
            }
        }
        for command in entry.commands {
            if !known.commands.contains(&command) {
                known.commands.push(command);
            }
        }
    }
    merged
}

fn encode(entries: &BTreeMap<String, CatalogueEntry>) -> Vec<u8> {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (mut text, mut offsets) = (String::new(), vec![0]);
    let (mut keys, mut commands) = (Vec::new(), Vec::new());
    for (entry, line) in entries.values().zip(0_u32..) {
        let outputs: Vec<String> =
            entry.outputs.iter().map(|(name, path)| format!("{name}={path}")).collect();
        let fields = [
            &entry.attribute,
            &entry.package.name,
            &entry.package.version,
            &entry.description,
            &outputs.join(" "),
        ];
        for field in fields {
            text.push_str(&plain(field));
            text.push('\t');
        }
        let mut said = entry.commands.iter().map(|command| plain(command)).peekable();
        while let Some(command) = said.next() {
            commands.push((command.clone(), line, text.len() as u32));
            text.push_str(&command);
            if said.peek().is_some() {
                text.push(' ');
            }
        }
        text.push('\n');
        offsets.push(text.len() as u32);
        let (attribute, name) = (fold(&entry.attribute), fold(&entry.package.name));
        if name != attribute {
            keys.push((name, line | BY_NAME));
        }
        keys.push((attribute, line));
    }
    keys.sort();
    commands.sort();
    let mut body: Vec<u32> = offsets;
    body.extend(keys.iter().map(|(_, key)| key));
    body.extend(commands.iter().flat_map(|(_, line, offset)| [line, offset]));
    let mut rest: Vec<u8> = body.into_iter().flat_map(u32::to_le_bytes).collect();
    rest.extend_from_slice(text.as_bytes());
    let counts = [entries.len(), keys.len(), commands.len()].map(|count| count as u32);
    let mut bytes = MAGIC.to_vec();
    bytes.extend(counts.into_iter().flat_map(u32::to_le_bytes));
    let checksum = checksum(&bytes, &rest);
    bytes.extend(checksum.to_le_bytes());
    bytes.extend(rest);
    bytes
}
