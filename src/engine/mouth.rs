//! A reply on its way to sound.

use super::memory::tidy;
use super::stopwatch::Stopwatch;
use crate::ports::{AudioSink, Voice};
use std::sync::atomic::{AtomicBool, Ordering};

/// What was spoken.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spoken {
    /// Clauses that were synthesised to their end.
    pub clauses: usize,
    /// Their length together, in seconds.
    pub seconds: f64,
}

/// Why nothing, or not all, was spoken.
#[derive(Debug, thiserror::Error)]
pub enum SpeakError<V: std::error::Error + 'static, A: std::error::Error + 'static> {
    /// The voice failed.
    #[error("the answer could not be synthesised")]
    Voice(#[source] V),
    /// The sink failed.
    #[error("the answer could not be played")]
    Sink(#[source] A),
}

/// Speak `text` into `sink`, stretch by stretch, each as soon as it is ready. Laps `first words` and
/// `other words`. Setting `abort` ends it after the stretch at work.
pub fn speak<V: Voice, A: AudioSink>(
    text: &str,
    voice: &mut V,
    sink: &mut A,
    abort: &AtomicBool,
    watch: &mut Stopwatch,
) -> Result<Spoken, SpeakError<V::Error, A::Error>> {
    let mut spoken = Spoken::default();
    let mut failed = None;
    let mut stage = "first words";
    let said = voice.speak(text, &mut |speech| {
        spoken.clauses += usize::from(!speech.goes_on);
        spoken.seconds += speech.samples.len() as f64 / f64::from(speech.rate_hz);
        failed = sink.play(&speech).err();
        watch.lap(std::mem::replace(&mut stage, "other words"));
        // synthesis frees much
        tidy();
        failed.is_none() && !abort.load(Ordering::Relaxed)
    });
    said.map_err(SpeakError::Voice)?;
    match failed {
        Some(error) => Err(SpeakError::Sink(error)),
        None => Ok(spoken),
    }
}
