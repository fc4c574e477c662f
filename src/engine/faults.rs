//! Killed, or out of space, at each step of each change: what stands afterwards.
//!
//! A child process makes the change and meets the fault at a [`failpoint`](crate::nix::failpoint);
//! then everything is looked at from outside.

use super::{Assistant, Journal, Language, Stopwatch, World};
use crate::catalogue;
use crate::dialogue::Session;
use crate::domain::{Command, Fault, Generation, Hearing, Intent, ProfileState, Scope, Transcript};
use crate::nix::{NixPaths, Practice, Profile};
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, ExitStatus, Stdio};
use tempfile::TempDir;
use unix::fcntl::{Flock, FlockArg};

/// Exit codes of the child.
const DONE: i32 = 10;
const DISK_FULL: i32 = 11;
const ONE_GONE: i32 = 12;
const OTHER: i32 = 13;

/// A change: its name, what is said before it and for it, and the steps that it takes.
struct Change {
    name: &'static str,
    before: &'static [&'static str],
    said: &'static str,
    steps: &'static [&'static str],
}

const fn change(
    name: &'static str,
    before: &'static [&'static str],
    said: &'static str,
    steps: &'static [&'static str],
) -> Change {
    Change { name, before, said, steps }
}

const MOVED: [&str; 7] = [
    "journal.begin",
    "lock.take",
    "link.make",
    "link.move",
    "lock.remove",
    "lock.mark",
    "journal.end",
];

const CHANGES: [Change; 6] = [
    change(
        "install",
        &[],
        "install bat",
        &[
            "contents.add",
            "journal.begin",
            "lock.take",
            "generation.make",
            "root.add",
            "link.make",
            "link.move",
            "lock.remove",
            "lock.mark",
            "journal.end",
        ],
    ),
    change("switch", &[], "switch to generation two", &MOVED),
    change("rollback", &[], "roll back", &MOVED),
    change("undo", &["install bat"], "undo", &MOVED),
    change(
        "undo of the first",
        &["FRESH", "install bat"],
        "undo",
        &["journal.begin", "lock.take", "link.remove", "lock.remove", "lock.mark", "journal.end"],
    ),
    change(
        "delete",
        &[],
        "delete generations one and two",
        &[
            "journal.begin",
            "lock.take",
            "generation.remove",
            "generation.remove+1",
            "lock.remove",
            "lock.mark",
            "journal.end",
        ],
    ),
];

/// A profile of its own outside of Nix's directories, with its own journal, over a shared store.
struct Case<'a> {
    practice: &'a Practice,
    dir: TempDir,
}

impl<'a> Case<'a> {
    fn new(practice: &'a Practice, cache: &Path, fresh: bool) -> Self {
        let case = Self { practice, dir: tempfile::tempdir().unwrap() };
        symlink(cache, case.dir.path().join("cache")).unwrap();
        fs::create_dir(case.link().parent().unwrap()).unwrap();
        if !fresh {
            let history = Profile::new(practice.paths(), Scope::User).unwrap().state().unwrap();
            for generation in history.generations {
                let link = case.profile().generation_link(generation.number);
                symlink(generation.target, link).unwrap();
            }
            symlink("profile-5-link", case.link()).unwrap();
        }
        case
    }

    fn link(&self) -> PathBuf {
        self.dir.path().join("profiles/profile")
    }

    fn profile(&self) -> Profile {
        let paths = NixPaths { user_profile: self.link(), ..self.practice.paths().clone() };
        Profile::new(&paths, Scope::User).unwrap()
    }

    fn state(&self) -> ProfileState {
        self.profile().state().unwrap_or_default()
    }

    fn current(&self) -> Option<Generation> {
        self.state().current().cloned()
    }

    fn journal(&self) -> Journal {
        Journal::open(&self.dir.path().join("state/nixvox"))
    }

    /// Say `words` to a process of its own, which meets `fault`.
    fn say(&self, words: &str, fault: Option<&str>) -> ExitStatus {
        let (_crate, module) = module_path!().split_once("::").unwrap();
        let paths = self.practice.paths();
        let mut child = Process::new(std::env::current_exe().unwrap());
        child
            .arg(format!("{module}::child_that_makes_a_change"))
            .args(["--exact", "--ignored", "--nocapture"])
            .env("NIXVOX_TEST_SAY", words)
            .env("NIXVOX_TEST_PROFILE", self.link())
            .env("NIX_STORE_DIR", &paths.store_dir)
            .env("NIX_STATE_DIR", &paths.state_dir)
            .env("NIX_DAEMON_SOCKET_PATH", &paths.socket)
            .env("XDG_STATE_HOME", self.dir.path().join("state"))
            .env("XDG_CACHE_HOME", self.dir.path().join("cache"))
            .env_remove("NIX_REMOTE")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(fault) = fault {
            child.env("NIXVOX_FAILPOINT", fault);
        }
        child.status().unwrap()
    }

    /// It does what it is told.
    fn does(&self, words: &str) {
        assert_eq!(self.say(words, None).code(), Some(DONE), "{words}");
    }

    fn lock(&self) -> PathBuf {
        self.link().with_file_name("profile.lock")
    }

    fn lock_is_free(&self) -> bool {
        let Ok(file) = File::open(self.lock()) else { return true };
        Flock::lock(file, FlockArg::LockExclusiveNonblock).is_ok()
    }

    /// What must hold whatever happened; `old` was the state before the change, and `new` is what it
    /// leads to. Tells which of them it is.
    fn stands(&self, old: &ProfileState, new: &ProfileState, at: &str) -> &'static str {
        let same = |a: &ProfileState, b: &ProfileState| b.stands_at(a.current());
        let (now, told) = (self.state(), self.journal().verify(None).unwrap());
        assert_eq!(told.altered, None, "{at}");
        assert!(self.lock_is_free(), "{at}");
        let current = now.current().map(|current| current.target.clone());
        assert_eq!(fs::canonicalize(self.link()).ok(), current, "{at}: nothing in between");
        for kept in old.generations.iter().filter(|old| new.by_number(old.number).is_some()) {
            assert!(now.by_number(kept.number).is_some_and(|found| found.is(kept)), "{at}");
        }
        if same(&now, old) && same(&now, new) {
            let gone = old.generations.len() - now.generations.len();
            return ["old", "one gone", "new"][gone];
        }
        assert!(same(&now, old) || same(&now, new), "{at}: {now:?}");
        if same(&now, old) { "old" } else { "new" }
    }

    /// The next commands work: a change and its undo, and the change that was interrupted.
    fn goes_on(&self, at: &str) {
        let before = self.current();
        self.does("install jq");
        assert!(self.link().join("bin/jq").exists(), "{at}");
        self.does("undo");
        let now = self.current();
        assert_eq!(now.as_ref().map(|now| &now.target), before.as_ref().map(|old| &old.target));
        let told = self.journal().verify(None).unwrap();
        assert!(told.altered.is_none() && !told.torn, "{at}");
        assert!(!self.lock().exists(), "{at}: the lock stayed behind");
    }
}

#[test]
#[ignore = "a process of the test below, not a test of its own"]
fn child_that_makes_a_change() {
    let Some(words) = std::env::var("NIXVOX_TEST_SAY").ok() else { return };
    let profile = PathBuf::from(std::env::var_os("NIXVOX_TEST_PROFILE").unwrap());
    let language = Language::load("en", Path::new("/nonexistent")).unwrap();
    let understanding = language.understanding().unwrap();
    let session = Session::new(language.phrasebook().unwrap());
    let world = World::machine(Some(&profile)).unwrap();
    let mut assistant = Assistant::new(understanding, session, world);
    let mut watch = Stopwatch::start();
    let mut turn = assistant.text(&words, &mut watch);
    if assistant.session().awaiting().is_some() {
        let yes = Hearing::Command(Command::bare(Intent::DialogueYes));
        turn = assistant.turn(&Transcript::certain("yes"), yes, &mut watch);
    }
    std::process::exit(match turn.result {
        Some(Ok(_)) => DONE,
        Some(Err(Fault::DiskFull)) => DISK_FULL,
        Some(Err(Fault::DeletedInPart { numbers })) if numbers.len() == 1 => ONE_GONE,
        _ => OTHER,
    });
}

/// The rows of the table for `change`: before which step it met which fault, and what stood then.
fn rows(practice: &Practice, cache: &Path, change: &Change) -> Vec<[String; 4]> {
    let prepared = || {
        let case = Case::new(practice, cache, change.before.contains(&"FRESH"));
        change.before.iter().filter(|said| **said != "FRESH").for_each(|said| case.does(said));
        case
    };
    let undisturbed = prepared();
    let old = undisturbed.state();
    undisturbed.does(change.said);
    let new = undisturbed.state();

    let meets = |step: &str, fault: &str| {
        let at = format!("{} before {step}: {fault}", change.name);
        let case = prepared();
        let ended = case.say(change.said, Some(&format!("{step}:{fault}")));
        let stands = case.stands(&old, &new, &at);
        if fault == "kill" {
            assert_eq!(ended.signal(), Some(9), "{at}: it was not even met");
        } else {
            // what was done stays done, though its end is not recorded or its lock not removed
            let expected = match stands {
                "new" => DONE,
                "one gone" => ONE_GONE,
                _ => DISK_FULL,
            };
            assert_eq!(ended.code(), Some(expected), "{at}");
        }
        case.goes_on(&at);
        stands.to_owned()
    };
    let row = |step: &&str| {
        [change.name.to_owned(), (*step).to_owned(), meets(step, "kill"), meets(step, "full")]
    };
    change.steps.iter().map(row).collect()
}

#[test]
fn whatever_happens_at_any_step_the_profile_is_the_old_or_the_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let practice = Practice::open(dir.path()).unwrap();
    let cache = dir.path().join("user-cache");
    let entries = catalogue::read_source(&practice.catalogue()).unwrap();
    catalogue::write(&cache.join("nixvox/catalogue"), entries).unwrap();

    let table = std::thread::scope(|scope| {
        let (practice, cache) = (&practice, &cache);
        let running = CHANGES.map(|change| scope.spawn(move || rows(practice, cache, &change)));
        running.map(|rows| rows.join().unwrap()).concat()
    });
    println!("{:<18} {:<20} {:<10} no space left", "change", "before the step", "kill -9");
    for [name, step, killed, full] in &table {
        println!("{name:<18} {step:<20} {killed:<10} {full}");
    }
    // a fault before anything is changed changes nothing, and one after it takes nothing back
    for [name, step, killed, _] in &table {
        let expected = match step.as_str() {
            "lock.remove" | "lock.mark" | "journal.end" => "new",
            "generation.remove+1" => "one gone",
            _ => "old",
        };
        assert_eq!(killed, expected, "{name} at {step}");
    }
}
