//! The configuration and the system by voice: recordings of synthetic speakers, some of them in noise,
//! on a machine that is evaluated and built.

use crate::harness::Run;
use crate::machine::Machine;
use crate::update::Flake;
use serde_json::Value;
use std::fs;

/// What came of a recording; it must have been done.
fn done(run: Run, recording: &str) -> Value {
    let report = run.hear(recording).arg("--quiet").done();
    assert!(report["intent"] != "none", "{recording}: {report}");
    report
}

#[test]
fn the_configuration_is_asked_changed_checked_and_put_back_by_voice() {
    let machine = Machine::any();
    let hear = |recording| done(machine.home.practice(), recording);
    let file = machine.home.path("practice/nixos/configuration.nix");
    let read = || fs::read_to_string(&file).unwrap();
    let former = read();
    let said = hear("system/time-zone")["reply"]["say"].to_string();
    assert!(said.contains("time zone") && !said.contains("Berlin"), "{said}");
    hear("system/set-time-zone");
    assert!(read().contains("time.timeZone = \"Europe/Berlin\";"), "{}", read());
    assert!(hear("system/time-zone")["reply"]["say"].to_string().contains("Berlin"));
    let checked = hear("system/any-errors");
    assert_eq!(checked["outcomes"][0]["problems"], Value::Array(vec![]), "{checked}");
    hear("undo-that");
    assert_eq!(read(), former);
}

#[test]
fn a_system_is_built_tested_activated_and_taken_back_by_voice() {
    let machine = Machine::any();
    let hear = |recording| done(machine.home.practice(), recording);
    let (_, old) = machine.generation();
    assert_eq!(hear("system/just-build")["outcomes"][0]["kind"], "system-built");
    assert!(machine.actions().is_empty());

    hear("system/test-configuration");
    assert_ne!(machine.running(), old);
    assert_eq!(machine.generation(), (2, old.clone()));
    hear("undo-that");
    assert_eq!(machine.running(), old);

    hear("system/apply-changes");
    assert_eq!((machine.generation().0, machine.running()), (3, machine.generation().1));
    hear("undo-that");
    assert_eq!((machine.generation(), machine.running()), ((2, old.clone()), old.clone()));

    hear("system/after-restart");
    assert_eq!((machine.generation().0, machine.running()), (3, old));
    assert_eq!(hear("system/need-to-reboot")["outcomes"][0]["kind"], "status");
    assert_eq!(machine.actions(), ["test", "test", "switch", "switch", "boot"]);
}

#[test]
fn a_flake_is_updated_and_put_back_by_voice() {
    let flake = Flake::any();
    let before = flake.lock();
    flake.publish();
    done(flake.practice(), "system/newest-updates");
    assert_eq!(flake.host(), "second");
    done(flake.practice(), "undo-that");
    assert_eq!((flake.lock(), flake.host()), (before, "first".to_owned()));
}
