//! Making a catalogue file.

use super::BY_NAME;
use super::error::CatalogueError;
use super::file::Layout;
use super::fold::fold;
use crate::domain::{CatalogueEntry, Package};
use crate::files;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// Write a catalogue of `entries` to `path`, whole or not at all. Entries of the same attribute are
/// one: what a later one tells is added, and where both tell the same the earlier one holds.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, entries: Vec<CatalogueEntry>) -> Result<(), CatalogueError> {
    let bytes = encode(&merged(entries));
    let bytes = bytes.ok_or_else(|| CatalogueError::TooLarge { path: path.to_owned() })?;
    files::replace(path, |file| file.write_all(&bytes))
        .map_err(CatalogueError::file("write the catalogue", path))
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
        if known.package.version.is_empty() {
            known.package = entry.package.clone();
        }
        // outputs of another version do not go with these
        let outputs = entry.outputs.into_iter().filter(|_| entry.package == known.package);
        for (name, path) in outputs {
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

/// The file's bytes; `None` where they are more than its offsets can tell.
fn encode(entries: &BTreeMap<String, CatalogueEntry>) -> Option<Vec<u8>> {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (mut heads, mut head_ends) = (String::new(), vec![0]);
    let (mut tails, mut tail_ends) = (String::new(), vec![0]);
    let (mut keys, mut commands) = (Vec::new(), Vec::new());
    for (entry, line) in entries.values().zip(0_u32..) {
        let Package { name, version } = &entry.package;
        let fields = [&entry.attribute, name, version, &entry.description].map(|text| plain(text));
        heads.push_str(&fields.join("\t"));
        heads.push('\n');
        head_ends.push(heads.len());
        let outputs = entry.outputs.iter().map(|(name, path)| plain(&format!("{name}={path}")));
        tails.push_str(&outputs.collect::<Vec<_>>().join(" "));
        let is_one =
            |command: &&String| !command.is_empty() && !command.contains(char::is_whitespace);
        for (place, command) in entry.commands.iter().filter(is_one).enumerate() {
            tails.push(if place == 0 { '\t' } else { ' ' });
            commands.push((command, line, tails.len()));
            tails.push_str(command);
        }
        tails.push('\n');
        tail_ends.push(tails.len());
        let (attribute, name) = (fold(&entry.attribute), fold(name));
        if name != attribute {
            keys.push((name, line | BY_NAME));
        }
        keys.push((attribute, line));
    }
    keys.sort();
    commands.sort();
    let layout = Layout { entries: entries.len(), keys: keys.len(), commands: commands.len() };
    u32::try_from(heads.len() + tails.len()).ok()?;
    let in_text = |tail: usize| (heads.len() + tail) as u32;
    let mut numbers: Vec<u32> = head_ends.into_iter().map(|end| end as u32).collect();
    numbers.extend(tail_ends.into_iter().map(in_text));
    numbers.extend(keys.iter().map(|(_, key)| key));
    numbers.extend(commands.iter().flat_map(|(_, line, tail)| [*line, in_text(*tail)]));
    let mut rest: Vec<u8> = numbers.into_iter().flat_map(u32::to_le_bytes).collect();
    rest.extend_from_slice(heads.as_bytes());
    rest.extend_from_slice(tails.as_bytes());
    let mut bytes = layout.header(&rest);
    bytes.extend(rest);
    Some(bytes)
}
