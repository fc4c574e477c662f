//! What the tests of this room share: a fresh practice store, and Nix's own programs to compare
//! with.

use super::nar::Node;
use super::practice::Practice;
use super::{NixPaths, Profile};
use crate::domain::{ProfileState, Scope};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::ops::Deref;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// The other end of a connection, from memory: plays one answer to each flushed request, and keeps
/// what is `said` to it.
pub(super) struct Replay<'a> {
    answer: &'a [u8],
    later: VecDeque<&'a [u8]>,
    pub(super) said: Vec<u8>,
}

impl<'a> Replay<'a> {
    pub(super) fn of(answers: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self { answer: &[], later: answers.into_iter().collect(), said: Vec::new() }
    }
}

impl Read for Replay<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.answer.read(to)
    }
}

impl Write for Replay<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.said.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.answer = self.later.pop_front().unwrap_or_default();
        Ok(())
    }
}

/// A practice store of the test's own.
pub(super) struct TestStore {
    // Dropped in this order: the daemon ends before its files go.
    practice: Practice,
    _dir: TempDir,
}

impl Deref for TestStore {
    type Target = Practice;

    fn deref(&self) -> &Practice {
        &self.practice
    }
}

/// A fresh practice store. Where `nix-daemon` is not installed, the test fails and says so.
pub(super) fn practice() -> TestStore {
    let dir = tempfile::tempdir().unwrap();
    let practice = Practice::open(dir.path()).unwrap_or_else(|error| panic!("{error}"));
    TestStore { practice, _dir: dir }
}

/// The state of one of its profiles.
pub(super) fn state(practice: &Practice, scope: Scope) -> ProfileState {
    Profile::new(practice.paths(), scope).unwrap().state().unwrap()
}

/// The store paths of a profile's generations, oldest first.
pub(super) fn targets(practice: &Practice, scope: Scope) -> Vec<String> {
    let generations = state(practice, scope).generations;
    generations.iter().map(|found| found.target.to_str().unwrap().to_owned()).collect()
}

/// The output of one of Nix's programs over a practice store.
pub(super) fn run(practice: &Practice, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .envs(practice.environment())
        .env("TZ", "UTC")
        .env("NIX_REMOTE", format!("unix://{}", practice.paths().socket.display()))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// The archive of a small file.
pub(super) fn small_nar() -> Vec<u8> {
    Node::File { contents: b"small\n".into(), executable: false }.to_nar()
}

/// A moment in Unix seconds, as nix-env prints it where the time zone is UTC.
pub(super) fn utc_time(seconds: i64) -> String {
    let arguments = ["--utc", "--date", &format!("@{seconds}"), "+%Y-%m-%d %H:%M:%S"];
    let output = Command::new("date").args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A profile outside of any state directory.
pub(super) fn bare_profile(link: &Path) -> Profile {
    let paths = NixPaths {
        store_dir: "/nix/store".into(),
        state_dir: "/nix/var/nix".into(),
        socket: "/nix/var/nix/daemon-socket/socket".into(),
        database: None,
        user_profile: link.to_owned(),
        system_profile: link.to_owned(),
        home_link: None,
    };
    Profile::new(&paths, Scope::User).unwrap()
}
