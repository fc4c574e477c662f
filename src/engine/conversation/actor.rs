//! The actor: a thread that takes turns while the ear goes on.

use super::super::assistant::{Assistant, Happening};
use super::super::stopwatch::Stopwatch;
use super::event::Event;
use crate::domain::Hearing;
use std::sync::mpsc::{self, Receiver, SyncSender, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Tasks that may wait; the hub gives one at a time, and may call off the act meanwhile.
const WAITING: usize = 4;
/// How long an act may take before the loop goes on without its answer.
const PATIENCE: Duration = Duration::from_millis(300);
/// How often to look for another task while an act is under way.
const POLL: Duration = Duration::from_millis(20);

/// Something to do.
#[derive(Debug)]
pub(super) enum Task {
    /// Take a turn.
    Take { words: String, hearing: Hearing, watch: Stopwatch },
    /// Find out what the answer would be.
    Rehearse { job: u64, words: String, hearing: Hearing },
    /// Call off the act under way.
    CallOff,
}

/// Start the actor, who ends with the sender.
pub(super) fn start(
    mut assistant: Assistant,
    events: SyncSender<Event>,
) -> std::io::Result<(SyncSender<Task>, JoinHandle<()>)> {
    let (sender, tasks) = mpsc::sync_channel::<Task>(WAITING);
    let work = move || {
        while let Ok(task) = next_task(&tasks, assistant.is_acting()) {
            let event = match task {
                Some(Task::Take { words, hearing, mut watch }) => {
                    let turn = assistant.begin(&words, hearing, PATIENCE, &mut watch);
                    let goes_on = assistant.is_acting();
                    turn.map_or(Event::Began, |turn| Event::Turned {
                        turn: Box::new(turn),
                        watch,
                        goes_on,
                    })
                }
                Some(Task::Rehearse { job, words, hearing }) => {
                    match assistant.rehearse(&words, hearing) {
                        Some(text) => Event::Rehearsed { job, text },
                        None => continue,
                    }
                }
                Some(Task::CallOff) => {
                    assistant.cancel();
                    continue;
                }
                None => match assistant.next(POLL) {
                    Some(Happening::News(news)) => Event::News(news),
                    Some(Happening::Remark(reply)) => Event::Remark(reply),
                    Some(Happening::Ended(turn, watch)) => Event::Acted { turn, watch },
                    None => continue,
                },
            };
            if events.send(event).is_err() {
                return;
            }
        }
    };
    Ok((sender, thread::Builder::new().name("actor".to_owned()).spawn(work)?))
}

/// The next task; `None` where there is none yet and something else is `busy`.
fn next_task(tasks: &Receiver<Task>, busy: bool) -> Result<Option<Task>, mpsc::RecvError> {
    if !busy {
        return tasks.recv().map(Some);
    }
    match tasks.try_recv() {
        Ok(task) => Ok(Some(task)),
        Err(TryRecvError::Empty) => Ok(None),
        Err(TryRecvError::Disconnected) => Err(mpsc::RecvError),
    }
}
