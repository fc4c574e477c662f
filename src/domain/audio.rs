//! Sound on its way in and out.

use super::TurnId;

/// Sample rate of everything that is listened to, in Hz: what Whisper and the detectors take.
pub const SPEECH_RATE_HZ: u32 = 16_000;

/// One stretch of speech.
#[derive(Debug, Clone, PartialEq)]
pub struct Utterance {
    /// The turn it opens.
    pub turn: TurnId,
    /// Mono samples in −1…1 at [`SPEECH_RATE_HZ`].
    pub samples: Vec<f32>,
}

/// A short sound that says how things are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earcon {
    /// The key is pressed: speak.
    Listening,
    /// It was heard, and is being seen to.
    Heard,
    /// What took long is done.
    Done,
    /// It was not understood.
    NotUnderstood,
    /// It could not be done.
    Error,
}

impl Earcon {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Listening, Self::Heard, Self::Done, Self::NotUnderstood, Self::Error];
}

/// Synthetic speech: a clause of an answer, or a stretch of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Speech {
    /// Mono samples in −1…1.
    pub samples: Vec<f32>,
    /// Sample rate in Hz: the voice's own.
    pub rate_hz: u32,
    /// Whether the next one begins with the sample that follows its last.
    pub goes_on: bool,
}
