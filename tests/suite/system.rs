//! The machine's own generations: moved, activated, taken back, deleted.

use crate::harness::Home;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// What the systems of a home's practice store were asked for, with the system's version.
fn activations(home: &Home) -> Vec<(String, String)> {
    let lines = fs::read_to_string(home.path("practice/activations")).unwrap_or_default();
    let told = |line: &str| {
        let (action, system) = line.split_once(' ').unwrap();
        let version = fs::read_to_string(PathBuf::from(system).join("nixos-version")).unwrap();
        (action.to_owned(), version)
    };
    lines.lines().map(told).collect()
}

fn current(home: &Home) -> Value {
    let report = home.practice().args("do which system generation am i on").json();
    report["outcomes"][0]["generation"]["number"].clone()
}

/// Make a system of these files, which ends its activation with `exit` where it is asked for, the
/// newest generation of the machine.
fn install_system(home: &Home, version: &str, activation: Option<&str>) {
    let tree = home.path(&format!("nixos-system-{version}"));
    fs::create_dir_all(tree.join("bin")).unwrap();
    fs::write(tree.join("nixos-version"), version).unwrap();
    if let Some(script) = activation {
        let program = tree.join("bin/switch-to-configuration");
        fs::write(&program, script).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&program, mode).unwrap();
    }
    let path = home.nix("nix-store", &["--add", tree.to_str().unwrap()]);
    let profile = home.path("practice/var/nix/profiles/system").display().to_string();
    home.nix("nix-env", &["-p", &profile, "--set", path.trim()]);
}

#[test]
fn rolling_the_system_back_activates_what_it_goes_to_and_undo_does_too() {
    let home = Home::new();
    let back = home.practice().args("do roll back the system").json();
    assert_eq!(back["outcomes"][0]["activation"]["exit"], 0, "{back}");
    let said = back["reply"]["say"].as_str().unwrap();
    assert!(said.contains("It is active now. A reboot is pending"), "{said}");
    assert_eq!(current(&home), 1);
    let expected = |of: &[(&str, &str)]| -> Vec<(String, String)> {
        of.iter().map(|(action, version)| ((*action).into(), (*version).into())).collect()
    };
    assert_eq!(activations(&home), expected(&[("switch", "26.05.1")]));
    let status = home.practice().args("do do i need to reboot").run().succeeds();
    assert!(status.stdout().contains("A reboot is pending"), "{}", status.stdout());

    let undone = home.practice().args("do undo").json();
    assert_eq!(undone["outcomes"][0]["activation"]["reboot_pending"], false, "{undone}");
    home.practice().args("do switch to generation one of the system").run().succeeds();
    assert_eq!(current(&home), 1);
    let all = [("switch", "26.05.1"), ("switch", "26.05.2"), ("switch", "26.05.1")];
    assert_eq!(activations(&home), expected(&all));
}

#[test]
fn a_system_that_cannot_be_activated_is_left_again() {
    let home = Home::new();
    home.practice().args("do status").run().succeeds();
    let fails = "#!/bin/sh\necho 'warning: the following units failed: sshd.service' >&2\nexit 1\n";
    install_system(&home, "broken", Some(fails));
    home.practice().args("do switch to generation two of the system").run().succeeds();
    let failed = home.practice().args("do switch to generation three of the system").run();
    failed.fails_with(&["could not be activated", "sshd failed", "Generation 2 is active again"]);
    assert_eq!(current(&home), 2);
    let last: Vec<String> = activations(&home).into_iter().map(|(_, version)| version).collect();
    assert_eq!(last, ["26.05.2", "26.05.2"]);
}

#[test]
fn units_that_fail_are_told_and_the_system_stays() {
    let home = Home::new();
    home.practice().args("do status").run().succeeds();
    let partly =
        "#!/bin/sh\necho 'warning: the following units failed: a.service, b.service'\nexit 4\n";
    install_system(&home, "partly", Some(partly));
    home.practice().args("do roll back the system").run().succeeds();
    let undone = home.practice().args("do switch to generation three of the system").json();
    assert_eq!(undone["outcomes"][0]["activation"]["failed_units"][1], "b.service");
    let said = undone["reply"]["say"].as_str().unwrap();
    assert!(said.contains("a and b failed to start"), "{said}");
    assert_eq!(current(&home), 3);
}

#[test]
fn what_is_no_system_does_not_become_current() {
    let home = Home::new();
    home.practice().args("do status").run().succeeds();
    install_system(&home, "empty", None);
    home.practice().args("do switch to generation two of the system").run().succeeds();
    let refused = home.practice().args("do switch to generation three of the system").run();
    refused.fails_with(&["no NixOS system", "Nothing was changed"]);
    assert_eq!(current(&home), 2);
}
