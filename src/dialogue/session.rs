//! The conversation's state: what was asked, what is awaited, what was last said.

use super::phrasing::Phrasebook;
use super::planner::plan;
use crate::domain::{
    Command, Fault, Hearing, Intent, Outcome, Plan, Reply, Risk, Snapshot, TurnId, Verdict,
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
    /// Stop what this turn started.
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
    acting: Option<(TurnId, Intent)>,
    last: Option<Reply>,
}

impl Session {
    /// A conversation in the phrasebook's language.
    pub fn new(phrasebook: Phrasebook) -> Self {
        Self { phrasebook, turn: TurnId::default(), question: None, acting: None, last: None }
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
            _ => {
                self.question = None;
                match plan(&command, snapshot, now) {
                    Ok(plan) if plan.risk == Risk::Destructive => {
                        self.ask("confirm", command, Some(plan), now)
                    }
                    Ok(plan) => self.act(plan),
                    Err(fault) => self.fault(&fault, now),
                }
            }
        }
    }

    /// A yes was heard. The plan is made anew, and must still be the one that was read out.
    fn confirmed(&mut self, question: Question, snapshot: &Snapshot, now: &Zoned) -> Vec<Effect> {
        match plan(&question.command, snapshot, now) {
            Ok(plan) if plan.risk < Risk::Destructive => self.act(plan),
            Ok(plan) if question.confirmed.as_ref() == Some(&plan) => self.act(plan),
            Ok(plan) => self.ask("confirm", question.command, Some(plan), now),
            Err(fault) => self.fault(&fault, now),
        }
    }

    fn cancel(&mut self, now: &Zoned) -> Vec<Effect> {
        let asked = self.question.take().is_some();
        let Some((turn, _)) = self.acting.take() else {
            let key = if asked { "cancelled" } else { "nothing-to-cancel" };
            return self.say(key, Verdict::Declined, now);
        };
        let mut effects = vec![Effect::Stop { turn }];
        effects.extend(self.say("cancelled", Verdict::Declined, now));
        effects
    }

    fn help(&mut self, now: &Zoned) -> Vec<Effect> {
        let Some(question) = &self.question else { return self.say("help", Verdict::Done, now) };
        let facts = context! { question => question.reply.say.as_str() };
        let reply = self.phrasebook.reply("help-answer", Verdict::Asked, facts, now);
        self.answer(reply)
    }

    fn act(&mut self, plan: Plan) -> Vec<Effect> {
        self.acting = Some((self.turn, plan.command.intent));
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
        // what belongs to an older turn is dropped
        let Some((_, intent)) = self.acting.take_if(|(acting, _)| *acting == turn) else {
            return Vec::new();
        };
        let outcomes = match result {
            Ok(outcomes) => outcomes,
            Err(fault) => return self.fault(&fault, now),
        };
        let replies: Vec<Reply> =
            outcomes.iter().map(|outcome| self.phrasebook.outcome(intent, outcome, now)).collect();
        let join = |part: fn(&Reply) -> &str, with: &str| {
            replies.iter().map(part).collect::<Vec<_>>().join(with)
        };
        let (say, show) = (join(|reply| &reply.say, " "), join(|reply| &reply.show, "\n"));
        self.answer(Reply { say, show, verdict: Verdict::Done })
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
    use crate::domain::{Generation, ProfileState, Source};

    fn session() -> Session {
        let text = |name: &str| {
            let path = format!("{}/grammars/en/{name}.toml", env!("CARGO_MANIFEST_DIR"));
            Source::new(name, std::fs::read_to_string(path).unwrap())
        };
        let names = ["dialogue", "faults", "generation", "package", "store", "system"];
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
    fn what_belongs_to_an_older_turn_is_dropped() {
        let mut session = session();
        let Effect::Act { turn: first, .. } = hear(&mut session, bare(Intent::StoreSize), 0) else {
            panic!("an act")
        };
        hear(&mut session, bare(Intent::PackageList), 1);
        let late = Event::Finished { turn: first, result: Err(Fault::Internal) };
        assert_eq!(session.step(late, &at(2)), []);
    }

    #[test]
    fn cancel_stops_what_runs() {
        let mut session = session();
        let Effect::Act { turn, .. } = hear(&mut session, bare(Intent::StoreSize), 0) else {
            panic!("an act")
        };
        let hearing = bare(Intent::DialogueCancel);
        let effects = session.step(Event::Heard { hearing, snapshot: snapshot() }, &at(1));
        assert_eq!(effects[0], Effect::Stop { turn });
        let late = Event::Finished { turn, result: Ok(Vec::new()) };
        assert_eq!(session.step(late, &at(2)), []);
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
