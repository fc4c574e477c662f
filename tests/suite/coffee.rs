//! Another domain through the same machinery: human recordings, and a grammar of their own.

use crate::harness::Home;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn coffee() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/coffee")
}

/// What `nixvox eval` makes of the corpus in `dir`, with `arguments`, line by line.
fn evaluate(dir: &Path, arguments: &str) -> Vec<Value> {
    let home = Home::new();
    let run = home
        .nixvox()
        .arg("eval")
        .arg(dir)
        .arg("--grammar")
        .arg(coffee().join("grammar"))
        .args(arguments)
        .run()
        .succeeds();
    run.values()
}

#[test]
fn orders_are_understood_from_recordings() {
    let items = evaluate(&coffee(), "");
    let wrong: Vec<&Value> = items.iter().filter(|item| item["correct"] != true).collect();
    assert_eq!(items.len(), 12);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_order_of_attributes_is_read() {
    let dir = tempfile::TempDir::new().unwrap();
    let mut lines = String::new();
    let words = ["large", "dark-roast,", "single shot"];
    for (index, order) in
        [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].iter().enumerate()
    {
        let said: Vec<&str> = order.iter().map(|&at: &usize| words[at]).collect();
        let line = serde_json::json!({
            "id": index.to_string(),
            "text": format!("I'd like a {} latte with some cream and sugar.", said.join(" ")),
            "intent": "orderDrink",
            "slots": {
                "size": "large", "roast": "dark roast", "numberOfShots": "single shot",
                "coffeeDrink": "latte", "milkAmount": "some cream", "sugarAmount": "sugar",
            },
        });
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    let tail = r#"{"id": "oz", "text": "get me an 8 oz coffee", "intent": "orderDrink", "slots": {"size": "eight ounce", "coffeeDrink": "coffee"}}
{"id": "twice", "text": "get me a small large coffee", "intent": "none"}
{"id": "tea", "text": "get me a cup of tea", "intent": "none"}
"#;
    std::fs::write(dir.path().join("corpus.jsonl"), lines + tail).unwrap();
    let items = evaluate(dir.path(), "");
    assert_eq!(items.len(), 9);
    assert!(items.iter().all(|item| item["correct"] == true), "{items:#?}");
}
