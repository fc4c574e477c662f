//! What to do about what happens: the loop's state, without its threads.

use super::super::assistant::Turn;
use super::super::attention::Attention;
use super::super::ear::{Opening, Sound};
use super::super::stopwatch::Stopwatch;
use super::super::understanding::Understanding;
use super::event::{Event, Key, State, Trouble};
use super::order::{Manners, Order, Said};
use super::patience::Patience;
use crate::domain::{
    Adjustment, Earcon, Hearing, Intent, Reply, Transcript, TurnId, Utterance, Verdict,
};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// What may wait while a command is carried out; more is refused, as nobody wants answers to what
/// was said long ago.
const WAITING: usize = 2;

/// An utterance that is over.
#[derive(Debug)]
struct Spoken {
    by: Opening,
    watch: Stopwatch,
    broke_in: bool,
}

/// Recognition that began at a pause, in the hope that it is the end.
#[derive(Debug)]
struct Early {
    turn: TurnId,
    pause: u32,
    job: u64,
    abort: Arc<AtomicBool>,
    transcript: Option<Result<Transcript, String>>,
}

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

/// The loop's state.
pub(super) struct Hub {
    understanding: Arc<Understanding>,
    patience: Patience,
    attention: Attention,
    manners: Manners,
    told: State,
    source: Source,
    pressed: bool,
    /// An utterance is open.
    open: bool,
    /// The open utterance broke in on an answer.
    broke_in: bool,
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
    turn: TurnId,
    orders: Vec<Order>,
}

impl Hub {
    pub(super) fn new(
        understanding: Arc<Understanding>,
        attention: Attention,
        manners: Manners,
    ) -> Self {
        Self {
            patience: Patience::new(understanding.guide()),
            understanding,
            attention,
            manners,
            told: State::Idle,
            source: Source::Closed,
            pressed: false,
            open: false,
            broke_in: false,
            jobs: 0,
            early: None,
            awaited: None,
            utterances: VecDeque::new(),
            commands: VecDeque::new(),
            doing: None,
            under_way: None,
            speaking: None,
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
            Event::Turned { turn, watch, goes_on } => self.turned(turn, watch, goes_on, now),
            Event::Began => self.began(now),
            Event::Acted { turn, watch } => {
                if let Some(said) = self.under_way.take() {
                    self.answer(said, turn, watch, Some(Earcon::Done), now);
                }
            }
            Event::News(news) => self.orders.push(Order::TellNews(news)),
            Event::Remark(reply) => self.remark(reply),
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

    fn sound(&mut self, sound: Sound, now: Instant) {
        match sound {
            Sound::Ready => {
                let before = std::mem::replace(&mut self.source, Source::Open);
                self.orders.push(match before {
                    Source::Lost => Order::Tell(Trouble::MicrophoneBack),
                    _ => Order::TellReady,
                });
            }
            Sound::Lost(why) => self.lost(why),
            Sound::Opened { by, .. } => {
                self.open = true;
                self.broke_in = false;
                self.forget_early();
                // a key silences by itself
                if self.manners.live && by == Opening::Voice {
                    self.break_in(now);
                }
            }
            Sound::Paused { so_far, pause } => {
                if self.manners.live && self.awaited.is_none() {
                    let (turn, abort) = (so_far.turn, Arc::new(AtomicBool::new(false)));
                    let job = self.transcribe(so_far, &abort);
                    self.early = Some(Early { turn, pause, job, abort, transcript: None });
                }
            }
            Sound::Resumed => self.forget_early(),
            Sound::Utterance { utterance, by, pause, spoken_until } => {
                self.open = false;
                let watch = Stopwatch::since(spoken_until);
                let broke_in = std::mem::take(&mut self.broke_in);
                self.utterance(utterance, pause, Spoken { by, watch, broke_in }, now);
            }
            Sound::End if self.source == Source::Unwanted => {}
            Sound::End => self.source = Source::Ended,
        }
    }

    fn lost(&mut self, why: String) {
        self.open = false;
        self.forget_early();
        match std::mem::replace(&mut self.source, Source::Lost) {
            Source::Closed if !self.manners.patient => self.orders.push(Order::End(Some(why))),
            Source::Closed | Source::Open => {
                self.orders.push(Order::Tell(Trouble::Microphone(why)));
            }
            // that was told
            Source::Lost | Source::Ended | Source::Unwanted => {}
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
        if self.speaking.take().is_some() {
            self.broke_in = true;
            self.orders.push(Order::Hush);
            self.attention.answered(now);
        }
    }

    fn cancel(&mut self, now: Instant) {
        self.break_in(now);
        self.commands.clear();
        self.utterances.clear();
        if self.doing.is_some() || self.under_way.is_some() {
            self.orders.push(Order::CallOff);
        }
    }

    /// Come to an end, as soon as what is being done was called off.
    fn close(&mut self, now: Instant) {
        self.cancel(now);
        self.forget_early();
        self.awaited = None;
        self.source = Source::Unwanted;
    }

    fn transcribe(&mut self, utterance: Utterance, abort: &Arc<AtomicBool>) -> u64 {
        self.jobs += 1;
        let (job, abort) = (self.jobs, Arc::clone(abort));
        self.orders.push(Order::Transcribe { job, utterance, abort });
        job
    }

    fn forget_early(&mut self) {
        if let Some(early) = self.early.take() {
            early.abort.store(true, Ordering::Relaxed);
        }
    }

    fn utterance(&mut self, utterance: Utterance, pause: u32, spoken: Spoken, now: Instant) {
        match self.early.take() {
            Some(early) if (early.turn, early.pause) == (utterance.turn, pause) => {
                match early.transcript {
                    Some(result) => self.understood(result, spoken, now),
                    None => self.awaited = Some((early.job, spoken)),
                }
                return;
            }
            early => self.early = early,
        }
        self.forget_early();
        self.utterances.push_back((utterance, spoken));
        if self.manners.live && self.utterances.len() > WAITING {
            self.utterances.pop_front();
            tracing::warn!("an utterance was dropped: still busy with others");
        }
    }

    fn transcribed(&mut self, job: u64, result: Result<Transcript, String>, now: Instant) {
        if let Some((_, spoken)) = self.awaited.take_if(|(awaited, _)| *awaited == job) {
            self.understood(result, spoken, now);
            return;
        }
        if let Some(early) = self.early.as_mut().filter(|early| early.job == job) {
            if let Ok(transcript) = &result {
                let words = self.attention.strip(transcript.clone());
                let ms = self.patience.ms(&words, &self.understanding);
                self.orders.push(Order::Patience { pause: early.pause, ms });
            }
            early.transcript = Some(result);
        }
    }

    fn understood(&mut self, result: Result<Transcript, String>, mut spoken: Spoken, now: Instant) {
        spoken.watch.lap("hear");
        let transcript = match result {
            Ok(transcript) => transcript,
            Err(error) => return tracing::error!(%error, "an utterance was not recognised"),
        };
        let called = spoken.by == Opening::Key || self.attention.admits(&transcript, now);
        let transcript = self.attention.strip(transcript);
        let hearing = self.understanding.transcript(&transcript);
        spoken.watch.lap("understand");
        // what is under way can be stopped without being called first
        let about_act = self.under_way.is_some() && is_about_act(&hearing);
        let by_voice = spoken.by == Opening::Voice;
        let overheard = hearing == Hearing::Nothing && by_voice;
        let asleep = self.attention.is_asleep() && by_voice && !is_wake(&hearing);
        // other talk is neither answered, shown nor kept
        if !(called || about_act) || overheard || asleep {
            return;
        }
        let Spoken { watch, broke_in, .. } = spoken;
        let words = transcript.text();
        let transcript = Some(transcript);
        self.command(Said { transcript, client: None, words, hearing, watch, broke_in });
    }

    fn text(&mut self, text: &str, client: u64) {
        let mut watch = Stopwatch::start();
        let hearing = self.understanding.text(text);
        watch.lap("understand");
        let (words, client) = (text.to_owned(), Some(client));
        self.command(Said { transcript: None, client, words, hearing, watch, broke_in: false });
    }

    fn command(&mut self, said: Said) {
        if self.commands.len() < WAITING {
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
        self.orders.push(Order::TellBegun { transcript: said.transcript.clone() });
        self.under_way = Some(said);
        if self.source == Source::Unwanted {
            self.orders.push(Order::CallOff);
        }
    }

    fn remark(&mut self, reply: Reply) {
        if self.speaking.is_none() && !self.open && !self.pressed {
            self.say(reply.say, Stopwatch::start());
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
        let stopped = said.broke_in
            && turn.result.is_none()
            && matches!(&turn.hearing, Hearing::Command(command) if is_stop(command.intent));
        let text = if stopped { String::new() } else { turn.reply.say.clone() };
        self.orders.push(Order::TellTurn { said: Box::new(said), turn, watch: watch.clone() });
        if self.speaking.take().is_some() {
            self.orders.push(Order::Hush);
        }
        self.orders.extend(earcon.map(Order::Sound));
        if !self.say(text, watch) {
            self.attention.answered(now);
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
            self.attention.answered(now);
            if let Some(watch) = watch {
                self.orders.push(Order::TellSpoken(watch));
            }
        }
    }

    /// Begin what waits, as far as nothing is in its way.
    fn go_on(&mut self) {
        if self.doing.is_none()
            && (self.manners.live || self.speaking.is_none())
            && let Some(mut said) = self.commands.pop_front()
        {
            if self.speaking.take().is_some() {
                self.orders.push(Order::Hush);
            }
            said.watch.lap("wait");
            let (hearing, watch) = (said.hearing.clone(), said.watch.clone());
            self.orders.push(Order::Act { words: said.words.clone(), hearing, watch });
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

fn is_stop(intent: Intent) -> bool {
    matches!(intent, Intent::DialogueCancel | Intent::DialogueQuiet)
}

/// Whether it is about what is under way.
fn is_about_act(hearing: &Hearing) -> bool {
    let Hearing::Command(command) = hearing else { return false };
    matches!(command.intent, Intent::DialogueCancel | Intent::DialogueProgress)
}

fn is_wake(hearing: &Hearing) -> bool {
    matches!(hearing, Hearing::Command(command) if command.intent == Intent::DialogueWake)
}
