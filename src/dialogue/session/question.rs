//! What was asked, and what answers it.

use super::Session;
use super::instead::Instead;
use crate::domain::{Command, Hearing, Intent, Plan, Reply};
use jiff::{SignedDuration, Zoned};

/// How long a question stays open.
const ANSWER_WINDOW: SignedDuration = SignedDuration::from_secs(30);

/// Whether `now` is no later after `since` than answers may come, nor before it.
pub(super) fn is_recent(since: &Zoned, now: &Zoned) -> bool {
    (since..=&since.saturating_add(ANSWER_WINDOW)).contains(&now)
}

/// A question that awaits an answer: yes or no, or which of two.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) command: Command,
    /// What may have been meant as well.
    pub(super) rival: Option<Command>,
    /// What is asked about where neither was meant, likeliest first.
    pub(super) others: Vec<Command>,
    /// The plan that was read out; absent where only the hearing was in doubt.
    pub(super) confirmed: Option<Plan>,
    pub(super) reply: Reply,
    asked: Zoned,
}

impl Question {
    pub(super) fn new(command: Command, reply: Reply, now: &Zoned) -> Self {
        let (rival, others, confirmed) = (None, Vec::new(), None);
        Self { command, rival, others, confirmed, reply, asked: now.clone() }
    }

    /// It was read out: the time to answer it begins.
    pub(super) fn read_out(&mut self, now: &Zoned) {
        self.asked.clone_from(now);
    }

    /// Whether it may be answered still; not where the clock was set back.
    pub(super) fn is_open(&self, now: &Zoned) -> bool {
        is_recent(&self.asked, now)
    }

    /// Whether `hearing` answers it so that what was asked for may still be done.
    pub(super) fn is_answered_by(&self, hearing: &Hearing) -> bool {
        let said = hearing.intent();
        said == Some(Intent::DialogueYes)
            || said == Some(Intent::DialogueNo) && !self.others.is_empty()
            || self.chosen(hearing).is_some()
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

impl Session {
    /// Put what was asked about, or else what was listed, in the place of what was said of it, such
    /// as "the second one".
    pub fn resolve(&self, hearing: &mut Hearing, now: &Zoned) {
        let question = self.question.as_ref().filter(|question| question.is_open(now));
        if let Some(chosen) = question.and_then(|question| question.chosen(hearing)) {
            *hearing = Hearing::Command(chosen.clone());
        } else if let Some(listed) = &self.listed {
            listed.resolve(hearing);
        }
    }

    /// Whether it answers what was asked, so that what was asked for may still be done.
    pub fn is_answer(&self, hearing: &Hearing) -> bool {
        let said_no = hearing.intent() == Some(Intent::DialogueNo);
        match &self.question {
            Some(question) => question.is_answered_by(hearing),
            None => self.instead.as_ref().is_some_and(Instead::leads_on) && said_no,
        }
    }

    /// The command whose yes or no is awaited.
    pub fn awaiting(&self) -> Option<&Command> {
        self.question.as_ref().map(|question| &question.command)
    }

    /// The command that `hearing` has done: where that is a yes, the one that was asked about.
    pub fn taken<'a>(&'a self, hearing: &'a Hearing, now: &Zoned) -> Option<&'a Command> {
        match hearing {
            Hearing::Command(yes) if yes.intent == Intent::DialogueYes => {
                let question = self.question.as_ref().filter(|question| question.is_open(now));
                // a yes is no choice
                let question = question.filter(|question| question.rival.is_none());
                question.map(|question| &question.command)
            }
            Hearing::Command(command) => Some(command),
            Hearing::Unclear { .. } | Hearing::Nothing => None,
        }
    }

    /// What was asked, if anything, was read out: the time to answer it begins.
    pub fn asked(&mut self, now: &Zoned) {
        if let Some(question) = &mut self.question {
            question.read_out(now);
        }
    }

    /// Forget what was asked, and what was to come: it is not to be answered any more.
    pub fn forget_question(&mut self) {
        self.question = None;
        self.then.clear();
    }
}
