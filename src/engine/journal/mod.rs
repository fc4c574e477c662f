//! The journal: every change is written down before it is made, and again when it was.
//!
//! One JSON object a line, appended, and chained by hash to the line before it. A line that a crash
//! or a full disk cut short is closed off and passed over; nothing that was written before is ever
//! rewritten.

mod append;
mod chain;
mod entry;
mod last;
mod lines;
mod records;
mod verify;

use crate::domain::{Change, Fault, LastChange, Outcome, Plan, Scope, Snapshot};
use crate::nix::failpoint;
pub(super) use append::open;
use entry::{Begun, Entry};
use lines::LinesBackwards;
pub use records::{End, Record};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
pub use verify::{Alteration, Verification};

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
            _ => Self::NoRecord,
        }
    }
}

/// A change that was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ticket(String);

/// How a change came to be asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked<'a> {
    /// The words.
    pub(super) heard: Option<&'a str>,
    /// The change before it that belongs to the same command, so that both are taken back together.
    pub(super) after: Option<&'a Ticket>,
}

impl Journal {
    /// The journal in `state_dir`, which is made with the first entry.
    pub fn open(state_dir: &Path) -> Self {
        Self { path: state_dir.join("journal.jsonl") }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Write down that the profile or file at `profile` is about to be changed by `change`, or, without one,
    /// that something is about to be done for good.
    pub(super) fn begin(
        &self,
        asked: Asked<'_>,
        profile: &Path,
        plan: &Plan,
        change: Option<&Change>,
    ) -> Result<Ticket, JournalError> {
        let (at, nanos) = clock();
        let id = format!("{at}-{nanos}-{}", std::process::id());
        let begun = Begun::new(id.clone(), at, asked, profile, plan, change);
        let begun = begun.map_err(|cause| self.error("write")(cause.into()))?;
        failpoint::before("journal.begin").map_err(self.error("write"))?;
        self.append(&Entry::Begun(Box::new(begun)), at)?;
        Ok(Ticket(id))
    }

    /// Write down how it ended.
    pub(super) fn end(
        &self,
        ticket: &Ticket,
        result: Result<&Outcome, &Fault>,
    ) -> Result<(), JournalError> {
        let at = clock().0;
        let ended = Entry::ended(ticket.0.clone(), at, result);
        failpoint::before("journal.end").map_err(self.error("write"))?;
        self.append(&ended.map_err(|cause| self.error("write")(cause.into()))?, at)
    }

    /// What undo takes back: see [`last::last_change`].
    pub(super) fn last_change<'a>(
        &self,
        snapshot: &Snapshot,
        profile_of: impl Fn(Scope) -> &'a Path,
    ) -> Result<Option<LastChange>, JournalError> {
        let Some((file, length)) = self.readable()? else { return Ok(None) };
        let lines = LinesBackwards::new(&file, length);
        last::last_change(lines, snapshot, profile_of).map_err(self.error("read"))
    }

    /// What was recorded, newest first, the newest `count` where it is given.
    ///
    /// # Errors
    /// The journal is there and cannot be read.
    pub fn records(&self, count: Option<usize>) -> Result<Vec<Record>, JournalError> {
        let Some((file, length)) = self.readable()? else { return Ok(Vec::new()) };
        let lines = LinesBackwards::new(&file, length);
        records::newest(lines, count.unwrap_or(usize::MAX)).map_err(self.error("read"))
    }

    /// Check that every line is what was written. `noted` is a head that it once had, if known.
    ///
    /// # Errors
    /// The journal is there and cannot be read.
    pub fn verify(&self, noted: Option<&str>) -> Result<Verification, JournalError> {
        let bytes = match std::fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            bytes => bytes.map_err(self.error("read"))?,
        };
        Ok(verify::verify(&bytes, noted))
    }

    /// The file with its length; `None` where nothing was ever recorded.
    fn readable(&self) -> Result<Option<(File, u64)>, JournalError> {
        let open = || File::open(&self.path).and_then(|file| Ok((file.metadata()?.len(), file)));
        match open() {
            Ok((length, file)) => Ok(Some((file, length))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.error("read")(error)),
        }
    }

    fn append(&self, entry: &Entry, at: u64) -> Result<(), JournalError> {
        append::append(&self.path, entry, at).map_err(self.error("write"))
    }

    /// Make all entries outlast a power failure. A crash of the program they outlast already.
    pub(super) fn settle(&self) -> Result<(), JournalError> {
        append::open(&self.path).and_then(|file| file.sync_data()).map_err(self.error("flush"))
    }

    fn error(&self, doing: &'static str) -> impl Fn(io::Error) -> JournalError + use<'_> {
        move |source| JournalError { doing, path: self.path.clone(), source }
    }
}

/// Unix time in seconds, and the nanoseconds above.
fn clock() -> (u64, u32) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (now.as_secs(), now.subsec_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Command, Generation, Intent, ProfileChange, ProfileState, Risk, Step};
    use std::os::unix::fs::PermissionsExt;

    fn change(from: u64, to: u64) -> ProfileChange {
        let generation = |number, current| Generation {
            number,
            target: format!("/nix/store/{number}").into(),
            created: 0,
            current,
        };
        let (from, to) = (Some(generation(from, true)), Some(generation(to, false)));
        ProfileChange { scope: Scope::User, from, to }
    }

    fn plan(change: &ProfileChange) -> Plan {
        Plan {
            command: Command::bare(Intent::GenerationRollback),
            steps: vec![Step::Switch(change.clone())],
            risk: Risk::Reversible,
            inverse: Some(Box::new(Change::Profile(change.inverse()))),
        }
    }

    fn at(number: u64) -> Snapshot {
        let generations = [1, 2, 3].map(|n| {
            let mut generation = change(1, n).to.unwrap();
            generation.current = n == number;
            generation
        });
        let user = Some(ProfileState { generations: generations.to_vec() });
        Snapshot { user, ..Snapshot::default() }
    }

    fn last(journal: &Journal, current: u64) -> Option<(u64, u64)> {
        let profile = Path::new("/profile");
        match journal.last_change(&at(current), |_| profile).unwrap()? {
            LastChange::Reversible(changes) => match &changes[..] {
                [Change::Profile(change)] => Some((numbers(change).0?, numbers(change).1?)),
                _ => None,
            },
            LastChange::Final { .. } => None,
        }
    }

    fn numbers(change: &ProfileChange) -> (Option<u64>, Option<u64>) {
        let number = |generation: &Option<Generation>| Some(generation.as_ref()?.number);
        (number(&change.from), number(&change.to))
    }

    fn begin(journal: &Journal, from: u64, to: u64) -> Ticket {
        let change = change(from, to);
        let plan = plan(&change);
        journal
            .begin(Asked::default(), Path::new("/profile"), &plan, Some(&Change::Profile(change)))
            .unwrap()
    }

    #[test]
    fn the_last_change_that_took_effect_is_known_after_a_crash_too() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(&dir.path().join("state"));
        assert_eq!(last(&journal, 3), None);

        let done = begin(&journal, 3, 2);
        journal.end(&done, Ok(&Outcome::Optimised { bytes: 0 })).unwrap();
        assert_eq!(last(&journal, 2), Some((3, 2)));

        let failed = begin(&journal, 2, 1);
        journal.end(&failed, Err(&Fault::ChangedMeanwhile)).unwrap();
        assert_eq!(last(&journal, 2), Some((3, 2)));

        // killed before the switch, or after it
        let _ = begin(&journal, 2, 1);
        assert_eq!(last(&journal, 2), Some((3, 2)));
        assert_eq!(last(&journal, 1), Some((2, 1)));
    }

    #[test]
    fn what_one_command_changed_is_taken_back_together() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path());
        let profile = Path::new("/profile");
        let begin = |after, from, to| {
            let asked = Asked { heard: None, after };
            let change = change(from, to);
            let plan = plan(&change);
            journal.begin(asked, profile, &plan, Some(&Change::Profile(change))).unwrap()
        };
        let taken_back = |current| -> Vec<(u64, u64)> {
            let last = journal.last_change(&at(current), |_| profile).unwrap();
            let Some(LastChange::Reversible(changes)) = last else { panic!("{last:?}") };
            let pair = |change: &Change| match change {
                Change::Profile(change) => (numbers(change).0.unwrap(), numbers(change).1.unwrap()),
                other => panic!("{other:?}"),
            };
            changes.iter().map(pair).collect()
        };
        let done = |ticket: &Ticket| journal.end(ticket, Ok(&Outcome::SystemUnchanged)).unwrap();
        let alone = begin(None, 1, 2);
        done(&alone);
        let first = begin(None, 2, 3);
        done(&first);
        let others = begin(None, 3, 3);
        journal.end(&others, Err(&Fault::NotPermitted)).unwrap();
        let second = begin(Some(&first), 3, 1);
        assert_eq!(taken_back(3), [(2, 3)], "the second was cut off before it was made");
        assert_eq!(taken_back(1), [(3, 1), (2, 3)], "or after");
        journal.end(&second, Err(&Fault::NotPermitted)).unwrap();
        assert_eq!(taken_back(3), [(2, 3)]);
        done(&begin(Some(&first), 3, 2));
        assert_eq!(taken_back(2), [(3, 2), (2, 3)]);
    }

    #[test]
    fn lines_of_the_first_form_are_still_read() {
        let generation = |number: u64, current: bool| {
            format!(
                r#"{{"number":{number},"target":"/nix/store/{number}","created":0,"current":{current}}}"#
            )
        };
        let change = format!(
            r#"{{"scope":"user","from":{},"to":{}}}"#,
            generation(3, true),
            generation(2, false)
        );
        let lines = format!(
            r#"{{"entry":"begun","id":"1-2-3","at":1,"profile":"/profile","plan":{{"command":{{"intent":"generation.rollback","slots":{{}}}},"steps":[{{"step":"from-another-time"}}],"risk":"reversible","inverse":null}},"change":{change}}}
{{"entry":"ended","id":"1-2-3","at":1,"fault":null}}
"#
        );
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path());
        std::fs::write(&journal.path, lines).unwrap();
        assert_eq!(last(&journal, 2), Some((3, 2)));
        let told = journal.records(None).unwrap();
        assert_eq!(told[0].intent, Some(Intent::GenerationRollback));
        assert!(told[0].inverse.is_some() && matches!(told[0].end, End::Done { .. }));
    }

    #[test]
    fn a_line_cut_short_costs_only_itself() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path());
        let done = begin(&journal, 3, 2);
        journal.end(&done, Ok(&Outcome::Optimised { bytes: 0 })).unwrap();
        let mut text = std::fs::read_to_string(&journal.path).unwrap();
        text.push_str("{\"entry\":\"begun\",\"id\":\"17");
        std::fs::write(&journal.path, &text).unwrap();
        assert_eq!(last(&journal, 2), Some((3, 2)));
        let done = begin(&journal, 2, 1);
        journal.end(&done, Ok(&Outcome::Optimised { bytes: 0 })).unwrap();
        assert_eq!(last(&journal, 1), Some((2, 1)));
    }

    #[test]
    fn a_deletion_is_the_last_change_until_there_is_another() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path());
        let done = begin(&journal, 3, 2);
        journal.end(&done, Ok(&Outcome::Optimised { bytes: 0 })).unwrap();
        let mut deletion = plan(&change(1, 2));
        deletion.command.intent = Intent::GenerationDelete;
        let profile = Path::new("/profile");
        let newest = || journal.last_change(&at(2), |_| profile).unwrap();
        let refused = journal.begin(Asked::default(), profile, &deletion, None).unwrap();
        journal.end(&refused, Err(&Fault::NotPermitted)).unwrap();
        assert_eq!(last(&journal, 2), Some((3, 2)));
        let _ = journal.begin(Asked::default(), profile, &deletion, None).unwrap();
        let intent = Intent::GenerationDelete;
        assert_eq!(newest(), Some(LastChange::Final { intent }), "cut off, or not");
        let done = begin(&journal, 2, 1);
        journal.end(&done, Ok(&Outcome::Optimised { bytes: 0 })).unwrap();
        assert_eq!(last(&journal, 1), Some((2, 1)));
        let stopped = journal.begin(Asked::default(), profile, &deletion, None).unwrap();
        journal.end(&stopped, Err(&Fault::DeletedInPart { numbers: vec![1] })).unwrap();
        assert_eq!(newest(), Some(LastChange::Final { intent }), "some of it was done");
    }

    #[test]
    fn it_is_read_by_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        let journal = Journal::open(&state);
        let _ = begin(&journal, 3, 2);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&state), mode(journal.path())), (0o700, 0o600));
    }

    #[test]
    fn another_profile_is_another_matter() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path());
        let done = begin(&journal, 3, 2);
        journal.end(&done, Ok(&Outcome::Optimised { bytes: 0 })).unwrap();
        let other = Path::new("/other");
        assert_eq!(journal.last_change(&at(2), |_| other).unwrap(), None);
    }
}
