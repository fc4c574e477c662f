//! Where a turn's time goes.

use serde::Serialize;
use std::time::{Duration, Instant};

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
        Self { last: start, stages: Vec::new() }
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

    /// All stages together, in milliseconds.
    pub fn total_ms(&self) -> f64 {
        self.stages.iter().map(|stage| stage.ms).sum()
    }
}

/// A duration in milliseconds, to the microsecond.
fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}
