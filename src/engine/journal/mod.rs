//! The journal: every change is written down before it is made, and again when it was.
//!
//! One JSON object a line, appended, and chained by hash to the line before it. A line that a crash
//! or a full disk cut short is closed off and passed over; nothing that was written before is ever
//! rewritten.

mod append;
mod chain;
mod entry;
mod lines;
mod records;
mod verify;

use crate::domain::{Change, Fault, LastChange, Outcome, Plan, Scope, Snapshot};
use crate::nix::failpoint;
use crate::nixos;
use entry::{Begun, Entry};
use lines::LinesBackwards;
pub use records::{End, Record};
use std::collections::HashMap;
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

/// A change that was written down and not yet ended.
#[must_use]
#[derive(Debug)]
pub(super) struct Ticket(String);

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
    /// that something is about to be done for good, as `heard` asked for.
    pub(super) fn begin(
        &self,
        heard: Option<&str>,
        profile: &Path,
        plan: &Plan,
        change: Option<&Change>,
    ) -> Result<Ticket, JournalError> {
        let (at, nanos) = clock();
        let id = format!("{at}-{nanos}-{}", std::process::id());
        let begun = Begun::new(id.clone(), at, heard, profile, plan, change);
        let begun = begun.map_err(|cause| self.error("write")(cause.into()))?;
        failpoint::before("journal.begin").map_err(self.error("write"))?;
        self.append(&Entry::Begun(Box::new(begun)), at)?;
        Ok(Ticket(id))
    }

    /// Write down how it ended.
    pub(super) fn end(
        &self,
        ticket: Ticket,
        result: Result<&Outcome, &Fault>,
    ) -> Result<(), JournalError> {
        let at = clock().0;
        let ended = Entry::ended(ticket.0, at, result);
        failpoint::before("journal.end").map_err(self.error("write"))?;
        self.append(&ended.map_err(|cause| self.error("write")(cause.into()))?, at)
    }

    /// The last change to any profile of `snapshot`, or to a file, that took effect, with `profile_of` telling
    /// where a scope's profile lies. One that was begun and never ended, because the program died,
    /// counts if the profile, or the file, is where it led.
    pub(super) fn last_change<'a>(
        &self,
        snapshot: &Snapshot,
        profile_of: impl Fn(Scope) -> &'a Path,
    ) -> Result<Option<LastChange>, JournalError> {
        let led_here = |change: &Change| match change {
            Change::Profile(change) => {
                let profile = snapshot.profile(change.scope);
                profile.is_some_and(|profile| profile.stands_at(change.to.as_ref()))
            }
            Change::Setting(change) => nixos::stands(&change.file),
            Change::Run(change) => snapshot.running.as_ref() == Some(&change.toplevel),
            // to let go of what is not kept, or keep what is, changes nothing
            Change::Trial(_) => true,
        };
        let Some((file, length)) = self.readable()? else { return Ok(None) };
        let mut ended = HashMap::new();
        for line in LinesBackwards::new(&file, length) {
            match serde_json::from_slice(&line.map_err(self.error("read"))?) {
                Ok(Entry::Ended { id, fault, .. }) => drop(ended.insert(id, fault.is_none())),
                Ok(Entry::Begun(begun)) => {
                    let happened = ended.get(&begun.id).copied();
                    if let Some(change) = begun.change {
                        let ours = match &change {
                            Change::Profile(change) => begun.profile == profile_of(change.scope),
                            Change::Setting(_) => true,
                            Change::Run(_) => begun.profile == profile_of(Scope::System),
                            Change::Trial(_) => begun.profile == profile_of(Scope::User),
                        };
                        if ours && happened.unwrap_or_else(|| led_here(&change)) {
                            return Ok(Some(LastChange::Reversible(Box::new(change))));
                        }
                    } else if let Some(intent) = begun.intent() {
                        let scopes = [Scope::User, Scope::System];
                        let ours = scopes.map(&profile_of).contains(&&*begun.profile);
                        // one that was cut off may have done something
                        if ours && happened.unwrap_or(true) {
                            return Ok(Some(LastChange::Final { intent }));
                        }
                    }
                }
                Ok(Entry::Genesis { .. } | Entry::Mended { .. }) => {}
                Err(error) => tracing::debug!(%error, "a line of the journal is passed over"),
            }
        }
        Ok(None)
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
            LastChange::Reversible(change) => match *change {
                Change::Profile(change) => Some((change.from?.number, change.to?.number)),
                Change::Setting(_) | Change::Run(_) | Change::Trial(_) => None,
            },
            LastChange::Final { .. } => None,
        }
    }

    fn begin(journal: &Journal, from: u64, to: u64) -> Ticket {
        let change = change(from, to);
        let plan = plan(&change);
        journal.begin(None, Path::new("/profile"), &plan, Some(&Change::Profile(change))).unwrap()
    }

    #[test]
    fn the_last_change_that_took_effect_is_known_after_a_crash_too() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(&dir.path().join("state"));
        assert_eq!(last(&journal, 3), None);

        let done = begin(&journal, 3, 2);
        journal.end(done, Ok(&Outcome::Optimised { bytes: 0 })).unwrap();
        assert_eq!(last(&journal, 2), Some((3, 2)));

        let failed = begin(&journal, 2, 1);
        journal.end(failed, Err(&Fault::ChangedMeanwhile)).unwrap();
        assert_eq!(last(&journal, 2), Some((3, 2)));

        // killed before the switch, or after it
        let _ = begin(&journal, 2, 1);
        assert_eq!(last(&journal, 2), Some((3, 2)));
        assert_eq!(last(&journal, 1), Some((2, 1)));
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
        journal.end(done, Ok(&Outcome::Optimised { bytes: 0 })).unwrap();
        let mut text = std::fs::read_to_string(&journal.path).unwrap();
        text.push_str("{\"entry\":\"begun\",\"id\":\"17");
        std::fs::write(&journal.path, &text).unwrap();
        assert_eq!(last(&journal, 2), Some((3, 2)));
        let done = begin(&journal, 2, 1);
        journal.end(done, Ok(&Outcome::Optimised { bytes: 0 })).unwrap();
        assert_eq!(last(&journal, 1), Some((2, 1)));
    }

    #[test]
    fn a_deletion_is_the_last_change_until_there_is_another() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path());
        let done = begin(&journal, 3, 2);
        journal.end(done, Ok(&Outcome::Optimised { bytes: 0 })).unwrap();
        let mut deletion = plan(&change(1, 2));
        deletion.command.intent = Intent::GenerationDelete;
        let profile = Path::new("/profile");
        let newest = || journal.last_change(&at(2), |_| profile).unwrap();
        let refused = journal.begin(None, profile, &deletion, None).unwrap();
        journal.end(refused, Err(&Fault::NotPermitted)).unwrap();
        assert_eq!(last(&journal, 2), Some((3, 2)));
        let _ = journal.begin(None, profile, &deletion, None).unwrap();
        let intent = Intent::GenerationDelete;
        assert_eq!(newest(), Some(LastChange::Final { intent }), "cut off, or not");
        let done = begin(&journal, 2, 1);
        journal.end(done, Ok(&Outcome::Optimised { bytes: 0 })).unwrap();
        assert_eq!(last(&journal, 1), Some((2, 1)));
    }

    #[test]
    fn another_profile_is_another_matter() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path());
        let done = begin(&journal, 3, 2);
        journal.end(done, Ok(&Outcome::Optimised { bytes: 0 })).unwrap();
        let other = Path::new("/other");
        assert_eq!(journal.last_change(&at(2), |_| other).unwrap(), None);
    }
}
