//! A practice machine whose configuration is evaluated and built.

use crate::evaluator::kinds;
use crate::harness::{Home, Run, interrupt};
use nixvox::domain::EvaluatorKind;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use unix::sys::signal::{Signal, kill};
use unix::unistd::Pid;

/// A home whose practice machine is evaluated in one way.
pub(crate) struct Machine {
    pub(crate) home: Home,
}

impl Machine {
    pub(crate) fn new(kind: EvaluatorKind) -> Self {
        let home = Home::new();
        home.evaluate_by(kind);
        home.practice().args("do status").run().succeeds();
        Self { home }
    }

    /// One that evaluates as well as this build can.
    pub(crate) fn any() -> Self {
        Self::new(*kinds().last().unwrap())
    }

    pub(crate) fn say(&self, words: &str) -> Run {
        self.home.practice().arg("do").arg(words)
    }

    /// What it answered; it must have been done.
    pub(crate) fn does(&self, words: &str) -> Value {
        self.say(words).done()
    }

    pub(crate) fn said(&self, words: &str) -> String {
        self.does(words)["reply"]["say"].as_str().unwrap().to_owned()
    }

    /// Put these lines into the configuration.
    pub(crate) fn configure(&self, lines: &str) {
        let file = self.home.path("practice/nixos/configuration.nix");
        let text = fs::read_to_string(&file).unwrap();
        let end = text.rfind('}').unwrap();
        fs::write(&file, format!("{}{lines}\n}}\n", &text[..end])).unwrap();
    }

    /// What its systems were asked for.
    pub(crate) fn actions(&self) -> Vec<String> {
        let lines = fs::read_to_string(self.home.path("practice/activations")).unwrap_or_default();
        lines.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    }

    pub(crate) fn running(&self) -> PathBuf {
        self.home.path("practice/run/current-system").canonicalize().unwrap()
    }

    /// The generation that its profile is at, with what that holds.
    pub(crate) fn generation(&self) -> (u64, PathBuf) {
        let report = self.does("which system generation am i on");
        let current = &report["outcomes"][0]["generation"];
        (current["number"].as_u64().unwrap(), current["target"].as_str().unwrap().into())
    }
}

/// What takes longer to evaluate than anybody waits, and little memory.
pub(crate) const FOREVER: &str = "let many = builtins.genList (n: n) 100000; in \
    builtins.foldl' (a: _: builtins.foldl' (b: _: b) a many) \"x\" many";

/// How an evaluation ends before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Killed,
    CalledOff,
}

impl Ending {
    /// Some words of what is said then.
    pub(crate) fn told(self) -> &'static str {
        match self {
            Self::Killed => "broke off",
            Self::CalledOff => "Cancelled",
        }
    }
}

/// What `run` says where its evaluator is killed, or it is called off, while that evaluates.
pub(crate) fn broken_off(run: Run, ending: Ending) -> String {
    let mut child = run.start();
    let deadline = Instant::now() + Duration::from_secs(30);
    let evaluating = || children(child.id()).into_iter().find(|process| evaluates(*process));
    // one that is done soon makes way for the next
    let evaluator = loop {
        assert!(Instant::now() < deadline, "nothing evaluates for long");
        let found = evaluating();
        std::thread::sleep(Duration::from_millis(if found.is_some() { 500 } else { 10 }));
        if let Some(found) = evaluating().filter(|process| found == Some(*process)) {
            break found;
        }
    };
    match ending {
        Ending::Killed => kill(evaluator, Signal::SIGKILL).unwrap(),
        Ending::CalledOff => interrupt(&child),
    }
    drop(child.stdin.take());
    let output = child.wait_with_output().unwrap();
    assert!(kill(evaluator, None).is_err(), "{ending:?}: it is still there");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The processes that `parent` has started.
fn children(parent: u32) -> Vec<Pid> {
    let own = format!("PPid:\t{parent}\n");
    let entries = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let status = |entry: &PathBuf| fs::read_to_string(entry.join("status")).unwrap_or_default();
    let name = |entry: PathBuf| entry.file_name()?.to_str()?.parse().ok();
    entries
        .filter(|entry| status(entry).contains(&own))
        .filter_map(name)
        .map(Pid::from_raw)
        .collect()
}

/// Whether a process is an evaluator.
fn evaluates(process: Pid) -> bool {
    let line = fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default();
    line.split('\0').nth(1) == Some("evaluator") || line.starts_with("nix-instantiate")
}
