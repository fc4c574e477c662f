//! The floors: which room may import which. The table is the one in `src/lib.rs`.

use regex::Regex;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Room → floor, from the table in the crate's documentation.
fn floors() -> BTreeMap<String, u32> {
    let row = Regex::new(r"(?m)^//! \| (\d) \| `(\w+)` \|").unwrap();
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    row.captures_iter(&lib).map(|row| (row[2].to_owned(), row[1].parse().unwrap())).collect()
}

/// The rooms that `text` names: `crate::room` in imports and in paths, and each room of an import
/// of several, `use crate::{room, room::Thing}`.
fn named(text: &str) -> Vec<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let path = Regex::new(r"\bcrate::(\w+)").unwrap();
    let several = Regex::new(r"use crate::\{([^;]*)\};").unwrap();
    let nested = Regex::new(r"\{[^{}]*\}").unwrap();
    let mut rooms: Vec<String> = path.captures_iter(&code).map(|at| at[1].to_owned()).collect();
    for import in several.captures_iter(&code) {
        let mut list = import[1].to_owned();
        while nested.is_match(&list) {
            list = nested.replace_all(&list, "").into_owned();
        }
        let first = |item: &str| item.trim().split("::").next().unwrap_or_default().to_owned();
        rooms.extend(list.split(',').map(first).filter(|room| !room.is_empty()));
    }
    rooms
}

/// What `text`, a file of `room`, imports against the floors.
fn violations(room: &str, text: &str, floors: &BTreeMap<String, u32>) -> Vec<String> {
    let Some(own) = floors.get(room) else { return vec![format!("`{room}` is in no floor")] };
    let climbs = |other: &String| match floors.get(other) {
        Some(floor) => other != room && floor >= own,
        None => true,
    };
    named(text).into_iter().filter(climbs).map(|other| format!("{room} → {other}")).collect()
}

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension() == Some("rs".as_ref()) {
            found.push(path);
        }
    }
}

/// Every source file with its room.
fn sources() -> Vec<(String, PathBuf)> {
    let src = root().join("src");
    let mut found = Vec::new();
    files(&src, &mut found);
    let room = |path: &Path| {
        let first = path.strip_prefix(&src).unwrap().components().next().unwrap();
        first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
    };
    found
        .into_iter()
        .map(|path| (room(&path), path))
        .filter(|(room, _)| !matches!(room.as_str(), "lib" | "main" | "bin"))
        .collect()
}

#[test]
fn rooms_import_lower_floors_only() {
    let floors = floors();
    assert!(floors.len() >= 13, "{floors:?}");
    let mut found = Vec::new();
    for (room, path) in sources() {
        let text = fs::read_to_string(&path).unwrap();
        found.extend(violations(&room, &text, &floors).into_iter().map(|v| (path.clone(), v)));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_planted_violation_is_found() {
    let floors = floors();
    for (room, text, expected) in [
        ("domain", "use crate::nix::Daemon;", vec!["domain → nix"]),
        (
            "grammar",
            "use crate::domain::Slots;\nuse crate::dialogue::plan;",
            vec!["grammar → dialogue"],
        ),
        ("tts", "use crate::{domain::{Speech, Reply}, stt::{Whisper}, ports};", vec!["tts → stt"]),
        ("nix", "fn f() { crate::engine::speak() }", vec!["nix → engine"]),
        ("cellar", "", vec!["`cellar` is in no floor"]),
        ("engine", "use crate::attic::Trunk;", vec!["engine → attic"]),
        ("engine", "// use crate::cli;\nuse crate::nix::wire;\nuse crate::engine::World;", vec![]),
    ] {
        assert_eq!(violations(room, text, &floors), expected, "{text}");
    }
}

#[test]
fn files_stay_small() {
    let mut lengths: Vec<(usize, PathBuf)> = sources()
        .into_iter()
        .map(|(_, path)| (fs::read_to_string(&path).unwrap().lines().count(), path))
        .collect();
    lengths.sort();
    let median = lengths[lengths.len() / 2].0;
    assert!(median <= 150, "the median file has {median} lines");
    let (longest, path) = lengths.last().unwrap();
    assert!(*longest <= 500, "{} has {longest} lines", path.display());
}

#[test]
fn no_room_imports_everything_above() {
    let star = Regex::new(r"(?m)^use super::\*;").unwrap();
    for (_, path) in sources() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(!star.is_match(&text), "{}", path.display());
    }
}
