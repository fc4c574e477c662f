//! What can go wrong in signal processing.

/// An error of signal processing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No resampler exists for this pair of rates, such as from or to 0 Hz.
    #[error("cannot resample from {from_hz} Hz to {to_hz} Hz")]
    Rates {
        /// Rate of the samples given, in Hz.
        from_hz: u32,
        /// Rate asked for, in Hz.
        to_hz: u32,
        /// What the resampler said.
        source: rubato::ResamplerConstructionError,
    },
    /// The resampler failed midway.
    #[error("resampling failed")]
    Resample(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The echo guard failed.
    #[error("the echo guard failed: {0}")]
    Echo(String),
}
