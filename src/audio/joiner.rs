//! Speech at a device's rate.

use crate::domain::Speech;
use crate::dsp::{Error, StreamResampler};

/// How much is resampled together, in ms: more than where it is listened to, as that keeps higher
/// frequencies, and what is spoken is there before it sounds.
const BLOCK_MS: u32 = 40;

/// Brings speech to one rate; what goes on is joined without a seam.
pub(super) struct Joiner {
    to_hz: u32,
    /// What the next goes on from, and its rate in Hz.
    open: Option<(u32, StreamResampler)>,
}

impl Joiner {
    pub(super) fn new(to_hz: u32) -> Self {
        Self { to_hz, open: None }
    }

    /// Let nothing go on from what was taken.
    pub(super) fn forget(&mut self) {
        self.open = None;
    }

    /// What of `speech`, and of what it goes on from, can be played now.
    pub(super) fn take(&mut self, speech: &Speech) -> Result<Vec<f32>, Error> {
        let (rate_hz, mut resampler) = match self.open.take() {
            Some(open) if open.0 == speech.rate_hz => open,
            _ => {
                let new = StreamResampler::new(speech.rate_hz, self.to_hz, BLOCK_MS)?;
                (speech.rate_hz, new)
            }
        };
        let mut samples = Vec::new();
        resampler.push(&speech.samples, &mut samples)?;
        if speech.goes_on {
            self.open = Some((rate_hz, resampler));
        } else {
            resampler.finish(&mut samples)?;
        }
        Ok(samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(goes_on: bool, seconds: std::ops::Range<u32>) -> Speech {
        let rate_hz = 22_050;
        let sample = |n| (n as f32 * 0.2).sin();
        let samples = (seconds.start * rate_hz..seconds.end * rate_hz).map(sample).collect();
        Speech { samples, rate_hz, goes_on }
    }

    #[test]
    fn stretches_make_what_the_whole_makes() {
        let whole = Joiner::new(48_000).take(&tone(false, 0..2)).unwrap();
        assert_eq!(whole.len(), 96_000);
        let mut joiner = Joiner::new(48_000);
        let mut made = joiner.take(&tone(true, 0..1)).unwrap();
        assert!((40_000..48_000).contains(&made.len()), "{}", made.len());
        made.extend(joiner.take(&tone(false, 1..2)).unwrap());
        assert_eq!(made, whole);
        assert_eq!(joiner.take(&tone(false, 0..2)).unwrap(), whole, "nothing is left over");
    }

    #[test]
    fn a_rate_of_zero_is_an_error() {
        let speech = Speech { rate_hz: 0, ..tone(false, 0..1) };
        assert!(Joiner::new(48_000).take(&speech).is_err());
    }
}
