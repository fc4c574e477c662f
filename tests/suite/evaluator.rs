//! Both evaluators over a real daemon: that they agree, and that nothing which is evaluated can
//! harm more than its own answer.

use crate::machine::FOREVER;
use nixvox::domain::{EvaluatorKind, Fault, Subject};
use nixvox::nix::evaluator::{self, Place};
use nixvox::nix::{Cancel, Error, Practice};
use nixvox::ports::Evaluator;
use std::fs;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_nixvox");

/// The kinds that this build has; the lane of Nix's library is told where it is left out.
pub(crate) fn kinds() -> Vec<EvaluatorKind> {
    let mut kinds = vec![EvaluatorKind::Command];
    if cfg!(feature = "libnix") {
        kinds.push(EvaluatorKind::Library);
    } else {
        eprintln!("LEFT OUT: evaluation by Nix's library, without which this was built");
    }
    kinds
}

/// An evaluator over a practice store.
struct Bench {
    cancel: Cancel,
    evaluator: Box<dyn Evaluator<Error = Error>>,
    practice: Practice,
    dir: TempDir,
}

impl Bench {
    fn new(kind: EvaluatorKind, change: impl FnOnce(&mut Place)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let practice = Practice::open(&dir.path().join("practice")).unwrap();
        let mut place = Place::new(practice.paths());
        place.program = Some(PROGRAM.into());
        place.environment.extend(practice.environment().map(|(name, path)| (name, path.into())));
        change(&mut place);
        let cancel = Cancel::default();
        let evaluator = evaluator::open(kind, place, &cancel).unwrap();
        Self { cancel, evaluator, practice, dir }
    }

    fn ask(&mut self, expression: &str) -> Result<String, Error> {
        let subject = Subject { expression: expression.to_owned(), ..Subject::default() };
        self.evaluator.evaluate(&subject, "value: toString value")
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.dir.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

#[test]
fn both_answer_the_same_and_derivations_are_in_the_store() {
    let derivation =
        "(derivation { name = \"x\"; system = \"any\"; builder = \"/bin/sh\"; }).drvPath";
    let mut told = Vec::new();
    for kind in kinds() {
        let mut bench = Bench::new(kind, |_| {});
        assert_eq!(bench.evaluator.kind(), kind);
        assert_eq!(bench.ask("1 + 1").unwrap(), "2");
        assert_eq!(bench.ask("\"über \\\"x\\\"\\n\"").unwrap(), "über \"x\"\n");
        let path = bench.ask(derivation).unwrap();
        assert!(bench.practice.connect().unwrap().is_valid(&path).unwrap(), "{kind:?}");
        told.push(path.rsplit('/').next().unwrap().split_once('-').unwrap().1.to_owned());
    }
    assert!(told.iter().all(|name| name == "x.drv"), "{told:?}");
}

#[test]
fn planted_mistakes_are_told_where_they_are() {
    for kind in kinds() {
        let mut bench = Bench::new(kind, |_| {});
        for (text, at, words) in [
            ("{\n  x = nope;\n}", Some("2:7"), "undefined variable 'nope'"),
            ("{\n  x = 1\n}\n", Some("3:1"), "syntax error"),
            ("rec {\n  a = 1;\n  x = a.b;\n}", Some("3:7"), "set"),
            ("{\n  x = (a: a.b) { };\n}", Some("2:11"), "attribute 'b' missing"),
            ("{\n  x = 1 + [ ];\n}", None, "cannot add a list"),
            ("{\n  x = throw \"not like this\";\n}", None, "not like this"),
            ("{\n  x = import ./gone.nix;\n}", None, "gone.nix"),
        ] {
            let file = bench.file("c.nix", text);
            let error = bench.ask(&format!("(import {file}).x")).unwrap_err();
            let Error::Evaluation { message, places } = error else { panic!("{kind:?}: {error}") };
            assert!(message.contains(words) && !message.contains('\u{1b}'), "{text}: {message:?}");
            if let Some(at) = at {
                let told = places[0].to_string();
                assert_eq!(told, format!("{file}:{at}"), "{kind:?}: {text}: {message}");
            }
        }
        assert_eq!(bench.ask("1").unwrap(), "1", "{kind:?}");
    }
}

#[test]
fn an_edit_is_seen_and_what_is_stamped_the_same_is_kept_warm() {
    for kind in kinds() {
        let mut bench = Bench::new(kind, |_| {});
        let file = bench.file("c.nix", "1");
        let mut ask = |stamp: Option<&str>| {
            let stamp = stamp.map(str::to_owned);
            let subject = Subject { expression: format!("import {file}"), stamp, refresh: false };
            bench.evaluator.evaluate(&subject, "toString").unwrap()
        };
        assert_eq!([ask(None), ask(Some("a"))], ["1", "1"]);
        fs::write(&file, "2").unwrap();
        if kind == EvaluatorKind::Library {
            assert_eq!(ask(Some("a")), "1");
        }
        assert_eq!([ask(Some("b")), ask(None)], ["2", "2"], "{kind:?}");
    }
}

#[test]
fn what_never_ends_is_called_off_and_ended() {
    for kind in kinds() {
        let limit = Duration::from_secs(20);
        let mut bench = Bench::new(kind, |place| place.time_limit = limit);
        assert_eq!(bench.ask("1").unwrap(), "1");
        let (cancel, begun) = (bench.cancel.clone(), Instant::now());
        let canceller = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            cancel.cancel();
        });
        assert!(matches!(bench.ask(FOREVER), Err(Error::Cancelled)), "{kind:?}");
        assert!(begun.elapsed() < limit, "{kind:?}");
        canceller.join().unwrap();
        assert!(
            matches!(bench.ask("1"), Err(Error::Cancelled)),
            "{kind:?}: until it is armed again"
        );
        bench.cancel.rearm();
        assert_eq!(bench.ask("1").unwrap(), "1", "{kind:?}");

        let mut bench = Bench::new(kind, |place| place.time_limit = Duration::from_secs(2));
        let ended = bench.ask(FOREVER);
        assert!(matches!(ended, Err(Error::EvaluationTooLong { .. })), "{kind:?}: {ended:?}");
        assert_eq!(bench.ask("2").unwrap(), "2", "{kind:?}");
    }
}

#[test]
fn what_calls_itself_for_ever_or_wants_all_memory_ends_itself_only() {
    let huge = "builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: x) 300000000)";
    for kind in kinds() {
        let mut bench = Bench::new(kind, |place| place.memory_limit = Some(1 << 30));
        let error = Fault::from(bench.ask("let f = x: f x + 1; in f 1").unwrap_err());
        let told = matches!(error, Fault::Evaluation { .. } | Fault::EvaluatorEnded);
        assert!(told, "{kind:?}: {error:?}");
        // the command's memory is not ours to limit
        if kind == EvaluatorKind::Library {
            bench.ask(huge).unwrap_err();
        }
        assert_eq!(bench.ask("3").unwrap(), "3", "{kind:?}");
    }
}

/// The worker's own life.
#[cfg(feature = "libnix")]
mod worker {
    use super::{Bench, PROGRAM};
    use crate::machine::FOREVER;
    use nixvox::domain::EvaluatorKind;
    use nixvox::nix::Error;
    use std::fs;
    use std::io::Write;
    use std::os::unix::process::ExitStatusExt;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};
    use std::time::Duration;
    use unix::sys::signal::{Signal, kill};
    use unix::unistd::Pid;

    /// The processes of the program that this one has started.
    fn workers() -> Vec<Pid> {
        let own = format!("PPid:\t{}\n", std::process::id());
        let is_ours = |entry: &Path| {
            let read = |name: &str| fs::read_to_string(entry.join(name)).unwrap_or_default();
            read("status").contains(&own) && read("cmdline").split('\0').nth(1) == Some("evaluator")
        };
        let entries = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        let name = |entry: PathBuf| entry.file_name()?.to_str()?.parse().ok();
        entries.filter(|entry| is_ours(entry)).filter_map(name).map(Pid::from_raw).collect()
    }

    #[test]
    fn a_worker_that_is_killed_is_told_and_replaced() {
        let mut bench = Bench::new(EvaluatorKind::Library, |_| {});
        let before = workers();
        assert_eq!(bench.ask("1").unwrap(), "1");
        let worker = workers().into_iter().find(|worker| !before.contains(worker)).unwrap();
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            kill(worker, Signal::SIGKILL).unwrap();
        });
        let ended = bench.ask(FOREVER);
        killer.join().unwrap();
        assert!(matches!(ended, Err(Error::EvaluatorEnded { .. })), "{ended:?}");
        assert_eq!(bench.ask("2").unwrap(), "2");
    }

    #[test]
    fn a_worker_ends_with_whoever_asks_it_even_in_the_middle() {
        let mut worker = Command::new(PROGRAM)
            .arg("evaluator")
            .env("NIX_REMOTE", "dummy://")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let request = serde_json::json!({
            "subject": { "expression": FOREVER, "stamp": null }, "question": "toString",
        });
        let mut input = worker.stdin.take().unwrap();
        writeln!(input, "{request}").unwrap();
        std::thread::sleep(Duration::from_millis(300));
        assert!(worker.try_wait().unwrap().is_none(), "it is busy");
        drop(input);
        assert_eq!(worker.wait().unwrap().signal(), Some(9));
    }
}
