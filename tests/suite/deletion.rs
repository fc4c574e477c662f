//! What destroys: asked first, told truthfully, and never the current generation.

use crate::harness::Home;
use serde_json::Value;
use std::fs;

fn numbers(home: &Home) -> Vec<u64> {
    let report = home.practice().args("do list generations").json();
    let generations = report["outcomes"][0]["generations"].as_array().unwrap();
    generations.iter().rev().map(|found| found["number"].as_u64().unwrap()).collect()
}

#[test]
fn what_goes_is_said_and_a_yes_is_awaited() {
    let home = Home::new();
    let asked = home.practice().args("do delete generations one to three").run();
    assert_eq!(asked.code(), 4, "{}", asked.stderr());
    for words in ["deletes generations 1 to 3", "Generation 5 stays", "cannot be undone"] {
        assert!(asked.stdout().contains(words), "{}", asked.stdout());
    }
    assert_eq!(numbers(&home), [1, 2, 3, 4, 5], "nothing went without a yes");

    let done = home.practice().args("do delete generations one to three --yes").json();
    assert_eq!(done["outcomes"][0]["kind"], "deleted");
    assert_eq!(done["reply"]["say"], "Deleted generations 1 to 3 of the user profile.");
    assert_eq!(numbers(&home), [4, 5]);
    home.practice().args("do undo").run().fails_with(&["cannot be undone"]);
    home.practice().args("do delete generation five --yes").run().fails_with(&["never deleted"]);
    home.practice().args("do delete generation nine --yes").run().fails_with(&["no generation 9"]);
    home.practice().args("do roll back").run().succeeds();
    home.practice().args("do undo").run().succeeds();
    assert_eq!(numbers(&home), [4, 5]);
}

#[test]
fn old_generations_are_those_that_nix_would_delete() {
    for (said, nix) in [
        ("delete generations older than four days", "4d"),
        ("delete generations older than a month", "30d"),
        ("keep only the last two generations", "+2"),
        ("delete old generations", "old"),
    ] {
        let home = Home::new();
        let dry = home.practice().args("do --json --dry-run").args(said).run().stdout();
        // where nothing is to go, that is said instead of a plan
        let plan: Value = serde_json::from_str(&dry).unwrap_or_default();
        let profile = home.profile();
        let link = profile.to_str().unwrap();
        home.nix("nix-env", &["-p", link, "--delete-generations", nix]);
        let left = numbers(&home);
        let gone = plan["steps"][0]["generations"].as_array().cloned().unwrap_or_default();
        let gone: Vec<u64> = gone.iter().map(|found| found["number"].as_u64().unwrap()).collect();
        let expected: Vec<u64> = (1..=5).filter(|number| !left.contains(number)).collect();
        assert_eq!(gone, expected, "{said}");
    }
}

#[test]
fn collecting_tells_before_and_after_what_it_frees() {
    let home = Home::new();
    let dead = |home: &Home| home.nix("nix-store", &["--gc", "--print-dead"]).lines().count();
    let asked = home.practice().args("do collect garbage").run();
    assert_eq!(asked.code(), 4);
    let before = dead(&home);
    assert!(before > 0);
    assert!(asked.stdout().contains(&format!("{before} dead path")), "{}", asked.stdout());
    assert_eq!(dead(&home), before);
    let done = home.practice().args("do collect garbage --yes").json();
    assert_eq!(done["outcomes"][0]["kind"], "collected");
    assert_eq!(done["outcomes"][0]["paths"], before);
    assert!(done["outcomes"][0]["bytes"].as_u64().unwrap() > 0);
    assert_eq!(dead(&home), 0);

    let nothing = home.practice().args("do collect garbage").run().succeeds();
    assert!(nothing.stdout().contains("Nothing could be freed"), "{}", nothing.stdout());

    let store = home.path("practice/store");
    let count = || fs::read_dir(&store).unwrap().count();
    let held = count();
    let old = home.practice().args("do collect garbage older than a week --yes").json();
    let kinds: Vec<&str> =
        old["outcomes"].as_array().unwrap().iter().map(|o| o["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["deleted", "collected"]);
    assert_eq!(numbers(&home), [2, 3, 4, 5]);
    assert!(count() < held);
}

#[test]
fn the_store_is_verified_and_optimised() {
    let home = Home::new();
    for (text, kind) in [("check the store", "verified"), ("optimise the store", "optimised")] {
        let report = home.practice().arg("do").args(text).json();
        assert_eq!(report["outcomes"][0]["kind"], kind, "{report}");
        assert_eq!(report["reply"]["verdict"], "done");
    }
    assert!(home.path("practice/store/.links").is_dir(), "identical files are linked");
}
