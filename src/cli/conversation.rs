//! A conversation by voice: utterances in, answers out.

use super::args::{Arguments, Listen};
use super::progress::Bars;
use super::report::Report;
use super::setup;
use crate::audio::{DeviceSink, Stopper};
use crate::config::Config;
use crate::domain::{Hearing, Intent, Transcript, Utterance};
use crate::engine::{Assistant, Attention, Ear, Happening, Mode, Stopwatch, Turn, speak};
use crate::ports::{AudioSink, Transcriber};
use crate::stt::Whisper;
use crate::tts::Piper;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long an act may take before the ear goes on without its answer.
const PATIENCE: Duration = Duration::from_millis(300);
/// How long the room still sounds of our answer.
const ECHO: Duration = Duration::from_millis(250);

/// Whether it is about what is under way: that can be stopped without being called first.
fn is_about_an_act(hearing: &Hearing) -> bool {
    let Hearing::Command(command) = hearing else { return false };
    matches!(command.intent, Intent::DialogueCancel | Intent::DialogueProgress)
}

/// All that a conversation needs, loaded once.
pub(super) struct Conversation {
    pub(super) config: Config,
    mode: Mode,
    whisper: Whisper,
    assistant: Assistant,
    mouth: Option<(Piper, DeviceSink)>,
    attention: Attention,
    json: bool,
    /// What was heard to begin the act under way.
    under_way: Option<Transcript>,
    /// Shows how far it is.
    bars: Option<Bars>,
}

impl Conversation {
    pub(super) fn open(arguments: &Arguments, listen: &Listen, mode: Mode) -> anyhow::Result<Self> {
        let config = setup::config(arguments)?;
        let mouth = if listen.quiet {
            None
        } else {
            Some((setup::voice(&config)?, setup::speaker(&config)?))
        };
        let phrase = match mode {
            Mode::HandsFree => listen.phrase.as_deref().unwrap_or(&config.phrase),
            Mode::PushToTalk => "",
        };
        let assistant = setup::assistant(arguments, &config)?;
        Ok(Self {
            whisper: setup::whisper(&config)?.guided_by(assistant.understanding().guide()),
            assistant,
            mouth,
            attention: Attention::new(phrase),
            json: listen.json,
            under_way: None,
            bars: None,
            mode,
            config,
        })
    }

    /// Something that silences the answer being spoken, from another thread.
    pub(super) fn stopper(&self) -> Option<Stopper> {
        self.mouth.as_ref().map(|(_, speaker)| speaker.stopper())
    }

    /// Take a turn on `utterance`, if it is a command for us. Other talk that is overheard is
    /// neither answered, shown nor kept; with a key pressed, it was meant for us.
    pub(super) fn hear(
        &mut self,
        utterance: &Utterance,
        ear: &Ear,
        abort: &AtomicBool,
    ) -> anyhow::Result<()> {
        let mut watch = Stopwatch::start();
        let transcript = self.whisper.transcribe(utterance, abort)?;
        watch.lap("recognise");
        let admitted = self.attention.admit(transcript.clone(), Instant::now());
        let called = admitted.is_some();
        let transcript = admitted.unwrap_or(transcript);
        let hearing = self.assistant.understanding().transcript(&transcript);
        watch.lap("understand");
        let for_us = called || self.assistant.is_acting() && is_about_an_act(&hearing);
        if !for_us {
            return Ok(());
        }
        if hearing == Hearing::Nothing && self.mode == Mode::HandsFree {
            return Ok(());
        }
        let words = transcript.text();
        if let Some(turn) = self.assistant.begin(&words, hearing, PATIENCE, &mut watch) {
            return self.answer(&transcript, &turn, &mut watch, ear, abort);
        }
        if !self.json {
            println!("“{words}”\n…\n");
        }
        self.under_way = Some(transcript);
        self.attention.answered(Instant::now());
        Ok(())
    }

    /// Tell what became of the act under way since the last look, if there is one.
    pub(super) fn look(&mut self, ear: &Ear, abort: &AtomicBool) -> anyhow::Result<()> {
        while let Some(happening) = self.assistant.next(Duration::ZERO) {
            self.happened(happening, ear, abort)?;
        }
        Ok(())
    }

    /// Wait for the act under way to end, if there is one, and tell what came of it; call it off
    /// once `abort` is set.
    pub(super) fn finish(&mut self, ear: &Ear, abort: &AtomicBool) -> anyhow::Result<()> {
        while self.assistant.is_acting() {
            if abort.load(Ordering::Relaxed) {
                self.assistant.cancel();
            }
            if let Some(happening) = self.assistant.next(PATIENCE) {
                self.happened(happening, ear, abort)?;
            }
        }
        Ok(())
    }

    fn happened(
        &mut self,
        happening: Happening,
        ear: &Ear,
        abort: &AtomicBool,
    ) -> anyhow::Result<()> {
        match happening {
            Happening::News(news) if self.json => println!("{}", serde_json::to_string(&news)?),
            Happening::News(news) => {
                self.bars.get_or_insert_default().show(&news);
            }
            Happening::Remark(reply) => {
                self.say(&reply.say, ear, abort, &mut Stopwatch::start())?;
            }
            Happening::Ended(turn, mut watch) => {
                self.bars = None;
                let transcript = self.under_way.take().unwrap_or_default();
                self.answer(&transcript, &turn, &mut watch, ear, abort)?;
            }
        }
        Ok(())
    }

    fn answer(
        &mut self,
        transcript: &Transcript,
        turn: &Turn,
        watch: &mut Stopwatch,
        ear: &Ear,
        abort: &AtomicBool,
    ) -> anyhow::Result<()> {
        self.show(transcript, turn, watch)?;
        self.say(&turn.reply.say, ear, abort, watch)?;
        self.attention.answered(Instant::now());
        Ok(())
    }

    fn show(&self, transcript: &Transcript, turn: &Turn, watch: &Stopwatch) -> anyhow::Result<()> {
        if self.json {
            println!("{}", Report::new(turn, watch).heard(transcript, 0.0).json()?);
        } else {
            println!("“{}”\n{}\n", transcript.text(), turn.reply.show);
        }
        Ok(())
    }

    /// Speak, and hear nothing meanwhile.
    fn say(
        &mut self,
        text: &str,
        ear: &Ear,
        abort: &AtomicBool,
        watch: &mut Stopwatch,
    ) -> anyhow::Result<()> {
        let Some((voice, speaker)) = &mut self.mouth else { return Ok(()) };
        speaker.resume()?;
        ear.set_deaf(self.mode == Mode::HandsFree);
        let spoken = speak(text, voice, speaker, abort, watch);
        let finished = speaker.finish();
        if self.mode == Mode::HandsFree {
            thread::sleep(ECHO);
            ear.set_deaf(false);
        }
        spoken?;
        finished?;
        Ok(())
    }
}
