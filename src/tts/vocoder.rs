//! From a clause's latent frames to samples, a stretch at a time.

use ort::inputs;
use ort::session::Session;
use ort::value::Tensor;
use std::ops::Range;

/// So many frames around a stretch take part in how it sounds: the layers reach 11 to either side in
/// voices of medium quality, with which stretches join to the same samples as the whole gives.
const CONTEXT: usize = 16;

/// Latent frames, each of which becomes some 12 ms of sound.
pub(super) struct Frames {
    /// All frames' first value, then all their second one, and so on.
    values: Vec<f32>,
    channels: usize,
}

impl Frames {
    pub(super) fn len(&self) -> usize {
        self.values.len() / self.channels
    }

    /// The values of `part` of them.
    fn part(&self, part: &Range<usize>) -> Vec<f32> {
        self.values
            .chunks_exact(self.len().max(1))
            .flat_map(|row| &row[part.clone()])
            .copied()
            .collect()
    }
}

/// The second half of a voice's network.
pub(super) struct Vocoder {
    session: Session,
    channels: usize,
}

impl Vocoder {
    /// It takes frames of so many `channels`, at least 1.
    pub(super) fn new(session: Session, channels: usize) -> Self {
        Self { session, channels: channels.max(1) }
    }

    /// The frames that `values` are: all frames' first value, then all their second one, and so on.
    pub(super) fn frames(&self, values: Vec<f32>) -> Frames {
        Frames { values, channels: self.channels }
    }

    /// How `stretch` of `frames` sounds.
    pub(super) fn sound(
        &mut self,
        frames: &Frames,
        stretch: Range<usize>,
    ) -> ort::Result<Vec<f32>> {
        let from = stretch.start.saturating_sub(CONTEXT);
        let part = from..(stretch.end + CONTEXT).min(frames.len());
        let values = frames.part(&part).into_boxed_slice();
        let input = Tensor::from_array(([1, frames.channels, part.len()], values))?;
        let output = self.session.run(inputs![input])?;
        let (_, samples) = output[0].try_extract_tensor::<f32>()?;
        let each = samples.len() / part.len().max(1);
        Ok(samples[(stretch.start - from) * each..(stretch.end - from) * each].to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_frames_has_all_their_values() {
        let frames = Frames { values: vec![1.0, 2.0, 3.0, 10.0, 20.0, 30.0], channels: 2 };
        assert_eq!(frames.len(), 3);
        assert_eq!(frames.part(&(1..3)), [2.0, 3.0, 20.0, 30.0]);
        assert_eq!(Frames { values: Vec::new(), channels: 2 }.part(&(0..0)), [0.0; 0]);
    }
}
