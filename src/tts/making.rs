//! A clause on its way to sound.

use super::clauses::Clause;
use super::vocoder::{Frames, Vocoder};
use crate::domain::Speech;
use std::ops::Range;

/// Frames of a clause's first stretch, about half a second: what is made before it begins to sound.
const FIRST: usize = 40;
/// Most frames of a stretch: each second that is made at once takes 28 MB.
const MOST: usize = 128;

/// A clause of which some is made.
pub(super) struct Making {
    pub(super) clause: Clause,
    /// What it is said with.
    pub(super) length_scale: f32,
    frames: Frames,
    /// Of the frames so many sound already.
    done: usize,
    /// Silence that follows it, in samples.
    pause: usize,
    samples: Vec<f32>,
    rate_hz: u32,
}

impl Making {
    /// Begin `clause` at this length scale, of which there are `frames` and no sound yet; a silence of
    /// `pause_ms` follows it.
    pub(super) fn new(
        (clause, length_scale): (Clause, f32),
        frames: Frames,
        rate_hz: u32,
        pause_ms: u32,
    ) -> Self {
        let pause = (rate_hz * pause_ms / 1000) as usize;
        Self { clause, length_scale, frames, done: 0, pause, samples: Vec::new(), rate_hz }
    }

    /// A clause that is made already.
    pub(super) fn whole((clause, length_scale): (Clause, f32), speech: Speech) -> Self {
        let Speech { samples, rate_hz, .. } = speech;
        let frames = Frames::new(Vec::new(), 1);
        Self { clause, length_scale, frames, done: 0, pause: 0, samples, rate_hz }
    }

    /// Whether it is what was asked for.
    pub(super) fn is(&self, clause: &Clause, length_scale: f32) -> bool {
        self.clause == *clause && self.length_scale.to_bits() == length_scale.to_bits()
    }

    /// Whether there is no more to make of it.
    pub(super) fn is_whole(&self) -> bool {
        self.done == self.frames.len()
    }

    /// Make one stretch more.
    pub(super) fn go_on(&mut self, vocoder: &mut Vocoder) -> ort::Result<()> {
        let stretch = stretch(self.done, self.frames.len());
        self.done = stretch.end;
        self.samples.extend(vocoder.sound(&self.frames, stretch)?);
        if self.is_whole() {
            self.samples.extend(std::iter::repeat_n(0.0, self.pause));
        }
        Ok(())
    }

    /// What is made of it from sample `from` on.
    pub(super) fn since(&self, from: usize) -> Speech {
        Speech {
            samples: self.samples[from..].to_vec(),
            rate_hz: self.rate_hz,
            goes_on: !self.is_whole(),
        }
    }

    /// How many samples are made.
    pub(super) fn len(&self) -> usize {
        self.samples.len()
    }
}

/// What is made next of `all` frames, of which so many are `done`: as much again, so that it is ready
/// before these have sounded.
fn stretch(done: usize, all: usize) -> Range<usize> {
    let end = done + done.clamp(FIRST, MOST);
    // a short rest is not worth a stretch of its own
    if end + FIRST / 2 >= all { done..all } else { done..end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_grow_and_leave_no_crumbs() {
        let all = |frames| {
            let (mut ends, mut done) = (Vec::new(), 0);
            while done < frames {
                done = stretch(done, frames).end;
                ends.push(done);
            }
            ends
        };
        assert_eq!(all(1), [1]);
        assert_eq!(all(60), [60]);
        assert_eq!(all(61), [40, 61]);
        assert_eq!(all(500), [40, 80, 160, 288, 416, 500]);
    }
}
