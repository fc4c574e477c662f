//! From a recording to a changed profile and a spoken answer.

use crate::harness::{Home, corpus, data};
use nixvox::domain::{TurnId, Utterance};
use nixvox::models::Models;
use nixvox::ports::Transcriber;
use nixvox::stt::Whisper;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// What our own ears make of a WAV file.
fn heard(home: &Home, wav: &Path) -> String {
    let report = home.practice().arg("hear").arg(wav).arg("--quiet").json();
    report["transcript"]["text"].as_str().unwrap().to_lowercase()
}

/// The current user generation's number, as nix-env tells it.
fn current(home: &Home) -> String {
    let profile = home.profile();
    let list = home.nix("nix-env", &["-p", profile.to_str().unwrap(), "--list-generations"]);
    let line = list.lines().find(|line| line.contains("(current)")).unwrap();
    line.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn every_recording_is_understood() {
    let mut wrong = Vec::new();
    let corpus = corpus();
    for line in &corpus {
        // a home each: some of them change the profile
        let home = Home::new();
        let recording = line["id"].as_str().unwrap();
        let report = home.practice().hear(recording).arg("--quiet").json();
        let slots = if line["intent"] == "none" { json!({}) } else { line["slots"].clone() };
        if report["intent"] != line["intent"] || report["slots"] != slots {
            wrong.push((recording, report["transcript"]["text"].clone(), report["intent"].clone()));
        }
    }
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), corpus.len());
}

#[test]
fn a_spoken_command_is_done_and_answered_aloud() {
    let home = Home::new();
    let answer = home.path("answer.wav");
    let report = home.practice().hear("roll-back").arg("--say").arg(&answer).json();
    assert_eq!(report["outcomes"][0]["kind"], "switched");
    assert_eq!(current(&home), "4");

    let said = report["reply"]["say"].as_str().unwrap();
    assert!(said.starts_with("Rolled back to generation 4."), "{said}");
    let heard_back = heard(&home, &answer);
    for word in ["back to generation", "removed"] {
        assert!(heard_back.contains(word), "{heard_back}");
    }
    assert!(heard_back.contains('4') || heard_back.contains("four"), "{heard_back}");

    let undone = home.practice().hear("undo-that").arg("--say").arg(&answer).json();
    assert_eq!(undone["outcomes"][0]["kind"], "switched");
    assert_eq!(current(&home), "5");
    assert_eq!(undone["plan"]["steps"][0]["to"], original(&report));
}

/// The generation that `report`'s change came from, as a later change names its goal.
fn original(report: &Value) -> Value {
    let mut from = report["plan"]["steps"][0]["from"].clone();
    from["current"] = json!(false);
    from
}

#[test]
fn the_stages_add_up_to_the_whole() {
    let home = Home::new();
    let answer = home.path("answer.wav");
    let report = home.practice().hear("current-generation").arg("--say").arg(&answer).json();
    let stages = report["stages"].as_array().unwrap();
    let names: Vec<&str> = stages.iter().map(|stage| stage["stage"].as_str().unwrap()).collect();
    for name in ["read", "recognise", "understand", "plan", "act", "phrase", "first words"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let sum: f64 = stages.iter().map(|stage| stage["ms"].as_f64().unwrap()).sum();
    let total = report["total_ms"].as_f64().unwrap();
    assert!((sum - total).abs() < 0.01, "{sum} {total}");
}

#[test]
fn an_answer_is_spoken_for_what_is_not_understood_too() {
    let home = Home::new();
    let answer = home.path("answer.wav");
    let run = home.practice().hear("nice-animal").arg("--say").arg(&answer).run();
    assert_eq!(run.code(), 3, "{}", run.stderr());
    let heard_back = heard(&home, &answer);
    assert!(heard_back.contains("not understand"), "{heard_back}");
}

#[test]
fn a_sound_too_short_for_words_is_not_taken_for_the_one_before() {
    let model = Models::open(None).unwrap().whisper("tiny.en").unwrap();
    let mut whisper = Whisper::load(&model, 2).unwrap();
    let mut words = |samples| {
        let utterance = Utterance { turn: TurnId::default(), samples };
        let heard = whisper.transcribe(&utterance, &AtomicBool::new(false)).unwrap();
        heard.text().to_lowercase()
    };
    let command = nixvox::audio::read(&data().join("roll-back.flac")).unwrap();
    assert!(words(command).contains("roll back"));
    for length in [1600, 1700, 1799] {
        assert_eq!(words(vec![0.0; length]), "", "{length}");
    }
}
