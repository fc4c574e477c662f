//! An act that runs: how far it is, and when to say so.

use crate::domain::{Count, Intent, Progress, TurnId};
use jiff::Zoned;
use serde::Serialize;

/// Seconds until the first remark; each later one waits longer.
const FIRST_REMARK: i64 = 10;
/// Seconds between remarks, from the first on; the last of them holds on.
const REMARKS: [i64; 3] = [30, 60, 120];
/// Seconds before which nobody can tell how long it will take.
const TOO_SOON: i64 = 3;

/// What runs.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) turn: TurnId,
    pub(super) intent: Intent,
    /// Where it stands, once it told.
    pub(super) progress: Option<Progress>,
    /// Whether somebody asked for it to stop.
    pub(super) stopping: bool,
    /// What it does, in words.
    what: String,
    since: Zoned,
    remarks: usize,
    last_remark: Zoned,
}

/// What replies about a job are made from.
#[derive(Debug, Serialize)]
pub(super) struct Facts<'a> {
    what: &'a str,
    #[serde(flatten)]
    progress: Option<&'a Progress>,
    /// How long it will still take, where that can be told.
    left: Option<String>,
}

impl Job {
    /// A job that begins now, which is `what` in words.
    pub(super) fn new(turn: TurnId, intent: Intent, what: String, now: &Zoned) -> Self {
        let (since, last_remark) = (now.clone(), now.clone());
        Self { turn, intent, progress: None, stopping: false, what, since, remarks: 0, last_remark }
    }

    pub(super) fn facts(&self, now: &Zoned) -> Facts<'_> {
        let progress = self.progress.as_ref();
        let left = progress.and_then(|progress| seconds_left(progress, seconds(&self.since, now)));
        Facts { what: &self.what, progress, left: left.map(roughly) }
    }

    /// Whether so much time went by that something should be heard.
    pub(super) fn is_worth_a_remark(&self, now: &Zoned) -> bool {
        let wait = match self.remarks {
            0 => FIRST_REMARK,
            remarks => REMARKS[(remarks - 1).min(REMARKS.len() - 1)],
        };
        !self.stopping && seconds(&self.last_remark, now) >= wait
    }

    /// One was made.
    pub(super) fn remarked(&mut self, now: &Zoned) {
        self.remarks += 1;
        self.last_remark = now.clone();
    }
}

fn seconds(from: &Zoned, to: &Zoned) -> i64 {
    to.timestamp().as_second() - from.timestamp().as_second()
}

/// How long the rest takes if it goes on as it went until now.
fn seconds_left(progress: &Progress, gone: i64) -> Option<i64> {
    let known = |count: &&Count| count.done > 0 && count.expected > count.done;
    let count = [&progress.bytes, &progress.paths].into_iter().find(known)?;
    let left = (count.expected - count.done) as f64 / count.done as f64 * gone as f64;
    (gone >= TOO_SOON && left >= 1.0).then_some(left as i64)
}

/// A duration as people say it.
fn roughly(seconds: i64) -> String {
    let (count, unit) = match seconds {
        ..=4 => return "a few seconds".to_owned(),
        5..=90 => ((seconds + 4) / 5 * 5, "second"),
        91..=5400 => ((seconds + 30) / 60, "minute"),
        _ => ((seconds + 1800) / 3600, "hour"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_roughly_and_not_too_soon() {
        let progress = |done, expected| {
            let bytes = Count { done, expected };
            Progress { bytes, ..Progress::default() }
        };
        let told = |done, gone| seconds_left(&progress(done, 100), gone).map(roughly);
        assert_eq!(told(50, 2), None);
        assert_eq!(told(0, 20), None);
        assert_eq!(told(100, 20), None);
        assert_eq!(told(50, 4).as_deref(), Some("a few seconds"));
        assert_eq!(told(50, 21).as_deref(), Some("25 seconds"));
        assert_eq!(told(10, 30).as_deref(), Some("5 minutes"));
        assert_eq!(told(1, 100).as_deref(), Some("3 hours"));
    }
}
