//! `nixvox hear`: a recording through the whole journey.

use super::args::{Arguments, Hear};
use super::report::{Report, exit};
use super::{Exit, launch, out, progress, setup};
use crate::audio;
use crate::domain::{TurnId, Utterance};
use crate::engine::{Stopwatch, Telemetry, TurnRecord};
use crate::ports::Transcriber;
use jiff::Zoned;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

pub(super) fn run(arguments: &Arguments, hear: &Hear) -> anyhow::Result<Exit> {
    launch::with_settings();
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
    let (mut whisper, mut voice, mut assistant) = setup::load(arguments, &config, hear.quiet)?;
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
    let telemetry = Telemetry::beside(&setup::journal(arguments)?);
    if let Err(error) = telemetry.append(&TurnRecord::new(&turn, true, &watch)) {
        tracing::debug!(%error, "the turn is not in the statistics");
    }
    let report =
        Report::new(&turn, &watch).heard(&transcript, load_ms).spoken(spoken, hear.say.as_deref());
    if hear.json {
        out::line(report.json()?);
    } else {
        let phrasebook = assistant.session().phrasebook();
        let plan = turn.plan.as_ref().map(|plan| phrasebook.plan(plan, &Zoned::now()));
        out::line(report.lines(plan.as_deref()).trim_end());
    }
    match unsaid {
        Some(error) => Err(error),
        None => Ok(exit(&turn)),
    }
}
