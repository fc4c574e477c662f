//! What takes long: it tells how far it is, can be stopped, and leaves no trace then.

use crate::harness::{Home, Run, interrupt};
use serde_json::Value;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout};
use unix::sys::stat::Mode;
use unix::unistd::mkfifo;

/// A package of the practice cache whose archive comes only when, and as far as, it is sent.
pub(crate) struct SlowPackage {
    archive: PathBuf,
    bytes: Vec<u8>,
}

impl SlowPackage {
    /// Let the package whose store path ends in `name` come slowly.
    pub(crate) fn new(home: &Home, name: &str) -> Self {
        let cache = home.path("practice/cache");
        let record = fs::read_dir(&cache).unwrap().flatten().map(|entry| entry.path());
        let is_it = |path: &PathBuf| {
            let text = fs::read_to_string(path).unwrap_or_default();
            text.lines().next().is_some_and(|line| line.ends_with(name))
        };
        let record = fs::read_to_string(record.into_iter().find(is_it).unwrap()).unwrap();
        let url = record.lines().find_map(|line| line.strip_prefix("URL: ")).unwrap();
        let archive = cache.join(url);
        let bytes = fs::read(&archive).unwrap();
        fs::remove_file(&archive).unwrap();
        mkfifo(&archive, Mode::S_IRUSR | Mode::S_IWUSR).unwrap();
        Self { archive, bytes }
    }

    /// Wait until somebody fetches it, and send half of it. It goes no further as long as the
    /// result lives.
    pub(crate) fn send_half(&self) -> fs::File {
        let mut pipe = OpenOptions::new().write(true).open(&self.archive).unwrap();
        pipe.write_all(&self.bytes[..self.bytes.len() / 2]).unwrap();
        pipe
    }

    /// Let it come at once from now on.
    pub(crate) fn hurry(self) {
        fs::remove_file(&self.archive).unwrap();
        fs::write(&self.archive, &self.bytes).unwrap();
    }
}

fn lines(child: &mut Child) -> Lines<BufReader<ChildStdout>> {
    BufReader::new(child.stdout.take().unwrap()).lines()
}

fn json(line: Option<std::io::Result<String>>) -> Value {
    serde_json::from_str(&line.unwrap().unwrap()).unwrap()
}

fn act(home: &Home, text: &str) -> Run {
    home.practice().args("do").args(text).args("--json --events")
}

#[test]
fn a_fetch_tells_how_far_it_is_and_an_interrupt_leaves_everything_as_it_was() {
    let home = Home::new();
    home.practice().args("do status").run().succeeds();
    let before = home.target();
    let slow = SlowPackage::new(&home, "-vlc-3.0.23");
    let mut child = act(&home, "install bat and v l c").start();
    let pipe = slow.send_half();
    let mut lines = lines(&mut child);
    let news = loop {
        let news = json(lines.next());
        if news["current"] == "vlc-3.0.23" && news["bytes"]["expected"] != 0 {
            break news;
        }
    };
    assert_eq!((&news["event"], &news["task"]), (&"progress".into(), &"fetch".into()));
    interrupt(&child);
    let report = json(lines.by_ref().last());
    assert_eq!(child.wait().unwrap().code(), Some(4), "{report}");
    assert_eq!(report["fault"]["fault"], "cancelled", "{report}");
    assert_eq!(report["reply"]["say"], "Cancelled. Nothing was changed.");
    assert_eq!(home.target(), before);
    drop(pipe);
    slow.hurry();
    home.practice().args("do undo").run().fails_with(&["nothing to undo"]);
    let next = act(&home, "install bat and v l c").run().succeeds();
    assert!(next.stdout().lines().last().unwrap().contains("Generation 6"), "{}", next.stdout());
    assert_ne!(home.target(), before);
}

#[test]
fn checking_linking_and_deleting_tell_how_far_they_are() {
    let home = Home::new();
    home.practice().args("do status").run().succeeds();
    for (text, task) in [
        ("check the store", "verify"),
        ("optimise the store", "optimise"),
        ("collect garbage --yes", "collect"),
    ] {
        let told = act(&home, text).run().succeeds().stdout();
        let news: Value = serde_json::from_str(told.lines().next().unwrap()).unwrap();
        assert_eq!(news["task"], task, "{told}");
        assert!(news["paths"]["expected"].as_u64().is_some(), "{news}");
    }
}
