//! An answer played on a real sound server, recorded there, and heard back.

use crate::harness::{Home, Ran, data, interrupt};
use crate::sound_server::SoundServer;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[test]
fn the_answer_can_be_heard_on_the_sound_device() {
    let home = Home::new();
    let server = SoundServer::start(&home.path("pulse"));
    let recording = home.path("played.wav");
    let mut recorder = server.record(&recording);
    std::thread::sleep(Duration::from_millis(500));
    home.practice()
        .env("PULSE_SERVER", server.address())
        .args("do which generation am i on --speak")
        .run()
        .succeeds();
    interrupt(&recorder);
    recorder.wait().unwrap();

    let report = home.practice().arg("hear").arg(&recording).arg("--quiet").json();
    let heard = report["transcript"]["text"].as_str().unwrap().to_lowercase();
    for word in ["generation", "current", "user profile"] {
        assert!(heard.contains(word), "{heard}");
    }
}

#[test]
fn what_is_said_is_as_loud_as_the_configuration_says() {
    let home = Home::new();
    let server = SoundServer::start(&home.path("pulse"));
    let [loud, soft] = [100, 25].map(|volume| {
        home.configure(&format!("volume = {volume}"));
        let played = home.path(&format!("{volume}.wav"));
        let mut recorder = server.record(&played);
        std::thread::sleep(Duration::from_millis(500));
        let run = home.nixvox().env("PULSE_SERVER", server.address());
        run.args("say generation three is current").run().succeeds();
        interrupt(&recorder);
        recorder.wait().unwrap();
        let samples = nixvox::audio::read(&played).unwrap();
        samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()))
    });
    assert!((0.2..0.3).contains(&(soft / loud)), "{soft} of {loud}");
}

#[test]
fn a_command_into_the_microphone_is_done_and_answered_on_the_speaker() {
    let home = Home::new();
    home.practice().args("do status").run().succeeds();
    let server = SoundServer::start(&home.path("pulse"));
    let mut feeders = server.keep_awake();
    let played = home.path("played.wav");
    let mut recorder = server.record(&played);
    let mut child = home
        .practice()
        .env("PULSE_SERVER", server.address())
        .args("listen --json --phrase")
        .arg("")
        .start_and_await("Listening");
    let mut turns = BufReader::new(child.stdout.take().unwrap()).lines();
    std::thread::sleep(Duration::from_secs(2));
    server.say(&data().join("previous-generation.flac"));
    let turn: Value = serde_json::from_str(&turns.next().unwrap().unwrap()).unwrap();
    assert_eq!(turn["intent"], "generation.rollback", "{turn}");
    // a turn is kept once its answer is over
    let deadline = Instant::now() + Duration::from_secs(60);
    while !home.path("practice/turns.jsonl").exists() {
        assert!(Instant::now() < deadline, "the answer has no end");
        std::thread::sleep(Duration::from_millis(100));
    }
    // and what the recorder holds back
    std::thread::sleep(Duration::from_millis(500));
    interrupt(&child);
    child.wait().unwrap();
    interrupt(&recorder);
    recorder.wait().unwrap();
    for feeder in &mut feeders {
        let _ = feeder.kill();
        let _ = feeder.wait();
    }
    let report = home.practice().arg("hear").arg(&played).arg("--quiet").json();
    let answer = report["transcript"]["text"].as_str().unwrap().to_lowercase();
    assert!(answer.contains("back to generation") && answer.contains("removed"), "{answer}");
}

#[test]
fn a_command_is_taken_while_the_key_is_pressed() {
    let home = Home::new();
    home.practice().args("do status").run().succeeds();
    let server = SoundServer::start(&home.path("pulse"));
    let mut feeders = server.keep_awake();
    let mut child = home
        .practice()
        .env("PULSE_SERVER", server.address())
        .args("talk --json --quiet")
        .start_and_await("Press Enter");
    let mut keyboard = child.stdin.take().unwrap();
    let mut turns = BufReader::new(child.stdout.take().unwrap()).lines();
    std::thread::sleep(Duration::from_secs(2));
    // without the key nothing is taken
    server.say(&data().join("roll-back.flac"));
    for (recording, intent) in
        [("current-generation", "generation.current"), ("nice-animal", "none")]
    {
        keyboard.write_all(b"\n").unwrap();
        server.say(&data().join(format!("{recording}.flac")));
        std::thread::sleep(Duration::from_millis(300));
        keyboard.write_all(b"\n").unwrap();
        let turn: Value = serde_json::from_str(&turns.next().unwrap().unwrap()).unwrap();
        assert_eq!(turn["intent"], intent, "{turn}");
    }
    interrupt(&child);
    child.wait().unwrap();
    for feeder in &mut feeders {
        let _ = feeder.kill();
        let _ = feeder.wait();
    }
}

#[test]
fn a_long_recording_is_cut_into_commands_and_other_talk() {
    let home = Home::new();
    let path = home.path("long.wav");
    let parts = ["roll-back", "the-minister", "undo-that", "nice-animal", "store-size"];
    join(&parts.map(|name| data().join(format!("{name}.flac"))), &path);
    let listen = |phrase: &str| {
        let run = home.practice().args("listen --quiet --json --phrase").arg(phrase);
        run.arg("--from").arg(&path).run().succeeds()
    };
    assert_eq!(intents(&listen("")), ["generation.rollback", "dialogue.undo", "store.size"]);
    assert_eq!(listen("computer").stdout(), "", "nobody called it");
}

#[test]
fn the_phrase_opens_it_for_a_command_and_the_next_ones_need_none() {
    let home = Home::new();
    let path = home.path("called.wav");
    let call = home.path("call.wav");
    home.nixvox().arg("say").arg("computer, roll back").arg("--out").arg(&call).run().succeeds();
    join(&[call, data().join("undo-that.flac")], &path);
    let run = home.practice().args("listen --quiet --json --from").arg(&path);
    let run = run.run().succeeds();
    assert_eq!(intents(&run), ["generation.rollback", "dialogue.undo"]);
}

/// The intents of the turns that a run printed.
fn intents(run: &Ran) -> Vec<String> {
    let intent = |turn: Value| turn["intent"].as_str().unwrap().to_owned();
    run.values().into_iter().map(intent).collect()
}

/// Write the recordings, with a second of silence after each, to `path`.
fn join(recordings: &[PathBuf], path: &Path) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for recording in recordings {
        let samples = nixvox::audio::read(recording).unwrap();
        for sample in samples.into_iter().chain(std::iter::repeat_n(0.0, 16_000)) {
            writer.write_sample((sample * 32_767.0) as i16).unwrap();
        }
    }
    writer.finalize().unwrap();
}

#[test]
fn a_sound_server_that_refuses_is_told_of_and_what_helps_helps() {
    let home = Home::new();
    let dir = home.path("pulse");
    let mut server = SoundServer::start(&dir);
    server.kill();
    let config = dir.join("pulse.pa");
    let script = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, script.replace("auth-anonymous=1 ", "")).unwrap();
    server.restart();
    let address = server.address();
    let doctor = || {
        let run = home.practice().env("PULSE_SERVER", &address).env("HOME", home.path(""));
        run.args("doctor").run().stdout()
    };
    let told = doctor();
    assert!(told.contains("the sound server refuses") && told.contains("pactl info"), "{told}");
    let mut client = server.client("pactl");
    assert!(client.arg("info").env("HOME", home.path("")).output().unwrap().status.success());
    // as they share a home; else it goes by who asks, which a busy PulseAudio may look for too late
    let cookie = Path::new(".config/pulse/cookie");
    std::fs::copy(home.path("").join(cookie), dir.join(cookie)).unwrap();
    server.kill();
    server.restart();
    let told = doctor();
    assert!(!told.contains("refuses") && told.contains("Monitor of Null"), "{told}");
}

#[test]
fn without_a_sound_device_the_answer_is_shown_and_said_to_be_mute() {
    let home = Home::new();
    let run = home
        .practice()
        .env("PULSE_SERVER", format!("unix:{}", home.path("nobody").display()))
        .env("ALSA_CONFIG_PATH", home.path("none.conf"))
        .args("do which generation am i on --speak")
        .run();
    run.fails_with(&["Generation 5 is current", "no sound device"]);
}
