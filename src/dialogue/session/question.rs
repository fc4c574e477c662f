//! What was asked, and what answers it.

use crate::domain::{Command, Hearing, Intent, Plan, Reply};
use jiff::{SignedDuration, Zoned};

/// How long a question stays open.
const ANSWER_WINDOW: SignedDuration = SignedDuration::from_secs(30);

/// A question that awaits an answer: yes or no, or which of two.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) command: Command,
    /// What may have been meant as well.
    pub(super) rival: Option<Command>,
    /// The plan that was read out; absent where only the hearing was in doubt.
    pub(super) confirmed: Option<Plan>,
    pub(super) reply: Reply,
    asked: Zoned,
}

impl Question {
    pub(super) fn new(command: Command, reply: Reply, now: &Zoned) -> Self {
        Self { command, rival: None, confirmed: None, reply, asked: now.clone() }
    }

    /// Whether it may be answered still; also where the clock was set back.
    pub(super) fn is_open(&self, now: &Zoned) -> bool {
        (&self.asked..=&self.asked.saturating_add(ANSWER_WINDOW)).contains(&now)
    }

    /// The one of two that `hearing` chooses.
    pub(super) fn chosen(&self, hearing: &Hearing) -> Option<&Command> {
        let (Hearing::Command(choice), Some(rival)) = (hearing, &self.rival) else { return None };
        let chosen = match choice.slot("ordinal")? {
            "1" => &self.command,
            "2" => rival,
            _ => return None,
        };
        (choice.intent == Intent::DialogueChoose || choice.intent == chosen.intent)
            .then_some(chosen)
    }
}
