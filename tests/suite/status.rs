//! "Did anything fail", "do I need to reboot": what the machine tells, and how long it is waited for.

use crate::bus::{Bus, Systemd};
use crate::daemon::Daemon;
use crate::harness::Home;
use serde_json::{Value, json};
use std::os::unix::net::UnixListener;

/// What is told with the system bus at `bus`.
fn told(home: &Home, daemon: &Daemon, bus: &str) -> Value {
    let run = daemon.client(home.nixvox()).env("DBUS_SYSTEM_BUS_ADDRESS", bus);
    run.args("do did anything fail").json()
}

#[test]
fn systemd_tells_what_failed_and_is_not_waited_for_long() {
    let home = Home::new();
    let daemon = Daemon::start(&home);
    let said = |report: &Value| report["reply"]["say"].as_str().unwrap().to_owned();
    {
        let bus = Bus::start();
        let systemd = Systemd::on(&bus, &["sshd.service", "backup.timer"]);
        let report = told(&home, &daemon, bus.address());
        let failed = &report["outcomes"][0]["failed_units"];
        assert_eq!(failed, &json!(["backup.timer", "sshd.service"]), "{report}");
        assert!(said(&report).starts_with("2 units failed: backup.timer and sshd. "), "{report}");
        drop(systemd);
        let _systemd = Systemd::on(&bus, &[]);
        let report = told(&home, &daemon, bus.address());
        assert!(said(&report).starts_with("Nothing failed. "), "{report}");
    }
    let unknown = |report: &Value| {
        assert_eq!(report["outcomes"][0]["failed_units"], Value::Null, "{report}");
        assert!(said(report).contains("The Nix daemon answers"), "{report}");
        assert!(!said(report).contains("failed"), "{report}");
    };
    unknown(&told(&home, &daemon, "unix:path=/nonexistent/bus"));
    // nobody on the bus is systemd
    unknown(&told(&home, &daemon, Bus::start().address()));
    // one that takes connections and never says a word
    let silent = home.path("silent");
    let _listener = UnixListener::bind(&silent).unwrap();
    let report = told(&home, &daemon, &format!("unix:path={}", silent.display()));
    unknown(&report);
    let act = report["stages"].as_array().unwrap().iter().find(|stage| stage["stage"] == "act");
    let ms = act.unwrap()["ms"].as_f64().unwrap();
    assert!((290.0..5000.0).contains(&ms), "300 ms, and some more on a busy machine: {ms}");
}

#[test]
fn what_could_not_be_done_last_is_told_until_something_was() {
    let home = Home::new();
    let daemon = Daemon::start(&home);
    let does = |text: &str| daemon.client(home.nixvox()).arg("do").args(text).json();
    assert_eq!(does("status")["outcomes"][0]["last_failure"], Value::Null);
    let lock = home.path("practice/var/nix/profiles/per-user/practice/profile.lock");
    std::fs::create_dir(&lock).unwrap();
    assert_eq!(does("roll back")["reply"]["verdict"], "failed");
    let status = does("status");
    assert_eq!(status["outcomes"][0]["last_failure"]["heard"], "roll back", "{status}");
    let said = status["reply"]["say"].as_str().unwrap();
    assert!(said.contains("What was asked for last could not be done: roll back"), "{said}");
    std::fs::remove_dir(&lock).unwrap();
    does("roll back");
    assert_eq!(does("status")["outcomes"][0]["last_failure"], Value::Null);
}
