//! Sounds of hesitation: "um install firefox" removes nothing.

use crate::harness::Home;
use serde_json::Value;
use std::path::Path;

#[test]
fn who_hesitates_does_not_say_the_contrary() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hesitation");
    let run = Home::new().nixvox().arg("eval").arg(dir).run().succeeds();
    let items = run.values();
    assert_eq!(items.len(), 36);
    let turned_round = |item: &&Value| {
        let removes = item["intent"] == "package.remove";
        item["intent"] != "none" && removes != (item["condition"] == "uninstall")
    };
    let contrary: Vec<&Value> = items.iter().filter(turned_round).collect();
    assert!(contrary.is_empty(), "{contrary:#?}");
    let right = items.iter().filter(|item| item["correct"] == true).count();
    assert!(right >= 32, "{right} of 36");
}
