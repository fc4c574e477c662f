//! Sound devices and servers that go and come back while the companion runs.

use crate::companion::Companion;
use std::time::Duration;

/// A command is heard, done and answered aloud.
fn answers_aloud(companion: &Companion) {
    companion.say("current-generation");
    assert_eq!(companion.answer(), "generation.current");
    companion.state("speaking");
    companion.until(|news| news["kind"] == "spoken");
    companion.state("idle");
}

/// The connections to the sound server.
fn connections(companion: &Companion) -> Vec<String> {
    let clients = companion.server.control("list clients");
    let ours = clients.split("\n\n").filter(|client| client.contains("cpal"));
    ours.filter_map(|client| client.lines().next()).map(str::to_owned).collect()
}

/// The texts of the troubles that are told until the microphone is back.
fn troubles_until_back(companion: &Companion) -> Vec<String> {
    let mut told = Vec::new();
    loop {
        let news = companion.until(|news| news["kind"] == "trouble");
        told.push(news["text"].as_str().unwrap().to_owned());
        if told.last().unwrap().contains("is back") {
            return told;
        }
    }
}

#[test]
fn a_sound_server_that_restarts_is_told_of_once_and_used_again() {
    let mut companion = Companion::start();
    answers_aloud(&companion);
    companion.server.kill();
    std::thread::sleep(Duration::from_secs(2));
    companion.server.restart();
    companion.keep_awake();
    let told = troubles_until_back(&companion);
    let lost = told.iter().filter(|text| text.contains("cannot be heard")).count();
    assert_eq!(lost, 1, "{told:?}");
    companion.until(|news| news["kind"] == "spoken");
    answers_aloud(&companion);
}

#[test]
fn answers_share_their_connections_to_the_sound_server() {
    let companion = Companion::start();
    answers_aloud(&companion);
    let at_first = connections(&companion);
    for _ in 0..3 {
        answers_aloud(&companion);
    }
    let at_last = connections(&companion);
    assert!(at_first.iter().all(|one| at_last.contains(one)), "{at_first:?}, {at_last:?}");
    // one that listens, one that speaks, and one that is being closed meanwhile
    assert!((2..=3).contains(&at_last.len()), "{at_last:?}");
}

/// Unplug these devices, wait, and plug them in again.
fn replug(companion: &Companion, devices: &[(&str, u32)], away: Duration) {
    let modules = companion.server.control("list short modules");
    for (device, _) in devices {
        let is_it = |line: &&str| line.contains(&format!("sink_name={device}"));
        let number = modules.lines().find(is_it).unwrap().split_whitespace().next().unwrap();
        companion.server.control(&format!("unload-module {number}"));
    }
    std::thread::sleep(away);
    for (device, rate) in devices {
        let load = format!("load-module module-null-sink sink_name={device} rate={rate}");
        companion.server.control(&load);
    }
    companion.server.control("set-default-sink speaker");
    companion.server.control("set-default-source microphone.monitor");
}

#[test]
fn devices_that_are_unplugged_and_plugged_in_again_are_used_again() {
    let mut companion = Companion::start();
    let (microphone, speaker) = (("microphone", 16_000), ("speaker", 48_000));
    // while there is another one the server sees to it
    replug(&companion, &[speaker], Duration::from_secs(1));
    companion.keep_awake();
    answers_aloud(&companion);
    replug(&companion, &[microphone, speaker], Duration::from_secs(7));
    companion.keep_awake();
    let told = troubles_until_back(&companion);
    assert!(told.iter().filter(|text| text.contains("cannot be heard")).count() == 1, "{told:?}");
    companion.until(|news| news["kind"] == "spoken");
    answers_aloud(&companion);
}
