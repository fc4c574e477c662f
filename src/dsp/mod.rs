//! Signal processing: resampling, voice activity, endpointing.
//!
//! Floor 2: no devices, no files, no threads.

mod error;
mod resample;
mod segment;
mod vad;

pub use error::Error;
pub use resample::{StreamResampler, resample};
pub use segment::{Endpointing, Segmenter};
pub use vad::{VAD_FRAME, Vad};
