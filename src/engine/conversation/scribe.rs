//! The scribe: a thread that turns utterances into words.

use super::event::Event;
use crate::domain::Utterance;
use crate::ports::Transcriber;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender, SyncSender};
use std::thread::{self, JoinHandle};

/// An utterance to be turned into words.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: u64,
    pub(super) utterance: Utterance,
    /// Set where nobody wants it any more.
    pub(super) abort: Arc<AtomicBool>,
}

/// Start the scribe, who ends with the sender. No job is refused, as none in earnest may be lost: each
/// pause brings an early one, and those that nobody wants any more are passed over at once.
pub(super) fn start<T: Transcriber + Send + 'static>(
    mut transcriber: T,
    events: SyncSender<Event>,
) -> std::io::Result<(Sender<Job>, JoinHandle<()>)> {
    let (sender, jobs) = mpsc::channel::<Job>();
    let work = move || {
        while let Ok(Job { id, utterance, abort }) = jobs.recv() {
            if abort.load(Ordering::Relaxed) {
                continue;
            }
            let result = transcriber.transcribe(&utterance, &abort);
            if abort.load(Ordering::Relaxed) {
                continue;
            }
            let result = result.map_err(|error| error.to_string());
            if events.send(Event::Transcribed { job: id, result }).is_err() {
                return;
            }
        }
    };
    Ok((sender, thread::Builder::new().name("scribe".to_owned()).spawn(work)?))
}
