//! Keeps our own voice out of what the ear hears.

use super::playing::Playing;
use crate::dsp::{ECHO_FRAME, EchoGuard, Learning, Masking};

/// A room is quiet again so many frames after the last sound was handed to the device: 0.8 s.
const FADING: usize = 80;
/// The canceller has found its way into our voice after so many frames: 0.6 s, some of which its echo
/// takes to come.
const GETTING_IN: usize = 60;
/// What was played waits for so many samples, 30 ms, as it comes unevenly.
const CUSHION: usize = 3 * ECHO_FRAME;
/// What was played is kept in step with what is heard: whatever waited all the while in so many
/// frames, 0.5 s, is too much.
const STEP: usize = 50;
/// After another program spoke for us, its sound fades for so many frames.
const ELSEWHERE: usize = 10;

/// Cleans a live stream.
pub(super) struct Guard {
    playing: Playing,
    canceller: Option<EchoGuard>,
    masking: Masking,
    heard: Vec<f32>,
    played: Vec<f32>,
    /// Frames for which our voice may still be heard.
    sounding: usize,
    /// Frames since our voice began.
    since: usize,
    /// Frames for which another program may still be heard that speaks for us.
    elsewhere: usize,
    /// The fewest samples that waited in `played` lately, and for how many frames more to count.
    waited: (usize, usize),
}

impl Guard {
    pub(super) fn new(playing: Playing) -> Self {
        let canceller = EchoGuard::new()
            .inspect_err(|error| tracing::error!(%error, "our own voice will be heard"))
            .ok();
        let (heard, played) = (Vec::new(), Vec::new());
        Self {
            playing,
            canceller,
            masking: Masking::default(),
            heard,
            played,
            sounding: 0,
            since: 0,
            elsewhere: 0,
            waited: (usize::MAX, STEP),
        }
    }

    /// Whether our voice may be heard now.
    pub(super) fn is_sounding(&self) -> bool {
        self.sounding > 0
    }

    /// Whether our voice has just begun, so that much of it may be left.
    pub(super) fn is_getting_in(&self) -> bool {
        (1..GETTING_IN).contains(&self.since)
    }

    /// Whether all that is heard now may be our voice.
    pub(super) fn is_all_ours(&self) -> bool {
        self.is_sounding() && !self.masking.hears_another()
    }

    /// Let our voice wait in mid-word, or go on.
    pub(super) fn hold(&self, held: bool) {
        self.playing.hold(held);
    }

    /// Take in what was heard while somebody else's utterance was open, or none; what is left of it is
    /// appended to `cleaned`.
    pub(super) fn clean(&mut self, heard: &[f32], is_open: bool, cleaned: &mut Vec<f32>) {
        self.heard.extend_from_slice(heard);
        self.playing.fetch(&mut self.played);
        if self.playing.is_elsewhere() {
            self.elsewhere = ELSEWHERE;
        }
        let whole = self.heard.len() / ECHO_FRAME * ECHO_FRAME;
        for start in (0..whole).step_by(ECHO_FRAME) {
            let mut frame = [0.0; ECHO_FRAME];
            frame.copy_from_slice(&self.heard[start..start + ECHO_FRAME]);
            let played = self.next_played();
            if played.iter().any(|sample| *sample != 0.0) {
                self.sounding = FADING;
            } else {
                self.sounding = self.sounding.saturating_sub(1);
            }
            self.since = if self.sounding > 0 { self.since + 1 } else { 0 };
            let learning = match (self.is_getting_in(), is_open) {
                (true, _) => Learning::Fast,
                (false, false) => Learning::Slow,
                // somebody's voice is not the room's
                (false, true) => Learning::Not,
            };
            // both cost time, and mostly there is nothing to do for them
            if self.sounding > 0 {
                if let Err(error) = self.masking.push(&frame, &played, learning) {
                    tracing::error!(%error, "an echo was not told from other sound");
                }
                match self.canceller.as_mut().map(|canceller| canceller.clean(&frame, &played)) {
                    Some(Ok(left)) => frame = left,
                    Some(Err(error)) => tracing::error!(%error, "an echo was not cancelled"),
                    None => {}
                }
            }
            // what another program says cannot be told from what somebody says
            if self.elsewhere > 0 {
                self.elsewhere -= 1;
                frame = [0.0; ECHO_FRAME];
            }
            cleaned.extend(frame);
        }
        self.heard.drain(..whole);
    }

    /// What was played with the next frame heard; silence where that is not known yet.
    fn next_played(&mut self) -> [f32; ECHO_FRAME] {
        let mut frame = [0.0; ECHO_FRAME];
        if self.played.len() >= ECHO_FRAME {
            frame.copy_from_slice(&self.played[..ECHO_FRAME]);
            self.played.drain(..ECHO_FRAME);
        }
        self.keep_in_step();
        frame
    }

    /// Both streams run at the same pace, but what is played comes in larger pieces, and what was
    /// there before anybody listened would only make it late.
    fn keep_in_step(&mut self) {
        let (least, frames) = self.waited;
        self.waited = (least.min(self.played.len()), frames.saturating_sub(1));
        if let (least, 0) = self.waited {
            if self.sounding == 0 {
                self.played.drain(..least.saturating_sub(CUSHION));
            }
            self.waited = (usize::MAX, STEP);
        }
    }
}
