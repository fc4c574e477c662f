//! `nixvox hear`: a recording through the whole journey.

use super::args::{Arguments, Hear};
use super::report::{Report, exit};
use super::{Exit, launch, progress, setup};
use crate::audio;
use crate::config::Config;
use crate::domain::{TurnId, Utterance};
use crate::engine::{Assistant, Stopwatch};
use crate::ports::Transcriber;
use crate::stt::Whisper;
use crate::tts::Piper;
use jiff::Zoned;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Instant;

pub(super) fn run(arguments: &Arguments, hear: &Hear) -> anyhow::Result<Exit> {
    launch::with_patient_threads();
    let (arguments, hear) = (arguments.clone(), hear.clone());
    setup::cancellable(move |abort| journey(&arguments, &hear, abort))
}

fn journey(arguments: &Arguments, hear: &Hear, abort: &Arc<AtomicBool>) -> anyhow::Result<Exit> {
    let config = setup::config(arguments)?;
    let mut watch = Stopwatch::start();
    let samples = audio::read(&hear.file)?;
    let utterance = Utterance { turn: TurnId::default(), samples };
    watch.lap("read");

    let started = Instant::now();
    let (mut whisper, mut voice, mut assistant) = load(arguments, hear, &config)?;
    let load_ms = started.elapsed().as_secs_f64() * 1000.0;

    watch.skip();
    let transcript = whisper.transcribe(&utterance, abort)?;
    watch.lap("recognise");
    assistant = assistant.stopped_by(Arc::clone(abort));
    assistant.listen(progress::bars());
    let turn = assistant.transcript(&transcript, &mut watch);
    let spoken = match &mut voice {
        Some(voice) => {
            let out = hear.say.as_deref();
            Some(setup::speak(&turn.reply, voice, out, &config, abort, &mut watch))
        }
        None => None,
    };
    // what was done is told even where it could not be said
    let (spoken, unsaid) = match spoken.transpose() {
        Ok(spoken) => (spoken, None),
        Err(error) => (None, Some(error)),
    };
    let report =
        Report::new(&turn, &watch).heard(&transcript, load_ms).spoken(spoken, hear.say.as_deref());
    if hear.json {
        println!("{}", report.json()?);
    } else {
        let phrasebook = assistant.session().phrasebook();
        let plan = turn.plan.as_ref().map(|plan| phrasebook.plan(plan, &Zoned::now()));
        print!("{}", report.lines(plan.as_deref()));
    }
    match unsaid {
        Some(error) => Err(error),
        None => Ok(exit(&turn)),
    }
}

/// Load the models, each in a thread of its own, while the world is opened.
fn load(
    arguments: &Arguments,
    hear: &Hear,
    config: &Config,
) -> anyhow::Result<(Whisper, Option<Piper>, Assistant)> {
    thread::scope(|scope| {
        let voice = (!hear.quiet).then(|| scope.spawn(|| setup::voice(config)));
        let whisper = scope.spawn(|| setup::whisper(config));
        let assistant = setup::assistant(arguments, config)?;
        let guide = assistant.understanding().guide();
        let whisper = joined(whisper)??.guided_by(guide);
        let voice = voice.map(joined).transpose()?.transpose()?;
        Ok((whisper, voice, assistant))
    })
}

fn joined<T>(handle: thread::ScopedJoinHandle<'_, T>) -> anyhow::Result<T> {
    handle.join().map_err(|_| anyhow::anyhow!("a loading thread panicked"))
}
