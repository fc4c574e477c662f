//! `nixvox listen`: hands-free, from a microphone or a long recording.

use super::args::{Arguments, Listen};
use super::report::Report;
use super::{Exit, launch, setup};
use crate::audio::{DeviceSink, Microphone, Recording};
use crate::config::Config;
use crate::domain::{Hearing, Transcript, Utterance};
use crate::engine::{Assistant, Attention, Ear, Sound, Stopwatch, Turn, speak};
use crate::ports::{AudioSink, Transcriber};
use crate::stt::Whisper;
use crate::tts::Piper;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often to look whether to end.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long the room still sounds of our answer.
const ECHO: Duration = Duration::from_millis(250);

pub(super) fn run(arguments: &Arguments, listen: &Listen) -> anyhow::Result<Exit> {
    launch::with_patient_threads();
    let (arguments, listen) = (arguments.clone(), listen.clone());
    setup::cancellable(move |abort| {
        let mut conversation = Conversation::open(&arguments, &listen)?;
        let input = conversation.config.input.clone();
        let ear = if let Some(path) = listen.from.clone() {
            Ear::start(move || Recording::open(&path))?
        } else {
            eprintln!("Listening. Say a command, or “help”. Ctrl-C ends.");
            Ear::start(move || Microphone::open(input.as_deref()))?
        };
        while !abort.load(Ordering::Relaxed) {
            match ear.next(PATIENCE) {
                Sound::Utterance(utterance) => conversation.hear(&utterance, &ear, abort)?,
                Sound::Nothing => {}
                Sound::End if listen.from.is_some() => return Ok(Exit::Done),
                Sound::End => anyhow::bail!("the microphone cannot be heard; the log says why"),
            }
        }
        Ok(Exit::Declined)
    })
}

/// All that a conversation needs, loaded once.
struct Conversation {
    config: Config,
    whisper: Whisper,
    assistant: Assistant,
    mouth: Option<(Piper, DeviceSink)>,
    attention: Attention,
    json: bool,
}

impl Conversation {
    fn open(arguments: &Arguments, listen: &Listen) -> anyhow::Result<Self> {
        let config = setup::config(arguments)?;
        let mouth = if listen.quiet {
            None
        } else {
            Some((setup::voice(&config)?, setup::speaker(&config)?))
        };
        let phrase = listen.phrase.as_deref().unwrap_or(&config.phrase);
        Ok(Self {
            whisper: setup::whisper(&config)?,
            assistant: setup::assistant(arguments, &config)?,
            mouth,
            attention: Attention::new(phrase),
            json: listen.json,
            config,
        })
    }

    /// Take a turn on `utterance`, if it is a command for us. Other talk is nobody's business: it
    /// is neither answered, shown nor kept.
    fn hear(&mut self, utterance: &Utterance, ear: &Ear, abort: &AtomicBool) -> anyhow::Result<()> {
        let mut watch = Stopwatch::start();
        let transcript = self.whisper.transcribe(utterance, abort)?;
        watch.lap("recognise");
        let Some(transcript) = self.attention.admit(transcript, Instant::now()) else {
            return Ok(());
        };
        let hearing = self.assistant.understanding().transcript(&transcript);
        watch.lap("understand");
        if hearing == Hearing::Nothing {
            return Ok(());
        }
        let turn = self.assistant.turn(hearing, &mut watch);
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
        ear.set_deaf(true);
        let spoken = speak(text, voice, speaker, abort, watch);
        let finished = speaker.finish();
        thread::sleep(ECHO);
        ear.set_deaf(false);
        spoken?;
        finished?;
        Ok(())
    }
}
