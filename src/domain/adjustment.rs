//! How the conversation itself is to be led.

use super::{Command, Intent};

/// What a speaker asks of the voice, or of the attention it pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// Speak louder.
    Louder,
    /// Speak more softly.
    Softer,
    /// Speak at this volume, in percent.
    Volume(u8),
    /// Speak faster.
    Faster,
    /// Speak more slowly.
    Slower,
    /// Stop speaking.
    Quiet,
    /// Stop listening, until woken.
    Sleep,
    /// Listen again.
    Wake,
}

impl Adjustment {
    /// What `command` asks for, if it is of this kind.
    pub fn of(command: &Command) -> Option<Self> {
        Some(match command.intent {
            Intent::DialogueLouder => Self::Louder,
            Intent::DialogueSofter => Self::Softer,
            Intent::DialogueVolume => {
                Self::Volume(command.slot("level")?.parse::<u8>().ok()?.min(100))
            }
            Intent::DialogueFaster => Self::Faster,
            Intent::DialogueSlower => Self::Slower,
            Intent::DialogueQuiet => Self::Quiet,
            Intent::DialogueSleep => Self::Sleep,
            Intent::DialogueWake => Self::Wake,
            _ => return None,
        })
    }

    /// The name of the reply to it.
    pub fn reply(self) -> &'static str {
        match self {
            Self::Louder => "louder",
            Self::Softer => "softer",
            Self::Volume(_) => "volume",
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::Quiet => "quiet",
            Self::Sleep => "asleep",
            Self::Wake => "awake",
        }
    }
}
