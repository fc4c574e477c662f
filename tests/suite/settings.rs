//! Commands about the configuration, on the one to practise on.

use crate::daemon::Daemon;
use crate::evaluator::kinds;
use crate::harness::Home;
use nixvox::domain::EvaluatorKind;
use serde_json::{Value, json};
use std::fs;

fn text(home: &Home) -> String {
    fs::read_to_string(home.path("practice/nixos/configuration.nix")).unwrap()
}

#[test]
fn settings_are_changed_told_and_undone_to_the_byte() {
    let home = Home::new();
    home.practice().args("do is bluetooth on").run().succeeds();
    let original = text(&home);
    let mut before = Vec::new();
    for (words, said, written) in [
        ("enable bluetooth", "I turned bluetooth on", "hardware.bluetooth.enable = true;"),
        (
            "set the time zone to Europe slash Berlin",
            "I set the time zone to Europe/Berlin",
            "time.timeZone = \"Europe/Berlin\";",
        ),
        ("open port eighty", "I added 80 to the open ports", "allowedTCPPorts = [ 22 80 ];"),
        ("close port 22", "I removed 22 from the open ports", "allowedTCPPorts = [ 80 ];"),
        ("add ripgrep to the system packages", "I added ripgrep", "    htop\n    ripgrep\n  ];"),
        ("remove hello from the system packages", "I removed hello", "with pkgs; [\n    htop\n"),
        ("turn on printing", "I turned printing on", "services.printing.enable = true;"),
    ] {
        before.push(text(&home));
        let done = home.practice().arg("do").args(words).json();
        let reply = done["reply"]["say"].as_str().unwrap();
        assert!(reply.starts_with(said), "{words}: {done}");
        assert!(done["reply"]["show"].as_str().unwrap().contains("\n@@ "), "{done}");
        assert!(text(&home).contains(written), "{words}: {}", text(&home));
    }
    // undo of the last is the last's inverse; undo again does it again
    let last = text(&home);
    home.practice().args("do undo").run().succeeds();
    assert_eq!(text(&home), before[before.len() - 1]);
    home.practice().args("do undo").run().succeeds();
    assert_eq!(text(&home), last);
    let log = home.practice().args("log").run().succeeds();
    assert!(log.stdout().contains("hardware.bluetooth.enable"), "{}", log.stdout());
    let backups = fs::read_dir(home.path("practice/backups")).unwrap();
    assert!(backups.flatten().any(|file| fs::read_to_string(file.path()).unwrap() == original));
}

#[test]
fn questions_about_the_configuration_are_answered() {
    let home = Home::new();
    for (words, said) in [
        ("is the firewall on", "firewall is on."),
        ("is bluetooth on", "bluetooth is off."),
        ("what is my host name", "The host name is practice."),
        ("what time zone is set", "The time zone is Europe/Paris."),
        ("what are the open ports", "open ports: 22."),
    ] {
        let told = home.practice().arg("do").args(words).json();
        assert_eq!(told["reply"]["say"], said, "{words}");
    }
    // what only evaluation tells is told as far as the text goes where nothing evaluates
    let daemon = Daemon::start(&home);
    home.evaluate_by(EvaluatorKind::Command);
    let empty = home.path("empty");
    fs::create_dir(&empty).unwrap();
    for (words, said) in [
        ("is docker enabled", "The configuration does not set docker, so it has its default."),
        (
            "check my configuration",
            "I read 2 files and found no mistake, without evaluating the configuration.",
        ),
    ] {
        let run = daemon.client(home.nixvox()).arg("--configuration");
        let run = run.arg(home.path("practice/nixos/configuration.nix")).env("PATH", &empty);
        assert_eq!(run.arg("do").args(words).json()["reply"]["say"], said, "{words}");
    }
}

/// The practice configuration, with `lines` instead of what it says of `without`.
fn planted(home: &Home, lines: &str, without: &str) {
    let file = home.path("practice/nixos/configuration.nix");
    let text = include_str!("../../src/nixos/practice/configuration.nix");
    let kept: Vec<&str> = text.lines().filter(|line| !line.contains(without)).collect();
    let text = kept.join("\n").replace("{ config, pkgs, ... }", "{ config, lib, pkgs, ... }");
    let end = text.rfind('}').unwrap();
    fs::write(file, format!("{}{lines}\n}}\n", &text[..end])).unwrap();
}

#[test]
fn what_only_evaluation_tells_is_evaluated() {
    for kind in kinds() {
        let home = Home::new();
        home.evaluate_by(kind);
        home.practice().args("do status").run().succeeds();
        for (lines, words, said) in [
            ("", "is docker enabled", "docker is off by default."),
            ("", "what is my keyboard layout", "The keyboard layout is empty by default."),
            (
                "  services.printing.enable = lib.mkIf config.services.openssh.enable true;",
                "is printing on",
                "printing is on.",
            ),
            (
                "  networking.firewall = lib.mkMerge [ { allowedTCPPorts = [ 80 22 ]; } ];",
                "what are the open ports",
                "open ports: 80 and 22.",
            ),
            (
                "  time.timeZone = \"Europe/\" + (if config.services.openssh.enable then \"Rome\" else \"Oslo\");",
                "what time zone is set",
                "The time zone is Europe/Rome.",
            ),
            ("", "check my configuration", "I read 2 files and found no mistake."),
        ] {
            let options = ["timeZone", "networking.firewall"];
            let without = options.into_iter().find(|option| lines.contains(option));
            let without = without.unwrap_or("no such line");
            planted(&home, lines, without);
            let told = home.practice().arg("do").args(words).json();
            assert_eq!(told["reply"]["say"], said, "{kind:?}: {words}");
        }
    }
}

#[test]
fn mistakes_that_only_evaluation_finds_are_told_at_their_line() {
    for kind in kinds() {
        let home = Home::new();
        home.evaluate_by(kind);
        home.practice().args("do status").run().succeeds();
        planted(&home, "", "timeZone");
        let text = fs::read_to_string(home.path("practice/nixos/configuration.nix")).unwrap();
        let last = text.lines().count() - 1;
        for (planted_lines, lines_down, words) in [
            ("  services.opensshd.enable = true;", 0, "`services.opensshd' does not exist"),
            ("  foo.bar = 1;", 0, "`foo' does not exist"),
            ("\n  time.timeZone = true && false;", 1, "`time.timeZone' is not of type"),
            ("  services.printing.enable = \"y\" + \"es\";", 0, "is not of type `boolean'"),
            (
                "  networking.firewall.allowedTCPPorts = map toString [ 1 ];",
                0,
                "is not of type `list of",
            ),
            ("  networking.hostName = \"other\" + \"\";", 0, "twice"),
            ("  time = { timeZone = throw \"not today\"; };", 0, "not today"),
            ("\n\n  time.timeZone = pkgs.nosuchpackage;", 2, "attribute 'nosuchpackage' missing"),
            ("  time.timeZone = 1 + \"x\";", 0, "cannot add"),
            ("  time.timeZone = config.time.timeZone;", 0, "infinite recursion"),
            ("  time.timeZone = lib.nosuch \"x\";", 0, "attribute 'nosuch' missing"),
            ("  time.timeZone = builtins.readFile ./gone.txt;", 0, "gone.txt"),
        ] {
            let ports = "allowedTCPPorts";
            let without = if planted_lines.contains(ports) { ports } else { "timeZone" };
            planted(&home, planted_lines, without);
            let told = home.practice().args("do check my configuration").json();
            let problem = &told["outcomes"][0]["problems"][0];
            let line = &problem["place"]["line"];
            let what = problem["mistake"].to_string();
            assert_eq!(*line, json!(last + lines_down), "{kind:?}: {planted_lines}: {told}");
            assert!(what.contains(words), "{kind:?}: {planted_lines}: {told}");
        }
    }
}

#[test]
fn a_change_that_does_not_evaluate_is_taken_back_unless_it_was_so_before() {
    for kind in kinds() {
        let home = Home::new();
        home.evaluate_by(kind);
        home.practice().args("do status").run().succeeds();
        // what lies beside it is imported in a way that only evaluation sees
        let beside = |name: &str, text: &str| {
            fs::write(home.path("practice/nixos").join(name), text).unwrap();
        };
        beside("off.nix", "{ hardware.bluetooth.enable = false; }\n");
        planted(&home, "  imports = [ (./. + \"/off.nix\") ];", "bluetooth.enable");
        let without =
            text(&home).replacen("  imports = [ ./hardware-configuration.nix ];\n", "", 1);
        fs::write(home.path("practice/nixos/configuration.nix"), &without).unwrap();
        let refused = home.practice().args("do enable bluetooth").run();
        refused.fails_with(&["has conflicting definition values", "Nothing was changed"]);
        assert_eq!(text(&home), without, "{kind:?}");
        home.practice().args("do undo").run().fails_with(&["There is nothing to undo"]);
        home.practice().args("do turn off bluetooth").run().succeeds();
        home.practice().args("do undo").run().succeeds();
        assert_eq!(text(&home), without, "{kind:?}");

        beside("off.nix", "{ hardware.bluetooth.enable = 5; }\n");
        home.practice().args("do enable bluetooth").run().succeeds();
        assert!(text(&home).contains("hardware.bluetooth.enable = true;"), "{kind:?}");
    }
}

#[test]
fn nothing_is_changed_that_is_so_already_or_only_previewed() {
    let home = Home::new();
    let already = home.practice().args("do turn on the firewall").json();
    assert_eq!(already["plan"]["risk"], "read");
    let original = text(&home);
    let plan = home.practice().args("do enable bluetooth --dry-run").json();
    assert_eq!(plan["steps"][0]["what"], json!({"edit": "set", "value": "true"}));
    assert_eq!(plan["inverse"]["what"], json!({"edit": "undo"}));
    let preview = home.practice().args("do enable bluetooth --dry-run").run().succeeds();
    assert!(
        preview.stdout().contains("+  hardware.bluetooth.enable = true;"),
        "{}",
        preview.stdout()
    );
    assert_eq!(text(&home), original);
    let absent = home.practice().args("do remove cowsay from the system packages").run();
    absent.fails_with(&["do not have cowsay", "Nothing was changed"]);
    assert_eq!(text(&home), original);
}

#[test]
fn a_configuration_of_ones_own_is_named_and_its_mistakes_are_told() {
    let home = Home::new();
    let own = home.path("own.nix");
    fs::write(&own, "{\n  time.timeZone = \"UTC\"\n  networking.hostName = \"own\";\n}\n").unwrap();
    let run =
        |words: &str| home.practice().arg("--configuration").arg(&own).arg("do").args(words).run();
    let checked = run("check my configuration").succeeds();
    assert!(
        checked.stdout().contains("own.nix:2:24: In line 2 of own.nix, a semicolon is missing."),
        "{}",
        checked.stdout()
    );
    run("enable bluetooth").fails_with(&["a semicolon is missing", "Nothing was changed"]);
    fs::write(&own, "{ lib, config, ... }:\n{\n  config = lib.mkIf true {\n    hardware.bluetooth.enable = false;\n  };\n}\n").unwrap();
    run("enable bluetooth").fails_with(&["set under a condition", "line 4 of own.nix"]);
    let missing = home.practice().arg("--configuration").arg(home.path("none.nix"));
    missing.args("do enable bluetooth").run().fails_with(&["no NixOS configuration"]);
}

#[test]
fn why_a_configuration_is_not_read_is_told() {
    let home = Home::new();
    let (flake, large) = (home.path("flake"), home.path("large"));
    fs::create_dir_all(&flake).unwrap();
    let system =
        |name: &str| format!("nixosConfigurations.{name} = f {{ modules = [ ./{name} ]; }};");
    let systems = [system("one"), system("other")].concat();
    fs::write(flake.join("flake.nix"), format!("{{ outputs = {{ f, ... }}: {{ {systems} }}; }}"))
        .unwrap();
    fs::create_dir_all(&large).unwrap();
    let files: Vec<String> = (0..1000).map(|file| format!("./{file}.nix")).collect();
    fs::write(large.join("configuration.nix"), format!("{{ imports = [ {} ]; }}", files.join(" ")))
        .unwrap();
    for file in files {
        fs::write(large.join(file), "{ }").unwrap();
    }
    for (place, why) in [(flake, "has no system called"), (large, "has more files than I can read")]
    {
        let told = home.practice().arg("--configuration").arg(place).args("do is bluetooth on");
        let told = told.json();
        assert!(told["reply"]["say"].as_str().unwrap().contains(why), "{told}");
    }
}

#[test]
fn changes_of_the_configuration_parse_with_their_path_and_literal() {
    let home = Home::new();
    for (words, intent, slots) in [
        (
            "open port eighty",
            "config.set",
            json!({"option": "networking.firewall.allowedTCPPorts", "value": "80"}),
        ),
        (
            "enable bluetooth",
            "config.set",
            json!({"option": "hardware.bluetooth.enable", "value": "true"}),
        ),
        (
            "set the time zone to Europe slash Berlin",
            "config.set",
            json!({"option": "time.timeZone", "value": "\"Europe/Berlin\""}),
        ),
        (
            "add htop to the system packages",
            "package.install",
            json!({"package": "htop", "scope": "system"}),
        ),
    ] {
        let parsed: Value = home.nixvox().arg("parse").args(words).json();
        assert_eq!(parsed, json!({"intent": intent, "slots": slots}), "{words}");
    }
}
