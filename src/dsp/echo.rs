//! Takes out of the microphone's sound what comes from the speaker.

use super::Error;
use crate::domain::SPEECH_RATE_HZ;
use aec3::nodes::audio::AudioFormat;
use aec3::pipelines::linear::{self, LinearPipeline};

/// Samples that are worked on at a time: 10 ms at 16 kHz.
pub const ECHO_FRAME: usize = SPEECH_RATE_HZ as usize / 100;

/// Where less than this part of the microphone's energy is left, it was an echo: 9 dB.
const ECHO: f32 = 0.125;
/// An echo canceller that knows what is played: WebRTC's, which finds out by itself how late and how
/// loud the microphone hears it.
pub struct EchoGuard {
    canceller: LinearPipeline,
}

/// What is left of a frame of the microphone's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cleaned {
    /// The samples, without the echo.
    pub samples: [f32; ECHO_FRAME],
    /// Whether the microphone heard hardly anything but the echo.
    pub was_echo: bool,
}

impl EchoGuard {
    /// A guard that knows nothing of the room yet.
    ///
    /// # Errors
    /// The canceller cannot be made.
    pub fn new() -> Result<Self, Error> {
        let format = AudioFormat::ten_ms(SPEECH_RATE_HZ, 1);
        let canceller = linear::builder(format, format)
            .enable_noise_suppression(false)
            .enable_gain_controller2(false)
            .build()
            .map_err(|error| Error::Echo(error.to_string()))?;
        Ok(Self { canceller })
    }

    /// Take what was played out of what was `heard`. `played` went to the device no later than that,
    /// and no more than half a second before. Both streams advance frame by frame.
    ///
    /// # Errors
    /// The canceller fails.
    pub fn clean(
        &mut self,
        heard: &[f32; ECHO_FRAME],
        played: &[f32; ECHO_FRAME],
    ) -> Result<Cleaned, Error> {
        let failed = |error: aec3::graph::GraphError| Error::Echo(error.to_string());
        let mut samples = [0.0; ECHO_FRAME];
        self.canceller.handle_render_frame(played).map_err(failed)?;
        self.canceller.process_capture_frame(heard, &mut samples).map_err(failed)?;
        Ok(Cleaned { samples, was_echo: energy(&samples) < ECHO * energy(heard) })
    }
}

fn energy(samples: &[f32]) -> f32 {
    samples.iter().map(|sample| sample * sample).sum()
}
