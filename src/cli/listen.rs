//! `nixvox listen` and `nixvox talk`: by voice, hands-free or while a key says so.

use super::args::{Arguments, Listen};
use super::conversation::Conversation;
use super::{Exit, launch, setup};
use crate::audio::{Microphone, Recording, Stopper};
use crate::engine::{Ear, Key, Mode, Sound};
use std::io::{BufRead, stdin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How often to look whether to end.
const PATIENCE: Duration = Duration::from_millis(100);

pub(super) fn run(arguments: &Arguments, listen: &Listen, mode: Mode) -> anyhow::Result<Exit> {
    launch::with_patient_threads();
    let (arguments, listen) = (arguments.clone(), listen.clone());
    setup::cancellable(move |abort| converse(&arguments, &listen, mode, abort))
}

fn converse(
    arguments: &Arguments,
    listen: &Listen,
    mode: Mode,
    abort: &AtomicBool,
) -> anyhow::Result<Exit> {
    let mut conversation = Conversation::open(arguments, listen, mode)?;
    let input = conversation.config.input.clone();
    let ear = match listen.from.clone() {
        Some(path) => Ear::start(mode, move || Recording::open(&path))?,
        None => Ear::start(mode, move || Microphone::open(input.as_deref()))?,
    };
    match mode {
        Mode::PushToTalk => {
            eprintln!("Press Enter, say a command, press Enter again. Ctrl-C ends.");
            watch_the_key(ear.key(), conversation.stopper())?;
        }
        Mode::HandsFree => eprintln!("Listening. Say a command, or “help”. Ctrl-C ends."),
    }
    while !abort.load(Ordering::Relaxed) {
        match ear.next(PATIENCE) {
            Sound::Utterance(utterance) => conversation.hear(&utterance, &ear, abort)?,
            Sound::Nothing => conversation.look(&ear, abort)?,
            Sound::End if listen.from.is_some() => {
                conversation.finish(&ear, abort)?;
                return Ok(Exit::Done);
            }
            Sound::End => anyhow::bail!("the microphone cannot be heard; the log says why"),
        }
    }
    conversation.finish(&ear, abort)?;
    Ok(Exit::Declined)
}

/// Let every Enter press the key or let it go; pressing it silences an answer.
fn watch_the_key(key: Key, speaker: Option<Stopper>) -> anyhow::Result<()> {
    let watch = move || {
        let mut pressed = false;
        for _ in stdin().lock().lines() {
            pressed = !pressed;
            key.press(pressed);
            match &speaker {
                Some(speaker) if pressed => speaker.stop(),
                _ => {}
            }
        }
    };
    // it waits for the terminal, and so ends with the process
    thread::Builder::new().name("key".to_owned()).spawn(watch)?;
    Ok(())
}
