//! Packages: found, fetched from a real binary cache, installed, removed, and all of it undone.

use crate::harness::Home;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

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
    let before = home.target();
    let report = does(&home, "install v l c and lol cat");
    assert_eq!(report["slots"]["packages"], "vlc,lolcat");
    let said = "Installed vlc 3.0.23 and lolcat 100.0.1. Generation 6 is current.";
    assert_eq!(report["reply"]["say"], said);
    assert!(stored("-lolcat-100.0.1"));
    assert!(listed(&home).contains("-lolcat-100.0.1") && listed(&home).contains("-vlc-3.0.23"));
    let run = std::process::Command::new(home.profile().join("bin/lolcat")).output().unwrap();
    let printed = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(printed.contains("Hello from Nix!"), "with what it needs: {printed}");

    let installed = home.target();
    for expected in [&before, &installed, &before] {
        does(&home, "undo");
        assert_eq!(&home.target(), expected);
    }
}

#[test]
fn removing_and_upgrading_are_one_generation_each() {
    let home = Home::new();
    does(&home, "status");
    let before = home.target();
    let removed = does(&home, "remove h top");
    assert_eq!(removed["outcomes"][0]["generation"]["number"], 6);
    assert!(!listed(&home).contains("-htop-") && listed(&home).contains("-hello-2.12.1"));
    does(&home, "undo");
    assert_eq!(home.target(), before);
    let upgraded = does(&home, "upgrade my packages");
    assert_eq!(upgraded["outcomes"][0]["upgraded"].as_array().unwrap().len(), 2, "{upgraded}");
    assert!(listed(&home).contains("-firefox-150.0") && listed(&home).contains("-ripgrep-15.1.0"));
    assert_eq!(does(&home, "upgrade my packages")["outcomes"][0]["kind"], "up-to-date");
    does(&home, "undo");
    assert_eq!(home.target(), before);
}

#[test]
fn what_cannot_be_had_changes_nothing_and_is_said() {
    let home = Home::new();
    does(&home, "status");
    let before = home.target();
    for (text, kind) in [
        ("install firefox", "already-installed"),
        ("install libre office", "not-cached"),
        ("install bat and libre office", "not-cached"),
    ] {
        let report = does(&home, text);
        assert_eq!(report["outcomes"][0]["kind"], kind, "{text}");
        assert_eq!(home.target(), before, "{text}");
    }
    for (text, words) in [
        ("do install frobnicator", "no package called frobnicator"),
        ("do remove bat", "bat is not installed"),
        ("do install bat and frobnicator", "no package called frobnicator"),
    ] {
        home.practice().args(text).run().fails_with(&[words]);
        assert_eq!(home.target(), before, "{text}");
    }
    home.practice().args("do undo").run().fails_with(&["nothing to undo"]);
}

/// Remove the user's profile with all its generations.
fn clear(home: &Home) {
    for entry in fs::read_dir(home.profile().parent().unwrap()).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
}

/// The store path of the package that brings the program `name`.
fn package(home: &Home, name: &str) -> String {
    let program = fs::canonicalize(home.profile().join("bin").join(name)).unwrap();
    program.parent().unwrap().parent().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn a_profile_of_nix_env_stays_one() {
    let home = Home::new();
    does(&home, "status");
    let profile = home.profile();
    let nix_env =
        |more: &[&str]| home.nix("nix-env", &[&["-p", profile.to_str().unwrap()], more].concat());
    let (htop, rg) = (package(&home, "htop"), package(&home, "rg"));
    clear(&home);
    nix_env(&["--install", &htop]);
    nix_env(&["--install", &rg]);
    nix_env(&["--set-flag", "priority", "3", "ripgrep"]);
    let before = home.target();
    let listed = does(&home, "what have i installed");
    assert_eq!(listed["outcomes"][0]["packages"].as_array().unwrap().len(), 2, "{listed}");

    does(&home, "install bat");
    assert_eq!(nix_env(&["--query"]), "bat-0.26.1\nhtop-3.4.1\nripgrep-14.1.1\n");
    assert!(home.target().join("manifest.nix").exists());
    assert!(!home.target().join("manifest.json").exists());
    does(&home, "upgrade my packages");
    assert_eq!(nix_env(&["--query"]), "bat-0.26.1\nhtop-3.4.1\nripgrep-15.1.0\n");
    let manifest = fs::read_to_string(home.target().join("manifest.nix")).unwrap();
    assert!(manifest.contains("priority = \"3\""), "the user's flag outlasts it: {manifest}");
    does(&home, "undo");
    assert!(nix_env(&["--query"]).contains("ripgrep-14.1.1"));
    // nix-env goes on with what we wrote, and we with what it writes
    nix_env(&["--uninstall", "htop"]);
    does(&home, "remove bat");
    assert_eq!(nix_env(&["--query"]), "ripgrep-14.1.1\n");
    nix_env(&["--switch-generation", "3"]);
    assert_eq!(home.target(), before);
}

#[test]
fn a_profile_that_is_not_there_is_made_and_unmade() {
    let home = Home::new();
    does(&home, "status");
    clear(&home);
    does(&home, "install bat");
    assert!(listed(&home).contains("-bat-0.26.1"));
    let made = home.target();
    let undone = does(&home, "undo");
    assert_eq!(undone["reply"]["say"], "Undone. No generation is current, as before.");
    assert!(!home.profile().is_symlink());
    does(&home, "undo");
    assert_eq!(home.target(), made);
}

#[test]
fn a_profile_of_nobody_known_and_what_is_none_stay_as_they_are() {
    let home = Home::new();
    does(&home, "status");
    let system = fs::canonicalize(home.path("practice/var/nix/profiles/system")).unwrap();
    clear(&home);
    std::os::unix::fs::symlink(&system, home.profile().with_file_name("profile-1-link")).unwrap();
    std::os::unix::fs::symlink("profile-1-link", home.profile()).unwrap();
    home.practice().args("do install bat").run().fails_with(&["on no record"]);
    assert_eq!(home.target(), system);

    let practice = home.path("practice").canonicalize().unwrap();
    let result = home.path("result");
    std::os::unix::fs::symlink(&system, &result).unwrap();
    let run = home
        .nixvox()
        .env("NIX_STORE_DIR", practice.join("store"))
        .env("NIX_STATE_DIR", practice.join("var/nix"))
        .arg("--profile")
        .arg(&result)
        .args("do install bat")
        .run();
    run.fails_with(&["leads into the store"]);
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
            .env("HOME", home.path("nobody"))
            .env("NIX_STORE_DIR", practice.join("store"))
            .env("NIX_STATE_DIR", practice.join("var/nix"))
            .env("NIX_DAEMON_SOCKET_PATH", &socket)
            .arg("--profile")
            .arg(home.profile())
    };
    machine().args("do search for editor").run().fails_with(&["no package catalogue"]);
    machine().args("catalogue build").run().fails_with(&["no list of packages", "nix-index/files"]);
    machine().args("catalogue build --practice").run().fails_with(&["leave --practice out"]);
    let list = practice.join("catalogue.tsv");
    let built = machine().args("catalogue build").arg(&list).run().succeeds();
    assert!(built.stdout().starts_with("16 packages in "), "{}", built.stdout());
    let found = machine().args("do search for editor").json();
    assert_eq!(found["outcomes"][0]["total"], 2, "{found}");
    let wrong = home.path("wrong.tsv");
    fs::write(&wrong, "a b c\n").unwrap();
    machine().args("catalogue build").arg(&wrong).run().fails_with(&["wrong.tsv", "line 1"]);

    // by itself it finds what there is, and does without what is broken
    fs::create_dir_all(home.path("cache/nix-index")).unwrap();
    fs::write(home.path("cache/nix-index/files"), b"NIXI\x01\0\0\0\0\0\0\0rubbish").unwrap();
    let channel = home.path("nobody/.nix-defexpr/channels/nixos");
    fs::create_dir_all(&channel).unwrap();
    let described = r#"{"packages":{"hello":{"name":"hello-3","meta":{"description":"Greets"}}}}"#;
    fs::write(channel.join("packages.json"), described).unwrap();
    let built = machine().args("catalogue build").run().succeeds();
    assert!(built.stdout().contains("1 packages in "), "{}", built.stdout());
    assert!(built.stderr().contains("left out") && built.stderr().contains("nix-index/files"));
    let found = machine().args("do search for hello").json();
    assert_eq!(found["outcomes"][0]["entries"][0]["description"], "Greets", "{found}");
}

#[test]
fn what_is_tried_stays_until_the_session_ends() {
    let home = Home::new();
    let tried = does(&home, "try jq");
    let program = PathBuf::from(tried["outcomes"][0]["program"].as_str().unwrap());
    let outcome = |said: &str| does(&home, said)["outcomes"][0]["kind"].clone();
    assert_eq!(outcome("undo"), "let-go");
    assert_eq!(outcome("undo"), "tried", "what was undone can be undone");
    let collect = || home.practice().args("do collect garbage --yes").run().succeeds();
    collect();
    assert!(program.exists(), "another run of the program keeps it");
    // as after a restart
    let session = fs::read_dir(home.path("practice/tried")).unwrap().next().unwrap().unwrap();
    fs::rename(session.path(), session.path().with_file_name("former")).unwrap();
    collect();
    assert!(!program.exists());
    does(&home, "try jq");
    assert!(program.exists());
    assert_eq!(outcome("undo"), "let-go");
    collect();
    assert!(!program.exists());
}

#[test]
fn of_names_that_sound_alike_the_sound_decides_not_which_is_usual() {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/names");
    let run = Home::new().nixvox().arg("eval").arg(dir).run().succeeds();
    let items = run.values();
    assert_eq!(items.len(), 5);
    for item in &items {
        assert_eq!(item["correct"], true, "{item:#}");
        // freely they were not heard so
        assert!(item["transcript"]["guided"].as_array().is_some_and(|guided| guided.len() > 1));
    }
}
