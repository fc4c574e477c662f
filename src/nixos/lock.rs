//! A flake's lock file: which versions of its inputs there are that are newer, and the same lock with
//! those.
//!
//! What an input locks itself is taken over from its own lock, as long as it has the same inputs as
//! before. One that has others is left as it is, since only Nix knows how to lock those; and so is an
//! archive that is locked at another address than it is asked for at.

use super::apply;
use super::edit::between;
use super::error::Error;
use super::locate::flake;
use crate::domain::{InputsChange, Renewal, Sources};
use crate::notation::string;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What it is called, beside `flake.nix`.
const NAME: &str = "flake.lock";
/// The versions of its format that are understood: they differ in what they allow only.
const VERSIONS: [u64; 3] = [5, 6, 7];
/// What an input is locked by; the rest tells where it comes from.
const PINS: [&str; 4] = ["lastModified", "narHash", "rev", "revCount"];
/// Where these come from, the revision takes the place of the branch.
const BY_REVISION: [&str; 3] = ["github", "gitlab", "sourcehut"];

/// Whether a flake's lock file is called like that.
pub fn is_lock(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == NAME)
}

/// Make sure that `text`, which shall lie at `path`, is a lock.
///
/// # Errors
/// [`Error::Lock`] where it is none.
pub(super) fn check(path: &Path, text: &str) -> Result<(), Error> {
    parse(path, text).map(drop)
}

/// What the inputs of a flake are locked to.
#[derive(Debug, Clone)]
pub struct Lock {
    path: PathBuf,
    text: String,
    json: Value,
}

/// What the newest versions come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renewed {
    /// The change of the lock; `None` where these are locked already.
    pub change: Option<InputsChange>,
    /// The inputs that were left as they are, since only Nix knows how to lock what is newer.
    pub left: Vec<String>,
}

/// An input as it was fetched.
#[derive(Debug, Deserialize)]
struct Fetched {
    /// What it can be locked by.
    pins: Map<String, Value>,
    /// Its own inputs, if it is a flake.
    inputs: Vec<String>,
    /// The text of its own lock.
    lock: Option<String>,
}

/// Only Nix knows how to lock what is newer.
struct OnlyNix;

impl Lock {
    /// The lock of the configuration that [`super::locate()`] finds; `None` where that is no flake, or a
    /// flake without one.
    ///
    /// # Errors
    /// It is there and cannot be understood.
    pub fn read(told: Option<&Path>, nix_path: Option<&str>) -> Result<Option<Self>, Error> {
        let Some(folder) = flake(told, nix_path) else { return Ok(None) };
        let path = folder.join(NAME);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(Error::file("read", &path))?,
        };
        let json = parse(&path, &text)?;
        // through links to where the text is
        let path = fs::canonicalize(&path).unwrap_or(path);
        Ok(Some(Self { path, text, json }))
    }

    /// The flake's own inputs that follow something newer, each with its node.
    fn moving(&self) -> Vec<(&str, &str)> {
        let root = self.json["root"].as_str().unwrap_or_default();
        let inputs = self.json["nodes"][root]["inputs"].as_object().into_iter().flatten();
        let named = inputs.filter_map(|(name, node)| Some((name.as_str(), node.as_str()?)));
        named.filter(|(_, node)| is_moving(&self.json["nodes"][node])).collect()
    }

    /// The question, a function in Nix of anything, after the newest versions; `None` where no input
    /// follows anything.
    pub fn question(&self) -> Option<String> {
        let original =
            |(_, node): (&str, &str)| string(&self.json["nodes"][node]["original"].to_string());
        let originals: Vec<String> = self.moving().into_iter().map(original).collect();
        let list = originals.join(" ");
        (!list.is_empty()).then(|| format!("_: ({}) [ {list} ]", include_str!("newest.nix")))
    }

    /// The lock with the versions that `answer`, the one to [`Self::question`], tells.
    ///
    /// # Errors
    /// [`Error::Lock`] where it is no such answer.
    pub fn renewed(&self, answer: &str) -> Result<Renewed, Error> {
        let unclear = |error: serde_json::Error| bad(&self.path, error.to_string());
        let fetched: Vec<Fetched> = serde_json::from_str(answer).map_err(unclear)?;
        let moving = self.moving();
        if fetched.len() != moving.len() {
            return Err(bad(&self.path, "Nix told of other inputs".to_owned()));
        }
        let (mut json, mut inputs, mut left) = (self.json.clone(), Vec::new(), Vec::new());
        for ((name, node), fetched) in moving.into_iter().zip(fetched) {
            let Some(nodes) = json["nodes"].as_object() else { continue };
            let (former, mut nodes) = (nodes[node].clone(), nodes.clone());
            if renew(&mut nodes, node, &fetched).is_err() {
                left.push(name.to_owned());
                continue;
            }
            if nodes[node]["locked"] != former["locked"] {
                let changed = |node: &Value| node["locked"]["lastModified"].as_i64();
                let (before, after) = (changed(&former), changed(&nodes[node]));
                inputs.push(Renewal { name: name.to_owned(), before, after });
                json["nodes"] = Value::Object(nodes);
            }
        }
        if inputs.is_empty() {
            return Ok(Renewed { change: None, left });
        }
        let text = serde_json::to_string_pretty(&json).map_err(unclear)? + "\n";
        let file = between(self.path.clone(), &self.text, &text);
        let diff = apply::diff(&file)?;
        let sources = Sources::Lock { file, diff };
        Ok(Renewed { change: Some(InputsChange { inputs, undoes: false, sources }), left })
    }
}

/// Whether a node is fetched from elsewhere, and not at a revision that was told.
fn is_moving(node: &Value) -> bool {
    let told = |key: &str| node["original"].get(key).is_some();
    // what is below another input moves with that
    node["original"].is_object() && node.get("parent").is_none() && !told("rev") && !told("narHash")
}

fn renew(nodes: &mut Map<String, Value>, name: &str, fetched: &Fetched) -> Result<(), OnlyNix> {
    let node = &mut nodes[name];
    let inputs = inputs_of(node);
    let is_flake = node["flake"] != Value::Bool(false);
    if is_flake && !inputs.keys().eq(sorted(&fetched.inputs)) {
        return Err(OnlyNix);
    }
    let original = &node["original"];
    let former = &node["locked"];
    // at which address an archive stays as it is, a server tells Nix alone
    if former["type"] == "tarball" && former["url"] != original["url"] {
        let same = former.get("narHash") == fetched.pins.get("narHash");
        return if same { Ok(()) } else { Err(OnlyNix) };
    }
    // where an index tells where it comes from, that is known from last time only
    let indirect = original["type"] == "indirect";
    let from = if indirect { former } else { original };
    let Some(mut locked) = from.as_object().cloned() else { return Err(OnlyNix) };
    locked.retain(|key, _| !PINS.contains(&key.as_str()));
    if BY_REVISION.iter().any(|kind| locked.get("type").is_some_and(|found| found == kind)) {
        locked.remove("ref");
    }
    locked.extend(fetched.pins.clone());
    node["locked"] = Value::Object(locked);
    let own = fetched.lock.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let root = own.as_ref().and_then(|own| own["root"].as_str()).unwrap_or_default().to_owned();
    take_over(nodes, &inputs, own.as_ref().map(|own| (own, &*root)), 0)
}

/// Lock `inputs` to what `own`, the lock of the flake that has them, with its node, locks them to.
fn take_over(
    nodes: &mut Map<String, Value>,
    inputs: &BTreeMap<String, Value>,
    own: Option<(&Value, &str)>,
    depth: usize,
) -> Result<(), OnlyNix> {
    for (name, node) in inputs {
        // one that follows another is not locked here
        let Some(node) = node.as_str() else { continue };
        let (own, parent) = own.ok_or(OnlyNix)?;
        let theirs = own["nodes"][parent]["inputs"][name].as_str().ok_or(OnlyNix)?;
        let (former, newer) = (nodes.get(node).ok_or(OnlyNix)?, &own["nodes"][theirs]);
        let same = |key: &str| former.get(key) == newer.get(key);
        let below = inputs_of(former);
        // a lock that leads in a circle is none
        if depth > nodes.len()
            || !same("original")
            || !same("flake")
            || !below.keys().eq(inputs_of(newer).keys())
        {
            return Err(OnlyNix);
        }
        nodes[node]["locked"] = newer["locked"].clone();
        take_over(nodes, &below, Some((own, theirs)), depth + 1)?;
    }
    Ok(())
}

fn inputs_of(node: &Value) -> BTreeMap<String, Value> {
    let inputs = node["inputs"].as_object().into_iter().flatten();
    inputs.map(|(name, node)| (name.clone(), node.clone())).collect()
}

fn sorted(names: &[String]) -> Vec<&String> {
    let mut names: Vec<&String> = names.iter().collect();
    names.sort_unstable();
    names
}

fn parse(path: &Path, text: &str) -> Result<Value, Error> {
    let json: Value = serde_json::from_str(text).map_err(|error| bad(path, error.to_string()))?;
    let version = json["version"].as_u64();
    if !version.is_some_and(|version| VERSIONS.contains(&version)) {
        return Err(bad(path, "it is of another version".to_owned()));
    }
    let root = json["root"].as_str().and_then(|root| json["nodes"].get(root));
    if !root.is_some_and(Value::is_object) {
        return Err(bad(path, "it has no root".to_owned()));
    }
    if !json["nodes"].as_object().is_some_and(|nodes| nodes.values().all(Value::is_object)) {
        return Err(bad(path, "a node of it is none".to_owned()));
    }
    Ok(json)
}

fn bad(path: &Path, problem: String) -> Error {
    Error::Lock { path: path.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tempfile::TempDir;

    fn locked(rev: &str) -> Value {
        json!({ "lastModified": 1, "narHash": "sha256-x", "owner": "o", "repo": "r", "rev": rev, "type": "github" })
    }

    /// Of one input from a branch, one from an index, one that is pinned, and one with inputs of its
    /// own: a flake's, and one that follows ours.
    fn lock() -> (TempDir, Lock) {
        let github = |reference: &str| json!({ "owner": "o", "ref": reference, "repo": "r", "type": "github" });
        let mut pinned = github("x");
        pinned["rev"] = "1".into();
        let json = json!({
            "nodes": {
                "home": {
                    "inputs": { "nixpkgs": ["nixpkgs"], "tools": "tools" },
                    "locked": locked("a"), "original": github("main"),
                },
                "index": { "locked": locked("b"), "original": { "id": "index", "type": "indirect" } },
                "nixpkgs": { "flake": false, "locked": locked("c"), "original": github("nixos-26.05") },
                "pinned": { "locked": locked("1"), "original": pinned },
                "root": { "inputs": {
                    "again": ["home", "nixpkgs"], "home": "home", "index": "index",
                    "nixpkgs": "nixpkgs", "pinned": "pinned",
                } },
                "tools": { "locked": locked("d"), "original": github("tools") },
            },
            "root": "root",
            "version": 7,
        });
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(NAME);
        fs::write(&path, json.to_string()).unwrap();
        fs::write(dir.path().join("flake.nix"), "{ }").unwrap();
        let lock = Lock::read(Some(dir.path()), None).unwrap().unwrap();
        (dir, lock)
    }

    fn newest(rev: &str, inputs: &[&str], lock: Option<&Value>) -> Value {
        let pins = json!({ "lastModified": 2, "narHash": "sha256-y", "rev": rev });
        json!({ "pins": pins, "inputs": inputs, "lock": lock.map(Value::to_string) })
    }

    fn renewed(answer: &Value) -> (Vec<String>, Value, Vec<String>) {
        let (_dir, lock) = lock();
        let Renewed { change, left } = lock.renewed(&answer.to_string()).unwrap();
        let change = change.unwrap();
        let Sources::Lock { file, .. } = &change.sources else { panic!("{change:?}") };
        let mut text = lock.text.clone();
        text.replace_range(file.at..file.at + file.removed.len(), &file.inserted);
        let names = change.inputs.into_iter().map(|input| input.name).collect();
        (names, serde_json::from_str(&text).unwrap(), left)
    }

    #[test]
    fn what_follows_something_is_asked_for_and_what_is_pinned_is_not() {
        let question = lock().1.question().unwrap();
        let has = |text: &str| question.contains(text);
        assert!(has("nixos-26.05") && has("indirect") && has("main"), "{question}");
        assert!(!has("tools") && !has("\\\"rev\\\""), "{question}");
    }

    #[test]
    fn inputs_are_locked_by_revision_and_theirs_as_they_lock_them() {
        let own = |reference: &str| {
            let original = json!({ "owner": "o", "ref": reference, "repo": "r", "type": "github" });
            json!({
                "nodes": {
                    "root": { "inputs": { "nixpkgs": "nixpkgs", "tools": "tools" } },
                    "nixpkgs": { "locked": locked("z"), "original": {} },
                    "tools": { "locked": locked("e"), "original": original },
                },
                "root": "root", "version": 7,
            })
        };
        let inputs = ["nixpkgs", "tools"];
        let home = newest("a2", &inputs, Some(&own("tools")));
        let (names, json, left) =
            renewed(&json!([home, newest("b2", &[], None), newest("c2", &[], None)]));
        assert_eq!(
            (names, left),
            (vec!["home".to_owned(), "index".into(), "nixpkgs".into()], vec![])
        );
        let revs = ["home", "index", "nixpkgs", "pinned", "tools"]
            .map(|name| json["nodes"][name]["locked"]["rev"].as_str().unwrap().to_owned());
        assert_eq!(revs, ["a2", "b2", "c2", "1", "e"]);
        assert_eq!(json["nodes"]["nixpkgs"]["locked"].get("ref"), None);
        assert_eq!(json["nodes"]["index"]["locked"]["owner"], "o");

        // theirs comes from elsewhere now, is not locked, or there are others
        for home in [
            newest("a2", &inputs, Some(&own("others"))),
            newest("a2", &inputs, None),
            newest("a2", &["nixpkgs"], Some(&own("tools"))),
        ] {
            let (names, json, left) =
                renewed(&json!([home, newest("b", &[], None), newest("c2", &[], None)]));
            assert_eq!(
                (names, left),
                (vec!["index".to_owned(), "nixpkgs".into()], vec!["home".to_owned()])
            );
            assert_eq!(json["nodes"]["home"], lock().1.json["nodes"]["home"]);
        }
    }

    #[test]
    fn an_archive_that_is_locked_elsewhere_than_asked_for_is_left_unless_it_is_the_newest() {
        let (_dir, mut lock) = lock();
        lock.json["nodes"]["root"]["inputs"] = json!({ "index": "index" });
        let asked = json!({ "type": "tarball", "url": "https://x/newest.tar.gz" });
        let indirect = json!({ "id": "index", "type": "indirect" });
        let outcome = |original: &Value, url: &str, hash: &str| {
            let mut lock = lock.clone();
            let pins = json!({ "narHash": "sha256-y", "type": "tarball", "url": url });
            lock.json["nodes"]["index"] = json!({ "locked": pins, "original": original });
            let answer = json!([{ "pins": { "narHash": hash }, "inputs": [] }]);
            let Renewed { change, left } = lock.renewed(&answer.to_string()).unwrap();
            (change.is_some(), left.len())
        };
        let (kept, newest) = ("https://x/1.tar.gz", "https://x/newest.tar.gz");
        let (same, newer) = ("sha256-y", "sha256-z");
        for original in [&asked, &indirect] {
            assert_eq!(outcome(original, kept, newer), (false, 1));
            assert_eq!(outcome(original, kept, same), (false, 0));
        }
        assert_eq!(outcome(&asked, newest, newer), (true, 0));
        assert_eq!(outcome(&asked, newest, same), (false, 0));
    }

    #[test]
    fn what_is_no_lock_or_no_answer_is_an_error() {
        let path = Path::new("/flake.lock");
        for text in [
            "",
            "{}",
            r#"{"version":8,"root":"r","nodes":{"r":{}}}"#,
            r#"{"version":7,"root":"r","nodes":[]}"#,
            r#"{"version":7,"root":"r","nodes":{"r":{},"x":"y"}}"#,
        ] {
            assert!(matches!(parse(path, text), Err(Error::Lock { .. })), "{text}");
        }
        for answer in ["", "[]", "[1, 2, 3]"] {
            assert!(matches!(lock().1.renewed(answer), Err(Error::Lock { .. })), "{answer}");
        }
    }

    #[test]
    fn a_lock_that_leads_in_a_circle_is_left() {
        let (_dir, mut lock) = lock();
        lock.json["nodes"]["tools"]["inputs"] = json!({ "tools": "tools" });
        let mut own = lock.json.clone();
        own["nodes"]["root"]["inputs"] = json!({ "nixpkgs": "nixpkgs", "tools": "tools" });
        let home = newest("a2", &["nixpkgs", "tools"], Some(&own));
        let answer = json!([home, newest("b", &[], None), newest("c", &[], None)]);
        let renewed = lock.renewed(&answer.to_string()).unwrap();
        assert_eq!(renewed.left, ["home"]);
    }
}
