//! The helper that changes the system, over its real socket, with those who may and those who would.

mod hostile;
mod killed;
mod office;
mod permission;

use office::{Office, generation};
use serde_json::json;
use std::fs;

/// Where no bus is.
const NO_BUS: &str = "unix:path=/nonexistent/bus";

#[test]
fn all_four_acts_go_through_the_helper() {
    let Some(office) = Office::open(&[], NO_BUS) else { return };
    let does = |text: &str| office.nixvox().arg("do").args(text).arg("--yes").json();
    let back = does("roll back the system");
    assert_eq!(back["outcomes"][0]["activation"]["exit"], 0, "{back}");
    let (link, activations) = office.stands();
    assert_eq!(link, "system-1-link");
    assert!(activations.starts_with("switch "), "{activations}");
    does("undo");
    assert_eq!(office.stands().0, "system-2-link");
    assert_eq!(office.stands().1.lines().count(), 2);

    let file = office.home.path("practice/nixos/configuration.nix");
    let before = fs::read_to_string(&file).unwrap();
    let changed = does("enable bluetooth");
    assert_eq!(changed["outcomes"][0]["kind"], "setting-changed", "{changed}");
    assert_ne!(fs::read_to_string(&file).unwrap(), before);
    assert_eq!(fs::read_dir(office.home.path("backups")).unwrap().count(), 1, "root's, not ours");
    does("undo");
    assert_eq!(fs::read_to_string(&file).unwrap(), before);

    let deleted = does("delete generation one of the system");
    assert_eq!(deleted["outcomes"][0]["kind"], "deleted", "{deleted}");
    assert!(!office.home.path("practice/var/nix/profiles/system-1-link").is_symlink());
    let doctor = office.nixvox().args("doctor").run().stdout();
    assert!(doctor.contains("nixvox-helper changes it"), "{doctor}");
}

#[test]
fn a_system_of_the_store_becomes_the_next_generation_and_tells_what_it_does() {
    let Some(office) = Office::open(&[], NO_BUS) else { return };
    let system = |generation| office.home.system(generation);
    let (from, to) = (generation(2, &system(2)), generation(3, &system(1)));
    let change = json!({ "scope": "system", "from": from, "to": to });
    let mut caller = office.caller();
    caller.say(&json!({ "do": "set-profile", "change": change }).to_string());
    let moved = caller.hear().unwrap();
    assert_eq!((&moved["kind"], &moved["generation"]["number"]), (&json!("moved"), &json!(3)));
    assert_eq!(office.stands().0, "system-3-link");
    assert_eq!(system(3), system(1));

    let activate = json!({ "do": "activate", "toplevel": system(3), "action": "dry-activate" });
    caller.say(&activate.to_string());
    assert_eq!(caller.hear().unwrap(), json!({ "kind": "line", "text": "dry-activate: 26.05.1" }));
    let done = caller.hear().unwrap();
    assert_eq!((&done["kind"], &done["activation"]["exit"]), (&json!("activated"), &json!(0)));
    // it was planned on what is no longer so
    assert!(caller.refused(&json!({ "do": "set-profile", "change": change })).contains("changed"));
}
