//! A conversation by voice: utterances in, answers out.

use super::args::{Arguments, Listen};
use super::report::Report;
use super::setup;
use crate::audio::{DeviceSink, Stopper};
use crate::config::Config;
use crate::domain::{Hearing, Transcript, Utterance};
use crate::engine::{Assistant, Attention, Ear, Mode, Stopwatch, Turn, speak};
use crate::ports::{AudioSink, Transcriber};
use crate::stt::Whisper;
use crate::tts::Piper;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

/// How long the room still sounds of our answer.
const ECHO: Duration = Duration::from_millis(250);

/// All that a conversation needs, loaded once.
pub(super) struct Conversation {
    pub(super) config: Config,
    mode: Mode,
    whisper: Whisper,
    assistant: Assistant,
    mouth: Option<(Piper, DeviceSink)>,
    attention: Attention,
    json: bool,
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
        let Some(transcript) = self.attention.admit(transcript, Instant::now()) else {
            return Ok(());
        };
        let hearing = self.assistant.understanding().transcript(&transcript);
        watch.lap("understand");
        if hearing == Hearing::Nothing && self.mode == Mode::HandsFree {
            return Ok(());
        }
        let turn = self.assistant.turn(&transcript.text(), hearing, &mut watch);
        self.show(&transcript, &turn, &watch)?;
        self.say(&turn.reply.say, ear, abort, &mut watch)?;
        self.assistant.settle();
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
