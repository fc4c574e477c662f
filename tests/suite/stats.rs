//! `nixvox stats`.

use crate::harness::Home;
use crate::service::{Service, ctl, serve};
use serde_json::json;

#[test]
fn turns_are_counted_whoever_took_them_and_no_word_of_them_is_kept() {
    let home = Home::new();
    let none = home.practice().args("stats").run().succeeds().stdout();
    assert!(none.starts_with("No turn was taken yet"), "{none}");

    home.practice().hear("roll-back").arg("--quiet").run().succeeds();
    assert_eq!(home.practice().hear("nice-animal").arg("--quiet").run().code(), 3);
    {
        let _service = Service::of(serve(&home));
        ctl(&home, "say which generation am i on").run().succeeds();
    }
    let stats = home.practice().args("stats").json();
    assert_eq!((&stats["turns"], &stats["heard"]), (&json!(3), &json!(2)), "{stats}");
    assert_eq!((&stats["accepted"], &stats["rejected"]), (&json!(2), &json!(1)), "{stats}");
    assert_eq!(stats["verdicts"], json!({ "done": 2, "not-understood": 1 }));
    assert!(stats["memory_kb"].as_u64().unwrap() > 50_000, "{stats}");
    let stages = stats["stages"].as_array().unwrap();
    let stage = |name: &str| stages.iter().find(|stage| stage["stage"] == name).unwrap();
    assert_eq!((&stage("recognise")["n"], &stage("= whole turn")["n"]), (&json!(2), &json!(3)));
    assert!(stage("recognise")["p99_ms"].as_f64() >= stage("recognise")["p50_ms"].as_f64());

    let last = home.practice().args("stats -n 1").json();
    assert_eq!((&last["turns"], &last["heard"]), (&json!(1), &json!(0)));
    let shown = home.practice().args("stats").run().succeeds().stdout();
    assert!(shown.starts_with("3 turns since") && shown.contains("not understood"), "{shown}");
    let kept = std::fs::read_to_string(home.path("practice/turns.jsonl")).unwrap().to_lowercase();
    for word in ["back", "animal", "generation"] {
        assert!(!kept.contains(word), "{word} in {kept}");
    }
}
