//! The journal as it is told: changes with their ends.

use super::entry::{Begun, Entry};
use crate::domain::{Change, Fault, Intent};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::io;
use std::path::PathBuf;

/// A change that was recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    /// When it was begun: Unix time in seconds.
    pub at: u64,
    /// The words that asked for it; lines from before there were chains do not tell.
    pub heard: Option<String>,
    /// What was asked for.
    pub intent: Option<Intent>,
    /// The link of the profile, or the file.
    pub profile: PathBuf,
    /// What was about to be done.
    pub plan: Value,
    /// The change; `None` for what cannot be taken back.
    pub change: Option<Change>,
    /// What takes it back.
    pub inverse: Option<Change>,
    /// How it ended.
    #[serde(flatten)]
    pub end: End,
}

/// How a change ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "end", rename_all = "kebab-case")]
pub enum End {
    /// It was made.
    Done {
        /// What came of it.
        outcome: Value,
    },
    /// It was not made, or not all of it.
    Failed {
        /// Why.
        reason: Fault,
    },
    /// Nobody knows: the program was ended in the middle of it.
    Unknown,
}

/// The newest `count` of the changes in `lines`, which come newest first.
pub(super) fn newest(
    lines: impl Iterator<Item = io::Result<Vec<u8>>>,
    count: usize,
) -> io::Result<Vec<Record>> {
    let (mut records, mut ends) = (Vec::new(), HashMap::new());
    for line in lines {
        if records.len() >= count {
            break;
        }
        match serde_json::from_slice(&line?) {
            Ok(Entry::Ended { id, fault, outcome, .. }) => {
                let done = End::Done { outcome };
                // what was taken back later has two ends
                ends.entry(id).or_insert(fault.map_or(done, |reason| End::Failed { reason }));
            }
            Ok(Entry::Begun(begun)) => {
                let end = ends.remove(&begun.id).unwrap_or(End::Unknown);
                records.push(record(*begun, end));
            }
            Ok(Entry::Genesis { .. } | Entry::Mended { .. }) | Err(_) => {}
        }
    }
    Ok(records)
}

fn record(begun: Begun, end: End) -> Record {
    let intent = begun.intent();
    let inverse = begun.inverse.or_else(|| begun.change.as_ref().map(Change::inverse));
    let Begun { at, heard, profile, plan, change, .. } = begun;
    Record { at, heard, intent, profile, plan, change, inverse, end }
}
