//! How turns went, for the user's own eyes: a line of JSON each, in a file that stays small.
//!
//! No word of what was said or answered is in it.

mod recorder;
mod summary;

pub use recorder::Recorder;
pub use summary::{StageFigures, Summary};

use super::assistant::Turn;
use super::journal::{Journal, open};
use super::memory;
use super::stopwatch::Stopwatch;
use crate::domain::{Hearing, Verdict};
use crate::nix::exclusive;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// More bytes than this the file never has; half of them are kept then.
const LIMIT: u64 = 1_000_000;

/// How much of a command was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Understood {
    /// All of it.
    Command,
    /// It was asked back.
    Unclear,
    /// None of it.
    Nothing,
}

/// One turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TurnRecord {
    /// When it ended, in seconds since 1970.
    pub at: u64,
    /// Whether it was heard, not typed.
    pub heard: bool,
    /// How much was understood.
    pub understood: Understood,
    /// How it ended.
    pub verdict: Verdict,
    /// Where its time went, in ms, in order.
    pub stages: Vec<(String, f64)>,
    /// The process's resident memory, in kB; 0 where the system does not tell.
    pub memory_kb: u64,
}

impl TurnRecord {
    /// What is kept of `turn`, now.
    pub fn new(turn: &Turn, heard: bool, watch: &Stopwatch) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let understood = match turn.hearing {
            Hearing::Command(_) => Understood::Command,
            Hearing::Unclear { .. } => Understood::Unclear,
            Hearing::Nothing => Understood::Nothing,
        };
        Self {
            at: since.as_secs(),
            heard,
            understood,
            verdict: turn.reply.verdict,
            stages: watch.named(),
            memory_kb: memory::resident_kb().unwrap_or_default(),
        }
    }
}

/// The file.
#[derive(Debug, Clone)]
pub struct Telemetry {
    path: PathBuf,
}

impl Telemetry {
    /// The one that goes with `journal`.
    pub fn beside(journal: &Journal) -> Self {
        Self { path: journal.path().with_file_name("turns.jsonl") }
    }

    /// Add a turn. Where the file has become large, the older half of it goes.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn append(&self, turn: &TurnRecord) -> io::Result<()> {
        let mut file = exclusive(open(&self.path)?)?;
        let mut text = serde_json::to_vec(turn)?;
        text.push(b'\n');
        if is_torn(&mut file)? {
            text.insert(0, b'\n');
        }
        if file.metadata()?.len() + text.len() as u64 > LIMIT {
            let mut all = Vec::new();
            file.rewind()?;
            file.read_to_end(&mut all)?;
            let newer = all.len().saturating_sub(LIMIT as usize / 2);
            let line = all[newer..].iter().position(|&byte| byte == b'\n');
            let kept = line.map_or(all.len(), |line| newer + line + 1);
            text.splice(..0, all.drain(kept..));
            file.set_len(0)?;
        }
        file.write_all(&text)
    }

    /// The last `count` turns, oldest first; lines that tell of none are left out.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn last(&self, count: usize) -> io::Result<Vec<TurnRecord>> {
        let text = match fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            text => text?,
        };
        let lines = text.split(|&byte| byte == b'\n').rev();
        let turns = lines.filter_map(|line| serde_json::from_slice(line).ok());
        let mut turns: Vec<TurnRecord> = turns.take(count).collect();
        turns.reverse();
        Ok(turns)
    }
}

/// Whether the last line was cut off, which would take the next one with it.
fn is_torn(file: &mut File) -> io::Result<bool> {
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    Ok(last != [b'\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn turn(at: u64) -> TurnRecord {
        TurnRecord {
            at,
            heard: true,
            understood: Understood::Command,
            verdict: Verdict::Done,
            stages: vec![("hear".to_owned(), 100.0)],
            memory_kb: 300_000,
        }
    }

    #[test]
    fn the_file_stays_small_and_keeps_what_is_newest() {
        let dir = tempfile::tempdir().unwrap();
        let telemetry = Telemetry { path: dir.path().join("state/turns.jsonl") };
        assert_eq!(telemetry.last(5).unwrap(), []);
        telemetry.append(&turn(0)).unwrap();
        // as if there had been many before
        let line = fs::read_to_string(&telemetry.path).unwrap();
        let many = LIMIT as usize / line.len() - 1;
        fs::write(&telemetry.path, line.repeat(many)).unwrap();
        for at in 1..=9 {
            telemetry.append(&turn(at)).unwrap();
            assert!(fs::metadata(&telemetry.path).unwrap().len() <= LIMIT);
        }
        let all = telemetry.last(usize::MAX).unwrap();
        assert!((many / 2..many).contains(&all.len()), "{} of {many}", all.len());
        assert_eq!(telemetry.last(3).unwrap(), [turn(7), turn(8), turn(9)]);
    }

    #[test]
    fn broken_lines_are_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let telemetry = Telemetry { path: dir.path().join("turns.jsonl") };
        telemetry.append(&turn(1)).unwrap();
        let mut text = fs::read(&telemetry.path).unwrap();
        let half = text[..20].to_vec();
        text.extend(half);
        text.extend(b"\n{\"at\":1}\n\xff\xfe\n");
        fs::write(&telemetry.path, &text).unwrap();
        telemetry.append(&turn(2)).unwrap();
        assert_eq!(telemetry.last(10).unwrap(), [turn(1), turn(2)]);
        // one that was cut off by a crash takes no other one with it
        text.truncate(text.len() - 1);
        fs::write(&telemetry.path, text).unwrap();
        telemetry.append(&turn(3)).unwrap();
        assert_eq!(telemetry.last(10).unwrap(), [turn(1), turn(3)]);
    }
}
