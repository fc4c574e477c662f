//! What goes between nixvox and its helper: a JSON object a line, each way.
//!
//! The helper greets with [`Answer::Hello`]; the client's first line is [`Request::Hello`] with the
//! same protocol number. Every other request is one of the four acts, named by store paths,
//! generations and texts, and is answered by one message; [`Answer::Line`]s may come before it.

use crate::domain::{
    Action, Activation, Fault, FileChange, Generation, ProfileChange, ProfileDeletion,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The protocol's number.
pub(super) const PROTOCOL: u32 = 1;
/// Longest line, in bytes.
pub(super) const LONGEST_LINE: usize = 1024 * 1024;

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Request {
    /// The greeting.
    Hello {
        /// The protocol that the client speaks.
        protocol: u32,
    },
    /// Move the system's profile.
    SetProfile {
        /// From where to where.
        change: ProfileChange,
    },
    /// Activate a system.
    Activate {
        /// Its store path.
        toplevel: PathBuf,
        /// How.
        action: Action,
    },
    /// Replace a file of the configuration.
    ReplaceFile {
        /// Which, and how.
        change: FileChange,
    },
    /// Delete generations of the system's profile.
    DeleteGenerations {
        /// Which.
        deletion: ProfileDeletion,
    },
}

/// What the helper says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Answer {
    /// The greeting.
    Hello {
        /// The protocol that it speaks.
        protocol: u32,
    },
    /// The profile was moved.
    Moved {
        /// The generation that is current now.
        generation: Generation,
    },
    /// A line that an activation printed.
    Line {
        /// The line.
        text: String,
    },
    /// The activation has ended.
    Activated {
        /// How.
        activation: Activation,
    },
    /// It was done.
    Done,
    /// It was not done.
    Refused {
        /// What is to be told.
        fault: Fault,
        /// Why.
        error: String,
    },
}
