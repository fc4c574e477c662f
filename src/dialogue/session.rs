//! The conversation's state: what was asked, what is awaited, what runs, what was last said.

mod instead;
mod question;
mod sequence;

use super::job::Job;
use super::listed::Listed;
use super::phrasing::Phrasebook;
use super::planner::plan;
use crate::domain::{
    Command, Edit, Fault, Hearing, Intent, Outcome, Plan, Progress, Reply, Risk, Snapshot, Step,
    TurnId, Verdict,
};
use instead::Instead;
use jiff::Zoned;
use minijinja::context;
use question::Question;
use std::collections::VecDeque;
use std::sync::Arc;

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// Somebody spoke.
    Heard {
        /// What was made of it.
        hearing: Hearing,
        /// What else may have been meant where it is a command, likeliest first.
        instead: Vec<Command>,
        /// What was said to be done after it, in order.
        then: Vec<Command>,
        /// The world as it was then.
        snapshot: Box<Snapshot>,
    },
    /// A plan told how far it is.
    Progress {
        /// The turn it belongs to.
        turn: TurnId,
        /// Where it stands.
        progress: Progress,
    },
    /// Some time went by.
    Tick,
    /// A plan ran to its end.
    Finished {
        /// The turn it belongs to.
        turn: TurnId,
        /// What came of it.
        result: Result<Vec<Outcome>, Fault>,
    },
}

/// Something to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Carry out this plan, then report [`Event::Finished`].
    Act {
        /// The turn it belongs to.
        turn: TurnId,
        /// What to do.
        plan: Plan,
    },
    /// Answer.
    Answer {
        /// The turn it belongs to.
        turn: TurnId,
        /// What to say.
        reply: Reply,
    },
    /// Say this too, without being asked.
    Remark {
        /// The turn that it is about.
        turn: TurnId,
        /// What to say.
        reply: Reply,
    },
    /// Stop what this turn started; [`Event::Finished`] tells what came of it.
    Stop {
        /// The turn.
        turn: TurnId,
    },
}

/// One conversation.
#[derive(Debug, Clone)]
pub struct Session {
    phrasebook: Arc<Phrasebook>,
    turn: TurnId,
    question: Option<Question>,
    /// What may have been meant instead of what was done last.
    instead: Option<Instead>,
    /// What was said to be done next.
    then: VecDeque<Command>,
    /// What runs.
    job: Option<Job>,
    /// What is looked up while something runs.
    aside: Option<(TurnId, Intent)>,
    /// What was last listed.
    listed: Option<Listed>,
    last: Option<Reply>,
    /// Whether a rebuild is offered where the configuration was changed.
    offers_rebuild: bool,
}

impl Session {
    /// A conversation in the phrasebook's language.
    pub fn new(phrasebook: Phrasebook) -> Self {
        let turn = TurnId::default();
        let (question, instead, job, aside, listed, last) = (None, None, None, None, None, None);
        let (phrasebook, then) = (Arc::new(phrasebook), VecDeque::new());
        let offers_rebuild = false;
        Self { phrasebook, turn, question, instead, then, job, aside, listed, last, offers_rebuild }
    }

    /// Offer a rebuild from now on where the configuration was changed.
    pub fn offer_rebuilds(&mut self) {
        self.offers_rebuild = true;
    }

    /// The words it speaks with.
    pub fn phrasebook(&self) -> &Phrasebook {
        &self.phrasebook
    }

    /// Take in what happened; what to do about it, in order.
    pub fn step(&mut self, event: Event, now: &Zoned) -> Vec<Effect> {
        match event {
            Event::Heard { hearing, instead, then, snapshot } => {
                self.keep(&hearing, then);
                self.turn = self.turn.next();
                self.question.take_if(|question| !question.is_open(now));
                self.instead.take_if(|instead| !instead.is_open(now));
                self.heard(hearing, instead, &snapshot, now)
            }
            Event::Progress { turn, progress } => {
                if let Some(job) = self.job.as_mut().filter(|job| job.turn == turn) {
                    job.progress = Some(progress);
                }
                self.remark(now)
            }
            Event::Tick => self.remark(now),
            Event::Finished { turn, result } => self.finished(turn, result, now),
        }
    }

    fn heard(
        &mut self,
        hearing: Hearing,
        instead: Vec<Command>,
        snapshot: &Snapshot,
        now: &Zoned,
    ) -> Vec<Effect> {
        match hearing {
            Hearing::Nothing => self.say("not-understood", Verdict::NotUnderstood, now),
            Hearing::Unclear { nearest, .. } if nearest.intent.risk().is_none() => {
                self.half_heard(nearest, snapshot, now)
            }
            Hearing::Unclear { nearest, rival, mut others } => {
                let is_act = |command: &Command| command.intent.risk().is_some();
                let rival = rival.filter(is_act);
                others.retain(|other| {
                    is_act(other) && *other != nearest && Some(other) != rival.as_ref()
                });
                match rival {
                    None => self.ask_whether("asked-back", nearest, others, now),
                    Some(rival) => self.ask_which(nearest, rival, others, now),
                }
            }
            Hearing::Command(command) => self.command(command, instead, snapshot, now),
        }
    }

    /// Something about the conversation itself may have been said. To stop or to decline destroys
    /// nothing; nothing else is done, and what was asked is asked again.
    fn half_heard(&mut self, nearest: Command, snapshot: &Snapshot, now: &Zoned) -> Vec<Effect> {
        match nearest.intent {
            Intent::DialogueCancel | Intent::DialogueNo => {
                self.command(nearest, Vec::new(), snapshot, now)
            }
            _ if self.question.is_some() => self.help(now),
            _ => self.say("not-understood", Verdict::NotUnderstood, now),
        }
    }

    fn command(
        &mut self,
        command: Command,
        instead: Vec<Command>,
        snapshot: &Snapshot,
        now: &Zoned,
    ) -> Vec<Effect> {
        match command.intent {
            Intent::DialogueYes => match self.question.take() {
                // a yes is no choice
                Some(question) if question.rival.is_some() => {
                    self.question = Some(question);
                    self.say("say-which", Verdict::Asked, now)
                }
                Some(question) => self.confirmed(question, snapshot, now),
                None => self.say("nothing-asked", Verdict::Declined, now),
            },
            Intent::DialogueNo => match self.question.take() {
                Some(question) => self.declined(question, now),
                None => self.not_meant(now),
            },
            Intent::DialogueCancel => self.cancel(now),
            Intent::DialogueRepeat => self.repeat(now),
            Intent::DialogueHelp => self.help(now),
            Intent::DialogueProgress => self.progress(now),
            Intent::DialogueMore => self.more(now),
            // what was listed has been put in its place
            _ if command.slot("ordinal").is_some() => {
                self.say("nothing-listed", Verdict::Declined, now)
            }
            _ => {
                self.question = None;
                self.instead = None;
                if self.is_busy_for(&command) {
                    return self.busy(now);
                }
                let instead = Some(Instead::of(instead, self.turn, now));
                match plan(&command, snapshot, now) {
                    Ok(plan) if self.is_too_long(&plan) => self.busy(now),
                    Ok(plan) if plan.risk == Risk::Destructive => {
                        self.ask("confirm", command, Some(plan), now)
                    }
                    Ok(plan) => {
                        self.instead = instead;
                        self.act(plan, now)
                    }
                    Err(fault) => {
                        self.instead = instead;
                        self.not_there(&fault, now)
                    }
                }
            }
        }
    }

    /// A yes was heard. The plan is made anew, and must still be the one that was read out.
    fn confirmed(&mut self, question: Question, snapshot: &Snapshot, now: &Zoned) -> Vec<Effect> {
        self.instead.take_if(|_| question.command.intent != Intent::DialogueUndo);
        if self.is_busy_for(&question.command) {
            return self.busy(now);
        }
        match plan(&question.command, snapshot, now) {
            Ok(plan) if self.is_too_long(&plan) => self.busy(now),
            Ok(plan) if plan.risk < Risk::Destructive => self.act(plan, now),
            Ok(plan) if question.confirmed.as_ref() == Some(&plan) => self.act(plan, now),
            Ok(plan) => self.ask("confirm", question.command, Some(plan), now),
            Err(fault) => self.fault(&fault, now),
        }
    }

    /// A no was heard: what else may have been meant is asked about, where there is something.
    fn declined(&mut self, question: Question, now: &Zoned) -> Vec<Effect> {
        let mut others = question.others.into_iter();
        match others.next() {
            Some(next) => self.ask_whether("asked-then", next, others.collect(), now),
            None => self.say("declined", Verdict::Declined, now),
        }
    }

    fn cancel(&mut self, now: &Zoned) -> Vec<Effect> {
        let asked = self.question.take().is_some();
        let Some(job) = &mut self.job else {
            let key = if asked { "cancelled" } else { "nothing-to-cancel" };
            return self.say(key, Verdict::Declined, now);
        };
        job.stopping = true;
        vec![Effect::Stop { turn: job.turn }]
    }

    /// What to say where something is slow to stop.
    pub fn stopping(&mut self, now: &Zoned) -> Reply {
        let reply = self.phrasebook.reply("stopping", Verdict::Declined, (), now);
        self.last = Some(reply.clone());
        reply
    }

    fn progress(&mut self, now: &Zoned) -> Vec<Effect> {
        match &self.job {
            Some(job) => {
                let reply = self.phrasebook.reply("progress", Verdict::Done, job.facts(now), now);
                self.answer(reply)
            }
            None => self.say("nothing-running", Verdict::Done, now),
        }
    }

    fn more(&mut self, now: &Zoned) -> Vec<Effect> {
        let Some(listed) = &mut self.listed else {
            return self.say("nothing-listed", Verdict::Declined, now);
        };
        let reply = if let Some(more) = listed.more() {
            self.phrasebook.reply("more", Verdict::Done, more, now)
        } else {
            let left = listed.unlisted();
            self.phrasebook.reply("no-more", Verdict::Done, context! { left }, now)
        };
        self.answer(reply)
    }

    /// What is worth saying of a job without being asked, which is little.
    fn remark(&mut self, now: &Zoned) -> Vec<Effect> {
        let Some(job) = self.job.as_mut().filter(|job| job.is_worth_a_remark(now)) else {
            return Vec::new();
        };
        job.remarked(now);
        let reply = self.phrasebook.reply("progress", Verdict::Done, job.facts(now), now);
        vec![Effect::Remark { turn: job.turn, reply }]
    }

    /// Whether `command` has to wait for what runs, so that nothing need be known to plan it: nothing
    /// changes two things at once.
    pub fn is_busy_for(&self, command: &Command) -> bool {
        self.job.is_some() && command.intent.risk() > Some(Risk::Read)
    }

    /// Whether `plan` would take so long that it kept what runs from being stopped.
    fn is_too_long(&self, plan: &Plan) -> bool {
        self.job.is_some() && plan.steps.iter().any(Step::takes_long)
    }

    fn busy(&mut self, now: &Zoned) -> Vec<Effect> {
        let facts = self.job.as_ref().map(|job| job.facts(now));
        let reply = self.phrasebook.reply("busy", Verdict::Declined, facts, now);
        self.answer(reply)
    }

    fn repeat(&mut self, now: &Zoned) -> Vec<Effect> {
        let Some(reply) = self.last.clone() else {
            return self.say("nothing-to-repeat", Verdict::Done, now);
        };
        if let Some(question) = &mut self.question
            && reply.say.contains(&question.reply.say)
        {
            question.read_out(now);
        }
        self.answer(reply)
    }

    fn help(&mut self, now: &Zoned) -> Vec<Effect> {
        let Some(question) = &mut self.question else {
            return self.say("help", Verdict::Done, now);
        };
        question.read_out(now);
        let facts = context! { question => question.reply.say.as_str() };
        let reply = self.phrasebook.reply("help-answer", Verdict::Asked, facts, now);
        self.answer(reply)
    }

    fn act(&mut self, plan: Plan, now: &Zoned) -> Vec<Effect> {
        if self.job.is_some() {
            self.aside = Some((self.turn, plan.command.intent));
        } else {
            let what = self.phrasebook.command(&plan.command, now);
            self.job = Some(Job::new(self.turn, plan.command.intent, what, now));
        }
        vec![Effect::Act { turn: self.turn, plan }]
    }

    fn ask(
        &mut self,
        key: &str,
        command: Command,
        confirmed: Option<Plan>,
        now: &Zoned,
    ) -> Vec<Effect> {
        let what = self.phrasebook.command(&command, now);
        let plan = confirmed.as_ref().map(|plan| self.phrasebook.plan(plan, now));
        let reply = self.phrasebook.reply(key, Verdict::Asked, context! { what, plan }, now);
        let mut question = Question::new(command, reply.clone(), now);
        question.confirmed = confirmed;
        self.question = Some(question);
        self.answer(reply)
    }

    /// Ask whether this was meant, and then about the `others`.
    fn ask_whether(
        &mut self,
        key: &str,
        command: Command,
        others: Vec<Command>,
        now: &Zoned,
    ) -> Vec<Effect> {
        let effects = self.ask(key, command, None, now);
        if let Some(question) = &mut self.question {
            question.others = others;
        }
        effects
    }

    /// Ask which of two was meant, as far as that can be told apart by ear, and then about the `others`.
    fn ask_which(
        &mut self,
        command: Command,
        rival: Command,
        others: Vec<Command>,
        now: &Zoned,
    ) -> Vec<Effect> {
        let what = self.phrasebook.command(&command, now);
        let other = self.phrasebook.command(&rival, now);
        if what == other {
            return self.ask_whether("asked-back", command, others, now);
        }
        let facts = context! { what, rival => other };
        let reply = self.phrasebook.reply("asked-which", Verdict::Asked, facts, now);
        let mut question = Question::new(command, reply.clone(), now);
        question.rival = Some(rival);
        question.others = others;
        self.question = Some(question);
        self.answer(reply)
    }

    fn finished(
        &mut self,
        turn: TurnId,
        result: Result<Vec<Outcome>, Fault>,
        now: &Zoned,
    ) -> Vec<Effect> {
        let job = self.job.take_if(|job| job.turn == turn);
        let aside = self.aside.take_if(|(aside, _)| *aside == turn);
        let stopping = job.as_ref().is_some_and(|job| job.stopping);
        let is_job = job.is_some();
        let Some(intent) = job.map(|job| job.intent).or(aside.map(|(_, intent)| intent)) else {
            // nobody waits for it
            return Vec::new();
        };
        if let Some(instead) = self.instead.as_mut().filter(|instead| instead.turn == turn) {
            instead.done(result.as_deref().unwrap_or_default(), now);
        }
        let outcomes = match result {
            Ok(outcomes) => outcomes,
            Err(fault) => {
                self.then.clear();
                return self.fault(&fault, now);
            }
        };
        self.listed = outcomes.iter().rev().find_map(Listed::of).or(self.listed.take());
        let mut replies: Vec<Reply> =
            outcomes.iter().map(|outcome| self.phrasebook.outcome(intent, outcome, now)).collect();
        let verdict = replies.last().map_or(Verdict::Done, |reply| reply.verdict);
        if stopping && verdict == Verdict::Done {
            replies.insert(0, self.phrasebook.reply("too-late", verdict, (), now));
        }
        let next = if is_job { self.go_on(verdict, now) } else { None };
        let mut offer = next.or_else(|| self.offer(&outcomes, now));
        if intent == Intent::DialogueUndo && verdict == Verdict::Done {
            offer = offer.or(self.meant_instead(now));
        }
        replies.extend(offer.as_ref().map(|question| question.reply.clone()));
        self.question = offer.or(self.question.take());
        self.answer(Reply { verdict, ..Reply::joined(&replies) })
    }

    /// What is asked after a change that takes a rebuild to take effect.
    fn offer(&self, outcomes: &[Outcome], now: &Zoned) -> Option<Question> {
        let takes_one =
            matches!(outcomes, [.., Outcome::SettingChanged(change)] if change.what != Edit::Undo);
        (self.offers_rebuild && takes_one).then(|| {
            let reply = self.phrasebook.reply("offer-rebuild", Verdict::Done, (), now);
            Question::new(Command::bare(Intent::SystemRebuild), reply, now)
        })
    }

    fn fault(&mut self, fault: &Fault, now: &Zoned) -> Vec<Effect> {
        let reply = self.phrasebook.fault(fault, now);
        self.answer(reply)
    }

    fn say(&mut self, key: &str, verdict: Verdict, now: &Zoned) -> Vec<Effect> {
        let reply = self.phrasebook.reply(key, verdict, (), now);
        self.answer(reply)
    }

    fn answer(&mut self, mut reply: Reply) -> Vec<Effect> {
        reply.asks = self.question.is_some();
        reply.confirms = self.question.as_ref().is_some_and(|asked| asked.confirmed.is_some());
        self.last = Some(reply.clone());
        vec![Effect::Answer { turn: self.turn, reply }]
    }
}

#[cfg(test)]
mod tests;
