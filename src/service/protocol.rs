//! What goes over the socket: a JSON object a line, each way.
//!
//! The service greets with [`Message::Hello`]. The client's first line is [`Request::Hello`] with
//! the same protocol number. Every request is answered by one message, in order; after
//! [`Request::Watch`] messages come as things happen. What is no request is answered with
//! [`Message::Error`] and changes nothing.

use crate::domain::{Progress, Verdict};
use crate::engine::{Key, State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The protocol's number; it goes up with every change that older programs would misread.
pub const PROTOCOL: u32 = 1;

/// Longest line, in bytes.
pub const LONGEST_LINE: usize = 64 * 1024;

/// Longest line of the service's, in bytes: an answer may have much to show.
pub const LONGEST_MESSAGE: usize = 16 * 1024 * 1024;

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// The greeting.
    Hello {
        /// The protocol that the client speaks.
        protocol: u32,
    },
    /// Move the key of push-to-talk.
    Key {
        /// Which way.
        key: Key,
    },
    /// Stop what is being said or done.
    Cancel,
    /// Do what this text says; the answer is a [`Message::Answer`].
    Say {
        /// The command's words.
        text: String,
    },
    /// Tell the [`Status`].
    Status,
    /// Tell what happens from now on.
    Watch,
    /// Read the configuration anew; one that cannot be used changes nothing, and is answered by a
    /// [`Message::Error`].
    Reload,
}

/// What the service says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Message {
    /// The greeting.
    Hello {
        /// The protocol that it speaks.
        protocol: u32,
        /// The program's version.
        version: String,
    },
    /// It was taken in.
    Taken,
    /// A command was heard; its [`Message::Answer`] follows, or a refusal where too many wait.
    Heard {
        /// Its words.
        text: String,
    },
    /// A turn was taken.
    Answer(Box<Answer>),
    /// The last answer was spoken to its end; where its turn's time went, in ms.
    Spoken {
        /// The stages, in order.
        stages: Vec<(String, f64)>,
    },
    /// How it is.
    Status(Status),
    /// It is at something else now.
    State {
        /// At what.
        state: State,
    },
    /// Where the act under way stands.
    Progress(Progress),
    /// Something is wrong with the sound, or is well again.
    Trouble {
        /// What, in words.
        text: String,
    },
    /// So many messages were left out, because the client reads too slowly.
    Missed {
        /// How many.
        count: u64,
    },
    /// The request was refused, or was none.
    Error {
        /// Why.
        error: String,
    },
}

/// What came of a turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What was heard; absent where it was typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heard: Option<String>,
    /// What was understood; absent where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
    /// Its particulars.
    pub slots: BTreeMap<String, String>,
    /// What is said.
    pub say: String,
    /// What is to be shown.
    pub show: String,
    /// What kind of answer it is.
    pub verdict: Verdict,
    /// Where the time went until now, in ms.
    pub stages: Vec<(String, f64)>,
}

/// How the service is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// What it is at.
    pub state: State,
    /// Whether the microphone is open.
    pub microphone: bool,
    /// The key of the whole session and what watches it, or why nothing does, in words.
    #[serde(default)]
    pub hotkey: Option<String>,
    /// Turns taken since it started.
    pub turns: u64,
    /// The process's number.
    pub pid: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_documented() {
        let line = |request: &Request| serde_json::to_string(request).unwrap();
        assert_eq!(line(&Request::Key { key: Key::Press }), r#"{"do":"key","key":"press"}"#);
        assert_eq!(line(&Request::Say { text: "undo".into() }), r#"{"do":"say","text":"undo"}"#);
        let state = Message::State { state: State::Speaking };
        let line = serde_json::to_string(&state).unwrap();
        assert_eq!(line, r#"{"kind":"state","state":"speaking"}"#);
        assert_eq!(serde_json::from_str::<Message>(&line).unwrap(), state);
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for line in ["", "{}", "[]", r#"{"do":"dance"}"#, r#"{"do":"say","txt":"undo"}"#] {
            assert!(serde_json::from_str::<Request>(line).is_err(), "{line}");
        }
    }
}
