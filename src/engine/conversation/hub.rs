//! What to do about what happens: the loop's state, without its threads.

mod hearing;

use super::super::assistant::Turn;
use super::super::attention::Attention;
use super::super::stopwatch::Stopwatch;
use super::super::understanding::Understanding;
use super::event::{Event, Key, State, Trouble};
use super::order::{Manners, Order, Remarks, Said};
use super::own_words::OwnWords;
use super::patience::Patience;
use crate::domain::{
    Adjustment, Command, Earcon, Hearing, Intent, Transcript, TurnId, Utterance, Verdict,
};
use hearing::{Early, Spoken};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What may wait while a command is carried out; more is refused, as nobody wants answers to what
/// was said long ago.
const WAITING: usize = 2;

/// How soon after a question somebody may have said yes to it: what was said before was meant otherwise.
const REACTION: Duration = Duration::from_millis(300);

/// What is known of where sound comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// It was not open yet.
    Closed,
    /// It is open.
    Open,
    /// It was, or should have been.
    Lost,
    /// Its sound has come to an end; so does the loop, once all is done.
    Ended,
    /// The loop is to end, and what is being done to be called off.
    Unwanted,
}

/// How an utterance began.
#[derive(Debug, Clone, Copy, Default)]
struct Beginning {
    /// When that was.
    at: Option<Instant>,
    /// It broke in on an answer.
    broke_in: bool,
    /// Our own words could be heard.
    over_own: bool,
}

/// What was last asked.
#[derive(Debug, Clone, Copy)]
struct Question {
    at: Instant,
    /// What speaks it.
    turn: Option<TurnId>,
    /// It was not spoken, as somebody else did.
    unsaid: bool,
    /// It is whether to do what cannot be undone.
    confirms: bool,
}

/// The loop's state.
pub(super) struct Hub {
    understanding: Arc<Understanding>,
    patience: Patience,
    attention: Attention,
    manners: Manners,
    remarks: Remarks,
    told: State,
    source: Source,
    pressed: bool,
    /// An utterance is open.
    open: bool,
    /// How the open utterance began.
    beginning: Beginning,
    own: OwnWords,
    jobs: u64,
    early: Option<Early>,
    /// The utterance whose words are awaited, under this job.
    awaited: Option<(u64, Spoken)>,
    /// Utterances for later.
    utterances: VecDeque<(Utterance, Spoken)>,
    /// Commands for later.
    commands: VecDeque<Said>,
    /// The turn that is being taken.
    doing: Option<Said>,
    /// The turn whose act takes longer.
    under_way: Option<Said>,
    speaking: Option<TurnId>,
    asked: Option<Question>,
    turn: TurnId,
    orders: Vec<Order>,
}

impl Hub {
    pub(super) fn new(
        understanding: Arc<Understanding>,
        attention: Attention,
        manners: Manners,
        remarks: Remarks,
    ) -> Self {
        Self {
            patience: Patience::new(understanding.guide()),
            understanding,
            attention,
            manners,
            remarks,
            told: State::Idle,
            source: Source::Closed,
            pressed: false,
            open: false,
            beginning: Beginning::default(),
            own: OwnWords::default(),
            jobs: 0,
            early: None,
            awaited: None,
            utterances: VecDeque::new(),
            commands: VecDeque::new(),
            doing: None,
            under_way: None,
            speaking: None,
            asked: None,
            turn: TurnId::default(),
            orders: Vec::new(),
        }
    }

    /// Take in what happened; what to do about it, in order.
    pub(super) fn step(&mut self, event: Event, now: Instant) -> Vec<Order> {
        match event {
            Event::Sound(sound) => self.sound(sound, now),
            Event::Key(key) => self.key(key, now),
            Event::Text { text, client } => self.text(&text, client),
            Event::Cancel => self.cancel(now),
            Event::Ping => self.orders.push(Order::TellAlive),
            Event::Close => self.close(now),
            Event::Transcribed { job, result } => self.transcribed(job, result, now),
            Event::Rehearsed { job, text } => self.rehearsed(job, text),
            Event::Turned { turn, watch, goes_on } => self.turned(turn, watch, goes_on, now),
            Event::Began => self.began(now),
            Event::Acted { turn, watch } => {
                if let Some(said) = self.under_way.take() {
                    self.answer(said, turn, watch, Some(Earcon::Done), now);
                }
            }
            Event::News(news) => self.orders.push(Order::TellNews(news)),
            Event::Remark(reply) => self.remark(reply.say),
            Event::Trouble(trouble) => self.orders.push(Order::Tell(trouble)),
            Event::Spoken { turn, watch, failed } => self.spoken(turn, watch, failed, now),
        }
        self.go_on();
        let state = self.state();
        if state != self.told {
            self.told = state;
            self.orders.push(Order::TellState(state));
        }
        std::mem::take(&mut self.orders)
    }

    fn state(&self) -> State {
        if self.pressed || self.open {
            State::Listening
        } else if self.awaited.is_some() {
            State::Thinking
        } else if self.doing.is_some() {
            State::Acting
        } else if self.speaking.is_some() {
            State::Speaking
        } else if self.under_way.is_some() {
            State::Acting
        } else if self.attention.is_asleep() {
            State::Asleep
        } else {
            State::Idle
        }
    }

    fn key(&mut self, key: Key, now: Instant) {
        let pressed = match key {
            Key::Press => true,
            Key::Release => false,
            Key::Toggle => !self.pressed,
        };
        if pressed == self.pressed {
            return;
        }
        self.pressed = pressed;
        if pressed {
            self.break_in(now);
            self.attention.set_asleep(false);
        }
        self.orders.push(Order::Press(pressed));
        self.orders.push(Order::Sound(if pressed { Earcon::Listening } else { Earcon::Heard }));
    }

    /// Somebody speaks, or wants to: an answer is cut short.
    fn break_in(&mut self, now: Instant) {
        if let Some(turn) = self.speaking.take() {
            // what cannot be undone is agreed to by those only who heard all of it
            let cut = |asked: &&mut Question| asked.confirms && asked.turn == Some(turn);
            if let Some(asked) = self.asked.as_mut().filter(cut) {
                asked.unsaid = true;
            }
            self.beginning.broke_in = true;
            self.own.end(now);
            self.orders.push(Order::Hush);
            self.attention.answered(now);
        }
    }

    fn cancel(&mut self, now: Instant) {
        self.break_in(now);
        self.commands.clear();
        self.utterances.clear();
        self.forget_early();
        // a yes may be among what is being recognised
        self.awaited = None;
        self.orders.push(Order::CallOff);
    }

    /// Come to an end, as soon as what is being done was called off.
    fn close(&mut self, now: Instant) {
        self.cancel(now);
        self.source = Source::Unwanted;
    }

    fn text(&mut self, text: &str, client: u64) {
        let mut watch = Stopwatch::start();
        let hearing = self.understanding.text(text);
        watch.lap("understand");
        let (transcript, client, begun) = (Transcript::certain(text), Some(client), watch.begun());
        self.command(Said { transcript, client, hearing, begun, watch, broke_in: false });
    }

    fn command(&mut self, said: Said) {
        if self.commands.len() < WAITING {
            let heard = said.heard().cloned();
            self.orders.extend(heard.map(|transcript| Order::TellHeard { transcript }));
            self.commands.push_back(said);
        } else if let Some(client) = said.client {
            self.orders.push(Order::TellBusy { client });
        } else {
            tracing::warn!("a command was dropped: still busy with others");
        }
    }

    fn began(&mut self, now: Instant) {
        let Some(said) = self.doing.take() else { return };
        self.attention.answered(now);
        self.orders.push(Order::Sound(Earcon::Heard));
        self.orders.push(Order::TellBegun { transcript: said.heard().cloned() });
        self.under_way = Some(said);
        if self.source == Source::Unwanted {
            self.orders.push(Order::CallOff);
        }
    }

    /// Say what was not asked for, where it disturbs nobody.
    fn remark(&mut self, text: String) {
        if self.speaking.is_none() && !self.open && !self.pressed {
            self.say(text, Stopwatch::start());
        }
    }

    fn turned(&mut self, turn: Box<Turn>, watch: Stopwatch, goes_on: bool, now: Instant) {
        if !goes_on
            && let Some(called_off) = self.under_way.take()
            && called_off.client.is_some()
        {
            let (said, turn, watch) = (Box::new(called_off), turn.clone(), watch.clone());
            self.orders.push(Order::TellTurn { said, turn, watch });
        }
        if let Some(said) = self.doing.take() {
            self.answer(said, turn, watch, None, now);
        }
    }

    /// Tell what came of a turn, with `success`'s sound where it succeeded.
    fn answer(
        &mut self,
        said: Said,
        turn: Box<Turn>,
        watch: Stopwatch,
        success: Option<Earcon>,
        now: Instant,
    ) {
        if let Some(adjustment) = turn.adjustment {
            self.adjust(adjustment);
        }
        let earcon = match turn.reply.verdict {
            Verdict::Done => success,
            Verdict::NotUnderstood => Some(Earcon::NotUnderstood),
            Verdict::Failed => Some(Earcon::Error),
            Verdict::Declined | Verdict::Asked => None,
        };
        // whoever broke in to stop an answer wants no other one
        let stopped =
            said.broke_in && turn.result.is_none() && turn.hearing.intent().is_some_and(is_stop);
        let text = if stopped { String::new() } else { turn.reply.say.clone() };
        let (asks, confirms) = (turn.reply.asks, turn.reply.confirms);
        let suggests = asks || is_help(&turn.hearing);
        self.orders.push(Order::TellTurn { said: Box::new(said), turn, watch: watch.clone() });
        if self.speaking.take().is_some() {
            self.orders.push(Order::Hush);
        }
        self.orders.extend(earcon.map(Order::Sound));
        let says = self.say(text, watch);
        if !says {
            self.attention.answered(now);
        }
        if asks {
            let unsaid = self.manners.speaks && !says;
            self.asked = Some(Question { at: now, turn: self.speaking, unsaid, confirms });
        }
        if suggests {
            // whoever takes that up says it in the same words
            self.own = OwnWords::default();
        }
    }

    fn adjust(&mut self, adjustment: Adjustment) {
        match adjustment {
            Adjustment::Sleep => self.attention.set_asleep(true),
            Adjustment::Wake => self.attention.set_asleep(false),
            adjustment => self.orders.push(Order::Adjust(adjustment)),
        }
    }

    /// Have `text` spoken, where it can and may be.
    fn say(&mut self, text: String, watch: Stopwatch) -> bool {
        let speaks = self.manners.speaks
            && !text.is_empty()
            && !self.pressed
            && self.source != Source::Unwanted;
        if speaks {
            self.turn = self.turn.next();
            self.speaking = Some(self.turn);
            self.own.begin(&text);
            self.orders.push(Order::Say { turn: self.turn, text, watch });
        }
        speaks
    }

    fn spoken(
        &mut self,
        turn: TurnId,
        watch: Option<Stopwatch>,
        failed: Option<String>,
        now: Instant,
    ) {
        if let Some(why) = failed {
            self.orders.push(Order::Tell(Trouble::Speaker(why)));
        }
        if self.speaking.take_if(|speaking| *speaking == turn).is_some() {
            self.own.end(now);
            self.attention.answered(now);
            if self.asked.is_some_and(|asked| asked.turn == Some(turn)) {
                self.orders.push(Order::Asked);
            }
            if let Some(watch) = watch {
                self.orders.push(Order::TellSpoken(watch));
            }
        }
    }

    /// Whether it is a yes begun before the latest question was put, which it therefore does not answer.
    /// What comes of a recording was said whenever.
    fn is_early(&self, said: &Said) -> bool {
        let typed = said.client.is_some();
        let reaction = if typed { Duration::ZERO } else { REACTION };
        let before = |asked: Question| said.begun < asked.at + reaction || asked.unsaid && !typed;
        self.manners.live && is_yes(&said.hearing) && self.asked.is_some_and(before)
    }

    /// Begin what waits, as far as nothing is in its way.
    fn go_on(&mut self) {
        if self.doing.is_none()
            && (self.manners.live || self.speaking.is_none())
            && let Some(mut said) = self.commands.pop_front()
        {
            if self.is_early(&said) {
                tracing::info!("a yes from before the question: it is put again");
                said.hearing = Hearing::Command(Command::bare(Intent::DialogueHelp));
            }
            if self.speaking.take().is_some() {
                self.orders.push(Order::Hush);
            }
            said.watch.lap("wait");
            let (hearing, watch) = (said.hearing.clone(), said.watch.clone());
            self.orders.push(Order::Act { said: said.transcript.clone(), hearing, watch });
            self.doing = Some(said);
        }
        let free = self.manners.live || self.doing.is_none() && self.speaking.is_none();
        if self.awaited.is_none()
            && free
            && let Some((utterance, spoken)) = self.utterances.pop_front()
        {
            let job = self.transcribe(utterance, &Arc::default());
            self.awaited = Some((job, spoken));
        }
        if matches!(self.source, Source::Ended | Source::Unwanted) && self.is_idle() {
            self.orders.push(Order::End(None));
        }
    }

    fn is_idle(&self) -> bool {
        self.awaited.is_none()
            && self.doing.is_none()
            && self.under_way.is_none()
            && self.speaking.is_none()
            && self.utterances.is_empty()
            && self.commands.is_empty()
    }
}

fn is_help(hearing: &Hearing) -> bool {
    hearing.intent() == Some(Intent::DialogueHelp)
}

fn is_yes(hearing: &Hearing) -> bool {
    hearing.intent() == Some(Intent::DialogueYes)
}

fn is_stop(intent: Intent) -> bool {
    matches!(intent, Intent::DialogueCancel | Intent::DialogueQuiet)
}

#[cfg(test)]
mod tests;
