//! A clause on its way to sound.

use super::phrase::Phrase;
use super::vocoder::{Frames, Vocoder};
use crate::domain::Speech;
use std::ops::Range;

/// Frames of a clause's first stretch, 0.3 s: what is made before it begins to sound.
const FIRST: usize = 24;

/// How much of a clause is made at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stretches {
    /// As little as can be.
    Short,
    /// More each time, as it is made best while what came before sounds.
    Growing,
}

/// Most frames of a stretch: each second that is made at once takes 28 MB.
fn most(stretches: Stretches) -> usize {
    match stretches {
        Stretches::Short => FIRST,
        Stretches::Growing => 64,
    }
}

/// A clause of which some is made.
pub(super) struct Making {
    pub(super) phrase: Phrase,
    samples: Vec<f32>,
    rate_hz: u32,
    rest: Option<Rest>,
}

/// What is to be made yet.
struct Rest {
    frames: Frames,
    /// Of the frames so many sound already.
    done: usize,
    /// Samples of silence that follow them.
    pause: usize,
}

impl Making {
    /// `phrase`, of which there are `frames` and no sound yet.
    pub(super) fn of_frames(phrase: Phrase, frames: Frames, rate_hz: u32) -> Self {
        let pause = phrase.pause(rate_hz);
        let rest = Some(Rest { frames, done: 0, pause });
        Self { phrase, samples: Vec::new(), rate_hz, rest }
    }

    /// `phrase`, which is made already.
    pub(super) fn whole(phrase: Phrase, speech: Speech) -> Self {
        Self { phrase, samples: speech.samples, rate_hz: speech.rate_hz, rest: None }
    }

    /// Whether there is no more to make of it.
    pub(super) fn is_whole(&self) -> bool {
        self.rest.is_none()
    }

    /// Make one stretch more.
    pub(super) fn go_on(&mut self, vocoder: &mut Vocoder, stretches: Stretches) -> ort::Result<()> {
        let Some(Rest { frames, done, pause }) = &mut self.rest else { return Ok(()) };
        let stretch = stretch(*done, frames.len(), stretches);
        *done = stretch.end;
        self.samples.extend(vocoder.sound(frames, stretch)?);
        if *done == frames.len() {
            self.samples.resize(self.samples.len() + *pause, 0.0);
            self.rest = None;
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
fn stretch(done: usize, all: usize, stretches: Stretches) -> Range<usize> {
    let end = done + done.clamp(FIRST, most(stretches));
    // a short rest is not worth a stretch of its own
    if end + FIRST / 2 >= all { done..all } else { done..end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_grow_and_leave_no_crumbs() {
        let all = |frames, stretches| {
            let (mut ends, mut done) = (Vec::new(), 0);
            while done < frames {
                done = stretch(done, frames, stretches).end;
                ends.push(done);
            }
            ends
        };
        for stretches in [Stretches::Growing, Stretches::Short] {
            assert_eq!(all(1, stretches), [1]);
            assert_eq!(all(36, stretches), [36]);
            assert_eq!(all(37, stretches), [24, 37]);
        }
        assert_eq!(all(260, Stretches::Growing), [24, 48, 96, 160, 224, 260]);
        assert_eq!(all(100, Stretches::Short), [24, 48, 72, 100]);
    }
}
