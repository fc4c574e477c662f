//! Where a turn's time goes.

use serde::Serialize;
use std::time::{Duration, Instant};

/// Stages that come after the first sound of an answer.
pub const AFTER_FIRST_SOUND: [&str; 2] = ["other words", "play out"];

/// One stage of a turn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stage {
    /// Its name.
    pub stage: &'static str,
    /// How long it took, in milliseconds.
    pub ms: f64,
}

/// Laps that follow each other without a gap, so that the stages add up to the whole.
#[derive(Debug, Clone)]
pub struct Stopwatch {
    start: Instant,
    last: Instant,
    stages: Vec<Stage>,
}

impl Stopwatch {
    /// Start now.
    pub fn start() -> Self {
        Self::since(Instant::now())
    }

    /// Have started at `start`.
    pub fn since(start: Instant) -> Self {
        Self { start, last: start, stages: Vec::new() }
    }

    /// When it was started.
    pub fn begun(&self) -> Instant {
        self.start
    }

    /// End the stage that began with the last lap. A stage that comes twice is one, added up.
    pub fn lap(&mut self, stage: &'static str) {
        let now = Instant::now();
        let ms = milliseconds(now - self.last);
        self.last = now;
        match self.stages.iter_mut().find(|known| known.stage == stage) {
            Some(known) => known.ms += ms,
            None => self.stages.push(Stage { stage, ms }),
        }
    }

    /// Begin the next stage only now: what lies between is nobody's.
    pub fn skip(&mut self) {
        self.last = Instant::now();
    }

    /// The stages so far, in order.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The stages so far by name, with their milliseconds, as they are kept and sent.
    pub fn named(&self) -> Vec<(String, f64)> {
        self.stages.iter().map(|stage| (stage.stage.to_owned(), stage.ms)).collect()
    }

    /// All stages together, in milliseconds.
    pub fn total_ms(&self) -> f64 {
        self.stages.iter().map(|stage| stage.ms).sum()
    }
}

/// The value that a share of `share` (0…1) of `values` does not exceed; 0 where there are none.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}

/// A duration in milliseconds, to the microsecond.
fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_seen() {
        let values: Vec<f64> = (1..=20).map(f64::from).collect();
        assert!((quantile(&values, 0.5) - 10.0).abs() < f64::EPSILON);
        assert!((quantile(&values, 0.95) - 19.0).abs() < f64::EPSILON);
        assert!(quantile(&[], 0.5).abs() < f64::EPSILON);
    }
}
