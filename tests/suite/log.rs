//! The journal as its readers see it: what was changed, and that nobody altered the record.

use crate::harness::Home;
use serde_json::Value;
use std::fs;

fn journal(home: &Home) -> std::path::PathBuf {
    home.path("practice/journal.jsonl")
}

fn records(home: &Home, arguments: &str) -> Vec<Value> {
    let run = home.practice().args("log --json").args(arguments).run().succeeds();
    run.values()
}

#[test]
fn every_change_is_told_with_its_words_its_end_and_its_inverse() {
    let home = Home::new();
    let empty = home.practice().args("log").run().succeeds();
    assert!(empty.stdout().contains("Nothing was changed yet"), "{}", empty.stdout());
    assert!(!home.path("practice").exists(), "reading makes nothing");
    home.practice().args("do list generations").run().succeeds();
    assert_eq!(records(&home, "").len(), 0, "what changes nothing is not recorded");

    home.practice().args("do install bat").run().succeeds();
    home.practice().args("do undo that").run().succeeds();
    home.practice().args("do delete generation one --yes").run().succeeds();
    home.practice().args("do optimise the store").run().succeeds();
    home.practice().args("do undo").run().fails_with(&["cannot be undone"]);
    let all = records(&home, "");
    let told: Vec<_> = all.iter().map(|r| (r["heard"].as_str(), r["intent"].as_str())).collect();
    let expected = [
        ("install bat", "package.install"),
        ("undo that", "dialogue.undo"),
        ("delete generation one", "generation.delete"),
        ("optimise the store", "store.optimise"),
    ];
    assert_eq!(told, expected.map(|(heard, intent)| (Some(heard), Some(intent))));
    assert!(all.iter().all(|record| record["end"] == "done" && !record["outcome"].is_null()));
    assert_eq!(all[0]["change"], all[1]["inverse"]);
    assert_eq!((&all[0]["change"]["to"]["number"], &all[2]["inverse"]), (&6.into(), &Value::Null));
    assert_eq!(records(&home, "-n 1"), all[3..]);

    let shown = home.practice().args("log -n 3").run().succeeds().stdout();
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 3, "{shown}");
    for (line, words) in [(0, "6 → 5"), (0, "“undo that”"), (1, "−1"), (2, "store.optimise")]
    {
        assert!(lines[line].contains(words), "{words}: {shown}");
    }
}

#[test]
fn the_first_altered_line_is_named_and_a_torn_one_mended() {
    let home = Home::new();
    let verify = |more: &str| home.practice().args("log --verify").args(more).run();
    home.practice().args("do roll back").run().succeeds();
    home.practice().args("do undo").run().succeeds();
    let sound = verify("").succeeds().stdout();
    assert!(sound.contains("All 5 lines"), "{sound}");
    let head = sound.lines().find_map(|line| line.strip_prefix("Head ")).unwrap().to_owned();

    let whole = fs::read_to_string(journal(&home)).unwrap();
    let altered = whole.replacen("roll back", "roll over", 1);
    fs::write(journal(&home), altered).unwrap();
    verify("").fails_with(&["line 2 "]);
    let summary: Value = serde_json::from_str(&verify("--json").stdout()).unwrap();
    assert_eq!((&summary["altered"], &summary["sound"]), (&2.into(), &false.into()));

    let shorter = &whole[..=whole.trim_end().rfind('\n').unwrap()];
    fs::write(journal(&home), shorter).unwrap();
    verify("").succeeds();
    verify(&format!("--head {head}")).fails_with(&["cut off at the end"]);

    fs::write(journal(&home), &whole[..whole.len() - 20]).unwrap();
    assert!(verify("").succeeds().stdout().contains("last line is cut short"));
    home.practice().args("do roll back").run().succeeds();
    home.practice().args("do undo").run().succeeds();
    let mended = verify("").succeeds().stdout();
    assert!(mended.contains("Line 5 was cut short"), "{mended}");
}

#[test]
fn a_journal_from_before_there_were_chains_goes_on() {
    let home = Home::new();
    home.practice().args("do roll back").run().succeeds();
    // as lines were written before: without hashes, words and outcomes
    let text = fs::read_to_string(journal(&home)).unwrap();
    let plain = text.lines().skip(1).map(|line| {
        let mut line: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
        for later in ["hash", "heard", "intent", "inverse", "outcome"] {
            line.remove(later);
        }
        serde_json::to_string(&line).unwrap() + "\n"
    });
    fs::write(journal(&home), plain.collect::<String>()).unwrap();
    let old = home.practice().args("log --verify").run().succeeds().stdout();
    assert!(old.contains("not chained"), "{old}");
    home.practice().args("do undo").run().succeeds();
    let told = home.practice().args("log --verify").run().succeeds().stdout();
    assert!(told.contains("Not chained before line 3"), "{told}");
    let intents: Vec<Value> =
        records(&home, "").iter().map(|record| record["intent"].clone()).collect();
    assert_eq!(intents, ["generation.rollback", "dialogue.undo"]);
}
