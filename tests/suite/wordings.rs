//! Other people's words: commands and other talk, written by somebody who had not seen the grammar.

use crate::harness::{Home, labels};
use nixvox::domain::{Intent, Risk};
use serde_json::Value;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Where a corpus lies.
fn folder(corpus: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wordings").join(corpus)
}

/// How the lines of a corpus are read, in their order.
fn read(corpus: &str) -> Vec<Value> {
    Home::new().nixvox().arg("eval").arg(folder(corpus)).run().succeeds().values()
}

#[test]
fn people_are_understood_in_their_own_words() {
    for (corpus, least, least_left) in
        [("seen", 96, 90), ("unseen", 95, 90), ("strangers", 86, 90), ("newcomers", 79, 85)]
    {
        let (labels, lines) = (labels(&folder(corpus)), read(corpus));
        let ids = |lines: &[Value]| lines.iter().map(|line| line["id"].clone()).collect::<Vec<_>>();
        assert_eq!(ids(&labels), ids(&lines), "{corpus}");
        let right = |line: &&Value| line["correct"] == true;
        let count = lines.iter().filter(right).count();
        assert!(100 * count >= least * lines.len(), "{corpus}: {count} of {}", lines.len());

        // what asks for nothing
        let other = labels.iter().zip(&lines).filter(|(label, _)| label["intent"] == "none");
        let (left, taken): (Vec<&Value>, Vec<&Value>) =
            other.map(|(_, line)| line).partition(right);
        let all = left.len() + taken.len();
        assert!(all > 0 && 100 * left.len() >= least_left * all, "{corpus}: {taken:#?}");
        for line in taken {
            let intent = line["intent"].as_str().unwrap();
            assert!(!["generation.delete", "store.collect"].contains(&intent), "{corpus}: {line}");
        }
    }
}

#[test]
fn what_is_forbidden_asked_about_or_meant_for_later_is_rarely_done() {
    for (corpus, most) in [("turned", 2), ("unwanted", 4)] {
        let lines = read(corpus);
        let taken = lines.iter().filter_map(|line| line["intent"].as_str()?.parse::<Intent>().ok());
        let acts = |intent: &Intent| {
            let agrees = matches!(intent, Intent::DialogueYes | Intent::DialogueChoose);
            agrees || intent.risk().is_some_and(|risk| risk > Risk::Read)
        };
        let done: Vec<Intent> = taken.filter(acts).collect();
        assert!(100 * done.len() <= most * lines.len(), "{corpus}: {done:?}");
    }
}

/// The words of each line of a corpus.
fn words(corpus: &str) -> HashSet<String> {
    let plain = |text: &str| -> String {
        let kept = text.to_lowercase();
        kept.chars().filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '\'').collect()
    };
    labels(&folder(corpus)).iter().map(|line| plain(line["text"].as_str().unwrap())).collect()
}

#[test]
fn nothing_was_learnt_from_what_is_held_out() {
    let learnt: HashSet<String> =
        ["seen", "learnt", "turned"].into_iter().flat_map(words).collect();
    for corpus in ["unseen", "strangers", "newcomers", "unwanted"] {
        let shared = words(corpus).intersection(&learnt).count();
        assert_eq!(shared, 0, "of {corpus}");
    }
}
