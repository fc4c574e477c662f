//! A conversation by voice: the loop that hears, acts and answers, and its threads.
//!
//! The hub decides; the ear, the scribe, the actor and the mouth work, each on a thread of its own,
//! so that speech is heard while a command runs or an answer sounds.

mod actor;
mod event;
mod hub;
mod manner;
mod mouth;
mod order;
mod own_words;
mod patience;
mod reader;
mod scribe;

pub use event::{Event, Key, Notice, State, Trouble};
pub use manner::Manner;
pub use mouth::Speaker;

use super::assistant::Assistant;
use super::attention::Attention;
use super::ear::{Controls, Ear};
use crate::domain::Verdict;
use crate::nix::Cancel;
use crate::ports::{Transcriber, Voice};
use actor::Task;
use hub::Hub;
use jiff::Zoned;
use mouth::Mouth;
use order::{Manners, Order, Remarks};
use scribe::Job;
use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::Instant;

/// Events that may wait. The hub never waits for anybody, so that few do.
const WAITING: usize = 64;

/// What a conversation is made of.
pub struct Parts<T, V> {
    /// What recognises.
    pub transcriber: T,
    /// What understands and acts.
    pub assistant: Assistant,
    /// What speaks; without it answers are only told.
    pub speaker: Option<Speaker<V>>,
    /// When speech is meant for it.
    pub attention: Attention,
    /// Whether to go on without a microphone, and to wait for one.
    pub patient: bool,
    /// Whether speech goes on meanwhile, as into a microphone.
    pub live: bool,
}

/// A conversation under way; dropping it ends it.
pub struct Conversation {
    events: SyncSender<Event>,
    thread: Option<JoinHandle<()>>,
}

impl Conversation {
    /// Begin. `listen` starts the ear with the means to tell what it hears; `tell` is told what
    /// happens, on the loop's thread, and should be quick.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub fn start<T, V>(
        parts: Parts<T, V>,
        listen: impl FnOnce(SyncSender<Event>) -> std::io::Result<Ear>,
        tell: impl FnMut(&Notice<'_>) + Send + 'static,
    ) -> std::io::Result<Self>
    where
        T: Transcriber + Send + 'static,
        V: Voice + Send + 'static,
    {
        let (events, inbox) = mpsc::sync_channel(WAITING);
        let Parts { transcriber, assistant, speaker, attention, patient, live } = parts;
        let manners = Manners { live, patient, speaks: speaker.is_some() };
        let (remarks, dispatcher_lost) = (remarks(&assistant), said(&assistant, "dispatcher-lost"));
        let hub = Hub::new(assistant.understanding().clone(), attention, manners, remarks);
        let looked_up = assistant.world().cancel().clone();
        let mut threads = Vec::new();
        let (jobs, scribe) = scribe::start(transcriber, events.clone())?;
        let (tasks, actor) = actor::start(assistant, events.clone())?;
        threads.extend([scribe, actor]);
        let mut mouth = None;
        if let Some(speaker) = speaker {
            let (started, thread) = Mouth::start(speaker, dispatcher_lost, events.clone())?;
            mouth = Some(started);
            threads.push(thread);
        }
        let ear = listen(events.clone())?;
        let controls = ear.controls();
        let body = Body { ear, controls, jobs, tasks, looked_up, mouth, threads };
        let thread = thread::Builder::new()
            .name("conversation".to_owned())
            .spawn(move || run(hub, body, inbox, tell))?;
        Ok(Self { events, thread: Some(thread) })
    }

    /// The means to tell it of something, for other threads.
    pub fn sender(&self) -> SyncSender<Event> {
        self.events.clone()
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        // it is not full for long
        let _ = self.events.send(Event::Close);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What is said of the microphone in the assistant's language.
fn remarks(assistant: &Assistant) -> Remarks {
    Remarks { lost: said(assistant, "microphone-lost"), back: said(assistant, "microphone-back") }
}

/// What is said under this key in the assistant's language.
fn said(assistant: &Assistant, key: &str) -> String {
    let phrasebook = assistant.session().phrasebook();
    phrasebook.reply(key, Verdict::Failed, (), &Zoned::now()).say
}

/// The threads at work, and the ways to them.
struct Body {
    ear: Ear,
    controls: Controls,
    jobs: Sender<Job>,
    tasks: Sender<Task>,
    /// Calls off what the actor looks up, who hears of nothing meanwhile.
    looked_up: Cancel,
    mouth: Option<Mouth>,
    threads: Vec<JoinHandle<()>>,
}

fn run(
    mut hub: Hub,
    mut body: Body,
    inbox: Receiver<Event>,
    mut tell: impl FnMut(&Notice<'_>) + Send + 'static,
) {
    while let Ok(event) = inbox.recv() {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for order in hub.step(event, Instant::now()) {
                if let Order::End(why) = order {
                    body.close(inbox);
                    tell(&Notice::Ended(why));
                    return;
                }
                events.extend(body.follow(order, &mut tell));
            }
        }
    }
}

impl Body {
    /// Do as the hub says, without waiting for anything; what it is to be told of at once.
    fn follow(&mut self, order: Order, tell: &mut impl FnMut(&Notice<'_>)) -> Option<Event> {
        match order {
            Order::Transcribe { job, utterance, abort } => {
                if self.jobs.send(Job { id: job, utterance, abort }).is_err() {
                    let result = Err("the scribe has ended".to_owned());
                    return Some(Event::Transcribed { job, result });
                }
            }
            Order::Act { said, hearing, watch } => {
                self.task(Task::Take { said, hearing, watch });
            }
            Order::Rehearse { job, said, hearing } => {
                self.task(Task::Rehearse { job, said, hearing });
            }
            Order::Prepare { text } => {
                if let Some(mouth) = &self.mouth {
                    mouth.prepare(text);
                }
            }
            Order::Asked => self.task(Task::Asked),
            Order::CallOff => {
                self.looked_up.cancel();
                self.task(Task::CallOff);
            }
            Order::Say { turn, text, watch } => {
                if let Some(mouth) = &mut self.mouth
                    && let Err(busy) = mouth.say(turn, text, watch)
                {
                    let failed = Some(busy.to_string());
                    return Some(Event::Spoken { turn, watch: None, failed });
                }
            }
            Order::Sound(earcon) => {
                if let Some(mouth) = &self.mouth {
                    mouth.sound(earcon);
                }
            }
            Order::Adjust(adjustment) => {
                if let Some(mouth) = &self.mouth {
                    mouth.adjust(adjustment);
                }
            }
            Order::Wake => {
                if let Some(mouth) = &self.mouth {
                    mouth.wake();
                }
            }
            Order::Hush => {
                if let Some(mouth) = &self.mouth {
                    mouth.hush();
                }
            }
            Order::Press(pressed) => self.controls.press(pressed),
            Order::Patience { pause, ms } => self.controls.set_patience(pause, ms),
            // one of its threads may have panicked
            Order::TellAlive if self.is_whole() => tell(&Notice::Alive),
            Order::TellAlive => tracing::error!("a thread of the conversation has ended"),
            Order::TellReady => tell(&Notice::Ready),
            Order::TellState(state) => tell(&Notice::State(state)),
            Order::TellTurn { said, turn, watch } => tell(&Notice::Turn {
                transcript: said.heard(),
                turn: &turn,
                watch: &watch,
                client: said.client,
            }),
            Order::TellHeard { transcript } => tell(&Notice::Heard(&transcript)),
            Order::TellBegun { transcript } => {
                tell(&Notice::Began { transcript: transcript.as_ref() });
            }
            Order::TellNews(news) => tell(&Notice::News(&news)),
            Order::TellSpoken(watch) => tell(&Notice::Spoken(&watch)),
            Order::TellBusy { client } => tell(&Notice::Busy { client }),
            Order::Tell(trouble) => tell(&Notice::Trouble(trouble)),
            Order::End(_) => {}
        }
        None
    }

    fn is_whole(&self) -> bool {
        !self.ear.is_finished() && !self.threads.iter().any(JoinHandle::is_finished)
    }

    fn task(&self, task: Task) {
        if self.tasks.send(task).is_err() {
            tracing::error!("the actor has ended");
        }
    }

    /// Stop all threads, and wait for them.
    fn close(self, inbox: Receiver<Event>) {
        // nobody is to wait for room in it any more
        drop(inbox);
        let Self { ear, jobs, tasks, mouth, threads, .. } = self;
        if let Some(mouth) = mouth {
            mouth.hush();
        }
        drop((ear, jobs, tasks));
        for thread in threads {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ear::{Mode, Playing};
    use super::*;
    use crate::audio::{Error, Recording};
    use crate::domain::{Transcript, TurnId, Utterance};
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// An encoder on a slow machine: it is done when it is told so, and cannot be interrupted.
    struct Slow(Receiver<()>);

    impl Transcriber for Slow {
        type Error = Error;

        fn transcribe(&mut self, _: &Utterance, _: &AtomicBool) -> Result<Transcript, Error> {
            let _ = self.0.recv();
            Ok(Transcript::default())
        }
    }

    #[test]
    fn an_utterance_is_recognised_however_many_pauses_it_had_meanwhile() {
        let (events, inbox) = mpsc::sync_channel(WAITING);
        let (done, encoding) = mpsc::channel();
        let (jobs, scribe) = scribe::start(Slow(encoding), events).unwrap();
        let nowhere = || Recording::open(Path::new("/nowhere.wav"));
        let ear = Ear::start(Mode::PushToTalk, Playing::default(), nowhere, drop).unwrap();
        let controls = ear.controls();
        let (tasks, _tasks) = mpsc::channel();
        let (mouth, looked_up, threads) = (None, Cancel::default(), vec![scribe]);
        let mut body = Body { ear, controls, jobs, tasks, looked_up, mouth, threads };
        let pauses = 20;
        for job in 1..=pauses {
            let utterance = Utterance { turn: TurnId::default(), samples: Vec::new() };
            let abort = Arc::new(AtomicBool::new(false));
            let order = Order::Transcribe { job, utterance, abort: Arc::clone(&abort) };
            let refused = body.follow(order, &mut |_| {});
            assert!(refused.is_none(), "{refused:?}");
            // speech goes on after all of them but the last
            abort.store(job < pauses, Ordering::Relaxed);
        }
        for _ in 0..pauses {
            done.send(()).unwrap();
        }
        let told = inbox.recv().unwrap();
        assert!(matches!(told, Event::Transcribed { job, result: Ok(_) } if job == pauses));
        body.close(inbox);
    }
}
