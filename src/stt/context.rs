//! How much of its 30 s window the encoder works through.

use crate::domain::SPEECH_RATE_HZ;

/// Encoder positions per second of audio.
const POSITIONS_PER_SECOND: usize = 50;
/// Positions of silence after the utterance; with fewer, its last word gets lost.
const MARGIN: usize = 64;
/// Positions in the whole window of 30 s.
const WINDOW: usize = 1500;

/// Samples in the whole window.
pub(super) const WINDOW_SAMPLES: usize = WINDOW / POSITIONS_PER_SECOND * SPEECH_RATE_HZ as usize;

/// Encoder positions for an utterance of `samples`. Time grows with them: a full window costs some
/// ten times as much as a short command needs.
pub(super) fn positions(samples: usize) -> usize {
    let needed = (samples * POSITIONS_PER_SECOND).div_ceil(SPEECH_RATE_HZ as usize);
    (needed + MARGIN).min(WINDOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_with_the_utterance_up_to_the_window() {
        assert_eq!(positions(0), 64);
        assert_eq!(positions(32_000), 164);
        assert_eq!(positions(32_001), 165);
        assert_eq!(positions(16_000 * 60), 1500);
    }
}
