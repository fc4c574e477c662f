//! Other people's words: commands and other talk, written by somebody who had not seen the grammar.

use crate::harness::Home;
use nixvox::domain::{Intent, Risk};
use std::collections::BTreeMap;
use std::path::Path;

/// How the lines of a corpus are read: right ones and all, by their condition, and the others' intents that are no
/// command's.
fn read(corpus: &str) -> (BTreeMap<String, (usize, usize)>, Vec<String>) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wordings").join(corpus);
    let home = Home::new();
    let run = home.nixvox().arg("eval").arg(dir).run().succeeds();
    let (mut counts, mut taken) = (BTreeMap::<String, (usize, usize)>::new(), Vec::new());
    for item in run.values() {
        let condition = item["condition"].as_str().unwrap().to_owned();
        let right = item["correct"] == true;
        if condition == "other" && !right {
            taken.push(item["intent"].as_str().unwrap().to_owned());
        }
        for key in [condition, "all".to_owned()] {
            let count = counts.entry(key).or_default();
            *count = (count.0 + usize::from(right), count.1 + 1);
        }
    }
    (counts, taken)
}

#[test]
fn people_are_understood_in_their_own_words() {
    for (corpus, least) in [("seen", 95), ("unseen", 94), ("strangers", 85)] {
        let (counts, taken) = read(corpus);
        let (right, all) = counts["all"];
        assert!(100 * right >= least * all, "{corpus}: {counts:?}");
        if let Some(&(right, all)) = counts.get("other") {
            assert!(100 * right >= 90 * all, "{corpus}: {counts:?}");
        }
        for intent in taken {
            assert!(!["generation.delete", "store.collect"].contains(&&*intent), "{corpus}");
        }
    }
}

#[test]
fn what_is_forbidden_asked_about_or_meant_for_later_is_rarely_done() {
    for (corpus, most) in [("turned", 2), ("unwanted", 4)] {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wordings").join(corpus);
        let lines = Home::new().nixvox().arg("eval").arg(dir).run().succeeds().values();
        let taken = lines.iter().filter_map(|line| line["intent"].as_str()?.parse::<Intent>().ok());
        let acts = |intent: &Intent| {
            let agrees = matches!(intent, Intent::DialogueYes | Intent::DialogueChoose);
            agrees || intent.risk().is_some_and(|risk| risk > Risk::Read)
        };
        let done: Vec<Intent> = taken.filter(acts).collect();
        assert!(100 * done.len() <= most * lines.len(), "{corpus}: {done:?}");
    }
}
