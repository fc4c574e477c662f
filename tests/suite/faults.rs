//! What is broken or missing is said clearly, and changes nothing.

use crate::harness::{Home, data, interrupt};
use std::fs;
use std::process::Child;
use std::time::Duration;
use unix::sys::signal::Signal;

#[test]
fn a_broken_recording_is_named() {
    let home = Home::new();
    let flac = fs::read(data().join("roll-back.flac")).unwrap();
    for (name, bytes) in [
        ("empty.wav", &b""[..]),
        ("text.wav", b"this is not a sound"),
        ("header.wav", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0"),
        ("half.flac", &flac[..flac.len() / 2]),
    ] {
        let path = home.path(name);
        fs::write(&path, bytes).unwrap();
        home.practice().arg("hear").arg(&path).run().fails_with(&[name]);
    }
    home.practice().args("hear /no/such/file.wav").run().fails_with(&["/no/such/file.wav"]);
    assert!(!home.path("practice").exists(), "nothing was even opened");
}

#[test]
fn a_missing_or_wrong_model_says_what_to_do() {
    let home = Home::new();
    let cache = home.path("empty");
    let missing = home.practice().env("XDG_CACHE_HOME", &cache).hear("roll-back").run();
    missing.fails_with(&["nixvox models fetch"]);

    let junk = home.path("ggml-junk.bin");
    fs::write(&junk, "no model").unwrap();
    let wrong = home.practice().arg("--model").arg(&junk).hear("roll-back").run();
    wrong.fails_with(&["ggml-junk.bin"]);
}

#[test]
fn a_model_that_was_altered_is_found_by_its_hash() {
    let home = Home::new();
    let cache = dirs::cache_dir().unwrap().join("nixvox/models");
    let own = home.path("own/nixvox/models");
    fs::create_dir_all(&own).unwrap();
    for entry in fs::read_dir(cache).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, own.join(path.file_name().unwrap())).unwrap();
        }
    }
    let verify =
        || home.nixvox().env("XDG_CACHE_HOME", home.path("own")).args("models verify").run();
    verify().succeeds();
    let model = own.join("ggml-tiny.en-q8_0.bin");
    let mut bytes = fs::read(&model).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&model, bytes).unwrap();
    verify().fails_with(&["ggml-tiny.en-q8_0.bin", "damaged", "nixvox models fetch tiny.en"]);
}

#[test]
fn an_own_model_works_by_its_path() {
    let home = Home::new();
    let model = dirs::cache_dir().unwrap().join("nixvox/models/ggml-tiny.en-q8_0.bin");
    let own = home.path("ggml-own.bin");
    fs::copy(model, &own).unwrap();
    let report = home.practice().arg("--model").arg(&own).hear("roll-back").arg("--quiet").json();
    assert_eq!(report["intent"], "generation.rollback");
}

#[test]
fn without_a_daemon_the_profile_still_answers_and_the_rest_says_so() {
    let home = Home::new();
    home.practice().args("do status").run().succeeds();
    let practice = home.path("practice").canonicalize().unwrap();
    let alone = || {
        home.nixvox()
            .env("NIX_STORE_DIR", practice.join("store"))
            .env("NIX_STATE_DIR", practice.join("var/nix"))
            .env("NIX_DAEMON_SOCKET_PATH", practice.join("no-socket"))
            .env("NIX_REMOTE", "daemon")
            .arg("--profile")
            .arg(home.profile())
    };
    alone().args("do how big is the store").run().fails_with(&["daemon does not answer"]);
    alone().args("do list generations").run().succeeds();
    let status = alone().args("do status").run().succeeds();
    assert!(status.stdout().contains("The Nix daemon does not answer"), "{}", status.stdout());
}

#[test]
fn a_profile_that_may_not_be_written_stays_as_it_is() {
    let home = Home::new();
    home.practice().args("do status").run().succeeds();
    let practice = home.path("practice").canonicalize().unwrap();
    let read_only = format!(
        "mount --bind '{0}' '{0}' && mount -o remount,bind,ro '{0}' && exec \"$0\" \"$@\"",
        practice.join("var/nix/profiles").display()
    );
    let run = home
        .nixvox_through(&["unshare", "-rm", "sh", "-c", &read_only])
        .env("NIX_STORE_DIR", practice.join("store"))
        .env("NIX_STATE_DIR", practice.join("var/nix"))
        .env("NIX_DAEMON_SOCKET_PATH", practice.join("no-socket"))
        .arg("--profile")
        .arg(home.profile())
        .args("do roll back")
        .run();
    run.fails_with(&["not permitted", "Nothing was changed"]);
    let current = home.practice().args("do which generation am i on").json();
    assert_eq!(current["outcomes"][0]["generation"]["number"], 5);
}

#[test]
fn without_a_journal_nothing_is_changed_and_questions_are_answered() {
    let home = Home::new();
    home.practice().args("do status").run().succeeds();
    fs::create_dir(home.path("practice/journal.jsonl")).unwrap();
    for text in ["do roll back", "do undo", "do install bat"] {
        home.practice().args(text).run().fails_with(&["record of changes", "Nothing was changed"]);
    }
    let current = home.practice().args("do which generation am i on").json();
    assert_eq!(current["outcomes"][0]["generation"]["number"], 5);
    home.practice().args("log").run().fails_with(&["journal.jsonl"]);
}

#[test]
fn mistakes_in_own_files_are_placed() {
    let home = Home::new();
    let config = home.path("config/nixvox");
    fs::create_dir_all(config.join("grammars/en")).unwrap();
    let own = "[[intent]]\nname = \"system.status\"\nsentences = [\"how do you (do\"]\n";
    fs::write(config.join("grammars/en/own.toml"), own).unwrap();
    home.nixvox().args("parse hello").run().fails_with(&["own.toml:3:26", "closes this"]);
    fs::remove_file(config.join("grammars/en/own.toml")).unwrap();
    fs::write(config.join("config.toml"), "speed = 9").unwrap();
    home.nixvox().args("parse hello").run().fails_with(&["config.toml", "speed"]);
}

/// Whether an interrupt would not simply kill it any more.
fn heeds_interrupts(child: &Child) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(caught.trim(), 16).unwrap() & (1 << (Signal::SIGINT as u64 - 1)) != 0
}

#[test]
fn an_interrupt_ends_it_with_nothing_changed() {
    let home = Home::new();
    home.practice().args("do status").run().succeeds();
    let child = home.practice().hear("roll-back").arg("--say").arg(home.path("x.wav")).start();
    while !heeds_interrupts(&child) {
        std::thread::sleep(Duration::from_millis(1));
    }
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "it is stopped, not killed: {output:?}");
    let current = home.practice().args("do which generation am i on").json();
    assert_eq!(current["outcomes"][0]["generation"]["number"], 5);
}
