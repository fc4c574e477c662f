//! What is looked up in the package catalogue, at the size of nixpkgs.

use crate::bench::{Bench, command, unexpected};
use crate::figure::{Figure, Turn};
use nixvox::catalogue;
use nixvox::domain::{CatalogueEntry, Intent, Outcome, Package};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// How many attributes nixpkgs has that a binary cache holds.
const SIZE: usize = 72_844;
/// Nix evaluates the whole list for each search.
const SEARCHES: usize = 5;

/// What made-up words are made of, two to a word: each of 256 words is in about one entry of 85.
const SYLLABLES: [&str; 16] = [
    "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "vy",
];
/// The word that is searched for, in the place of one of them.
const WORD: &str = "editor";

/// The list that is searched, with the practice store's own packages, and what to call it.
pub(crate) fn listed(practice: &Path) -> anyhow::Result<(Vec<CatalogueEntry>, String)> {
    let mut entries = catalogue::read_source(&practice.join("catalogue.tsv"))?;
    let (more, kind) = match std::env::var_os("NIXVOX_BENCH_CATALOGUE") {
        Some(path) => (catalogue::read_source(Path::new(&path))?, ""),
        None => ((0..SIZE - entries.len()).map(synthetic).collect(), " synthetic"),
    };
    entries.extend(more);
    let count = entries.iter().map(|entry| &entry.attribute).collect::<BTreeSet<_>>().len();
    Ok((entries, format!("{count}{kind} attributes")))
}

fn synthetic(number: usize) -> CatalogueEntry {
    // spreads neighbours over all words, the same way each time
    let mixed = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24;
    let word = |shift: u32| {
        let (one, other) = (mixed >> shift & 15, mixed >> (shift + 4) & 15);
        let word = SYLLABLES[one as usize].to_owned() + SYLLABLES[other as usize];
        if word == "baba" { WORD.to_owned() } else { word }
    };
    let [first, second, third] = [0, 8, 16].map(word);
    let attribute = format!("{first}-{second}-{number}");
    CatalogueEntry {
        package: Package { name: attribute.clone(), version: format!("1.{}", number % 50) },
        description: format!("A {third} for {second}s, made up to be searched"),
        outputs: vec![("out".into(), format!("/nix/store/{number:032}-{attribute}"))],
        commands: vec![format!("{first}{number}")],
        attribute,
    }
}

pub(crate) fn search(bench: &mut Bench) -> anyhow::Result<Figure> {
    let expression = bench.root.join("catalogue.nix");
    fs::write(&expression, as_expression(&bench.listed))?;
    let file = expression.to_string_lossy().into_owned();
    let ask = command(Intent::PackageSearch, "query", WORD);
    let op = format!("package.search, {}", bench.list_name);
    bench.compare_times(SEARCHES, op, |bench| {
        let (told, cli_ms) = bench.nix(&["search", "--file", &file, "--json", "", WORD])?;
        let theirs: BTreeMap<String, Value> = serde_json::from_str(&told)?;
        let (outcome, ours_ms) = bench.ours(&ask)?;
        let Outcome::Found { entries, total, .. } = outcome else { return unexpected() };
        let cold_ms = bench.process(&format!("search for {WORD}"))?;
        let attributes: Vec<&str> = theirs.keys().map(|key| key.trim_matches('"')).collect();
        let known = |entry: &CatalogueEntry| attributes.contains(&entry.attribute.as_str());
        let same = total == theirs.len() && !entries.is_empty() && entries.iter().all(known);
        Ok(Turn { cli_ms: Some(cli_ms), ours_ms, cold_ms, same })
    })
}

/// The list as an expression for Nix to search.
fn as_expression(entries: &[CatalogueEntry]) -> String {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${");
    let mut expression = "let p = name: description: { type = \"derivation\"; inherit name; \
                          meta = { inherit description; }; }; in {\n"
        .to_owned();
    let mut attributes = BTreeSet::new();
    for CatalogueEntry { attribute, package, description, .. } in entries {
        if attributes.insert(attribute) {
            let (name, attribute) = (quoted(&package.name), quoted(attribute));
            let (version, description) = (quoted(&package.version), quoted(description));
            let _ =
                writeln!(expression, "\"{attribute}\" = p \"{name}-{version}\" \"{description}\";");
        }
    }
    expression + "}\n"
}

/// Nix has no command for it; what a plain look through the list finds is what has to be found.
pub(crate) fn provides(bench: &mut Bench) -> anyhow::Result<Figure> {
    let brings = |entry: &CatalogueEntry| entry.commands.iter().any(|name| name == "rg");
    let mut expected: Vec<String> =
        bench.listed.iter().filter(|e| brings(e)).map(|e| e.attribute.clone()).collect();
    expected.sort();
    expected.dedup();
    let ask = command(Intent::PackageProvides, "command", "rg");
    let op = format!("package.provides, {}", bench.list_name);
    bench.compare(op, |bench| {
        let (outcome, ours_ms) = bench.ours(&ask)?;
        let Outcome::Provided { entries, .. } = outcome else { return unexpected() };
        let cold_ms = bench.process("which package has the command rg")?;
        let mut found: Vec<String> = entries.into_iter().map(|entry| entry.attribute).collect();
        found.sort();
        let same = !found.is_empty() && found == expected;
        Ok(Turn { cli_ms: None, ours_ms, cold_ms, same })
    })
}
