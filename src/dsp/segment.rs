//! Endpointing: where an utterance begins and ends.

use super::vad::VAD_FRAME;
use std::collections::VecDeque;

/// Scores from here on are speech.
const SPEECH: f32 = 0.5;
/// Scores below are silence; what lies between leaves things as they are.
const SILENCE: f32 = 0.35;
/// Audio from before the opening that is kept, so that no first word is clipped.
const PRE_ROLL: usize = frames(480);
/// Longest utterance; whatever goes on is cut there.
const LONGEST: usize = frames(15_000);

/// Frames in so many ms.
const fn frames(ms: usize) -> usize {
    ms * 16 / VAD_FRAME
}

/// How long it takes to believe that an utterance has begun, or is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpointing {
    /// Frames of speech in a row that open an utterance.
    opening: usize,
    /// Frames of silence that end it.
    ending: usize,
}

impl Endpointing {
    /// By voice activity: longer than a click, and than a pause between words.
    pub const VOICE: Self = Self { opening: frames(64), ending: frames(560) };
    /// By a key, which is pressed and released once; people let go a little early.
    pub const KEY: Self = Self { opening: 1, ending: frames(160) };
}

/// Cuts a stream of frames into utterances by their scores.
#[derive(Debug)]
pub struct Segmenter {
    endpointing: Endpointing,
    before: VecDeque<f32>,
    speech: Vec<f32>,
    loud: usize,
    quiet: usize,
}

impl Segmenter {
    /// A segmenter that has heard nothing yet.
    pub fn new(endpointing: Endpointing) -> Self {
        let (before, speech) = (VecDeque::new(), Vec::new());
        Self { endpointing, before, speech, loud: 0, quiet: 0 }
    }

    /// Take in the next frame with its score; an utterance where one ends with it: samples at
    /// 16 kHz, with the pre-roll before and the pause after.
    pub fn push(&mut self, frame: &[f32; VAD_FRAME], score: f32) -> Option<Vec<f32>> {
        if self.speech.is_empty() {
            self.wait(frame, score);
            return None;
        }
        self.speech.extend_from_slice(frame);
        if score < SILENCE {
            self.quiet += 1;
        } else if score >= SPEECH {
            self.quiet = 0;
        }
        let over =
            self.quiet >= self.endpointing.ending || self.speech.len() >= LONGEST * VAD_FRAME;
        if over { self.finish() } else { None }
    }

    /// End the utterance that is open, if one is.
    pub fn finish(&mut self) -> Option<Vec<f32>> {
        let speech = std::mem::take(&mut self.speech);
        *self = Self::new(self.endpointing);
        (!speech.is_empty()).then_some(speech)
    }

    /// Whether an utterance is open.
    pub fn is_open(&self) -> bool {
        !self.speech.is_empty()
    }

    fn wait(&mut self, frame: &[f32; VAD_FRAME], score: f32) {
        self.before.extend(frame);
        let surplus = self.before.len().saturating_sub(PRE_ROLL * VAD_FRAME);
        self.before.drain(..surplus);
        self.loud = if score >= SPEECH { self.loud + 1 } else { 0 };
        if self.loud >= self.endpointing.opening {
            self.speech = self.before.drain(..).collect();
        }
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
            if let Some(utterance) = segmenter.push(&[0.1; VAD_FRAME], score) {
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
}
