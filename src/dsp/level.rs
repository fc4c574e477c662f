//! The background's loudness, which tells sooner than a network that somebody has fallen silent:
//! voice activity detectors go on for 80–100 ms.

use super::vad::VAD_FRAME;
use std::collections::VecDeque;

/// Frames of which the quietest stretches are the background: 0.5 s.
const REMEMBERED: usize = 32;
/// What is louder than the background by this factor of energy is not it: 6 dB.
const ABOVE: f32 = 4.0;
/// What is this much quieter than the loudest of the speech is background: 40 dB.
const FAR_BELOW: f32 = 1e-4;
/// What is less far below may be a soft sound of it, however loud the background: 20 dB.
const BELOW: f32 = 1e-2;

/// Follows a stream's loudness.
#[derive(Debug, Default)]
pub struct Level {
    /// Energies of the last frames before the utterance.
    before: VecDeque<f32>,
    /// The background and the loudest of the utterance that is open.
    open: Option<(f32, f32)>,
}

impl Level {
    /// Take in the next frame, and whether it belongs to an utterance; whether it is so soft that
    /// nobody speaks in it. Before an utterance nothing is.
    pub fn push(&mut self, frame: &[f32; VAD_FRAME], is_open: bool) -> bool {
        let energy = frame.iter().map(|sample| sample * sample).sum::<f32>() / VAD_FRAME as f32;
        if !is_open {
            self.before.push_back(energy);
            if self.before.len() > REMEMBERED {
                self.before.pop_front();
            }
            self.open = None;
            return false;
        }
        let (background, loudest) = self.open.unwrap_or_else(|| (self.background(), 0.0));
        let loudest = loudest.max(energy);
        self.open = Some((background, loudest));
        energy < (ABOVE * background).clamp(FAR_BELOW * loudest, BELOW * loudest)
    }

    /// The energy that a quarter of the frames before the utterance do not exceed: what opened it is
    /// among them.
    fn background(&self) -> f32 {
        let mut sorted: Vec<f32> = self.before.iter().copied().collect();
        sorted.sort_by(f32::total_cmp);
        sorted.get(sorted.len() / 4).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise of this root mean square.
    fn noise(level: f32, random: &mut fastrand::Rng) -> [f32; VAD_FRAME] {
        std::array::from_fn(|_| level * 3.0_f32.sqrt() * (2.0 * random.f32() - 1.0))
    }

    /// Of frames of these levels, after a background of `background`, how many are silence.
    fn silent(background: f32, levels: &[f32]) -> usize {
        let (mut level, mut random) = (Level::default(), fastrand::Rng::with_seed(1));
        for _ in 0..100 {
            assert!(!level.push(&noise(background, &mut random), false));
        }
        levels.iter().filter(|&&at| level.push(&noise(at, &mut random), true)).count()
    }

    #[test]
    fn the_background_is_silence_and_soft_speech_is_none() {
        for background in [0.0, 0.0003, 0.003] {
            assert_eq!(silent(background, &[0.1, background, background]), 2, "{background}");
            assert_eq!(silent(background, &[0.1, 0.012, 0.05]), 0, "{background}");
        }
    }

    #[test]
    fn in_a_din_nothing_is_silence_and_the_detector_is_left_to_judge() {
        assert_eq!(silent(0.05, &[0.1, 0.05, 0.05]), 0);
    }

    #[test]
    fn each_utterance_is_measured_by_itself() {
        let (mut level, mut random) = (Level::default(), fastrand::Rng::with_seed(1));
        level.push(&noise(0.5, &mut random), true);
        assert!(level.push(&noise(0.004, &mut random), true));
        level.push(&noise(0.0, &mut random), false);
        level.push(&noise(0.02, &mut random), true);
        assert!(!level.push(&noise(0.004, &mut random), true));
    }
}
