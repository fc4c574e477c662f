//! What the output device plays, to be known to those who listen meanwhile.

use super::Error;
use crate::domain::SPEECH_RATE_HZ;
use crate::dsp::StreamResampler;
use rtrb::{Consumer, Producer, RingBuffer};

/// Sound that is kept for a listener who is late, in ms; more is lost.
const KEPT_MS: usize = 1000;

/// A copy of all that a [`DeviceSink`](super::DeviceSink) hands to its device, silence too, as it is
/// handed over.
pub struct Monitor {
    ring: Consumer<f32>,
    resampler: StreamResampler,
}

impl Monitor {
    /// A monitor of a device at `rate_hz`, and the end that the device's callback writes to.
    pub(super) fn new(rate_hz: u32) -> Result<(Producer<f32>, Self), Error> {
        let (copy, ring) = RingBuffer::new(rate_hz as usize * KEPT_MS / 1000);
        let resampler = StreamResampler::new(rate_hz, SPEECH_RATE_HZ)?;
        Ok((copy, Self { ring, resampler }))
    }

    /// Append what was played since the last time: mono at [`SPEECH_RATE_HZ`].
    ///
    /// # Errors
    /// It cannot be resampled.
    pub fn read(&mut self, samples: &mut Vec<f32>) -> Result<(), Error> {
        if let Ok(chunk) = self.ring.read_chunk(self.ring.slots()) {
            let (first, second) = chunk.as_slices();
            self.resampler.push(first, samples)?;
            self.resampler.push(second, samples)?;
            chunk.commit_all();
        }
        Ok(())
    }
}
