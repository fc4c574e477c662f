//! What a voice is asked to make.

/// Phonemes at a voice's pace, and the silence after them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Phrase {
    /// As the voice's network is given them.
    pub(super) phonemes: String,
    /// In ms.
    pub(super) pause_ms: u32,
    /// The bits of it, so that it compares exactly.
    length_scale: u32,
}

impl Phrase {
    pub(super) fn new(phonemes: String, pause_ms: u32, length_scale: f32) -> Self {
        Self { phonemes, pause_ms, length_scale: length_scale.to_bits() }
    }

    /// The silence after it, in samples.
    pub(super) fn pause(&self, rate_hz: u32) -> usize {
        (rate_hz * self.pause_ms / 1000) as usize
    }

    /// How long it takes, against what the voice was trained to.
    pub(super) fn length_scale(&self) -> f32 {
        f32::from_bits(self.length_scale)
    }
}
