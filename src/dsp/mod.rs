//! Signal processing: pure functions over samples.
//!
//! Floor 2: no devices, no files, no threads.

mod error;
mod resample;

pub use error::Error;
pub use resample::resample;
