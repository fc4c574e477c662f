//! The command line's contract: what is printed, and the exit codes.

use crate::harness::{Home, corpus, data};
use serde_json::{Value, json};
use std::os::unix::process::ExitStatusExt;

#[test]
fn parse_prints_intent_and_slots() {
    let home = Home::new();
    for (text, code, expected) in [
        (
            "switch to system generation forty two please",
            0,
            json!({"intent": "generation.switch", "slots": {"generation": "42", "scope": "system"}}),
        ),
        (
            "go back two generations",
            0,
            json!({"intent": "generation.rollback", "slots": {"count": "2"}}),
        ),
        ("firefox is a nice animal", 3, json!({"intent": "none", "slots": {}})),
    ] {
        let run = home.nixvox().arg("parse").args(text).arg("--json").run();
        assert_eq!(run.code(), code, "{text}: {}", run.stderr());
        assert_eq!(serde_json::from_str::<Value>(&run.stdout()).unwrap(), expected, "{text}");
    }
}

#[test]
fn parse_prints_each_of_several_commands() {
    let run = Home::new().nixvox().args("parse install krita and remove gimp --json").run();
    let intents: Vec<Value> =
        run.succeeds().values().iter().map(|it| it["intent"].clone()).collect();
    assert_eq!(intents, ["package.install", "package.remove"]);
}

#[test]
fn parse_scores_a_corpus() {
    let home = Home::new();
    let run =
        home.nixvox().args("parse --corpus").arg(data().join("corpus.jsonl")).run().succeeds();
    let lines = run.values();
    assert_eq!(lines.len(), corpus().len());
    assert!(lines.iter().all(|line| line["correct"] == true), "{lines:#?}");
    assert!(run.stderr().contains(&format!("{0} of {0} right", lines.len())), "{}", run.stderr());
}

#[test]
fn every_intent_is_understood_in_several_wordings() {
    let home = Home::new();
    let run = home.nixvox().args("parse --corpus").arg(data().join("wordings.jsonl")).run();
    let wrong: Vec<String> = run
        .succeeds()
        .stdout()
        .lines()
        .filter(|line| line.contains("\"correct\":false"))
        .map(str::to_owned)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let home = Home::new();
    let run = home.practice().args("do roll back --dry-run").run().succeeds();
    let expected = "Generation 4 will become current in the user profile, instead of generation 5.";
    assert_eq!(run.stdout().trim(), expected);
    let plan = home.practice().args("do roll back --dry-run").json();
    assert_eq!(plan["risk"], "reversible");
    assert_eq!(plan["inverse"]["to"]["number"], 5);
    let current = home.practice().args("do which generation am i on").json();
    assert_eq!(current["outcomes"][0]["generation"]["number"], 5);
}

#[test]
fn exit_codes_tell_how_it_ended() {
    let home = Home::new();
    for (arguments, code) in [
        ("do list generations", 0),
        ("do switch to generation ninety", 1),
        ("do switch to generation five", 1),
        ("do roll back the moon", 3),
        ("do roll back the moon --dry-run", 3),
        ("do yes", 4),
        ("do cancel", 4),
        ("do upgrade it", 4),
        ("do upgrade it --dry-run", 4),
        ("do", 2),
        ("frobnicate", 2),
    ] {
        let run = home.practice().args(arguments).run();
        assert_eq!(run.code(), code, "{arguments}: {} {}", run.stdout(), run.stderr());
    }
}

#[test]
fn a_yes_to_every_question_does_what_was_unclear_and_cannot_be_undone() {
    let home = Home::new();
    let asked = home.practice().args("do clean up my computer").run();
    assert!(asked.stdout().starts_with("Did you mean: collect garbage?"), "{}", asked.stdout());
    let done = home.practice().args("do --yes clean up my computer").run().succeeds();
    assert!(done.stdout().contains("freed"), "{}", done.stdout());
}

#[test]
fn every_question_has_its_answer() {
    let home = Home::new();
    for (text, kind, words) in [
        ("list generations", "generations", "(current)"),
        ("the last two generations", "generations", "5 generations"),
        ("which generation am i on", "current", "Generation 5"),
        ("what changed in the last generation", "diff", "→"),
        ("compare generations one and five", "diff", "firefox"),
        ("what have i installed", "packages", "firefox 149.0"),
        ("status", "status", "The Nix daemon answers, version 2."),
        ("how big is the store", "store", "could be freed"),
        ("list the system generations", "generations", "system profile"),
    ] {
        let report = home.practice().arg("do").args(text).json();
        assert_eq!(report["outcomes"][0]["kind"], kind, "{text}: {report}");
        let shown = report["reply"]["show"].as_str().unwrap();
        assert!(shown.contains(words), "{text}: {shown}");
        let said = report["reply"]["say"].as_str().unwrap();
        assert!(!said.is_empty() && !said.contains('{') && !said.contains("/store/"), "{said}");
    }
}

#[test]
fn the_log_can_be_json() {
    let home = Home::new();
    let run = home
        .nixvox()
        .env("NIX_DAEMON_SOCKET_PATH", home.path("no-socket"))
        .env("NIX_STATE_DIR", home.path("no-state"))
        .args("--log-format json do how big is the store")
        .run();
    let line: Value = serde_json::from_str(run.stderr().lines().next().unwrap()).unwrap();
    assert_eq!(line["level"], "ERROR");
}

#[test]
fn the_doctor_finds_what_is_there_and_what_is_not() {
    let home = Home::new();
    let run = home.practice().args("doctor --json").run().succeeds();
    for what in
        ["grammar", "recognition", "ONNX Runtime", "voice", "Nix daemon", "store", "profile"]
    {
        assert_eq!(run.check(what)["health"], "good", "{what}");
    }
    let broken = home.practice().args("--model no-such-model doctor").run();
    broken.fails_with(&["BAD", "no-such-model"]);
}

#[test]
fn manual_completions_and_readme_know_every_command() {
    let home = Home::new();
    home.nixvox().arg("docs").arg(home.path("docs")).run().succeeds();
    let read = |path: &str| std::fs::read_to_string(home.path("docs").join(path)).unwrap();
    assert!(read("man/man1/nixvox-ctl-say.1").contains("\\-\\-json"));
    let manual = read("man/man1/nixvox.1");
    let completions = ["nixvox.bash", "nixvox.fish", "_nixvox"]
        .map(|shell| (shell, read(&format!("completions/{shell}"))));
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let help = home.nixvox().arg("--help").run().succeeds().stdout();
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.is_empty());
    let names = listed.map(|line| line.split_whitespace().next().unwrap());
    let names: Vec<&str> = names.filter(|name| *name != "help").collect();
    assert!(names.len() > 3, "{help}");
    for name in names {
        assert!(manual.contains(&format!("nixvox\\-{name}(1)")), "{name}");
        assert!(readme.contains(&format!("`nixvox {name}")), "{name}");
        for (shell, completion) in &completions {
            assert!(completion.contains(name), "{name}, {shell}");
        }
    }
    std::fs::write(home.path("file"), "").unwrap();
    home.nixvox().arg("docs").arg(home.path("file")).run().fails_with(&["cannot make"]);
}

#[test]
fn a_reader_that_goes_stops_nothing_and_breaks_nothing() {
    let home = Home::new();
    let unread = |args: &str| {
        let mut child = home.practice().args(args).start();
        drop(child.stdout.take());
        child.wait().unwrap()
    };
    assert_eq!(unread("do --json --events install bat").code(), Some(0));
    let listed = home.practice().args("do what have I installed").run().succeeds();
    assert!(listed.stdout().contains("bat"), "{}", listed.stdout());
    // more than a pipe holds
    assert_eq!(unread("grammar sample -n 5000").signal(), Some(13));
}
