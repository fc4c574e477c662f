//! Profiles, with nix-env as the judge.

use crate::harness::Home;
use std::fs;
use std::path::{Path, PathBuf};

/// A practice store with its user profile's link.
fn opened() -> (Home, PathBuf) {
    let home = Home::new();
    home.practice().args("do status").run().succeeds();
    let profile = home.profile();
    (home, profile)
}

fn link(profile: &Path) -> String {
    fs::read_link(profile).unwrap().to_str().unwrap().to_owned()
}

fn nix_env(home: &Home, profile: &Path, arguments: &[&str]) -> String {
    home.nix("nix-env", &[&["-p", profile.to_str().unwrap()], arguments].concat())
}

#[test]
fn rollback_and_switch_leave_what_nix_env_leaves() {
    let (home, profile) = opened();
    home.practice().args("do roll back").run().succeeds();
    let ours = link(&profile);
    home.practice().args("do undo").run().succeeds();
    nix_env(&home, &profile, &["--rollback"]);
    assert_eq!(link(&profile), ours);

    nix_env(&home, &profile, &["--switch-generation", "2"]);
    let theirs = link(&profile);
    home.practice().args("do switch to generation five").run().succeeds();
    home.practice().args("do switch to generation two").run().succeeds();
    assert_eq!(link(&profile), theirs);
    assert!(nix_env(&home, &profile, &["--list-generations"]).contains("2   "));
}

#[test]
fn undo_restores_the_identical_target_and_undoes_itself() {
    let (home, profile) = opened();
    let before = (link(&profile), fs::canonicalize(&profile).unwrap());
    home.practice().args("do go back two generations").run().succeeds();
    let between = (link(&profile), fs::canonicalize(&profile).unwrap());
    assert_ne!(before, between);
    for expected in [&before, &between, &before] {
        home.practice().args("do undo").run().succeeds();
        assert_eq!(&(link(&profile), fs::canonicalize(&profile).unwrap()), expected);
    }
}

#[test]
fn undo_takes_back_only_what_still_stands() {
    let (home, profile) = opened();
    home.practice().args("do undo").run().fails_with(&["nothing to undo"]);
    home.practice().args("do roll back").run().succeeds();
    nix_env(&home, &profile, &["--switch-generation", "1"]);
    home.practice().args("do undo").run().fails_with(&["by somebody else", "changed nothing"]);
    assert_eq!(link(&profile), "profile-1-link");
}
