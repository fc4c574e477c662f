//! Others at the same time, a daemon that dies, a disk that fills up: nothing is lost.

use crate::daemon::Daemon;
use crate::harness::Home;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// The store paths in the manifest of a generation.
fn contents(home: &Home, number: u64) -> BTreeSet<String> {
    let link = home.profile().with_file_name(format!("profile-{number}-link"));
    let manifest = fs::read_to_string(link.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    // newer releases of Nix name the elements
    let elements: Vec<&Value> = match &manifest["elements"] {
        Value::Object(named) => named.values().collect(),
        listed => listed.as_array().unwrap().iter().collect(),
    };
    let paths = elements.iter().flat_map(|element| element["storePaths"].as_array().unwrap());
    paths.map(|path| path.as_str().unwrap().to_owned()).collect()
}

fn newest(home: &Home) -> u64 {
    let report = home.practice().args("do which generation am i on").json();
    report["outcomes"][0]["generation"]["number"].as_u64().unwrap()
}

/// The changes that nixvox made: from which generation to which.
fn made(home: &Home) -> Vec<(u64, u64)> {
    let log = home.practice().args("log --json").run().succeeds().stdout();
    let records = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let number = |change: &Value, side: &str| change[side]["number"].as_u64().unwrap();
    records
        .filter(|record| record["end"] == "done")
        .map(|record| (number(&record["change"], "from"), number(&record["change"], "to")))
        .collect()
}

/// Install `name` until it is there, however often somebody else was faster.
fn install(home: &Home, name: &str) {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        let report = home.practice().arg("do").args(&format!("install {name}")).json();
        if report["reply"]["verdict"] == "done" {
            return;
        }
        assert_eq!(report["fault"]["fault"], "changed-meanwhile", "{report}");
        assert!(Instant::now() < deadline, "{name}: always too late");
    }
}

#[test]
fn several_nixvox_at_once_lose_nothing() {
    let home = Home::new();
    home.practice().args("do status").run().succeeds();
    let before = contents(&home, 5);
    let names = ["bat", "fd", "jq", "tree"];
    thread::scope(|scope| {
        let home = &home;
        for name in names {
            scope.spawn(move || install(home, name));
        }
    });
    let made = made(&home);
    assert_eq!(made, [(5, 6), (6, 7), (7, 8), (8, 9)], "one after the other");
    for (from, to) in made {
        let (before, after) = (contents(&home, from), contents(&home, to));
        assert!(after.is_superset(&before) && after.len() == before.len() + 1);
    }
    assert_eq!(contents(&home, 9).len(), before.len() + names.len());
    home.practice().args("log --verify").run().succeeds();
    assert!(!home.profile().with_file_name("profile.lock").exists());
}

#[test]
fn beside_nix_profile_install_nothing_is_lost() {
    let home = Home::new();
    for name in ["micro", "neovim", "lolcat"] {
        install(&home, name);
    }
    let paths: Vec<String> = contents(&home, 8).difference(&contents(&home, 5)).cloned().collect();
    home.practice().args("do go back three generations").run().succeeds();
    let profile = home.profile();
    thread::scope(|scope| {
        scope.spawn(|| {
            for path in &paths {
                let link = profile.to_str().unwrap();
                home.nix("nix", &["profile", "install", "--profile", link, path]);
            }
        });
        for name in ["bat", "fd", "jq"] {
            install(&home, name);
        }
    });
    // `nix profile` may take back what was made while it was at work, but nothing is made by us
    // that lacks what was there before
    let installs: Vec<(u64, u64)> = made(&home).into_iter().filter(|(_, to)| *to > 8).collect();
    assert!(installs.len() >= 3, "{installs:?}");
    for (from, to) in installs {
        assert!(contents(&home, to).is_superset(&contents(&home, from)), "{from} → {to}");
    }
    assert!(newest(&home) > 8);
    home.practice().args("log --verify").run().succeeds();
    home.practice().args("do install tree").run().succeeds();
}

#[test]
fn a_daemon_killed_while_it_fetches_leaves_everything_as_it_was() {
    let home = Home::new();
    let daemon = Daemon::start(&home);
    let before = fs::canonicalize(home.profile()).unwrap();
    let archive = archive_of(&home, "-bat-0.26.1");
    let whole = fs::read(&archive).unwrap();
    // who reads this waits for who writes it
    fs::remove_file(&archive).unwrap();
    unix::unistd::mkfifo(&archive, unix::sys::stat::Mode::S_IRWXU).unwrap();
    let child = daemon.client(home.nixvox()).args("do install bat").start();
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut options = OpenOptions::new();
    options.write(true).custom_flags(unix::fcntl::OFlag::O_NONBLOCK.bits());
    let held = loop {
        match options.open(&archive) {
            Ok(pipe) => break pipe,
            Err(_) => assert!(Instant::now() < deadline, "nobody fetches it"),
        }
        thread::sleep(Duration::from_millis(10));
    };
    daemon.kill_workers();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("daemon reported an error"));
    drop(held);
    assert_eq!(fs::canonicalize(home.profile()).unwrap(), before);
    fs::remove_file(&archive).unwrap();
    fs::write(&archive, whole).unwrap();
    daemon.client(home.nixvox()).args("do install bat").run().succeeds();
    assert!(home.profile().join("bin/bat").exists());
    home.nixvox().args("log --verify").run().succeeds();
}

/// The archive in the practice cache of the package whose store path ends in `name`.
fn archive_of(home: &Home, name: &str) -> std::path::PathBuf {
    let catalogue = fs::read_to_string(home.path("practice/catalogue.tsv")).unwrap();
    let mut paths = catalogue.lines().filter_map(|line| line.split('\t').nth(3));
    let path = paths.find(|path| path.ends_with(name)).unwrap();
    let file = Path::new(path).file_name().unwrap().to_str().unwrap();
    let key = file.split('-').next().unwrap();
    home.path("practice/cache/nar").join(format!("{key}.nar"))
}

/// What a shell does on a file system of its own, mounted at `$1`, with nixvox as `$2`.
const FULL_DISK: &str = r#"
set -e
mount -t tmpfs -o size=16k,nr_inodes=40 tmpfs "$1"
export XDG_STATE_HOME="$1/state"
shift
say() { "$@" >/dev/null 2>&1 && code=0 || code=$?; echo "$code"; }
say "$@" do roll back
say "$@" do undo
# all that is left is the rest of the page that the journal ends in
head -c 1m /dev/zero >"$XDG_STATE_HOME/full" 2>/dev/null || true
for _ in 1 2 3 4; do say "$@" do roll back; say "$@" log --verify; done
rm "$XDG_STATE_HOME/full"
say "$@" log --verify
say "$@" do switch to generation one
say "$@" do undo
"$@" log --verify
"#;

#[test]
fn a_full_disk_under_the_journal_stops_changes_and_tears_nothing() {
    let home = Home::new();
    let daemon = Daemon::start(&home);
    let mount = home.path("small");
    fs::create_dir(&mount).unwrap();
    let shell = ["unshare", "-rm", "sh", "-c", FULL_DISK, "sh", mount.to_str().unwrap()];
    let run = daemon.client(home.nixvox_through(&shell)).run().succeeds();
    let lines: Vec<String> = run.stdout().lines().map(str::to_owned).collect();
    println!("on a tmpfs of 16 KiB: {lines:?}");
    let codes: Vec<&str> = lines.iter().take(13).map(String::as_str).collect();
    assert_eq!(codes[..2], ["0", "0"]);
    assert!(codes[2..10].chunks(2).any(|pair| pair[0] == "1"), "it never was full: {codes:?}");
    assert!(codes[2..10].chunks(2).all(|pair| pair[1] == "0"), "{codes:?}");
    assert_eq!(codes[10..], ["0", "0", "0"]);
    assert!(run.stdout().contains("lines are as they were written"), "{}", run.stdout());
}

/// What a shell does with a copy of the profile in `$2` on file systems at `$1` that have room for
/// one more file each time, with nixvox as `$3`.
const FULL_DIRECTORY: &str = r#"
set -e
small=$1 profile=$2
shift 2
for files in 7 8 9 10; do
    mount -t tmpfs -o nr_inodes=$files tmpfs "$small"
    cp -a "$profile"* "$small"
    "$@" --profile "$small/profile" do install bat >"$HOME/said" 2>/dev/null && code=0 || code=$?
    echo "$files files: exit $code, $(readlink "$small/profile"): $(cat "$HOME/said")"
    mount -o remount,nr_inodes=40 "$small"
    "$@" --profile "$small/profile" do install bat >/dev/null
    test -e "$small/profile/bin/bat"
    test ! -e "$small/profile.lock"
    umount "$small"
done
"#;

#[test]
fn a_full_disk_under_the_profile_leaves_the_old_one() {
    let home = Home::new();
    let daemon = Daemon::start(&home);
    let mount = home.path("small");
    fs::create_dir(&mount).unwrap();
    let profile = home.profile();
    let places = [mount.to_str().unwrap(), profile.to_str().unwrap()];
    let shell = ["unshare", "-rm", "sh", "-c", FULL_DIRECTORY, "sh", places[0], places[1]];
    let run = daemon.machine(home.nixvox_through(&shell)).env("HOME", home.path("")).run();
    let told = run.succeeds().stdout();
    println!("on a tmpfs with room for so many files, of which 7 are there:\n{told}");
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 4, "{told}");
    for line in &lines[..3] {
        assert!(line.contains("exit 1, profile-5-link") && line.contains("disk is full"), "{told}");
    }
    assert!(lines[3].contains("exit 0, profile-6-link"), "{told}");
    home.nixvox().args("log --verify").run().succeeds();
}
