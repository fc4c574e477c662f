//! Voice activity detection: earshot's small recurrent network.

use earshot::Detector;

/// Samples that are judged at a time: 16 ms at 16 kHz.
pub const VAD_FRAME: usize = 256;

/// Judges one stream of audio.
pub struct Vad {
    detector: Box<Detector>,
}

impl Default for Vad {
    fn default() -> Self {
        Self { detector: Detector::default_boxed() }
    }
}

impl Vad {
    /// How likely `frame` ([`VAD_FRAME`] samples at 16 kHz, −1…1) is speech, 0…1. Samples beyond
    /// the range are clipped.
    pub fn score(&mut self, frame: &[f32; VAD_FRAME]) -> f32 {
        let clipped = frame.map(|sample| sample.clamp(-1.0, 1.0));
        self.detector.predict_f32(&clipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_no_speech() {
        let mut vad = Vad::default();
        let last = (0..30).map(|_| vad.score(&[0.0; VAD_FRAME])).last();
        assert!(last.unwrap() < 0.3, "{last:?}");
    }
}
