//! Edits of configurations of many shapes: what is set can be read, what is undone is as it was, and
//! nothing else is touched.

use crate::harness::{copy, data};
use nixvox::domain::{FileChange, Kind, Obstacle, OptionState};
use nixvox::nixos::{self, Configuration, Element, Error, OptionPath, Options};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use tempfile::TempDir;

/// Of so many options the property is tried with one in each configuration.
const EVERY: usize = 20;

/// A copy of `tests/data/config`, to edit.
struct Copy {
    dir: TempDir,
}

impl Copy {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        copy(&data().join("config"), &dir.path().join("config"));
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("config").join(name)
    }

    fn read(&self, name: &str) -> Configuration {
        Configuration::read(&nixos::locate(Some(&self.path(name)), None, Some("lap")).unwrap())
            .unwrap()
    }

    /// The main file of each configuration, and the directories.
    fn names() -> Vec<String> {
        let entries = fs::read_dir(data().join("config")).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert!(names.len() >= 20, "{names:?}");
        names
    }

    /// The bytes of all files.
    fn bytes(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut open = vec![self.dir.path().join("config")];
        while let Some(dir) = open.pop() {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    found.push((path.clone(), fs::read(path).unwrap()));
                }
            }
        }
        found.sort();
        found
    }

    fn apply(&self, change: &FileChange) {
        nixos::apply(change, &self.dir.path().join("backups")).unwrap();
    }
}

fn option(path: &str) -> OptionPath {
    path.parse().unwrap()
}

fn values(state: &OptionState) -> Vec<&str> {
    state.values.iter().map(|value| value.value.as_str()).collect()
}

/// Two literals that an option of this kind takes.
fn examples(kind: &Kind) -> [&'static str; 2] {
    match kind {
        Kind::Bool => ["true", "false"],
        Kind::Integer | Kind::Port => ["7", "8080"],
        Kind::OrNull(inner) => examples(inner),
        Kind::OneOf(_) => ["\"ignore\"", "\"suspend\""],
        Kind::Any | Kind::Text | Kind::List(_) => ["\"a \\\"b\\\" # c\"", "\"x\""],
    }
}

/// All lines but those that changed are the same, in their order.
fn only_touches(before: &str, after: &str) -> bool {
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let same = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let tail = before[same..].iter().rev().zip(after[same..].iter().rev());
    let tail = tail.take_while(|(a, b)| a == b).count();
    // one line that changes, or up to two that come: a set on one line is opened up
    before.len() - same - tail <= 2 && after.len() - same - tail <= 3
}

#[test]
fn what_is_set_is_read_and_what_is_undone_is_as_it_was() {
    let copy = Copy::new();
    let original = copy.bytes();
    let options = Options::built_in().unwrap();
    let (mut done, mut refused) = (0, 0);
    for (number, name) in Copy::names().iter().enumerate() {
        // each option meets some of the configurations, and each configuration some of the options
        for path in options.names().skip(number % EVERY).step_by(EVERY) {
            let option = option(path);
            let kind = options.kind(&option).unwrap();
            if matches!(kind, Kind::List(_)) {
                continue;
            }
            for literal in examples(kind) {
                let configuration = copy.read(name);
                match configuration.set(&option, literal) {
                    Ok(None) => {
                        assert_eq!(values(&configuration.query(&option).unwrap()), [literal]);
                    }
                    Ok(Some(change)) => {
                        let before = fs::read_to_string(&change.path).unwrap();
                        copy.apply(&change);
                        let after = fs::read_to_string(&change.path).unwrap();
                        assert!(only_touches(&before, &after), "{name} {path}:\n{after}");
                        let state = copy.read(name).query(&option).unwrap();
                        assert_eq!(values(&state), [literal], "{name} {path}:\n{after}");
                        copy.apply(&change.inverse());
                        assert_eq!(fs::read_to_string(&change.path).unwrap(), before);
                        done += 1;
                    }
                    Err(Error::NotUnderstood { place, .. }) => {
                        assert!(place.line > 0);
                        refused += 1;
                    }
                    Err(Error::NoRoom { .. } | Error::SetTwice { .. }) => refused += 1,
                    Err(error) => panic!("{name} {path}: {error}"),
                }
            }
        }
    }
    assert_eq!(copy.bytes(), original, "every undo gave back the same bytes");
    assert!(done > 400 && refused > 10, "{done} {refused}");
}

fn edited(copy: &Copy, change: &FileChange) -> Vec<String> {
    let before = fs::read_to_string(&change.path).unwrap();
    copy.apply(change);
    let after = fs::read_to_string(&change.path).unwrap();
    let gone = before.lines().filter(|line| !after.lines().any(|other| other == *line));
    let come = after.lines().filter(|line| !before.lines().any(|other| other == *line));
    gone.map(|line| format!("-{line}")).chain(come.map(|line| format!("+{line}"))).collect()
}

#[test]
fn edits_look_as_if_written_by_hand() {
    for (name, path, literal, expected) in [
        (
            "classic.nix",
            "time.timeZone",
            "\"UTC\"",
            &["-  time.timeZone = \"Europe/Paris\";", "+  time.timeZone = \"UTC\";"][..],
        ),
        (
            "classic.nix",
            "services.printing.enable",
            "true",
            &["+  services.printing.enable = true;"],
        ),
        ("classic.nix", "services.xserver.xkb.options", "\"x\"", &["+    options = \"x\";"]),
        ("nested.nix", "services.openssh.ports", "[ 22 ]", &["+      ports = [ 22 ];"]),
        ("tabs.nix", "networking.domain", "\"x\"", &["+\t\tdomain = \"x\";"]),
        (
            "module.nix",
            "hardware.bluetooth.powerOnBoot",
            "true",
            &["+    hardware.bluetooth.powerOnBoot = true;"],
        ),
        (
            "with-lib.nix",
            "services.openssh.enable",
            "false",
            &[
                "-  services.openssh.enable = mkDefault true;",
                "+  services.openssh.enable = mkDefault false;",
            ],
        ),
        (
            "quoted.nix",
            "networking.hostName",
            "\"x\"",
            &[
                "-  \"networking\".\"hostName\" = \"quoted\";",
                "+  \"networking\".\"hostName\" = \"x\";",
            ],
        ),
        (
            "tree",
            "networking.firewall.allowPing",
            "false",
            &["+  networking.firewall.allowPing = false;"],
        ),
        (
            "flake",
            "hardware.bluetooth.enable",
            "false",
            &[
                "-{ networking.hostName = \"lap\"; hardware.bluetooth.enable = true; }",
                "+{ networking.hostName = \"lap\"; hardware.bluetooth.enable = false; }",
            ],
        ),
        (
            "minimal.nix",
            "time.timeZone",
            "\"UTC\"",
            &["-{ }", "+{", "+  time.timeZone = \"UTC\";", "+}"],
        ),
        (
            "comments.nix",
            "time.timeZone",
            "\"UTC\"",
            &[
                "-  lines */ time.timeZone = \"Asia/Tokyo\"; # after",
                "+  lines */ time.timeZone = \"UTC\"; # after",
            ],
        ),
    ] {
        let copy = Copy::new();
        let change = copy.read(name).set(&option(path), literal).unwrap().unwrap();
        assert_eq!(edited(&copy, &change), expected, "{name} {path}");
    }
}

fn package(name: &str) -> Element {
    Element { text: name.to_owned(), package: true }
}

#[test]
fn lists_grow_and_shrink_by_an_element() {
    let packages = option("environment.systemPackages");
    for (name, expected) in [
        ("classic.nix", "+    htop"),
        ("nested.nix", "+      htop"),
        ("tabs.nix", "+\t\thtop"),
        ("tree", "+    pkgs.htop"),
        ("module.nix", "+    environment.systemPackages = with pkgs; [ htop ];"),
        ("argument.nix", ""),
        ("ellipsis.nix", "+{ pkgs, ... }:"),
        ("minimal.nix", "+{ pkgs, ... }:"),
        ("alias.nix", "+{ config, lib, pkgs, ... }@inputs:"),
        (
            "lists.nix",
            "+  environment.systemPackages = with pkgs; [ git vim htop ] ++ lib.optionals config.services.xserver.enable [ firefox ];",
        ),
        ("comments.nix", "+    /* none */ git htop /* one */"),
        ("unicode.nix", "+  environment.systemPackages = [ /* ☃ */ pkgs.git pkgs.htop ];"),
        ("with-lib.nix", "+  environment.systemPackages = mkAfter (with pkgs; [ curl htop ]);"),
    ] {
        let copy = Copy::new();
        let before = copy.bytes();
        let made = copy.read(name).add(&packages, &[package("htop")]);
        if expected.is_empty() {
            assert!(matches!(made, Err(Error::BadEdit { .. })), "{name}: `pkgs` is not to be had");
            continue;
        }
        let change = made.unwrap().unwrap();
        let lines = edited(&copy, &change);
        assert!(lines.iter().any(|line| line == expected), "{name}: {lines:#?}");
        let after = copy.read(name);
        assert_eq!(after.add(&packages, &[package("htop")]).unwrap(), None, "{name}");
        let back = after.remove(&packages, &["htop".to_owned()]).unwrap().unwrap();
        copy.apply(&back);
        copy.apply(&back.inverse());
        copy.apply(&change.inverse());
        assert_eq!(copy.bytes(), before, "{name}");
    }
}

#[test]
fn what_is_removed_goes_with_its_line() {
    for (name, path, element, expected) in [
        ("classic.nix", "environment.systemPackages", "git", "-    git # for the flakes"),
        ("nested.nix", "networking.firewall.allowedTCPPorts", "22", "-        22 # ssh"),
        (
            "classic.nix",
            "networking.firewall.allowedTCPPorts",
            "22",
            "+  networking.firewall.allowedTCPPorts = [ 8080 ];",
        ),
        ("tree", "environment.systemPackages", "git", "-    pkgs.git"),
        ("comments.nix", "environment.systemPackages", "git", "+    /* none */ /* one */"),
    ] {
        let copy = Copy::new();
        let change = copy.read(name).remove(&option(path), &[element.to_owned()]).unwrap().unwrap();
        let lines = edited(&copy, &change);
        assert!(lines.iter().any(|line| line == expected), "{name}: {lines:#?}");
        let left = copy.read(name).query(&option(path)).unwrap();
        let items = left.values.iter().flat_map(|value| value.items.clone().unwrap_or_default());
        assert!(!items.into_iter().any(|item| item == element), "{name}");
        assert_eq!(copy.read(name).remove(&option(path), &[element.to_owned()]).unwrap(), None);
    }
}

#[test]
fn what_is_not_plain_is_left_alone_and_its_place_is_named() {
    let copy = Copy::new();
    for (name, path, line, why) in [
        ("conditional.nix", "services.nginx.enable", 7, Obstacle::Conditional),
        ("merged.nix", "time.timeZone", 7, Obstacle::Merged),
        ("merged.nix", "services.printing.enable", 10, Obstacle::Merged),
        ("with-lib.nix", "time.timeZone", 9, Obstacle::Conditional),
        ("let.nix", "time.timeZone", 8, Obstacle::Computed),
        ("let.nix", "networking.hostName", 9, Obstacle::Computed),
        ("quoted.nix", "services.tlp.enable", 6, Obstacle::Computed),
        ("inherited.nix", "networking.hostName", 7, Obstacle::Computed),
        ("inherited.nix", "services.printing.enable", 8, Obstacle::Computed),
        ("inherited.nix", "hardware.bluetooth.enable", 9, Obstacle::Computed),
        ("if.nix", "services.tlp.enable", 4, Obstacle::Conditional),
        ("if.nix", "networking.hostName", 5, Obstacle::Conditional),
        ("tree", "networking.useDHCP", 13, Obstacle::Generated),
    ] {
        match copy.read(name).set(&option(path), "\"other\"") {
            Err(Error::NotUnderstood { place, why: found, .. }) => {
                assert_eq!((place.line, found), (line, why), "{name} {path}");
            }
            other => panic!("{name} {path}: {other:?}"),
        }
    }
    let twice = copy.read("twice").set(&option("time.timeZone"), "\"UTC\"").unwrap_err();
    assert!(
        matches!(&twice, Error::SetTwice { first, second, .. } if (first.line, second.line) == (3, 3)),
        "{twice}"
    );
    let group = copy.read("nested.nix").set(&option("networking.firewall"), "true").unwrap_err();
    assert!(matches!(group, Error::NotUnderstood { .. } | Error::Group { .. }), "{group}");
    for literal in
        ["x", "true; users.users.root.password = \"\"", "builtins.exec [ ]", "\"${x}\"", "", "(1)"]
    {
        let refused = copy.read("classic.nix").set(&option("time.timeZone"), literal).unwrap_err();
        assert!(matches!(refused, Error::BadValue { .. }), "{literal}");
    }
}

#[test]
fn queries_see_through_files_priorities_and_local_names() {
    let copy = Copy::new();
    for (name, path, expected) in [
        ("tree", "networking.hostName", &["\"tree\""][..]),
        ("tree", "programs.zsh.enable", &["true"]),
        ("twice", "time.timeZone", &["\"Europe/Vienna\""]),
        ("twice", "networking.firewall.allowedTCPPorts", &["[ 22 ]", "[ 80 ]"]),
        ("let.nix", "time.timeZone", &["\"Europe/Lisbon\""]),
        ("with-lib.nix", "networking.firewall.enable", &["false"]),
        ("flake", "time.timeZone", &["\"Europe/Athens\""]),
        ("flake", "networking.hostName", &["\"lap\""]),
        ("quoted.nix", "time.timeZone", &[]),
        ("comments.nix", "services.openssh.enable", &["true"]),
        ("classic.nix", "services.printing.enable", &[]),
    ] {
        let state = copy.read(name).query(&option(path)).unwrap();
        assert_eq!(values(&state), expected, "{name} {path}");
    }
    let conditional = copy.read("conditional.nix").query(&option("services.nginx.enable")).unwrap();
    assert_eq!(conditional.values[0].obstacle, Some(Obstacle::Conditional));
    let items = copy.read("packages.nix").query(&option("environment.systemPackages")).unwrap();
    assert_eq!(
        items.values[0].items.as_deref(),
        Some(&["git".to_owned(), "htop".into(), "appindicator".into()][..])
    );
}

#[test]
fn a_broken_flake_is_told_and_one_without_modules_is_none() {
    let copy = Copy::new();
    let flake = copy.path("flake/flake.nix");
    let text = fs::read_to_string(&flake).unwrap();
    fs::write(&flake, text.replace("modules = [", "modules = [[")).unwrap();
    let broken = copy.read("flake").query(&option("time.timeZone")).unwrap_err();
    assert!(
        matches!(&broken, Error::Syntax { place, .. } if place.file.ends_with("flake.nix")),
        "{broken}"
    );
    fs::write(&flake, "{ outputs = { self }: { }; }").unwrap();
    let none = nixos::locate(Some(&flake), None, None);
    assert!(matches!(none, Err(Error::NoConfiguration { .. })), "{none:?}");
}

#[test]
fn a_file_that_somebody_else_changed_is_left_as_it_is() {
    let copy = Copy::new();
    let path = copy.path("classic.nix");
    let change =
        copy.read("classic.nix").set(&option("time.timeZone"), "\"UTC\"").unwrap().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let mine = format!("# mine\n{text}");
    fs::write(&path, &mine).unwrap();
    let backups = copy.dir.path().join("backups");
    assert!(matches!(nixos::apply(&change, &backups), Err(Error::ChangedMeanwhile { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), mine);
    assert!(!backups.exists());

    fs::write(&path, &text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let link = copy.path("link.nix");
    std::os::unix::fs::symlink("classic.nix", &link).unwrap();
    let through = copy.read("link.nix").set(&option("time.timeZone"), "\"UTC\"").unwrap().unwrap();
    let backup = nixos::apply(&through, &backups).unwrap();
    assert_eq!(fs::read_to_string(backup).unwrap(), text);
    assert!(link.is_symlink() && nixos::stands(&through));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
}

/// Mistakes planted in `classic.nix`: what is replaced, by what, and the line that is to be told.
const PLANTED: [(&str, &str, usize, &str); 22] = [
    ("time.timeZone = \"Europe/Paris\";", "time.timeZone = \"Europe/Paris\"", 19, "syntax"),
    ("networking.hostName = \"nixos\";", "networking.hostName = \"nixos\"", 12, "syntax"),
    ("services.openssh.enable = true;", "services.openssh.enable true;", 57, "syntax"),
    ("layout = \"fr\";", "layout = \"fr;", 31, "syntax"),
    ("[ \"networkmanager\" \"wheel\" ]", "[ \"networkmanager\" \"wheel\" ", 41, "syntax"),
    ("[ 22 8080 ]", "[ 22, 8080 ]", 60, "syntax"),
    ("nixpkgs.config.allowUnfree = true;", "nixpkgs.config.allowUnfree := true;", 46, "syntax"),
    ("{ config, pkgs, ... }:", "{ config, pkgs, ... }", 5, "syntax"),
    ("  # Enable the OpenSSH daemon.", "  }", 56, "syntax"),
    ("boot.loader.systemd-boot.enable = true;", "boot.loader.systemd-boot.enable = ;", 9, "syntax"),
    ("isNormalUser = true;", "isNormalUser == true;", 39, "syntax"),
    ("{ config, pkgs, ... }:", "{ config, ... }:", 42, "undefined"),
    ("  time.timeZone = ", "  time.timeZone = zone + ", 19, "undefined"),
    ("allowUnfree = true", "allowUnfree = True", 46, "undefined"),
    ("system.stateVersion", "time.timeZone", 64, "twice"),
    ("description = \"Ada\";", "isNormalUser = true;", 40, "twice"),
    ("services.openssh.enable = true;", "services = true;", 57, "twice"),
    ("services.openssh.enable = true;", "services.openssh.enable = \"yes\";", 57, "wrong-type"),
    ("[ 22 8080 ]", "[ 22 80800 ]", 60, "wrong-type"),
    ("[ 22 8080 ]", "\"22\"", 60, "wrong-type"),
    ("time.timeZone = \"Europe/Paris\";", "time.timeZone = true;", 19, "wrong-type"),
    ("  # Bootloader.", "  imports = [ ./nowhere.nix ];", 8, "missing-import"),
];

#[test]
fn planted_mistakes_are_found_at_their_lines() {
    let options = Options::built_in().unwrap();
    let copy = Copy::new();
    let path = copy.path("classic.nix");
    let sound = fs::read_to_string(&path).unwrap();
    assert_eq!(copy.read("classic.nix").problems(&options), []);
    let mut missed = Vec::new();
    for (from, to, line, kind) in PLANTED {
        assert!(sound.contains(from), "{from}");
        fs::write(&path, sound.replacen(from, to, 1)).unwrap();
        let problems = copy.read("classic.nix").problems(&options);
        let first = problems.first().map(|problem| {
            let told = serde_json::to_value(&problem.mistake).unwrap();
            (problem.place.line, told["mistake"].as_str().unwrap_or_default().to_owned())
        });
        if first != Some((line, kind.to_owned())) {
            missed.push(format!("{to}: line {line}, {kind}; told: {problems:?}"));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn with_every_option_known_a_misspelt_one_is_found() {
    let copy = Copy::new();
    let list = copy.path("options.json");
    let all = serde_json::json!({
        "services.openssh.enable": { "type": "boolean" },
        "users.users.<name>.shell": { "type": "null or path" },
        "environment.etc": { "type": "attribute set of (submodule)" },
    });
    fs::write(&list, all.to_string()).unwrap();
    let path = copy.path("own.nix");
    let text = "{\n  services.opensh.enable = true;\n  users.users.ada.shell = null;\n  environment.etc.\"a\".text = \"\";\n}\n";
    fs::write(&path, text).unwrap();
    let problems = copy.read("own.nix").problems(&Options::read(&list).unwrap());
    let found: Vec<usize> = problems.iter().map(|problem| problem.place.line).collect();
    assert_eq!(found, [2], "{problems:?}");
}

/// However a file is damaged, its mistakes are told at a place in it, and no edit makes it worse.
#[test]
fn damaged_files_are_told_and_never_edited() {
    let options = Options::built_in().unwrap();
    let copy = Copy::new();
    let names: Vec<String> = Copy::names().into_iter().filter(|name| name.contains('.')).collect();
    let (mut broken, mut whole) = (0, 0);
    for (number, name) in names.iter().enumerate() {
        let path = copy.path(name);
        let text = fs::read_to_string(&path).unwrap();
        let places = text.char_indices().skip(number).step_by(text.len() / 30 + 1);
        for (at, character) in places {
            for instead in ["", "\"", "}", "''", "${", "é ="] {
                let damaged =
                    format!("{}{instead}{}", &text[..at], &text[at + character.len_utf8()..]);
                fs::write(&path, &damaged).unwrap();
                let configuration = copy.read(name);
                let lines = damaged.lines().count().max(1);
                for problem in configuration.problems(&options) {
                    assert!((1..=lines).contains(&problem.place.line), "{name} {at}: {problem:?}");
                }
                match configuration.set(&option("networking.domain"), "\"damaged\"") {
                    Ok(Some(change)) => {
                        copy.apply(&change);
                        let state = copy.read(name).query(&option("networking.domain")).unwrap();
                        assert_eq!(values(&state), ["\"damaged\""], "{name} {at}");
                        copy.apply(&change.inverse());
                        whole += 1;
                    }
                    Err(Error::Syntax { .. }) => broken += 1,
                    Ok(None) | Err(_) => {}
                }
                assert_eq!(fs::read_to_string(&path).unwrap(), damaged);
            }
        }
        fs::write(&path, &text).unwrap();
    }
    assert!(broken > 500 && whole > 100, "{broken} {whole}");
}
