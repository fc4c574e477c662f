//! What the service knows of its conversation, for those who ask and those who watch.

use super::protocol::{Answer, Message, Status};
use crate::domain::{News, Transcript};
use crate::engine::{Event, Key, Notice, Stopwatch, Trouble, Turn};
use std::collections::HashMap;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::{broadcast, mpsc, oneshot};

/// Readings of the configuration that may be asked for at a time.
const RELOADS: usize = 4;
/// Messages kept for a watcher who is slow.
const KEPT: usize = 256;

/// Shared by the conversation's thread and the server.
#[derive(Debug, Clone)]
pub struct Board {
    state: Arc<Mutex<Known>>,
    news: broadcast::Sender<Message>,
    reloads: mpsc::Sender<Reload>,
}

/// Somebody wants the configuration to be read anew; what came of it, or why nothing did.
pub type Reload = oneshot::Sender<Result<(), String>>;

#[derive(Debug)]
struct Known {
    status: Status,
    /// The way to the conversation; a new one after the configuration was read anew.
    events: Option<SyncSender<Event>>,
    /// Which conversation that is; an older one may still be ending.
    epoch: u64,
    epochs: u64,
    /// Who awaits an answer, with the epoch of the conversation that was asked.
    waiting: HashMap<u64, (u64, oneshot::Sender<Message>)>,
    clients: u64,
    alive: Instant,
}

/// What one conversation writes on the board with.
#[derive(Debug, Clone)]
pub struct Pen {
    board: Board,
    epoch: u64,
}

impl Board {
    /// An empty board, and what is asked of whoever runs the conversation.
    pub fn new() -> (Self, mpsc::Receiver<Reload>) {
        let status = Status {
            state: crate::engine::State::Idle,
            microphone: false,
            hotkey: None,
            turns: 0,
            pid: std::process::id(),
        };
        let (events, waiting) = (None, HashMap::new());
        let alive = Instant::now();
        let known = Known { status, events, epoch: 0, epochs: 0, waiting, clients: 0, alive };
        let (reloads, asked) = mpsc::channel(RELOADS);
        let (state, news) = (Arc::new(Mutex::new(known)), broadcast::Sender::new(KEPT));
        (Self { state, news, reloads }, asked)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A pen for the next conversation.
    pub fn pen(&self) -> Pen {
        let mut known = self.known();
        known.epochs += 1;
        Pen { board: self.clone(), epoch: known.epochs }
    }

    fn settle(&self, client: u64, message: Message) {
        if let Some((_, asked)) = self.known().waiting.remove(&client) {
            // a client that left does not mind
            let _ = asked.send(message);
        }
    }

    fn publish(&self, message: Message) {
        // nobody needs to watch
        let _ = self.news.send(message);
    }

    /// What happens from now on.
    pub(super) fn watch(&self) -> broadcast::Receiver<Message> {
        self.news.subscribe()
    }

    /// How the service is.
    pub(super) fn status(&self) -> Status {
        self.known().status.clone()
    }

    /// Tell the conversation of something.
    pub(super) fn post(&self, event: Event) -> Message {
        self.known().post(event)
    }

    /// How the key of the whole session is watched, in words, where there is one.
    pub fn set_hotkey(&self, hotkey: Option<String>) {
        self.known().status.hotkey = hotkey;
    }

    /// Move the key of push-to-talk.
    pub fn press(&self, key: Key) {
        if let Message::Error { error } = self.post(Event::Key(key)) {
            tracing::warn!(%error, "a move of the key was lost");
        }
    }

    /// Tell those who watch that something is wrong.
    pub fn trouble(&self, text: String) {
        self.publish(Message::Trouble { text });
    }

    /// Have `text` done; what came of it.
    pub(super) async fn say(&self, text: String) -> Message {
        let (sender, answer) = oneshot::channel();
        {
            // at once, so that the conversation that is asked is the one whose answer is awaited
            let mut known = self.known();
            known.clients += 1;
            let client = known.clients;
            match known.post(Event::Text { text, client }) {
                Message::Taken => {
                    let epoch = known.epoch;
                    known.waiting.insert(client, (epoch, sender));
                }
                refusal => return refusal,
            }
        }
        answer.await.unwrap_or_else(|_| restarting())
    }

    /// Have the configuration read anew.
    pub(super) async fn reload(&self) -> Message {
        let (sender, done) = oneshot::channel();
        if self.reloads.try_send(sender).is_err() {
            return busy();
        }
        match done.await {
            Ok(Ok(())) => Message::Taken,
            Ok(Err(error)) => Message::Error { error },
            Err(_) => restarting(),
        }
    }

    /// Ask the conversation for a sign of life; when it gave the last one.
    pub fn check(&self) -> Instant {
        self.post(Event::Ping);
        self.known().alive
    }
}

impl Known {
    fn post(&self, event: Event) -> Message {
        match self.events.as_ref().map(|events| events.try_send(event)) {
            Some(Ok(())) => Message::Taken,
            Some(Err(TrySendError::Full(_))) => busy(),
            Some(Err(TrySendError::Disconnected(_))) | None => restarting(),
        }
    }
}

impl Pen {
    /// The board's clients talk to this conversation from now on.
    pub fn connect(&self, events: SyncSender<Event>) {
        let mut known = self.board.known();
        known.epoch = self.epoch;
        known.events = Some(events);
    }

    /// Take in what the conversation tells.
    pub fn tell(&self, notice: &Notice<'_>) {
        let board = &self.board;
        let mut known = board.known();
        let is_current = known.epoch <= self.epoch;
        let mut news = None;
        match notice {
            Notice::Turn { transcript, turn, watch, client } => {
                known.status.turns += 1;
                drop(known);
                let message = Message::Answer(Box::new(answer(*transcript, turn, watch)));
                if let Some(client) = client {
                    board.settle(*client, message.clone());
                }
                news = Some(message);
            }
            Notice::Busy { client } => {
                drop(known);
                board.settle(*client, busy());
            }
            // their senders gone, those who wait learn that no answer comes
            Notice::Ended(_) => known.waiting.retain(|_, (epoch, _)| *epoch != self.epoch),
            // one that is ending has no more to say
            _ if !is_current => {}
            Notice::Ready => known.status.microphone = true,
            Notice::Alive => known.alive = Instant::now(),
            Notice::State(state) => {
                known.status.state = *state;
                news = Some(Message::State { state: *state });
            }
            Notice::Trouble(trouble) => {
                match trouble {
                    Trouble::Microphone(_) => known.status.microphone = false,
                    Trouble::MicrophoneBack => known.status.microphone = true,
                    Trouble::Speaker(_) | Trouble::Dispatcher(_) | Trouble::DispatcherBack => {}
                }
                news = Some(Message::Trouble { text: trouble.to_string() });
            }
            Notice::Heard(transcript) => news = Some(Message::Heard { text: transcript.text() }),
            Notice::News(News::Progress(progress)) => {
                news = Some(Message::Progress(progress.clone()));
            }
            Notice::Spoken(watch) => news = Some(Message::Spoken { stages: watch.named() }),
            Notice::News(News::Line { .. }) | Notice::Began { .. } => {}
        }
        if let Some(message) = news {
            board.publish(message);
        }
    }
}

fn busy() -> Message {
    Message::Error { error: "too many commands wait already".to_owned() }
}

fn restarting() -> Message {
    Message::Error { error: "the conversation is being started anew; try again".to_owned() }
}

fn answer(transcript: Option<&Transcript>, turn: &Turn, watch: &Stopwatch) -> Answer {
    let likeliest = turn.hearing.likeliest();
    Answer {
        heard: transcript.map(Transcript::text),
        intent: likeliest.map(|command| command.intent.to_string()),
        slots: likeliest.map(|command| command.slots.clone()).unwrap_or_default(),
        say: turn.reply.say.clone(),
        show: turn.reply.show.clone(),
        verdict: turn.reply.verdict,
        stages: watch.named(),
    }
}
