//! The hand: a thread that carries out plans, while whoever ordered it goes on.

use super::world::World;
use crate::domain::{Fault, News, Outcome, Plan, Progress};
use crate::nix::Cancel;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// News that may wait to be heard; more are dropped, as the next ones tell more.
const WAITING: usize = 64;
/// How often it is told where an act stands.
const INTERVAL: Duration = Duration::from_millis(100);

/// A plan to carry out, and the words that it came from.
struct Order {
    plan: Plan,
    heard: String,
}

/// What comes of an order.
#[derive(Debug)]
pub(super) enum Told {
    /// How far it is.
    News(News),
    /// It has ended.
    Done(Result<Vec<Outcome>, Fault>),
}

/// Carries out one plan after the other. Dropping it calls off what is under way, and waits for its
/// end.
#[derive(Debug)]
pub(super) struct Hand {
    orders: Option<SyncSender<Order>>,
    told: Option<Receiver<Told>>,
    cancel: Cancel,
    thread: Option<JoinHandle<()>>,
}

impl Hand {
    /// A hand that acts on `world`. Without a thread of its own it answers every order with a fault.
    pub(super) fn new(mut world: World) -> Self {
        let (orders, received) = mpsc::sync_channel::<Order>(1);
        let (teller, told) = mpsc::sync_channel(WAITING);
        let cancel = world.cancel().clone();
        let news = teller.clone();
        world.tell(Arc::new(sparsely(move |told| drop(news.try_send(Told::News(told))))));
        let work = move || {
            for Order { plan, heard } in received {
                world.note_heard(&heard);
                let result = world.carry_out(&plan);
                if teller.send(Told::Done(result)).is_err() {
                    break;
                }
                // the answer is on its way
                world.settle();
            }
        };
        let thread = thread::Builder::new().name("hand".to_owned()).spawn(work);
        let thread = thread.inspect_err(|error| tracing::error!(%error, "no thread to act")).ok();
        Self { orders: Some(orders), told: Some(told), cancel, thread }
    }

    /// Begin to carry out `plan`, for which was `heard`; whether it could be.
    pub(super) fn begin(&mut self, plan: &Plan, heard: &str) -> bool {
        self.cancel.rearm();
        let order = Order { plan: plan.clone(), heard: heard.to_owned() };
        self.orders.as_ref().is_some_and(|orders| orders.send(order).is_ok())
    }

    /// What there is to tell, awaited for `patience`.
    pub(super) fn next(&mut self, patience: Duration) -> Option<Told> {
        match self.told.as_ref()?.recv_timeout(patience) {
            Ok(told) => Some(told),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Told::Done(Err(Fault::Internal))),
        }
    }

    /// Call off what is under way.
    pub(super) fn cancel(&self) {
        self.cancel.cancel();
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.cancel.cancel();
        drop((self.orders.take(), self.told.take()));
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the hand's thread had panicked");
        }
    }
}

/// Hand on lines and what turns to something else, and otherwise only every [`INTERVAL`] where an
/// act stands.
fn sparsely(tell: impl Fn(News) + Send + Sync) -> impl Fn(News) + Send + Sync {
    let last = Mutex::new(None::<(Instant, Progress)>);
    move |news| {
        if let News::Progress(progress) = &news {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            let same = |before: &Progress| {
                (before.task, &before.current, &before.phase)
                    == (progress.task, &progress.current, &progress.phase)
            };
            if last.as_ref().is_some_and(|(at, before)| same(before) && at.elapsed() < INTERVAL) {
                return;
            }
            *last = Some((Instant::now(), progress.clone()));
        }
        tell(news);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Count, Task};
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_thousand_steps_of_the_same_are_told_a_few_times() {
        let told = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&told);
        let tell = sparsely(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let started = Instant::now();
        for done in 0..1000 {
            let paths = Count { done, expected: 1000 };
            let progress = Progress { task: Task::Verify, paths, ..Progress::default() };
            tell(News::Progress(progress));
        }
        let at_most = 1 + (started.elapsed().as_millis() / INTERVAL.as_millis()) as usize;
        assert!((1..=at_most).contains(&told.load(Ordering::Relaxed)));
        tell(News::Progress(Progress { current: Some("vlc".into()), ..Progress::default() }));
        tell(News::Line { of: "vlc".into(), text: "cc".into() });
        assert!(told.load(Ordering::Relaxed) >= 3);
    }
}
