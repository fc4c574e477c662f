//! Turns of the conversation, from hearing to reply; acts run on a thread of their own meanwhile.

use super::hand::{Hand, Told};
use super::mind::{Mind, Rehearsal};
use super::stopwatch::Stopwatch;
use super::understanding::Understanding;
use super::world::World;
use crate::dialogue::{Effect, Event, Session};
use crate::domain::{
    Adjustment, Command, Fault, Hearing, News, Outcome, Plan, Reply, Transcript, TurnId,
};
use jiff::Zoned;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often a blocking turn looks whether it is to stop.
const PATIENCE: Duration = Duration::from_millis(50);
/// How long an act that was called off may take to end before the turn goes on without it.
const STOPPING: Duration = Duration::from_secs(2);

/// Understands, acts and phrases; the conversation's state is its session's.
pub struct Assistant {
    understanding: Arc<Understanding>,
    mind: Mind,
    /// The turn that may come next.
    rehearsed: Option<Rehearsal>,
    /// Where is looked up what commands are about.
    world: World,
    hand: Hand,
    job: Option<Job>,
    untold: VecDeque<Happening>,
    stop: Option<Arc<AtomicBool>>,
    listener: Option<Listener>,
}

/// Is told how far an act is.
type Listener = Box<dyn FnMut(&News) + Send>;

/// The act under way, and the turn that began it.
struct Job {
    id: TurnId,
    turn: Turn,
    watch: Stopwatch,
}

/// What happens while an act is under way.
#[derive(Debug)]
pub enum Happening {
    /// It told how far it is.
    News(News),
    /// It is time to say something that was not asked for.
    Remark(Reply),
    /// It has ended, and with it its turn; the stopwatch is that of its stages.
    Ended(Box<Turn>, Stopwatch),
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
    /// What the conversation itself shall do.
    pub adjustment: Option<Adjustment>,
    /// What to answer.
    pub reply: Reply,
}

impl Assistant {
    /// An assistant that acts on `world`.
    pub fn new(understanding: Understanding, session: Session, world: World) -> Self {
        let hand = Hand::new(world.another());
        Self {
            understanding: Arc::new(understanding),
            mind: Mind::new(session),
            rehearsed: None,
            world,
            hand,
            job: None,
            untold: VecDeque::new(),
            stop: None,
            listener: None,
        }
    }

    /// Let [`Self::turn`] call off its act as soon as `stop` is set.
    #[must_use]
    pub fn stopped_by(mut self, stop: Arc<AtomicBool>) -> Self {
        self.stop = Some(stop);
        self
    }

    /// Hand to `listener` what the next act tells during [`Self::turn`]; it is dropped at its end.
    pub fn listen(&mut self, listener: impl FnMut(&News) + Send + 'static) {
        self.listener = Some(Box::new(listener));
    }

    /// The world it acts on.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Offer a rebuild where the configuration was changed, if there is something that evaluates; for
    /// conversations, in which a yes can follow.
    pub fn offer_rebuilds(&mut self) {
        if self.world.evaluates() {
            self.mind.session.offer_rebuilds();
        }
    }

    /// What it understands by.
    pub fn understanding(&self) -> &Arc<Understanding> {
        &self.understanding
    }

    /// The conversation.
    pub fn session(&self) -> &Session {
        &self.mind.session
    }

    /// Take a turn on typed words.
    pub fn text(&mut self, text: &str, watch: &mut Stopwatch) -> Turn {
        let hearing = self.understanding.text(text);
        watch.lap("understand");
        self.turn(&Transcript::certain(text), hearing, watch)
    }

    /// Take a turn on heard words.
    pub fn transcript(&mut self, transcript: &Transcript, watch: &mut Stopwatch) -> Turn {
        let hearing = self.understanding.transcript(transcript);
        watch.lap("understand");
        self.turn(transcript, hearing, watch)
    }

    /// What would be done for `command`, without doing it.
    ///
    /// # Errors
    /// What would be answered instead, where it cannot be done.
    pub fn preview(&mut self, command: &Command) -> Result<Plan, Reply> {
        self.mind.preview(command, &mut self.world)
    }

    /// Take a turn on something understood from what was `said`, and wait for its act to end.
    pub fn turn(&mut self, said: &Transcript, hearing: Hearing, watch: &mut Stopwatch) -> Turn {
        if let Some(turn) = self.begin(said, hearing, Duration::ZERO, watch) {
            return turn;
        }
        let mut listener = self.listener.take();
        loop {
            if self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                self.cancel();
            }
            match self.next(PATIENCE) {
                Some(Happening::News(news)) => {
                    listener.as_mut().into_iter().for_each(|listener| listener(&news));
                }
                Some(Happening::Ended(turn, ended)) => {
                    *watch = ended;
                    return *turn;
                }
                Some(Happening::Remark(_)) | None => {}
            }
        }
    }

    /// Take a turn on something understood from what was `said`. `None` where its act takes longer than
    /// `patience`: then [`Self::next`] tells how it goes on, and other turns may be taken meanwhile.
    pub fn begin(
        &mut self,
        said: &Transcript,
        hearing: Hearing,
        patience: Duration,
        watch: &mut Stopwatch,
    ) -> Option<Turn> {
        if let Some(rehearsed) = self.rehearsed.take_if(|known| known.is_of(said, &hearing)) {
            self.mind = rehearsed.mind;
            watch.lap("plan");
            return Some(rehearsed.turn);
        }
        self.rehearsed = None;
        let (mut turn, left) =
            self.mind.consider(said, hearing, &self.understanding, &mut self.world);
        watch.lap("plan");
        match left {
            Some(Effect::Act { turn: id, plan }) if self.job.is_none() => {
                let begun = self.hand.begin(&plan, &self.mind.words);
                turn.plan = Some(plan);
                self.job = Some(Job { id, turn, watch: watch.clone() });
                let ended = if begun {
                    self.ended_within(patience)
                } else {
                    self.finish(Err(Fault::Internal))
                };
                let (ended, stages) = ended?;
                *watch = stages;
                return Some(*ended);
            }
            // the session lets only short questions through while something runs
            Some(Effect::Act { turn: id, plan }) => {
                self.mind.look(id, plan, &mut turn, &mut self.world, watch);
            }
            Some(Effect::Stop { .. }) => {
                self.hand.cancel();
                match self.ended_within(STOPPING) {
                    Some((ended, _)) => turn = Turn { hearing: turn.hearing, ..*ended },
                    None => turn.reply = self.mind.session.stopping(&Zoned::now()),
                }
                watch.lap("act");
            }
            Some(Effect::Answer { .. } | Effect::Remark { .. }) | None => {}
        }
        Some(turn)
    }

    /// Take a turn in thought, without any trace, so that [`Self::begin`] has it at hand if it is
    /// asked for the same next. What the answer will be, or begin with, where that can be told.
    pub fn rehearse(&mut self, said: &Transcript, hearing: Hearing) -> Option<String> {
        self.rehearsed = None;
        if self.job.is_some() {
            return None;
        }
        match self.mind.rehearse(said, hearing, &self.understanding, &mut self.world) {
            Ok(rehearsed) => Some(self.rehearsed.insert(rehearsed).turn.reply.say.clone()),
            Err(expected) => expected,
        }
    }

    /// Whether an act is under way.
    pub fn is_acting(&self) -> bool {
        self.job.is_some()
    }

    /// What was asked, if anything, was spoken to its end: the time to answer it begins.
    pub fn asked(&mut self) {
        self.mind.session.asked(&Zoned::now());
    }

    /// Call off the act under way, if any, and forget what was asked. What came of the act is told as
    /// always. What was looked up in its world, where that was called off, may be looked up again.
    pub fn cancel(&mut self) {
        self.rehearsed = None;
        self.mind.session.forget_question();
        self.world.disconnect();
        self.world.cancel().rearm();
        if self.job.is_some() {
            self.hand.cancel();
        }
    }

    /// What happens to the act under way, awaited for `patience`.
    pub fn next(&mut self, patience: Duration) -> Option<Happening> {
        if let Some(happening) = self.untold.pop_front() {
            return Some(happening);
        }
        let job = self.job.as_ref()?.id;
        match self.hand.next(patience) {
            Some(Told::Done(result)) => {
                let (turn, watch) = self.finish(result)?;
                Some(Happening::Ended(turn, watch))
            }
            Some(Told::News(news)) => {
                if let News::Progress(progress) = &news {
                    let progress = progress.clone();
                    self.remark(Event::Progress { turn: job, progress });
                }
                Some(Happening::News(news))
            }
            None => {
                self.remark(Event::Tick);
                self.untold.pop_front()
            }
        }
    }

    fn remark(&mut self, event: Event) {
        for effect in self.mind.session.step(event, &Zoned::now()) {
            if let Effect::Remark { reply, .. } = effect {
                self.untold.push_back(Happening::Remark(reply));
            }
        }
    }

    /// The turn of the act under way, if it ends within `patience`; what else happens is kept.
    fn ended_within(&mut self, patience: Duration) -> Option<(Box<Turn>, Stopwatch)> {
        let deadline = Instant::now() + patience;
        let mut untold = std::mem::take(&mut self.untold);
        let ended = loop {
            match self.next(deadline.saturating_duration_since(Instant::now())) {
                Some(Happening::Ended(turn, watch)) => break Some((turn, watch)),
                Some(other) => untold.push_back(other),
                None if Instant::now() >= deadline => break None,
                None => {}
            }
        };
        self.untold = untold;
        ended
    }

    /// The act under way has ended so.
    fn finish(&mut self, result: Result<Vec<Outcome>, Fault>) -> Option<(Box<Turn>, Stopwatch)> {
        let Job { id, mut turn, mut watch } = self.job.take()?;
        watch.lap("act");
        turn.reply = self.mind.finished(id, result.clone());
        turn.result = Some(result);
        watch.lap("phrase");
        Some((Box::new(turn), watch))
    }
}
