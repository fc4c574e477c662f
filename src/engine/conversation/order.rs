//! What the hub wants done.

use super::super::assistant::Turn;
use super::super::stopwatch::Stopwatch;
use super::event::{State, Trouble};
use crate::domain::{Adjustment, Earcon, Hearing, News, Transcript, TurnId, Utterance};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Something to be done, in order.
#[derive(Debug)]
pub(super) enum Order {
    /// Turn this into words, and report it under this number.
    Transcribe { job: u64, utterance: Utterance, abort: Arc<AtomicBool> },
    /// Take a turn.
    Act { said: Transcript, hearing: Hearing, watch: Stopwatch },
    /// Let the time to answer begin: the question was spoken to its end.
    Asked,
    /// Call off the act under way.
    CallOff,
    /// Find out what the answer would be, and report it under this number; nothing is changed.
    Rehearse { job: u64, said: Transcript, hearing: Hearing },
    /// Have this ready to be spoken soon.
    Prepare { text: String },
    /// Speak.
    Say { turn: TurnId, text: String, watch: Stopwatch },
    /// Play an earcon.
    Sound(Earcon),
    /// Speak otherwise.
    Adjust(Adjustment),
    /// Have the sound device ready for an answer.
    Wake,
    /// Be silent, now.
    Hush,
    /// The key was moved.
    Press(bool),
    /// Take this pause for the end after so many ms.
    Patience { pause: u32, ms: u32 },
    /// Give a sign of life.
    TellAlive,
    /// Tell that the microphone is open.
    TellReady,
    /// Tell the state.
    TellState(State),
    /// Tell what came of a turn.
    TellTurn { said: Box<Said>, turn: Box<Turn>, watch: Stopwatch },
    /// Tell what was heard, before anything comes of it.
    TellHeard { transcript: Transcript },
    /// Tell that a command takes longer.
    TellBegun { transcript: Option<Transcript> },
    /// Tell how far an act is.
    TellNews(News),
    /// Tell that an answer was spoken.
    TellSpoken(Stopwatch),
    /// Tell that a client has to wait.
    TellBusy { client: u64 },
    /// Tell of trouble.
    Tell(Trouble),
    /// Come to an end.
    End(Option<String>),
}

/// How the loop behaves where its owners differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manners {
    /// Sound goes on whether or not anybody listens, so that speech can break in on an answer.
    pub(super) live: bool,
    /// Go on without a microphone, and wait for one.
    pub(super) patient: bool,
    /// There is something to speak with.
    pub(super) speaks: bool,
}

/// What is said of the microphone, unasked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Remarks {
    /// It cannot be heard any more, or not yet.
    pub(super) lost: String,
    /// It can be heard again.
    pub(super) back: String,
}

/// Words on their way to a turn.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) transcript: Transcript,
    /// Who typed it; what was spoken is from nobody's client.
    pub(super) client: Option<u64>,
    pub(super) hearing: Hearing,
    /// When its first word was, as far as known.
    pub(super) begun: Instant,
    pub(super) watch: Stopwatch,
    /// It broke in on an answer.
    pub(super) broke_in: bool,
}

impl Said {
    /// The words, where they were spoken.
    pub(super) fn heard(&self) -> Option<&Transcript> {
        self.client.is_none().then_some(&self.transcript)
    }
}
