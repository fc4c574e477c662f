//! Profiles, with nix-env as the judge.

use crate::daemon::Daemon;
use crate::harness::Home;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::symlink;
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

#[test]
fn a_profile_elsewhere_is_reached_through_its_link_and_kept_from_the_collector() {
    let home = Home::new();
    let daemon = Daemon::start(&home);
    let (short, elsewhere) = (home.path("link"), home.path("far/away/profile"));
    symlink(&elsewhere, &short).unwrap();
    let says = |text: &str| {
        let run = daemon.machine(home.nixvox()).arg("--profile").arg(&short);
        run.arg("do").args(text).arg("--yes").run().succeeds()
    };
    says("install bat");
    assert_eq!(fs::read_link(&short).unwrap(), elsewhere, "the link to it stays");
    assert_eq!(link(&elsewhere), "profile-1-link");
    let roots = home.nix("nix-store", &["--gc", "--print-roots"]);
    assert!(roots.contains("far/away/profile-1-link"), "{roots}");
    says("collect garbage");
    assert!(short.join("bin/bat").exists());
    says("install jq");
    says("roll back");
    assert!(short.join("bin/bat").exists() && !short.join("bin/jq").exists());
}

#[test]
fn the_manifest_of_a_newer_nix_keeps_its_version() {
    let (home, profile) = opened();
    let current = fs::canonicalize(&profile).unwrap();
    let manifest = fs::read_to_string(current.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let elements = manifest["elements"].as_array().unwrap().iter().enumerate();
    let named = elements.map(|(number, element)| {
        let mut element = element.clone();
        element["priority"] = (number + 1).into();
        element["newerStill"] = true.into();
        (format!("thing-{number}"), element)
    });
    let named: serde_json::Map<String, Value> = named.collect();
    let newer = home.path("profile");
    fs::create_dir(&newer).unwrap();
    let text = json!({"elements": named, "version": 3}).to_string();
    fs::write(newer.join("manifest.json"), text).unwrap();
    let target = home.nix("nix-store", &["--add", newer.to_str().unwrap()]);
    symlink(target.trim(), profile.with_file_name("profile-6-link")).unwrap();
    fs::remove_file(&profile).unwrap();
    symlink("profile-6-link", &profile).unwrap();

    home.practice().args("do install bat").run().succeeds();
    let written = fs::read_to_string(profile.join("manifest.json")).unwrap();
    let mut written: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(written["version"], 3);
    let bat = written["elements"].as_object_mut().unwrap().remove("bat").unwrap();
    assert_eq!((&bat["active"], &bat["priority"]), (&true.into(), &5.into()));
    assert_eq!(written["elements"], Value::Object(named), "all else is as it was");
    home.practice().args("do undo").run().succeeds();
    assert_eq!(link(&profile), "profile-6-link");
}
