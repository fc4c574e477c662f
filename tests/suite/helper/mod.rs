//! The helper that changes the system, over its real socket, with those who may and those who would.

mod hostile;
mod killed;
mod office;
mod permission;

use office::Office;
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
