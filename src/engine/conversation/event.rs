//! What a conversation takes in, and what it tells.

use super::super::assistant::Turn;
use super::super::ear::Sound;
use super::super::stopwatch::Stopwatch;
use crate::domain::{News, Reply, Transcript, TurnId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// The ear heard something.
    Sound(Sound),
    /// The key moved.
    Key(Key),
    /// Somebody typed a command.
    Text {
        /// The words.
        text: String,
        /// Whom to answer; the turn that comes of it bears this number.
        client: u64,
    },
    /// Whatever is being said or done shall stop.
    Cancel,
    /// Somebody wants a sign of life, a [`Notice::Alive`].
    Ping,
    /// The conversation shall end.
    Close,
    /// The scribe is through with a job.
    #[doc(hidden)]
    Transcribed {
        /// The job.
        job: u64,
        /// The words, or why there are none.
        result: Result<Transcript, String>,
    },
    /// The actor has found out what the answer to a job's words would be.
    #[doc(hidden)]
    Rehearsed {
        /// The job.
        job: u64,
        /// What would be said.
        text: String,
    },
    /// The actor has taken a turn.
    #[doc(hidden)]
    Turned {
        /// What came of it.
        turn: Box<Turn>,
        /// Where its time went.
        watch: Stopwatch,
        /// Whether an act is under way still.
        goes_on: bool,
    },
    /// The turn's act takes longer; other turns may be taken meanwhile.
    #[doc(hidden)]
    Began,
    /// The act under way has ended, and with it its turn.
    #[doc(hidden)]
    Acted {
        /// What came of it.
        turn: Box<Turn>,
        /// Where its time went.
        watch: Stopwatch,
    },
    /// The act under way tells how far it is.
    #[doc(hidden)]
    News(News),
    /// It is time to say something that was not asked for.
    #[doc(hidden)]
    Remark(Reply),
    /// Something is wrong with what speaks, or well again.
    #[doc(hidden)]
    Trouble(Trouble),
    /// An answer is over.
    #[doc(hidden)]
    Spoken {
        /// The turn that it answered.
        turn: TurnId,
        /// Where its time went; `None` where it was cut off.
        watch: Option<Stopwatch>,
        /// Why it could not be played, if so.
        failed: Option<String>,
    },
}

/// What the key of push-to-talk does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// It goes down.
    Press,
    /// It is let go.
    Release,
    /// It goes the other way.
    Toggle,
}

/// What the conversation is at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing.
    #[default]
    Idle,
    /// Somebody speaks, or holds the key.
    Listening,
    /// What was said is being recognised.
    Thinking,
    /// A command is being carried out.
    Acting,
    /// An answer is being spoken.
    Speaking,
    /// Nothing, until it is woken.
    Asleep,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "idle",
            Self::Listening => "listening",
            Self::Thinking => "thinking",
            Self::Acting => "acting",
            Self::Speaking => "speaking",
            Self::Asleep => "asleep",
        })
    }
}

/// What can be wrong with the sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The microphone cannot be heard, for this reason.
    Microphone(String),
    /// It can be heard again.
    MicrophoneBack,
    /// Answers cannot be played, for this reason.
    Speaker(String),
    /// speech-dispatcher does not speak, for this reason.
    Dispatcher(String),
    /// It speaks again.
    DispatcherBack,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Microphone(why) => {
                write!(f, "the microphone cannot be heard: {why}; trying again")
            }
            Self::MicrophoneBack => f.write_str("the microphone is back"),
            Self::Dispatcher(why) => write!(f, "{why}; nixvox speaks by itself meanwhile"),
            Self::DispatcherBack => f.write_str("speech-dispatcher is back"),
            Self::Speaker(why) => write!(f, "the answer could not be spoken: {why}"),
        }
    }
}

/// What whoever watches is told.
#[derive(Debug)]
pub enum Notice<'a> {
    /// The sign of life that was asked for.
    Alive,
    /// The microphone is open.
    Ready,
    /// It is at something else now.
    State(State),
    /// A command was heard; its turn is taken as soon as nothing is in its way.
    Heard(&'a Transcript),
    /// A turn was taken; its answer is about to be spoken.
    Turn {
        /// What was heard; `None` where it was typed.
        transcript: Option<&'a Transcript>,
        /// What came of it.
        turn: &'a Turn,
        /// Where the time went so far.
        watch: &'a Stopwatch,
        /// Who typed it.
        client: Option<u64>,
    },
    /// A command takes longer: what was heard.
    Began {
        /// The words; `None` where it was typed.
        transcript: Option<&'a Transcript>,
    },
    /// The act under way tells how far it is.
    News(&'a News),
    /// A typed command is refused: too many wait already.
    Busy {
        /// Who typed it.
        client: u64,
    },
    /// An answer was spoken to its end; where the turn's time went.
    Spoken(&'a Stopwatch),
    /// Something is wrong with the sound.
    Trouble(Trouble),
    /// It is over, for this reason if it was not asked for.
    Ended(Option<String>),
}
