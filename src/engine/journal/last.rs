//! What undo takes back.

use super::entry::{Begun, Entry};
use crate::domain::{Change, Fault, LastChange, Scope, Snapshot, Sources};
use crate::nixos;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

/// The last change in `lines`, which come newest first, that took effect, and those that the same
/// command made before it; of any profile of `snapshot`, with `profile_of` telling where a scope's
/// profile lies, or of a file. One that was begun and never ended, because the program died, counts if
/// the profile, or the file, is where it led.
pub(super) fn last_change<'a>(
    lines: impl Iterator<Item = io::Result<Vec<u8>>>,
    snapshot: &Snapshot,
    profile_of: impl Fn(Scope) -> &'a Path,
) -> io::Result<Option<LastChange>> {
    let mut ended = HashMap::new();
    let mut found = Vec::new();
    let mut wanted: Option<String> = None;
    for line in lines {
        let begun = match serde_json::from_slice(&line?) {
            Ok(Entry::Begun(begun)) => *begun,
            Ok(Entry::Ended { id, fault, .. }) => {
                // what was taken back later has two ends
                ended.entry(id).or_insert(happened(fault.as_ref()));
                continue;
            }
            Ok(Entry::Genesis { .. } | Entry::Mended { .. }) => continue,
            Err(error) => {
                tracing::debug!(%error, "a line of the journal is passed over");
                continue;
            }
        };
        // others' come between those of one command
        if wanted.as_ref().is_some_and(|wanted| *wanted != begun.id) {
            continue;
        }
        let happened = ended.get(&begun.id).copied().flatten();
        let ours = is_ours(&begun, &profile_of);
        let Begun { change: Some(change), after, profile, .. } = begun else {
            if !found.is_empty() {
                break;
            }
            // one that was cut off may have done something
            match begun.intent() {
                Some(intent) if ours && happened.unwrap_or(true) => {
                    return Ok(Some(LastChange::Final { intent }));
                }
                _ => continue,
            }
        };
        if ours && happened.unwrap_or_else(|| led_here(&change, &profile, snapshot)) {
            found.push(change);
            wanted = after;
        }
        if wanted.is_none() && !found.is_empty() {
            break;
        }
    }
    Ok((!found.is_empty()).then_some(LastChange::Reversible(found)))
}

/// Whether what ended so has happened, in part at least; `None` where that is not known.
fn happened(fault: Option<&Fault>) -> Option<bool> {
    match fault {
        None | Some(Fault::Stopped { .. } | Fault::DeletedInPart { .. }) => Some(true),
        Some(Fault::ActivationFailed { restored: false, .. }) => None,
        Some(_) => Some(false),
    }
}

/// Whether it is about one of our profiles, or a file.
fn is_ours<'a>(begun: &Begun, profile_of: impl Fn(Scope) -> &'a Path) -> bool {
    let at = |scope| begun.profile == profile_of(scope);
    match &begun.change {
        Some(Change::Profile(change)) => at(change.scope),
        Some(Change::Setting(_) | Change::Inputs(_)) => true,
        Some(Change::Run(_)) => at(Scope::System),
        Some(Change::Trial(_)) => at(Scope::User),
        None => at(Scope::User) || at(Scope::System),
    }
}

/// Whether things are as `change`, which is of the profile or file at `profile`, would have them.
fn led_here(change: &Change, profile: &Path, snapshot: &Snapshot) -> bool {
    match change {
        Change::Profile(change) => {
            let found = snapshot.profile(change.scope);
            found.is_some_and(|profile| profile.stands_at(change.to.as_ref()))
        }
        Change::Setting(change) => nixos::stands(&change.file),
        Change::Inputs(change) => match &change.sources {
            Sources::Lock { file, .. } => nixos::stands(file),
            Sources::Channels { channels } => {
                let now = fs::canonicalize(profile).ok();
                channels.to.as_ref().map(|to| &to.target) == now.as_ref()
            }
        },
        Change::Run(change) => snapshot.running.as_ref() == Some(&change.toplevel),
        // to let go of what is not kept, or keep what is, changes nothing
        Change::Trial(_) => true,
    }
}
