//! Packages: found, fetched from a real binary cache, installed, removed, and all of it undone.

use crate::harness::Home;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

fn target(home: &Home) -> PathBuf {
    fs::canonicalize(home.profile()).unwrap()
}

/// What the installed Nix says is in the profile.
fn listed(home: &Home) -> String {
    home.nix("nix", &["profile", "list", "--profile", home.profile().to_str().unwrap()])
}

fn does(home: &Home, text: &str) -> Value {
    let report = home.practice().arg("do").args(text).json();
    assert_eq!(report["reply"]["verdict"], "done", "{text}: {report}");
    report
}

#[test]
fn what_is_installed_was_fetched_and_undo_restores_the_identical_target() {
    let home = Home::new();
    does(&home, "status");
    let stored = |name: &str| {
        let store = fs::read_dir(home.path("practice/store")).unwrap();
        store.flatten().any(|entry| entry.file_name().to_string_lossy().ends_with(name))
    };
    assert!(!stored("-lolcat-100.0.1"));
    let before = target(&home);
    let report = does(&home, "install v l c and lol cat");
    assert_eq!(report["slots"]["packages"], "vlc,lolcat");
    let said = "Installed vlc 3.0.23 and lolcat 100.0.1. Generation 6 is current.";
    assert_eq!(report["reply"]["say"], said);
    assert!(stored("-lolcat-100.0.1"));
    assert!(listed(&home).contains("-lolcat-100.0.1") && listed(&home).contains("-vlc-3.0.23"));
    let run = std::process::Command::new(home.profile().join("bin/lolcat")).output().unwrap();
    let printed = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(printed.contains("Hello from Nix!"), "with what it needs: {printed}");

    let installed = target(&home);
    for expected in [&before, &installed, &before] {
        does(&home, "undo");
        assert_eq!(&target(&home), expected);
    }
}

#[test]
fn removing_and_upgrading_are_one_generation_each() {
    let home = Home::new();
    does(&home, "status");
    let before = target(&home);
    let removed = does(&home, "remove h top");
    assert_eq!(removed["outcomes"][0]["generation"]["number"], 6);
    assert!(!listed(&home).contains("-htop-") && listed(&home).contains("-hello-2.12.1"));
    does(&home, "undo");
    assert_eq!(target(&home), before);
    let upgraded = does(&home, "upgrade my packages");
    assert_eq!(upgraded["outcomes"][0]["upgraded"].as_array().unwrap().len(), 2, "{upgraded}");
    assert!(listed(&home).contains("-firefox-150.0") && listed(&home).contains("-ripgrep-15.1.0"));
    assert_eq!(does(&home, "upgrade my packages")["outcomes"][0]["kind"], "up-to-date");
    does(&home, "undo");
    assert_eq!(target(&home), before);
}

#[test]
fn what_cannot_be_had_changes_nothing_and_is_said() {
    let home = Home::new();
    does(&home, "status");
    let before = target(&home);
    for (text, kind) in [
        ("install firefox", "already-installed"),
        ("install libre office", "not-cached"),
        ("install bat and libre office", "not-cached"),
    ] {
        let report = does(&home, text);
        assert_eq!(report["outcomes"][0]["kind"], kind, "{text}");
        assert_eq!(target(&home), before, "{text}");
    }
    for (text, words) in [
        ("do install frobnicator", "no package called frobnicator"),
        ("do remove bat", "bat is not installed"),
        ("do install bat and frobnicator", "no package called frobnicator"),
    ] {
        home.practice().args(text).run().fails_with(&[words]);
        assert_eq!(target(&home), before, "{text}");
    }
    home.practice().args("do undo").run().fails_with(&["nothing to undo"]);
}

#[test]
fn a_profile_of_nix_env_is_left_to_nix_env() {
    let home = Home::new();
    does(&home, "status");
    let profile = home.profile();
    let package = fs::canonicalize(profile.join("bin/htop")).unwrap();
    let package = package.parent().unwrap().parent().unwrap().to_owned();
    for entry in fs::read_dir(profile.parent().unwrap()).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let link = profile.to_str().unwrap();
    home.nix("nix-env", &["-p", link, "--install", package.to_str().unwrap()]);
    let before = target(&home);
    home.practice().args("do install bat").run().fails_with(&["kept by nix-env"]);
    assert_eq!(target(&home), before);

    // and a profile that is not there yet is made
    for entry in fs::read_dir(profile.parent().unwrap()).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    does(&home, "install bat");
    assert!(listed(&home).contains("-bat-0.26.1"));
    let made = target(&home);
    let undone = does(&home, "undo");
    assert_eq!(undone["reply"]["say"], "Undone. No generation is current, as before.");
    assert!(!profile.is_symlink());
    does(&home, "undo");
    assert_eq!(target(&home), made);
}

#[test]
fn questions_about_packages_are_answered() {
    let home = Home::new();
    for (text, kind, words) in [
        ("search for a text editor", "found", "micro"),
        ("which package has the command nvim", "provided", "neovim"),
        ("is rip grep installed", "package", "ripgrep 14.1.1 is installed"),
        ("which version of firefox do i have", "package", "149.0 of firefox is installed"),
        ("how do i install neovim", "package", "environment.systemPackages"),
        ("why is libgreet installed", "why", "hello needs libgreet"),
        ("try jq", "tried", "bin/jq"),
    ] {
        let report = does(&home, text);
        assert_eq!(report["outcomes"][0]["kind"], kind, "{text}: {report}");
        let shown = report["reply"]["show"].as_str().unwrap();
        assert!(shown.contains(words), "{text}: {shown}");
        let said = report["reply"]["say"].as_str().unwrap();
        assert!(!said.is_empty() && !said.contains('{') && !said.contains("/store/"), "{said}");
    }
    let current = does(&home, "which generation am i on");
    assert_eq!(current["outcomes"][0]["generation"]["number"], 5);
}

#[test]
fn a_machines_own_catalogue_is_built_from_lists() {
    let home = Home::new();
    does(&home, "status");
    let practice = home.path("practice").canonicalize().unwrap();
    let socket = practice.join("no-socket");
    let machine = || {
        home.nixvox()
            .env("XDG_CACHE_HOME", home.path("cache"))
            .env("NIX_STORE_DIR", practice.join("store"))
            .env("NIX_STATE_DIR", practice.join("var/nix"))
            .env("NIX_DAEMON_SOCKET_PATH", &socket)
            .arg("--profile")
            .arg(home.profile())
    };
    machine().args("do search for editor").run().fails_with(&["no package catalogue"]);
    let list = practice.join("catalogue.tsv");
    let built = machine().arg("catalogue").arg(&list).run().succeeds();
    assert!(built.stdout().starts_with("15 packages in "), "{}", built.stdout());
    let found = machine().args("do search for editor").json();
    assert_eq!(found["outcomes"][0]["total"], 2, "{found}");
    let wrong = home.path("wrong.tsv");
    fs::write(&wrong, "a b c\n").unwrap();
    machine().arg("catalogue").arg(&wrong).run().fails_with(&["wrong.tsv", "line 1"]);
}
