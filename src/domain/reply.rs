//! What is answered.

use serde::{Deserialize, Serialize};

/// An answer for ear and eye.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// What is said aloud; empty where nothing is.
    pub say: String,
    /// What is shown; may hold more than is said, over several lines.
    pub show: String,
    /// What kind of answer it is.
    pub verdict: Verdict,
    /// A question is open after it, be it this or one before it.
    #[serde(default)]
    pub asks: bool,
    /// That question is whether to do what cannot be undone.
    #[serde(default)]
    pub confirms: bool,
}

impl Reply {
    /// One answer of several, which ended as the last of them.
    pub fn joined(replies: &[Self]) -> Self {
        let join = |part: fn(&Self) -> &str, with: &str| {
            replies.iter().map(part).collect::<Vec<_>>().join(with)
        };
        Self {
            say: join(|reply| &reply.say, " "),
            show: join(|reply| &reply.show, "\n"),
            verdict: replies.last().map_or(Verdict::Done, |reply| reply.verdict),
            asks: replies.iter().any(|reply| reply.asks),
            confirms: replies.iter().any(|reply| reply.confirms),
        }
    }
}

/// How a turn ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// What was asked for was done.
    #[default]
    Done,
    /// It could not be done.
    Failed,
    /// It was not understood.
    NotUnderstood,
    /// It was not done because it was declined or cancelled.
    Declined,
    /// A yes or no is awaited first.
    Asked,
}
