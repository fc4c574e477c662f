//! The ear: a thread that turns sound into utterances.

use crate::domain::{TurnId, Utterance};
use crate::dsp::{Endpointing, Segmenter, VAD_FRAME, Vad};
use crate::ports::AudioSource;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Utterances that may wait for the recogniser; more are dropped, as nobody wants answers to what
/// was said long ago.
const WAITING: usize = 2;

/// What the ear has to tell.
#[derive(Debug)]
pub enum Sound {
    /// Somebody said something.
    Utterance(Utterance),
    /// Nothing, for as long as was asked.
    Nothing,
    /// The source has ended, or has failed, which is in the log.
    End,
}

/// What begins and ends an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Speech and silence.
    HandsFree,
    /// The [`Key`].
    PushToTalk,
}

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Ear {
    utterances: Receiver<Utterance>,
    switches: Arc<Switches>,
    thread: Option<JoinHandle<()>>,
}

impl Ear {
    /// Listen in `mode` to what `open` opens, on a thread of its own.
    ///
    /// # Errors
    /// No thread can be started. A source that cannot be opened ends the sound.
    pub fn start<S: AudioSource>(
        mode: Mode,
        open: impl FnOnce() -> Result<S, S::Error> + Send + 'static,
    ) -> std::io::Result<Self> {
        let (sender, utterances) = mpsc::sync_channel(WAITING);
        let switches = Arc::<Switches>::default();
        let listener = Listener::new(mode, sender, Arc::clone(&switches));
        let thread = thread::Builder::new().name("ear".to_owned()).spawn(move || {
            let heard = open().and_then(|source| listener.listen(source));
            if let Err(error) = heard {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, "listening ended");
            }
        })?;
        Ok(Self { utterances, switches, thread: Some(thread) })
    }

    /// The next utterance, awaited for `patience`.
    pub fn next(&self, patience: Duration) -> Sound {
        match self.utterances.recv_timeout(patience) {
            Ok(utterance) => Sound::Utterance(utterance),
            Err(RecvTimeoutError::Timeout) => Sound::Nothing,
            Err(RecvTimeoutError::Disconnected) => Sound::End,
        }
    }

    /// Hear nothing from now on, and forget what was just heard; or hear again. While we speak,
    /// what we would hear is ourselves.
    pub fn set_deaf(&self, deaf: bool) {
        self.switches.deaf.store(deaf, Ordering::Release);
    }

    /// The key, for whoever presses it.
    pub fn key(&self) -> Key {
        Key(Arc::clone(&self.switches))
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.switches.over.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The key of push-to-talk.
#[derive(Debug, Clone)]
pub struct Key(Arc<Switches>);

impl Key {
    /// Press it, or let it go.
    pub fn press(&self, pressed: bool) {
        self.0.pressed.store(pressed, Ordering::Release);
    }
}

/// What the two sides tell each other.
#[derive(Debug, Default)]
struct Switches {
    deaf: AtomicBool,
    pressed: AtomicBool,
    over: AtomicBool,
}

/// The thread's side.
struct Listener {
    mode: Mode,
    sender: SyncSender<Utterance>,
    switches: Arc<Switches>,
    vad: Vad,
    segmenter: Segmenter,
    turn: TurnId,
}

impl Listener {
    fn new(mode: Mode, sender: SyncSender<Utterance>, switches: Arc<Switches>) -> Self {
        let segmenter = Segmenter::new(match mode {
            Mode::HandsFree => Endpointing::VOICE,
            Mode::PushToTalk => Endpointing::KEY,
        });
        Self { mode, sender, switches, vad: Vad::default(), segmenter, turn: TurnId::default() }
    }

    fn listen<S: AudioSource>(mut self, mut source: S) -> Result<(), S::Error> {
        let mut samples = Vec::new();
        while !self.switches.over.load(Ordering::Acquire) {
            let more = source.read(&mut samples)?;
            let whole = samples.len() / VAD_FRAME * VAD_FRAME;
            let (frames, _) = samples[..whole].as_chunks::<VAD_FRAME>();
            for frame in frames {
                self.frame(frame, S::IS_LIVE);
            }
            samples.drain(..whole);
            if !more {
                let last = self.segmenter.finish();
                self.send(last, S::IS_LIVE);
                return Ok(());
            }
        }
        Ok(())
    }

    fn frame(&mut self, frame: &[f32; VAD_FRAME], live: bool) {
        if live && self.switches.deaf.load(Ordering::Acquire) {
            drop(self.segmenter.finish());
            return;
        }
        let score = match self.mode {
            Mode::HandsFree => self.vad.score(frame),
            Mode::PushToTalk => f32::from(u8::from(self.switches.pressed.load(Ordering::Acquire))),
        };
        let ended = self.segmenter.push(frame, score);
        self.send(ended, live);
    }

    /// Hand an utterance on. Live sound does not wait for whoever is busy; a recording does.
    fn send(&mut self, samples: Option<Vec<f32>>, live: bool) {
        let Some(samples) = samples else { return };
        self.turn = self.turn.next();
        let utterance = Utterance { turn: self.turn, samples };
        let sent = if live {
            self.sender.try_send(utterance).is_ok()
        } else {
            self.sender.send(utterance).is_ok()
        };
        if !sent {
            tracing::warn!(turn = %self.turn, "an utterance was dropped: still busy with others");
        }
    }
}
