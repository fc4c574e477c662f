//! Speech as it is kept.

use crate::domain::Speech;

/// The value of 1 in 16 bits.
const SCALE: f32 = 32_767.0;

/// Speech in the 16 bits a sample that the voice itself was trained on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sound {
    pub(super) samples: Box<[i16]>,
    pub(super) rate_hz: u32,
}

impl Sound {
    /// How many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.samples.len() * size_of::<i16>()
    }
}

impl From<&Speech> for Sound {
    fn from(speech: &Speech) -> Self {
        // the conversion saturates
        let samples = speech.samples.iter().map(|&sample| (sample * SCALE) as i16).collect();
        Self { samples, rate_hz: speech.rate_hz }
    }
}

impl From<&Sound> for Speech {
    fn from(sound: &Sound) -> Self {
        let samples = sound.samples.iter().map(|&sample| f32::from(sample) / SCALE).collect();
        Self { samples, rate_hz: sound.rate_hz, goes_on: false }
    }
}
