//! What may have been meant instead of what was taken: a no, where nothing was asked, is about that.

use super::question::{Question, is_recent};
use super::{Effect, Session};
use crate::domain::{Command, Fault, Intent, Outcome, Reply, TurnId, Verdict};
use jiff::Zoned;
use minijinja::context;

/// Other commands that sound like the last one.
#[derive(Debug, Clone)]
pub(super) struct Instead {
    /// The turn that took it.
    pub(super) turn: TurnId,
    /// Likeliest first.
    others: Vec<Command>,
    /// Whether what was taken has changed something, which is to be undone first.
    changed: bool,
    /// When it was taken, done, or asked about.
    since: Zoned,
}

impl Instead {
    /// These, instead of what is taken `now`.
    pub(super) fn of(others: Vec<Command>, turn: TurnId, now: &Zoned) -> Self {
        Self { turn, others, changed: false, since: now.clone() }
    }

    /// What was taken is done, with these outcomes.
    pub(super) fn done(&mut self, outcomes: &[Outcome], now: &Zoned) {
        self.since.clone_from(now);
        self.changed = outcomes.iter().any(Outcome::can_be_undone);
    }

    /// Whether a no to what was taken leads to anything.
    pub(super) fn leads_on(&self) -> bool {
        self.changed || !self.others.is_empty()
    }

    /// Whether a no may still be about it; not where the clock was set back.
    pub(super) fn is_open(&self, now: &Zoned) -> bool {
        is_recent(&self.since, now)
    }
}

impl Session {
    /// A no was heard, and nothing was asked: what was done last was not meant. What was meant is asked
    /// about, and where something was changed, first whether to undo it.
    pub(super) fn not_meant(&mut self, now: &Zoned) -> Vec<Effect> {
        match self.instead.take() {
            None => self.say("nothing-asked", Verdict::Declined, now),
            instead if self.job.is_some() => {
                self.instead = instead;
                self.busy(now)
            }
            Some(mut instead) if instead.changed => {
                instead.since.clone_from(now);
                self.instead = Some(instead);
                self.ask("asked-undo", Command::bare(Intent::DialogueUndo), None, now)
            }
            Some(instead) => {
                let mut others = instead.others.into_iter();
                match others.next() {
                    Some(next) => self.ask_whether("asked-instead", next, others.collect(), now),
                    None => self.say("nothing-asked", Verdict::Declined, now),
                }
            }
        }
    }

    /// `fault` is why what was taken cannot be done. Where it names what is not there, what else may have
    /// been meant is asked about at once.
    pub(super) fn not_there(&mut self, fault: &Fault, now: &Zoned) -> Vec<Effect> {
        let misnamed = matches!(fault, Fault::NotInstalled { .. } | Fault::NoSuchPackage { .. });
        let question = if misnamed { self.meant_instead(now) } else { None };
        let Some(question) = question else { return self.fault(fault, now) };
        let replies = [self.phrasebook.fault(fault, now), question.reply.clone()];
        self.question = Some(question);
        self.answer(Reply { verdict: Verdict::Asked, ..Reply::joined(&replies) })
    }

    /// What is asked after something was undone that was not meant.
    pub(super) fn meant_instead(&mut self, now: &Zoned) -> Option<Question> {
        let mut others = self.instead.take()?.others.into_iter();
        let command = others.next()?;
        let what = self.phrasebook.command(&command, now);
        let facts = context! { what };
        let reply = self.phrasebook.reply("asked-instead", Verdict::Done, facts, now);
        let mut question = Question::new(command, reply, now);
        question.others = others.collect();
        Some(question)
    }
}
