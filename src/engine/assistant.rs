//! One turn of the conversation, from hearing to reply.

use super::stopwatch::Stopwatch;
use super::understanding::Understanding;
use super::world::World;
use crate::dialogue::{Effect, Event, Session, plan};
use crate::domain::{Command, Fault, Hearing, Intent, Outcome, Plan, Reply, Snapshot, Transcript};
use jiff::Zoned;

/// Understands, acts and phrases; the conversation's state is its session's.
pub struct Assistant {
    understanding: Understanding,
    session: Session,
    world: World,
}

/// All that came of one hearing.
#[derive(Debug, Clone)]
pub struct Turn {
    /// What was made of the words.
    pub hearing: Hearing,
    /// What was decided, where there was something to do.
    pub plan: Option<Plan>,
    /// What was done, or why not.
    pub result: Option<Result<Vec<Outcome>, Fault>>,
    /// What to answer.
    pub reply: Reply,
}

impl Assistant {
    /// An assistant that acts on `world`.
    pub fn new(understanding: Understanding, session: Session, world: World) -> Self {
        Self { understanding, session, world }
    }

    /// The world it acts on.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// What it understands by.
    pub fn understanding(&self) -> &Understanding {
        &self.understanding
    }

    /// The conversation.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Make what was changed outlast a power failure; see [`World::settle`].
    pub fn settle(&mut self) {
        self.world.settle();
    }

    /// Take a turn on typed words.
    pub fn text(&mut self, text: &str, watch: &mut Stopwatch) -> Turn {
        let hearing = self.understanding.text(text);
        watch.lap("understand");
        self.turn(text, hearing, watch)
    }

    /// Take a turn on heard words.
    pub fn transcript(&mut self, transcript: &Transcript, watch: &mut Stopwatch) -> Turn {
        let hearing = self.understanding.transcript(transcript);
        watch.lap("understand");
        self.turn(&transcript.text(), hearing, watch)
    }

    /// What would be done for `command`, without doing it.
    ///
    /// # Errors
    /// The [`Fault`] that would be told.
    pub fn preview(&mut self, command: &Command) -> Result<Plan, Fault> {
        let mut hearing = Hearing::Command(command.clone());
        self.world.resolve(&mut hearing);
        let Hearing::Command(command) = hearing else { return Err(Fault::Internal) };
        let snapshot = self.world.snapshot_for(&command)?;
        plan(&command, &snapshot, &Zoned::now())
    }

    /// The world, as far as what was heard is about it; a yes is about what was asked.
    fn snapshot(&mut self, hearing: &Hearing) -> Result<Snapshot, Fault> {
        let command = match hearing {
            Hearing::Command(command) if command.intent == Intent::DialogueYes => {
                self.session.awaiting()
            }
            Hearing::Command(command) => Some(command),
            Hearing::Unclear { .. } | Hearing::Nothing => None,
        };
        match command {
            Some(command) => self.world.snapshot_for(command),
            None => self.world.snapshot(),
        }
    }

    /// Take a turn on something understood from `words`.
    pub fn turn(&mut self, words: &str, mut hearing: Hearing, watch: &mut Stopwatch) -> Turn {
        let yes = Hearing::Command(Command::bare(Intent::DialogueYes));
        // a yes does what was asked for with other words
        if hearing != yes || self.session.awaiting().is_none() {
            self.world.note_heard(words);
        }
        self.world.resolve(&mut hearing);
        let mut turn =
            Turn { hearing: hearing.clone(), plan: None, result: None, reply: Reply::default() };
        let now = Zoned::now();
        let snapshot = match self.snapshot(&hearing) {
            Ok(snapshot) => snapshot,
            Err(fault) => {
                turn.reply = self.session.phrasebook().fault(&fault, &now);
                turn.result = Some(Err(fault));
                return turn;
            }
        };
        let mut effects = self.session.step(Event::Heard { hearing, snapshot }, &now);
        watch.lap("plan");
        while !effects.is_empty() {
            match effects.remove(0) {
                Effect::Act { turn: id, plan } => {
                    let result = self.world.carry_out(&plan);
                    turn.plan = Some(plan);
                    turn.result = Some(result.clone());
                    watch.lap("act");
                    let finished = Event::Finished { turn: id, result };
                    effects.extend(self.session.step(finished, &Zoned::now()));
                    watch.lap("phrase");
                }
                Effect::Answer { reply, .. } => turn.reply = reply,
                // acts run to their end within a turn here, so none is left to stop
                Effect::Stop { .. } => {}
            }
        }
        turn
    }
}
