//! Building and activating the system that the practice configuration describes: evaluated by each
//! evaluator that there is, and built by a real daemon.

use crate::evaluator::kinds;
use crate::machine::{Ending, FOREVER, Machine, broken_off};
use nixvox::domain::EvaluatorKind;
use serde_json::Value;
use std::fs;

#[test]
fn a_rebuild_is_evaluated_built_activated_told_and_undone() {
    for kind in kinds() {
        let machine = Machine::new(kind);
        let (_, old) = machine.generation();
        let built = machine.does("what would a rebuild change");
        assert_eq!(built["outcomes"][0]["diff"]["removed"][1]["name"], "ripgrep", "{built}");
        assert!(machine.actions().is_empty());
        assert_eq!((machine.generation().0, machine.running()), (2, old.clone()));

        let said = machine.said("rebuild the system");
        assert!(said.starts_with("The system is rebuilt, as generation 3."), "{said}");
        assert!(said.contains("ripgrep was removed"), "{said}");
        let (number, new) = machine.generation();
        assert_eq!((number, machine.running()), (3, new.clone()));
        assert!(new.join("sw/bin/htop").exists());
        assert!(machine.said("rebuild the system").contains("what runs already"));
        assert_eq!(machine.actions(), ["switch"]);

        // the journal names what evaluated it
        let log = machine.home.practice().args("log --json").run().succeeds().stdout();
        let name = serde_json::to_value(kind).unwrap();
        let first: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
        assert_eq!(first["outcome"]["evaluator"], name, "{log}");

        machine.does("undo");
        assert_eq!((machine.generation().0, machine.running()), (2, old));
        assert_eq!(machine.actions(), ["switch", "switch"]);
    }
}

#[test]
fn what_is_tested_goes_with_undo_and_what_is_for_the_next_boot_does_not_run() {
    let machine = Machine::any();
    let (_, old) = machine.generation();
    machine.does("enable bluetooth");
    let said = machine.said("test the configuration");
    assert!(said.starts_with("The new system is active until the next boot."), "{said}");
    let tested = machine.running();
    let settings = fs::read_to_string(tested.join("settings.json")).unwrap();
    assert!(settings.contains("\"bluetooth\":true"), "{settings}");
    assert_eq!(machine.generation(), (2, old.clone()));
    assert_eq!(machine.said("undo"), "Undone. What ran before runs again.");
    assert_eq!(machine.running(), old);

    let said = machine.said("build the configuration for the next boot");
    assert!(said.contains("boots next time, as generation 3"), "{said}");
    assert_eq!((machine.generation(), machine.running()), ((3, tested), old));
    assert_eq!(machine.actions(), ["test", "test", "boot"]);
}

#[test]
fn another_kernel_asks_for_a_reboot() {
    let machine = Machine::any();
    machine.configure("  boot.kernelPackages = pkgs.linuxPackages_latest;");
    assert!(machine.said("what would a rebuild do").contains("it would take a reboot"));
    let said = machine.said("rebuild the system");
    assert!(said.ends_with("A reboot is pending, as its kernel is another."), "{said}");
    assert!(machine.said("status").contains("A reboot is pending"));
}

#[test]
fn an_activation_that_fails_goes_back_and_units_that_fail_are_named() {
    let machine = Machine::any();
    let (_, old) = machine.generation();
    // it fails when it has taken over already
    machine.configure("  system.activationScripts.broken = \"echo broken >&2; exit 2\";");
    for (words, told) in [
        ("rebuild the system", "Generation 2 is active again"),
        ("test the configuration", "What ran before is active again"),
    ] {
        machine.say(words).run().fails_with(&["could not be activated", told]);
        assert_eq!((machine.generation(), machine.running()), ((2, old.clone()), old.clone()));
    }
    assert_eq!(machine.actions(), ["switch", "switch", "test", "test"]);
    machine.say("undo").run().fails_with(&["There is nothing to undo"]);

    let file = machine.home.path("practice/nixos/configuration.nix");
    let text = fs::read_to_string(&file).unwrap();
    let partly = "echo 'warning: the following units failed: a.service, b.service'; exit 4";
    fs::write(&file, text.replace("echo broken >&2; exit 2", partly)).unwrap();
    let said = machine.said("rebuild the system");
    assert!(said.contains("But a and b failed to start."), "{said}");
    assert_ne!(machine.running(), old);
}

#[test]
fn what_cannot_be_built_or_evaluated_changes_nothing() {
    for kind in kinds() {
        let machine = Machine::new(kind);
        let (_, old) = machine.generation();
        let file = machine.home.path("practice/nixos/configuration.nix");
        let text = fs::read_to_string(&file).unwrap();
        let line = text.lines().count();
        let broken = "boot.kernelPackages.kernel = pkgs.sh \"broken-1.0\" \"exit 3\" { };";
        for (planted, told) in [
            (broken, "broken-1.0 could not be built".to_owned()),
            (
                "time.timeZone = nope;",
                format!("in line {line} of configuration.nix, undefined variable 'nope'"),
            ),
            ("time.timeZone = 5;", "`time.timeZone' is not of type `null or string'".to_owned()),
            ("servces.openssh.enable = true;", "`servces' does not exist.".to_owned()),
            ("time = { timeZone = let x = x; in x; };", "infinite recursion".to_owned()),
        ] {
            let without = text.replace("  time.timeZone = \"Europe/Paris\";\n", "\n");
            let end = without.rfind('}').unwrap();
            fs::write(&file, format!("{}{planted}\n}}\n", &without[..end])).unwrap();
            let failed = machine.say("rebuild the system").run();
            failed.fails_with(&[&told, "Nothing was changed"]);
            assert_eq!((machine.generation(), machine.running()), ((2, old.clone()), old.clone()));
        }
        assert!(machine.actions().is_empty());
        fs::write(&file, &text).unwrap();
        machine.does("rebuild the system");
    }
}

#[test]
fn a_flake_is_built_as_what_this_machine_or_its_only_system_is_called() {
    for kind in kinds() {
        let machine = Machine::new(kind);
        let folder = machine.home.path("flake");
        fs::create_dir(&folder).unwrap();
        let nixpkgs = machine.home.path("practice/nixpkgs").canonicalize().unwrap();
        let flake = format!(
            "{{ outputs = _: {{ nixosConfigurations.desk = import {}/nixos {{ configuration = ./desk.nix; }}; }}; }}",
            nixpkgs.display()
        );
        fs::write(folder.join("flake.nix"), flake).unwrap();
        fs::write(folder.join("desk.nix"), "{ networking.hostName = \"desk\"; }\n").unwrap();
        machine.say("rebuild the system").arg("--configuration").arg(&folder).run().succeeds();
        let settings = fs::read_to_string(machine.running().join("settings.json")).unwrap();
        assert!(settings.contains("\"desk\""), "{settings}");
    }
}

#[test]
fn without_an_evaluator_it_is_said_in_one_sentence_and_the_rest_works() {
    let machine = Machine::new(EvaluatorKind::Command);
    let daemon = crate::daemon::Daemon::start(&machine.home);
    let empty = machine.home.path("empty");
    fs::create_dir(&empty).unwrap();
    let configuration = machine.home.path("practice/nixos/configuration.nix");
    let say = |words: &str| {
        let run = daemon.client(machine.home.nixvox()).arg("do").arg(words);
        run.arg("--configuration").arg(&configuration).env("PATH", &empty)
    };
    say("rebuild the system").run().fails_with(&["has to be evaluated", "doctor"]);
    assert!(say("is the firewall on").run().succeeds().stdout().contains("networking.firewall"));
    say("enable bluetooth").run().succeeds();
}

#[test]
fn an_evaluator_that_is_killed_or_called_off_leaves_the_old_system() {
    for kind in kinds() {
        let machine = Machine::new(kind);
        let (_, old) = machine.generation();
        machine.configure(&format!("  networking.hostId = {FOREVER};"));
        for ending in [Ending::Killed, Ending::CalledOff] {
            let said = broken_off(machine.say("rebuild the system"), ending);
            assert!(said.contains(ending.told()), "{kind:?}: {said}");
            assert_eq!((machine.generation(), machine.running()), ((2, old.clone()), old.clone()));
        }
        assert!(machine.actions().is_empty());
    }
}
