//! A practice machine whose configuration is evaluated and built.

use crate::evaluator::kinds;
use crate::harness::{Home, Run};
use nixvox::domain::EvaluatorKind;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

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
        let report = self.say(words).json();
        assert!(report["fault"].is_null(), "{words}: {report}");
        report
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
