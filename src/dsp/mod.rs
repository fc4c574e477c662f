//! Signal processing: resampling, voice activity, endpointing, echo guard.
//!
//! Floor 2: no devices, no files, no threads.

mod earcon;
mod echo;
mod error;
mod level;
mod masking;
mod resample;
mod segment;
mod vad;

pub use earcon::earcon;
pub use echo::{ECHO_FRAME, EchoGuard};
pub use error::Error;
pub use level::Level;
pub use masking::{Learning, Masking};
pub use resample::{StreamResampler, resample};
pub use segment::{Endpointing, Mark, SILENCE, Segmenter};
pub use vad::{VAD_FRAME, Vad};
