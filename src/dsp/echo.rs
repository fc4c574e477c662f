//! Takes out of the microphone's sound what comes from the speaker.

use super::Error;
use crate::domain::SPEECH_RATE_HZ;
use aec3::nodes::audio::AudioFormat;
use aec3::pipelines::linear::{self, LinearPipeline};

/// Samples that are worked on at a time: 10 ms at 16 kHz.
pub const ECHO_FRAME: usize = SPEECH_RATE_HZ as usize / 100;

/// An echo canceller that knows what is played: WebRTC's, which finds out by itself how late and how
/// loud the microphone hears it.
pub struct EchoGuard {
    canceller: LinearPipeline,
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
            .export_linear_output(true)
            .build()
            .map_err(|error| Error::Echo(error.to_string()))?;
        Ok(Self { canceller })
    }

    /// Take what was played out of what was `heard`, as far as the echo is known, and leave all else as
    /// it was. `played` went to the device no later than that, and no more than half a second before.
    /// Both streams advance frame by frame.
    ///
    /// # Errors
    /// The canceller fails.
    pub fn clean(
        &mut self,
        heard: &[f32; ECHO_FRAME],
        played: &[f32; ECHO_FRAME],
    ) -> Result<[f32; ECHO_FRAME], Error> {
        let failed = |error: aec3::graph::GraphError| Error::Echo(error.to_string());
        let mut suppressed = [0.0; ECHO_FRAME];
        self.canceller.handle_render_frame(played).map_err(failed)?;
        self.canceller.process_capture_frame(heard, &mut suppressed).map_err(failed)?;
        // what suppresses the rest of the echo eats a short word such as "stop" as well
        let linear = self.canceller.try_pull_linear_output().map_err(failed)?;
        let left = linear.and_then(|packet| packet.payload().samples().try_into().ok());
        Ok(left.unwrap_or(suppressed))
    }
}
