//! What a daemon tells while it works, added up into how far it is.

use super::name::store_name;
use super::wire::progress::Progress as Told;
use super::wire::stderr::{Event, Field};
use crate::domain::{Count, News, Progress, Task};
use std::collections::{BTreeMap, HashMap};

/// Kinds of activities, as Nix numbers them.
const COPY_PATH: u64 = 100;
const COPY_PATHS: u64 = 103;
const BUILDS: u64 = 104;
const BUILD: u64 = 105;
const OPTIMISE: u64 = 106;
const SUBSTITUTE: u64 = 108;

/// What messages about one path begin with, where no activity counts them.
const DELETING: &str = "deleting '";
/// How one that tells of a failed build names it.
const BUILDER: &str = "builder for '";
const CHECKING: &str = "checking contents of '";

/// How far one task is, by what was told of it.
#[derive(Debug, Default)]
pub struct Tally {
    progress: Progress,
    running: BTreeMap<u64, Activity>,
    /// By kind: what is over was so much, and so much was announced.
    kinds: HashMap<u64, Count>,
    /// The first whose build failed.
    failed: Option<String>,
}

/// An activity under way.
#[derive(Debug)]
struct Activity {
    kind: u64,
    count: Count,
    /// What it announced, by kind.
    announced: HashMap<u64, u64>,
    /// Name and version of its package, where it is about one.
    name: Option<String>,
    phase: Option<String>,
}

impl Tally {
    /// A tally of `task`, with as many paths as are `expected`; 0 where nobody knows.
    pub fn new(task: Task, expected: u64) -> Self {
        let paths = Count { done: 0, expected };
        Self { progress: Progress { task, paths, ..Progress::default() }, ..Self::default() }
    }

    /// Name and version of the first that could not be built.
    pub fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// Where the task stands.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Take in one event; what there is to tell of it.
    pub fn take(&mut self, event: &Event) -> Option<News> {
        match event {
            Event::Message(text) => {
                self.failure(text);
                self.message(text)?;
            }
            Event::Start { id, kind, fields, .. } => {
                let named = matches!(*kind, COPY_PATH | BUILD | SUBSTITUTE);
                let name = match fields.first() {
                    Some(Field::Text(path)) if named => Some(name(path)),
                    _ => None,
                };
                let (count, announced) = (Count::default(), HashMap::new());
                let activity = Activity { kind: *kind, count, announced, name, phase: None };
                self.running.insert(*id, activity);
            }
            Event::Stop { id } => {
                let over = self.running.remove(id)?;
                self.kind(over.kind).done += over.count.done;
                for (kind, count) in over.announced {
                    let known = self.kind(kind);
                    known.expected = known.expected.saturating_sub(count);
                }
            }
            Event::Result { .. } => {
                let (id, told) = event.progress()?;
                let activity = self.running.get(&id)?;
                if let Told::LogLine(text) = told {
                    let of = activity.name.clone().unwrap_or_default();
                    return Some(News::Line { of, text });
                }
                self.result(id, told)?;
            }
        }
        self.sum_up();
        Some(News::Progress(self.progress.clone()))
    }

    /// Note which build a message tells of as failed; those that needed it fail after it.
    fn failure(&mut self, text: &str) {
        let path = text.split_once(BUILDER).and_then(|(_, rest)| rest.split_once('\''));
        if let Some((path, _)) = path.filter(|(_, rest)| rest.contains("failed")) {
            self.failed.get_or_insert_with(|| name(path));
        }
    }

    /// Count a message about a path; `None` where it is about something else.
    fn message(&mut self, text: &str) -> Option<()> {
        let opening = match self.progress.task {
            Task::Collect => DELETING,
            Task::Verify => CHECKING,
            Task::Fetch | Task::Evaluate | Task::Optimise => return None,
        };
        // what lies about in the store without being a path of it is not counted
        let path = text.strip_prefix(opening)?.strip_suffix('\'')?;
        (store_name(path) != path.rsplit('/').next()?).then(|| self.progress.paths.done += 1)
    }

    /// Take in what an activity tells of itself.
    fn result(&mut self, id: u64, told: Told) -> Option<()> {
        let activity = self.running.get_mut(&id)?;
        match told {
            Told::LogLine(_) => return None,
            Told::Phase(phase) => activity.phase = Some(phase),
            Told::Count { done, expected } => activity.count = Count { done, expected },
            Told::Expected { kind, count } => {
                let before = activity.announced.insert(kind, count).unwrap_or_default();
                let known = self.kind(kind);
                known.expected = known.expected.saturating_sub(before).saturating_add(count);
            }
            Told::Linked { bytes } => self.progress.bytes.done += bytes,
        }
        Some(())
    }

    fn kind(&mut self, kind: u64) -> &mut Count {
        self.kinds.entry(kind).or_default()
    }

    /// All of a kind: what is over, what is under way, and what was announced.
    fn sum(&self, kind: u64) -> Count {
        let known = self.kinds.get(&kind).copied().unwrap_or_default();
        let running = || self.running.values().filter(|activity| activity.kind == kind);
        let done = running().fold(known.done, |sum, a| sum.saturating_add(a.count.done));
        let expected = running().fold(known.done, |sum, a| sum.saturating_add(a.count.expected));
        Count { done, expected: expected.max(known.expected).max(done) }
    }

    fn sum_up(&mut self) {
        match self.progress.task {
            Task::Fetch => {
                self.progress.paths = self.sum(COPY_PATHS);
                self.progress.bytes = self.sum(COPY_PATH);
                self.progress.builds = self.sum(BUILDS);
                let newest = self.running.values().rev().find(|activity| activity.name.is_some());
                self.progress.current = newest.and_then(|activity| activity.name.clone());
                self.progress.phase = newest.and_then(|activity| activity.phase.clone());
            }
            Task::Optimise => self.progress.paths = self.sum(OPTIMISE),
            Task::Collect | Task::Evaluate | Task::Verify => {}
        }
    }
}

/// What a store path, or its derivation's, is called.
fn name(path: &str) -> String {
    let name = store_name(path);
    name.strip_suffix(".drv").unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(id: u64, kind: u64, path: &str) -> Event {
        let fields = vec![Field::Text(path.into())];
        Event::Start { id, level: 3, kind, text: String::new(), fields, parent: 0 }
    }

    fn result(id: u64, kind: u64, fields: &[u64]) -> Event {
        Event::Result { id, kind, fields: fields.iter().copied().map(Field::Number).collect() }
    }

    #[test]
    fn downloads_add_up_over_what_is_done_and_what_is_to_come() {
        let mut tally = Tally::new(Task::Fetch, 0);
        let path = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-vlc-3.0.23";
        for event in [
            start(1, 102, ""),
            start(2, COPY_PATHS, ""),
            result(1, 106, &[COPY_PATH, 300]),
            result(2, 105, &[0, 2, 1, 0]),
            start(3, COPY_PATH, path),
            result(3, 105, &[60, 100]),
        ] {
            tally.take(&event);
        }
        let told = tally.progress();
        assert_eq!(
            (told.paths, told.bytes),
            (Count { done: 0, expected: 2 }, Count { done: 60, expected: 300 })
        );
        assert_eq!(told.current.as_deref(), Some("vlc-3.0.23"));
        tally.take(&result(3, 105, &[100, 100]));
        tally.take(&Event::Stop { id: 3 });
        tally.take(&result(2, 105, &[1, 2, 0, 0]));
        let told = tally.progress();
        assert_eq!((told.paths.done, told.bytes.done, told.current.clone()), (1, 100, None));
        assert_eq!(tally.take(&Event::Stop { id: 99 }), None, "nobody started it");
    }

    #[test]
    fn a_build_tells_its_phase_and_its_lines() {
        let mut tally = Tally::new(Task::Fetch, 0);
        let drv = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-hello-2.12.1.drv";
        tally.take(&start(4, BUILD, drv));
        let text = |kind, text: &str| Event::Result {
            id: 4,
            kind,
            fields: vec![Field::Text(text.into())],
        };
        tally.take(&text(104, "buildPhase"));
        assert_eq!(tally.progress().phase.as_deref(), Some("buildPhase"));
        let line = News::Line { of: "hello-2.12.1".into(), text: "cc main.c".into() };
        assert_eq!(tally.take(&text(101, "cc main.c")), Some(line));
    }

    #[test]
    fn where_no_activity_counts_the_messages_do() {
        let path = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-figlet-2.2.5";
        let message = |text: String| Event::Message(text);
        let mut collecting = Tally::new(Task::Collect, 2);
        assert_eq!(collecting.take(&message("deleting unused links...".into())), None);
        assert_eq!(collecting.take(&message("deleting '/nix/store/.links'".into())), None);
        assert!(collecting.take(&message(format!("deleting '{path}'"))).is_some());
        assert_eq!(collecting.progress().paths, Count { done: 1, expected: 2 });
        let mut checking = Tally::new(Task::Verify, 1);
        assert!(checking.take(&message(format!("checking contents of '{path}'"))).is_some());
        let mut linking = Tally::new(Task::Optimise, 0);
        linking.take(&start(1, OPTIMISE, ""));
        linking.take(&result(1, 105, &[3, 9, 0, 0]));
        linking.take(&start(2, 0, ""));
        linking.take(&result(2, 100, &[512, 1]));
        assert_eq!((linking.progress().paths.done, linking.progress().bytes.done), (3, 512));
    }
}
