//! The actor: a thread that takes turns while the ear goes on.

use super::super::assistant::{Assistant, Happening};
use super::super::stopwatch::Stopwatch;
use super::event::Event;
use crate::domain::{Hearing, Transcript};
use std::sync::mpsc::{self, Receiver, RecvError, Sender, SyncSender, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long an act may take before the loop goes on without its answer.
const PATIENCE: Duration = Duration::from_millis(300);
/// How often to look for another task while an act is under way.
const POLL: Duration = Duration::from_millis(20);

/// Something to do.
#[derive(Debug)]
pub(super) enum Task {
    /// Take a turn.
    Take { said: Transcript, hearing: Hearing, watch: Stopwatch },
    /// Find out what the answer would be.
    Rehearse { job: u64, said: Transcript, hearing: Hearing },
    /// Let the time to answer what was asked begin.
    Asked,
    /// Call off the act under way.
    CallOff,
}

/// Start the actor, who ends with the sender. No task is refused, as neither a turn nor a "stop" may be
/// lost: the hub gives one turn at a time.
pub(super) fn start(
    mut assistant: Assistant,
    events: SyncSender<Event>,
) -> std::io::Result<(Sender<Task>, JoinHandle<()>)> {
    let (sender, tasks) = mpsc::channel::<Task>();
    let work = move || {
        while let Ok(task) = next_task(&tasks, assistant.is_acting()) {
            let event = match task {
                Some(Task::Take { said, hearing, mut watch }) => {
                    let turn = assistant.begin(&said, hearing, PATIENCE, &mut watch);
                    let goes_on = assistant.is_acting();
                    turn.map_or(Event::Began, |turn| Event::Turned {
                        turn: Box::new(turn),
                        watch,
                        goes_on,
                    })
                }
                Some(Task::Rehearse { job, said, hearing }) => {
                    match assistant.rehearse(&said, hearing) {
                        Some(text) => Event::Rehearsed { job, text },
                        None => continue,
                    }
                }
                Some(Task::Asked) => {
                    assistant.asked();
                    continue;
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

/// The next task; `None` where there is none yet and something else is `busy`. A rehearsal gives way to
/// whatever comes after it.
fn next_task(tasks: &Receiver<Task>, busy: bool) -> Result<Option<Task>, RecvError> {
    let mut task = if busy { waiting(tasks)? } else { Some(tasks.recv()?) };
    while let Some(Task::Rehearse { .. }) = task
        && let Ok(Some(next)) = waiting(tasks)
    {
        task = Some(next);
    }
    Ok(task)
}

/// The task that waits, where one does.
fn waiting(tasks: &Receiver<Task>) -> Result<Option<Task>, RecvError> {
    match tasks.try_recv() {
        Ok(task) => Ok(Some(task)),
        Err(TryRecvError::Empty) => Ok(None),
        Err(TryRecvError::Disconnected) => Err(RecvError),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rehearsal_gives_way_and_nothing_else_does() {
        let (sender, tasks) = mpsc::channel();
        let said = Transcript::default;
        let rehearse = |job| Task::Rehearse { job, said: said(), hearing: Hearing::Nothing };
        let watch = Stopwatch::start();
        let take = Task::Take { said: said(), hearing: Hearing::Nothing, watch };
        for task in [rehearse(1), rehearse(2), take, Task::CallOff, Task::CallOff, rehearse(3)] {
            sender.send(task).unwrap();
        }
        let next = |busy| next_task(&tasks, busy).unwrap();
        assert!(matches!(next(false), Some(Task::Take { .. })));
        assert!(matches!(next(true), Some(Task::CallOff)));
        assert!(matches!(next(false), Some(Task::CallOff)));
        assert!(matches!(next(true), Some(Task::Rehearse { job: 3, .. })));
        assert!(next(true).is_none());
        drop(sender);
        assert!(next_task(&tasks, true).is_err() && next_task(&tasks, false).is_err());
    }
}
