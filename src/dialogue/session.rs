//! The conversation's state: what was asked, what is awaited, what runs, what was last said.

use super::job::Job;
use super::phrasing::Phrasebook;
use super::planner::plan;
use crate::domain::{
    Command, Fault, Hearing, Intent, Outcome, Plan, Progress, Reply, Risk, Snapshot, Step, TurnId,
    Verdict,
};
use jiff::{SignedDuration, Zoned};
use minijinja::context;

/// How long a question stays open.
const ANSWER_WINDOW: SignedDuration = SignedDuration::from_secs(30);

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// Somebody spoke.
    Heard {
        /// What was made of it.
        hearing: Hearing,
        /// The world as it was then.
        snapshot: Snapshot,
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

/// A question that awaits a yes or no.
#[derive(Debug)]
struct Question {
    command: Command,
    /// The plan that was read out; absent where only the hearing was in doubt.
    confirmed: Option<Plan>,
    reply: Reply,
    expires: Zoned,
}

/// One conversation.
#[derive(Debug)]
pub struct Session {
    phrasebook: Phrasebook,
    turn: TurnId,
    question: Option<Question>,
    /// What runs.
    job: Option<Job>,
    /// What is looked up while something runs.
    aside: Option<(TurnId, Intent)>,
    last: Option<Reply>,
}

impl Session {
    /// A conversation in the phrasebook's language.
    pub fn new(phrasebook: Phrasebook) -> Self {
        let turn = TurnId::default();
        Self { phrasebook, turn, question: None, job: None, aside: None, last: None }
    }

    /// The words it speaks with.
    pub fn phrasebook(&self) -> &Phrasebook {
        &self.phrasebook
    }

    /// The command whose yes or no is awaited.
    pub fn awaiting(&self) -> Option<&Command> {
        self.question.as_ref().map(|question| &question.command)
    }

    /// Take in what happened; what to do about it, in order.
    pub fn step(&mut self, event: Event, now: &Zoned) -> Vec<Effect> {
        match event {
            Event::Heard { hearing, snapshot } => {
                self.turn = self.turn.next();
                self.question.take_if(|question| question.expires < *now);
                self.heard(hearing, &snapshot, now)
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

    fn heard(&mut self, hearing: Hearing, snapshot: &Snapshot, now: &Zoned) -> Vec<Effect> {
        match hearing {
            Hearing::Nothing => self.say("not-understood", Verdict::NotUnderstood, now),
            Hearing::Unclear { nearest } => self.ask("asked-back", nearest, None, now),
            Hearing::Command(command) => self.command(command, snapshot, now),
        }
    }

    fn command(&mut self, command: Command, snapshot: &Snapshot, now: &Zoned) -> Vec<Effect> {
        match command.intent {
            Intent::DialogueYes => match self.question.take() {
                Some(question) => self.confirmed(question, snapshot, now),
                None => self.say("nothing-asked", Verdict::Declined, now),
            },
            Intent::DialogueNo => match self.question.take() {
                Some(_) => self.say("declined", Verdict::Declined, now),
                None => self.say("nothing-asked", Verdict::Declined, now),
            },
            Intent::DialogueCancel => self.cancel(now),
            Intent::DialogueRepeat => match self.last.clone() {
                Some(reply) => self.answer(reply),
                None => self.say("nothing-to-repeat", Verdict::Done, now),
            },
            Intent::DialogueHelp => self.help(now),
            Intent::DialogueProgress => self.progress(now),
            _ => {
                self.question = None;
                match plan(&command, snapshot, now) {
                    Ok(plan) if self.is_busy_for(&plan) => self.busy(now),
                    Ok(plan) if plan.risk == Risk::Destructive => {
                        self.ask("confirm", command, Some(plan), now)
                    }
                    Ok(plan) => self.act(plan, now),
                    Err(fault) => self.fault(&fault, now),
                }
            }
        }
    }

    /// A yes was heard. The plan is made anew, and must still be the one that was read out.
    fn confirmed(&mut self, question: Question, snapshot: &Snapshot, now: &Zoned) -> Vec<Effect> {
        match plan(&question.command, snapshot, now) {
            Ok(plan) if self.is_busy_for(&plan) => self.busy(now),
            Ok(plan) if plan.risk < Risk::Destructive => self.act(plan, now),
            Ok(plan) if question.confirmed.as_ref() == Some(&plan) => self.act(plan, now),
            Ok(plan) => self.ask("confirm", question.command, Some(plan), now),
            Err(fault) => self.fault(&fault, now),
        }
    }

    fn cancel(&mut self, now: &Zoned) -> Vec<Effect> {
        let asked = self.question.take().is_some();
        if asked {
            return self.say("cancelled", Verdict::Declined, now);
        }
        let Some(job) = &mut self.job else {
            return self.say("nothing-to-cancel", Verdict::Declined, now);
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

    /// What is worth saying of a job without being asked, which is little.
    fn remark(&mut self, now: &Zoned) -> Vec<Effect> {
        let Some(job) = self.job.as_mut().filter(|job| job.is_worth_a_remark(now)) else {
            return Vec::new();
        };
        job.remarked(now);
        let reply = self.phrasebook.reply("progress", Verdict::Done, job.facts(now), now);
        vec![Effect::Remark { turn: job.turn, reply }]
    }

    /// Whether `plan` has to wait for what runs: nothing changes two things at once, and what takes
    /// long would keep from being stopped.
    fn is_busy_for(&self, plan: &Plan) -> bool {
        self.job.is_some() && (plan.risk > Risk::Read || plan.steps.iter().any(Step::takes_long))
    }

    fn busy(&mut self, now: &Zoned) -> Vec<Effect> {
        let facts = self.job.as_ref().map(|job| job.facts(now));
        let reply = self.phrasebook.reply("busy", Verdict::Declined, facts, now);
        self.answer(reply)
    }

    fn help(&mut self, now: &Zoned) -> Vec<Effect> {
        let Some(question) = &self.question else { return self.say("help", Verdict::Done, now) };
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
        let expires = now.saturating_add(ANSWER_WINDOW);
        self.question = Some(Question { command, confirmed, reply: reply.clone(), expires });
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
        let Some(intent) = job.map(|job| job.intent).or(aside.map(|(_, intent)| intent)) else {
            // nobody waits for it
            return Vec::new();
        };
        let outcomes = match result {
            Ok(outcomes) => outcomes,
            Err(fault) => return self.fault(&fault, now),
        };
        let mut replies: Vec<Reply> =
            outcomes.iter().map(|outcome| self.phrasebook.outcome(intent, outcome, now)).collect();
        let verdict = replies.last().map_or(Verdict::Done, |reply| reply.verdict);
        if stopping && verdict == Verdict::Done {
            replies.insert(0, self.phrasebook.reply("too-late", verdict, (), now));
        }
        let join = |part: fn(&Reply) -> &str, with: &str| {
            replies.iter().map(part).collect::<Vec<_>>().join(with)
        };
        let (say, show) = (join(|reply| &reply.say, " "), join(|reply| &reply.show, "\n"));
        self.answer(Reply { say, show, verdict })
    }

    fn fault(&mut self, fault: &Fault, now: &Zoned) -> Vec<Effect> {
        let reply = self.phrasebook.fault(fault, now);
        self.answer(reply)
    }

    fn say(&mut self, key: &str, verdict: Verdict, now: &Zoned) -> Vec<Effect> {
        let reply = self.phrasebook.reply(key, verdict, (), now);
        self.answer(reply)
    }

    fn answer(&mut self, reply: Reply) -> Vec<Effect> {
        self.last = Some(reply.clone());
        vec![Effect::Answer { turn: self.turn, reply }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Count, Generation, ProfileState, Source, Task};

    fn session() -> Session {
        let text = |name: &str| {
            let path = format!("{}/grammars/en/{name}.toml", env!("CARGO_MANIFEST_DIR"));
            Source::new(name, std::fs::read_to_string(path).unwrap())
        };
        let names = ["config", "dialogue", "faults", "generation", "package", "store", "system"];
        Session::new(Phrasebook::read(&names.map(text)).unwrap())
    }

    fn at(second: i64) -> Zoned {
        jiff::Timestamp::from_second(second).unwrap().to_zoned(jiff::tz::TimeZone::UTC)
    }

    fn snapshot() -> Snapshot {
        let generations = [1, 2].map(|number| Generation {
            number,
            target: "/nix/store/x".into(),
            created: 0,
            current: number == 2,
        });
        let user = Some(ProfileState { generations: generations.to_vec() });
        Snapshot { user, ..Snapshot::default() }
    }

    fn hear(session: &mut Session, hearing: Hearing, second: i64) -> Effect {
        let event = Event::Heard { hearing, snapshot: snapshot() };
        let mut effects = session.step(event, &at(second));
        assert_eq!(effects.len(), 1);
        effects.remove(0)
    }

    fn verdict(effect: &Effect) -> Option<Verdict> {
        match effect {
            Effect::Answer { reply, .. } => Some(reply.verdict),
            _ => None,
        }
    }

    fn bare(intent: Intent) -> Hearing {
        Hearing::Command(Command::bare(intent))
    }

    fn unclear() -> Hearing {
        Hearing::Unclear { nearest: Command::bare(Intent::GenerationRollback) }
    }

    #[test]
    fn an_unclear_command_is_asked_back_and_done_on_yes() {
        let mut session = session();
        let asked = hear(&mut session, unclear(), 0);
        assert_eq!(verdict(&asked), Some(Verdict::Asked));
        let help = hear(&mut session, bare(Intent::DialogueHelp), 1);
        assert_eq!(verdict(&help), Some(Verdict::Asked));
        let done = hear(&mut session, bare(Intent::DialogueYes), 2);
        assert!(matches!(done, Effect::Act { plan, .. } if plan.inverse.is_some()));
    }

    #[test]
    fn no_silence_and_another_command_all_drop_the_question() {
        let mut session = session();
        hear(&mut session, unclear(), 0);
        let declined = hear(&mut session, bare(Intent::DialogueNo), 1);
        assert_eq!(verdict(&declined), Some(Verdict::Declined));

        hear(&mut session, unclear(), 10);
        let late = hear(&mut session, bare(Intent::DialogueYes), 41);
        assert_eq!(verdict(&late), Some(Verdict::Declined));

        hear(&mut session, unclear(), 50);
        assert!(matches!(hear(&mut session, bare(Intent::StoreSize), 51), Effect::Act { .. }));
        let stray = hear(&mut session, bare(Intent::DialogueYes), 52);
        assert_eq!(verdict(&stray), Some(Verdict::Declined));
    }

    #[test]
    fn while_something_runs_there_is_time_for_a_question_and_no_more() {
        let mut session = session();
        let turn = verifying(&mut session);
        let aside = hear(&mut session, bare(Intent::PackageList), 1);
        let Effect::Act { turn: second, .. } = aside else { panic!("an act") };
        for busy in [Intent::GenerationRollback, Intent::StoreOptimise, Intent::GenerationDelete] {
            let answer = hear(&mut session, bare(busy), 2);
            assert_eq!(verdict(&answer), Some(Verdict::Declined), "{busy}");
        }
        for ended in [second, turn] {
            let told =
                session.step(Event::Finished { turn: ended, result: Ok(Vec::new()) }, &at(3));
            assert_eq!(verdict(&told[0]), Some(Verdict::Done));
        }
        let nobody = Event::Finished { turn, result: Err(Fault::Internal) };
        assert_eq!(session.step(nobody, &at(4)), []);
    }

    /// The store is being checked, since second 0.
    fn verifying(session: &mut Session) -> TurnId {
        match hear(session, bare(Intent::StoreVerify), 0) {
            Effect::Act { turn, .. } => turn,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn cancel_stops_what_runs_and_tells_what_came_of_it() {
        for (result, expected, words) in [
            (Err(Fault::Cancelled), Verdict::Declined, "Nothing was changed"),
            (Ok(vec![Outcome::Verified { sound: true }]), Verdict::Done, "before I could stop it"),
        ] {
            let mut session = session();
            let turn = verifying(&mut session);
            let stop = hear(&mut session, bare(Intent::DialogueCancel), 1);
            assert_eq!(stop, Effect::Stop { turn });
            let told = session.step(Event::Finished { turn, result }, &at(2));
            let Effect::Answer { reply, .. } = &told[0] else { panic!("{told:?}") };
            assert_eq!(reply.verdict, expected);
            assert!(reply.say.contains(words), "{}", reply.say);
        }
    }

    #[test]
    fn how_far_it_is_can_be_asked_and_is_said_now_and_then() {
        let mut session = session();
        let said = |effect: &Effect| match effect {
            Effect::Answer { reply, .. } | Effect::Remark { reply, .. } => reply.say.clone(),
            _ => String::new(),
        };
        let idle = hear(&mut session, bare(Intent::DialogueProgress), 0);
        assert!(said(&idle).contains("Nothing is running"), "{}", said(&idle));
        let turn = verifying(&mut session);
        let mut remarks = Vec::new();
        for second in 1..=300_i64 {
            let paths = Count { done: second.cast_unsigned(), expected: 400 };
            let progress = Progress { task: Task::Verify, paths, ..Progress::default() };
            let told = session.step(Event::Progress { turn, progress }, &at(second));
            remarks.extend(told.first().map(|effect| (second, said(effect))));
        }
        let seconds: Vec<i64> = remarks.iter().map(|(second, _)| *second).collect();
        assert_eq!(seconds, [10, 40, 100, 220], "first soon, then ever more rarely");
        assert_eq!(remarks[2].1, "Checking the store: 100 of 400 paths. About 5 minutes more.");
        let asked = hear(&mut session, bare(Intent::DialogueProgress), 390);
        assert!(said(&asked).starts_with("Checking the store: 300 of 400"), "{}", said(&asked));
        assert_eq!(session.step(Event::Tick, &at(300)), []);
    }

    #[test]
    fn the_last_answer_is_repeated() {
        let mut session = session();
        let help = hear(&mut session, bare(Intent::DialogueHelp), 0);
        let again = hear(&mut session, bare(Intent::DialogueRepeat), 1);
        let text = |effect: &Effect| match effect {
            Effect::Answer { reply, .. } => reply.say.clone(),
            _ => String::new(),
        };
        assert_eq!(text(&help), text(&again));
        assert!(!text(&help).is_empty());
    }

    #[test]
    fn what_goes_is_said_and_goes_only_if_it_is_still_that() {
        let mut session = session();
        let delete = bare(Intent::GenerationDelete);
        let Effect::Answer { reply, .. } = hear(&mut session, delete.clone(), 0) else {
            panic!("an answer")
        };
        assert_eq!(reply.verdict, Verdict::Asked);
        assert!(reply.say.contains("deletes generation 1 of the user profile"), "{}", reply.say);
        assert_eq!(session.awaiting().map(|asked| asked.intent), Some(Intent::GenerationDelete));
        let Effect::Act { plan, .. } = hear(&mut session, bare(Intent::DialogueYes), 1) else {
            panic!("an act")
        };
        assert_eq!(plan.risk, Risk::Destructive);
        let turn = session.turn;
        session.step(Event::Finished { turn, result: Ok(Vec::new()) }, &at(2));

        hear(&mut session, delete, 10);
        let mut changed = snapshot();
        let mut third = changed.user.as_ref().unwrap().generations[0].clone();
        third.number = 3;
        changed.user.as_mut().unwrap().generations.push(third);
        let yes = Event::Heard { hearing: bare(Intent::DialogueYes), snapshot: changed };
        let again = session.step(yes, &at(11));
        assert_eq!(verdict(&again[0]), Some(Verdict::Asked), "the plan is another now");
    }
}
