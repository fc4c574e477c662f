//! Endpointing: where an utterance begins and ends.

use super::vad::VAD_FRAME;
use std::collections::VecDeque;

/// Scores from here on are speech.
const SPEECH: f32 = 0.5;
/// Scores below are silence; what lies between may be speech, and leaves things as they are.
pub const SILENCE: f32 = 0.35;
/// Audio from before the opening that is kept, so that no first word is clipped.
const PRE_ROLL: usize = frames(480);
/// Silence that is put before an utterance before which no more was kept: recognition leaves out a word
/// that sound begins with, if a pause comes after it.
const LEAD: usize = frames(128);
/// Longest utterance; whatever goes on is cut there.
const LONGEST: usize = frames(15_000);

/// Frames in so many ms.
const fn frames(ms: usize) -> usize {
    ms * 16 / VAD_FRAME
}

/// How long it takes to believe that an utterance has begun, is interrupted, or is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpointing {
    /// Frames of speech in a row that open an utterance.
    opening: usize,
    /// Frames of silence that are a pause.
    pause: usize,
    /// Frames of silence that end it.
    ending: usize,
}

impl Endpointing {
    /// By voice activity: longer than a click, and than a pause between words.
    pub const VOICE: Self = Self { opening: frames(64), pause: frames(80), ending: frames(608) };
    /// The same while another voice sounds, of which something may be left.
    pub const OVER_VOICE: Self = Self { opening: frames(96), ..Self::VOICE };
    /// By a key: what follows its release still counts for a moment, as people let go a little early.
    pub const KEY: Self = Self { opening: 1, pause: 1, ending: frames(160) };

    /// The same, ending after `ms` of silence, though not before the pause.
    #[must_use]
    pub fn ending_after(self, ms: u32) -> Self {
        Self { ending: frames(ms as usize).max(self.pause), ..self }
    }
}

/// What a frame meant for the utterance.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// Nothing new.
    Nothing,
    /// One has begun.
    Opened,
    /// It has paused; see [`Segmenter::so_far`].
    Paused,
    /// It goes on after a pause.
    Resumed,
    /// It is over: samples at 16 kHz, with the pre-roll before and the silence after.
    Ended(Vec<f32>),
}

/// Cuts a stream of frames into utterances by their scores.
#[derive(Debug)]
pub struct Segmenter {
    endpointing: Endpointing,
    before: VecDeque<f32>,
    speech: Vec<f32>,
    loud: usize,
    quiet: usize,
    open: bool,
    paused: bool,
}

impl Segmenter {
    /// A segmenter that has heard nothing yet.
    pub fn new(endpointing: Endpointing) -> Self {
        let (before, speech) = (VecDeque::new(), Vec::new());
        Self { endpointing, before, speech, loud: 0, quiet: 0, open: false, paused: false }
    }

    /// Take in the next frame with its score.
    pub fn push(&mut self, frame: &[f32; VAD_FRAME], score: f32) -> Mark {
        if !self.open {
            self.keep(frame);
            self.loud = if score >= SPEECH { self.loud + 1 } else { 0 };
            return if self.loud >= self.endpointing.opening { self.open() } else { Mark::Nothing };
        }
        self.speech.extend_from_slice(frame);
        if score < SILENCE {
            self.quiet += 1;
        } else if score >= SPEECH {
            self.quiet = 0;
        }
        if self.quiet >= self.endpointing.ending || self.speech.len() >= LONGEST * VAD_FRAME {
            return self.finish().map_or(Mark::Nothing, Mark::Ended);
        }
        let paused = self.quiet >= self.endpointing.pause;
        match (std::mem::replace(&mut self.paused, paused), paused) {
            (false, true) => Mark::Paused,
            (true, false) => Mark::Resumed,
            _ => Mark::Nothing,
        }
    }

    /// Begin an utterance, whatever the scores, with the pre-roll.
    pub fn open(&mut self) -> Mark {
        let least = (LEAD + self.endpointing.opening) * VAD_FRAME;
        let lead = std::iter::repeat_n(0.0, least.saturating_sub(self.before.len()));
        self.speech = lead.chain(self.before.drain(..)).collect();
        self.open = true;
        Mark::Opened
    }

    /// Forget what came before: an utterance that opens now has no pre-roll.
    pub fn forget(&mut self) {
        self.before.clear();
    }

    /// End the utterance that is open, if one is.
    pub fn finish(&mut self) -> Option<Vec<f32>> {
        if !self.open {
            return None;
        }
        let speech = std::mem::take(&mut self.speech);
        *self = Self::new(self.endpointing);
        Some(speech)
    }

    /// Judge by `endpointing` from the next frame on.
    pub fn set_endpointing(&mut self, endpointing: Endpointing) {
        self.endpointing = endpointing;
    }

    /// The samples of the utterance that is open; empty where none is.
    pub fn so_far(&self) -> &[f32] {
        &self.speech
    }

    /// How long the open utterance has been silent, in ms.
    pub fn quiet_ms(&self) -> u64 {
        (self.quiet * VAD_FRAME / 16) as u64
    }

    /// Whether an utterance is open.
    pub fn is_open(&self) -> bool {
        self.open
    }

    fn keep(&mut self, frame: &[f32; VAD_FRAME]) {
        self.before.extend(frame);
        let surplus = self.before.len().saturating_sub(PRE_ROLL * VAD_FRAME);
        self.before.drain(..surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENING: usize = Endpointing::VOICE.opening;
    const ENDING: usize = Endpointing::VOICE.ending;

    /// Utterances of a run of scores, each as (start, end) in frames.
    fn cut(scores: &[f32]) -> Vec<(usize, usize)> {
        let mut segmenter = Segmenter::new(Endpointing::VOICE);
        let mut found = Vec::new();
        for (at, &score) in scores.iter().enumerate() {
            if let Mark::Ended(utterance) = segmenter.push(&[0.1; VAD_FRAME], score) {
                let frames = utterance.len() / VAD_FRAME;
                found.push((at + 1 - frames, at + 1));
            }
        }
        found
    }

    fn run(parts: &[(f32, usize)]) -> Vec<f32> {
        parts.iter().flat_map(|&(score, frames)| std::iter::repeat_n(score, frames)).collect()
    }

    #[test]
    fn an_utterance_keeps_what_came_before_and_ends_after_a_pause() {
        let found = cut(&run(&[(0.0, 50), (0.9, 40), (0.1, 50)]));
        assert_eq!(found, [(50 + OPENING - PRE_ROLL, 90 + ENDING)]);
    }

    #[test]
    fn clicks_open_nothing_and_short_pauses_end_nothing() {
        assert!(cut(&run(&[(0.0, 20), (0.9, OPENING - 1), (0.0, 60)])).is_empty());
        let found = cut(&run(&[(0.9, 20), (0.1, ENDING - 1), (0.9, 20), (0.1, 60)]));
        assert_eq!(found.len(), 1);
        // neither speech nor silence: the pause goes on as it was
        let found = cut(&run(&[(0.9, 20), (0.1, 20), (0.4, 30), (0.1, 20)]));
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn speech_without_end_is_cut() {
        let found = cut(&run(&[(0.9, LONGEST * 2 + 10)]));
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|(start, end)| end - start == LONGEST));
    }

    #[test]
    fn pauses_are_told_and_the_end_may_be_moved_meanwhile() {
        let mut segmenter = Segmenter::new(Endpointing::VOICE);
        let mut marks = Vec::new();
        for (at, score) in
            run(&[(0.9, 10), (0.1, 10), (0.9, 10), (0.1, 40)]).into_iter().enumerate()
        {
            match segmenter.push(&[0.1; VAD_FRAME], score) {
                Mark::Nothing => {}
                Mark::Paused => {
                    marks.push((at, "paused"));
                    assert_eq!(segmenter.quiet_ms(), 80);
                    if at > 20 {
                        segmenter.set_endpointing(Endpointing::VOICE.ending_after(208));
                    }
                }
                Mark::Opened => marks.push((at, "opened")),
                Mark::Resumed => marks.push((at, "resumed")),
                Mark::Ended(_) => marks.push((at, "ended")),
            }
        }
        let expected =
            [(3, "opened"), (14, "paused"), (20, "resumed"), (34, "paused"), (42, "ended")];
        assert_eq!(marks, expected);
    }

    #[test]
    fn a_key_opens_at_once_and_keeps_what_came_before() {
        let mut segmenter = Segmenter::new(Endpointing::KEY);
        for _ in 0..50 {
            assert_eq!(segmenter.push(&[0.1; VAD_FRAME], 0.0), Mark::Nothing);
        }
        assert_eq!(segmenter.finish(), None);
        assert_eq!(segmenter.open(), Mark::Opened);
        assert_eq!(segmenter.so_far().len(), PRE_ROLL * VAD_FRAME);
        // right after an utterance nothing was kept: it opens all the same, after a silence
        assert!(segmenter.finish().is_some());
        assert_eq!(segmenter.open(), Mark::Opened);
        assert!(segmenter.is_open() && segmenter.so_far() == [0.0; (LEAD + 1) * VAD_FRAME]);
    }
}
