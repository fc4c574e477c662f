//! The journal: every change is written down before it is made, and again when it was.
//!
//! One JSON object a line, appended. A line that a crash cut short is passed
//! over; nothing that was written before is ever rewritten.

use crate::domain::{Fault, LastChange, Plan, ProfileChange, Scope, Snapshot};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The journal file.
#[derive(Debug, Clone)]
pub struct Journal {
    path: PathBuf,
}

/// The journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} the journal {}: {source}", path.display())]
pub struct JournalError {
    doing: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl From<JournalError> for Fault {
    fn from(error: JournalError) -> Self {
        match error.source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Internal,
        }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
enum Entry {
    /// A change is about to be made. One without `change` cannot be taken back.
    Begun {
        id: String,
        at: u64,
        profile: PathBuf,
        plan: Box<Plan>,
        change: Option<Box<ProfileChange>>,
    },
    /// It was made, or was not.
    Ended { id: String, at: u64, fault: Option<Fault> },
}

/// A change that was written down and not yet ended.
#[must_use]
#[derive(Debug)]
pub(super) struct Ticket(String);

impl Journal {
    /// The journal in `state_dir`, which is made with the first entry.
    pub fn open(state_dir: &Path) -> Self {
        Self { path: state_dir.join("journal.jsonl") }
    }

    /// Write down that the profile at `profile` is about to be changed by `change`, or, without one,
    /// that something is about to be deleted for good.
    pub(super) fn begin(
        &self,
        profile: &Path,
        plan: &Plan,
        change: Option<&ProfileChange>,
    ) -> Result<Ticket, JournalError> {
        let (at, nanos) = clock();
        let id = format!("{at}-{nanos}-{}", std::process::id());
        self.append(&Entry::Begun {
            id: id.clone(),
            at,
            profile: profile.to_owned(),
            plan: Box::new(plan.clone()),
            change: change.cloned().map(Box::new),
        })?;
        Ok(Ticket(id))
    }

    /// Write down how it ended.
    pub(super) fn end(&self, ticket: Ticket, fault: Option<&Fault>) -> Result<(), JournalError> {
        self.append(&Entry::Ended { id: ticket.0, at: clock().0, fault: fault.cloned() })
    }

    /// The last change to any profile of `snapshot` that took effect, with `profile_of` telling
    /// where a scope's profile lies. One that was begun and never ended, because the program died,
    /// counts if the profile is where it led.
    pub(super) fn last_change<'a>(
        &self,
        snapshot: &Snapshot,
        profile_of: impl Fn(Scope) -> &'a Path,
    ) -> Result<Option<LastChange>, JournalError> {
        let led_here = |change: &ProfileChange| {
            let current = snapshot.profile(change.scope).and_then(|profile| profile.current());
            current.is_some_and(|current| {
                (current.number, &current.target) == (change.to.number, &change.to.target)
            })
        };
        let text = self.text()?;
        let mut ended = HashMap::new();
        // newest first, as only the newest lines matter, however long the journal has grown
        for line in text.lines().rev() {
            match serde_json::from_str(line) {
                Ok(Entry::Ended { id, fault, .. }) => drop(ended.insert(id, fault.is_none())),
                Ok(Entry::Begun { id, profile, change: Some(change), .. }) => {
                    let ours = profile == profile_of(change.scope);
                    if ours && ended.get(&id).copied().unwrap_or_else(|| led_here(&change)) {
                        return Ok(Some(LastChange::Reversible(change)));
                    }
                }
                Ok(Entry::Begun { id, profile, plan, change: None, .. }) => {
                    let ours = [Scope::User, Scope::System].map(&profile_of).contains(&&*profile);
                    // one that was cut off may have deleted something
                    if ours && ended.get(&id).copied().unwrap_or(true) {
                        return Ok(Some(LastChange::Final { intent: plan.command.intent }));
                    }
                }
                Err(error) => tracing::debug!(%error, "a line of the journal was cut short"),
            }
        }
        Ok(None)
    }

    fn text(&self) -> Result<String, JournalError> {
        match std::fs::read(&self.path) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            Err(error) => Err(self.error("read")(error)),
        }
    }

    fn append(&self, entry: &Entry) -> Result<(), JournalError> {
        let error = self.error("write");
        let mut line = serde_json::to_vec(entry).map_err(|cause| error(cause.into()))?;
        line.push(b'\n');
        let mut file = self.file().map_err(&error)?;
        if !ends_with_newline(&mut file).map_err(&error)? {
            line.insert(0, b'\n');
        }
        file.write_all(&line).map_err(error)
    }

    /// Make all entries outlast a power failure. A crash of the program they outlast already.
    pub(super) fn settle(&self) -> Result<(), JournalError> {
        self.file().and_then(|file| file.sync_data()).map_err(self.error("flush"))
    }

    fn file(&self) -> io::Result<File> {
        if let Some(dir) = self.path.parent() {
            std::fs::create_dir_all(dir)?;
        }
        OpenOptions::new().read(true).append(true).create(true).open(&self.path)
    }

    fn error(&self, doing: &'static str) -> impl Fn(io::Error) -> JournalError + use<'_> {
        move |source| JournalError { doing, path: self.path.clone(), source }
    }
}

/// Whether nothing was cut short at the end.
fn ends_with_newline(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Unix time in seconds, and the nanoseconds above.
fn clock() -> (u64, u32) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (now.as_secs(), now.subsec_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Command, Generation, Intent, ProfileState, Risk, Step};

    fn change(from: u64, to: u64) -> ProfileChange {
        let generation = |number, current| Generation {
            number,
            target: format!("/nix/store/{number}").into(),
            created: 0,
            current,
        };
        let (from, to) = (generation(from, true), generation(to, false));
        ProfileChange { scope: Scope::User, from, to }
    }

    fn plan(change: &ProfileChange) -> Plan {
        Plan {
            command: Command::bare(Intent::GenerationRollback),
            steps: vec![Step::Switch(change.clone())],
            risk: Risk::Reversible,
            inverse: Some(change.inverse()),
        }
    }

    fn at(number: u64) -> Snapshot {
        let generations = [1, 2, 3].map(|n| {
            let mut generation = change(1, n).to;
            generation.current = n == number;
            generation
        });
        let user = Some(ProfileState { generations: generations.to_vec() });
        Snapshot { user, ..Snapshot::default() }
    }

    fn last(journal: &Journal, current: u64) -> Option<(u64, u64)> {
        let profile = Path::new("/profile");
        match journal.last_change(&at(current), |_| profile).unwrap()? {
            LastChange::Reversible(change) => Some((change.from.number, change.to.number)),
            LastChange::Final { .. } => None,
        }
    }

    fn begin(journal: &Journal, from: u64, to: u64) -> Ticket {
        let change = change(from, to);
        journal.begin(Path::new("/profile"), &plan(&change), Some(&change)).unwrap()
    }

    #[test]
    fn the_last_change_that_took_effect_is_known_after_a_crash_too() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(&dir.path().join("state"));
        assert_eq!(last(&journal, 3), None);

        let done = begin(&journal, 3, 2);
        journal.end(done, None).unwrap();
        assert_eq!(last(&journal, 2), Some((3, 2)));

        let failed = begin(&journal, 2, 1);
        journal.end(failed, Some(&Fault::ChangedMeanwhile)).unwrap();
        assert_eq!(last(&journal, 2), Some((3, 2)));

        // killed before the switch, or after it
        let _ = begin(&journal, 2, 1);
        assert_eq!(last(&journal, 2), Some((3, 2)));
        assert_eq!(last(&journal, 1), Some((2, 1)));
    }

    #[test]
    fn a_line_cut_short_costs_only_itself() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path());
        let done = begin(&journal, 3, 2);
        journal.end(done, None).unwrap();
        let mut text = std::fs::read_to_string(&journal.path).unwrap();
        text.push_str("{\"entry\":\"begun\",\"id\":\"17");
        std::fs::write(&journal.path, &text).unwrap();
        assert_eq!(last(&journal, 2), Some((3, 2)));
        let done = begin(&journal, 2, 1);
        journal.end(done, None).unwrap();
        assert_eq!(last(&journal, 1), Some((2, 1)));
    }

    #[test]
    fn a_deletion_is_the_last_change_until_there_is_another() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path());
        let done = begin(&journal, 3, 2);
        journal.end(done, None).unwrap();
        let mut deletion = plan(&change(1, 2));
        deletion.command.intent = Intent::GenerationDelete;
        let profile = Path::new("/profile");
        let newest = || journal.last_change(&at(2), |_| profile).unwrap();
        let refused = journal.begin(profile, &deletion, None).unwrap();
        journal.end(refused, Some(&Fault::NotPermitted)).unwrap();
        assert_eq!(last(&journal, 2), Some((3, 2)));
        let _ = journal.begin(profile, &deletion, None).unwrap();
        let intent = Intent::GenerationDelete;
        assert_eq!(newest(), Some(LastChange::Final { intent }), "cut off, or not");
        let done = begin(&journal, 2, 1);
        journal.end(done, None).unwrap();
        assert_eq!(last(&journal, 1), Some((2, 1)));
    }

    #[test]
    fn another_profile_is_another_matter() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path());
        let done = begin(&journal, 3, 2);
        journal.end(done, None).unwrap();
        let other = Path::new("/other");
        assert_eq!(journal.last_change(&at(2), |_| other).unwrap(), None);
    }
}
