//! Commands that were said together: each is asked about when the one before it is done.

use super::Session;
use super::question::Question;
use crate::domain::{Command, Hearing, Intent, Verdict};
use jiff::Zoned;
use minijinja::context;

impl Session {
    /// Keep what shall come after `hearing`. Whoever declines or stops something wants nothing after it
    /// either; an answer, and whatever is asked while something runs, changes nothing.
    pub(super) fn keep(&mut self, hearing: &Hearing, then: Vec<Command>) {
        let Some(command) = hearing.likeliest() else { return };
        let stops = matches!(command.intent, Intent::DialogueNo | Intent::DialogueCancel);
        if stops || command.intent.risk().is_some() && self.job.is_none() {
            self.then = then.into();
        }
    }

    /// What is asked after something ended with `verdict`, if more shall come: only what was done is gone
    /// on from.
    pub(super) fn go_on(&mut self, verdict: Verdict, now: &Zoned) -> Option<Question> {
        if verdict != Verdict::Done {
            self.then.clear();
        }
        let command = self.then.pop_front()?;
        let what = self.phrasebook.command(&command, now);
        let reply = self.phrasebook.reply("and-now", Verdict::Done, context! { what }, now);
        Some(Question::new(command, reply, now))
    }
}
