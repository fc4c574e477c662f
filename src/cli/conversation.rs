//! A conversation by voice, made of what the arguments and the configuration choose.

use super::args::Arguments;
use super::setup;
use crate::audio::{DeviceSink, Microphone, MonitorSlot, Recording};
use crate::config::Config;
use crate::engine::{
    self, Attention, Conversation, Ear, Event, Mode, Notice, Parts, Playing, Recorder, Speaker,
    Telemetry,
};
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;

/// What the three ways to converse differ in.
#[derive(Debug, Clone)]
pub(super) struct Manner {
    pub(super) mode: Mode,
    /// The words that a hands-free command opens with, where not the configured ones.
    pub(super) phrase: Option<String>,
    /// Answers are shown only.
    pub(super) quiet: bool,
    /// Listen to this recording, and end with it.
    pub(super) from: Option<PathBuf>,
    /// Go on without sound devices, and wait for them.
    pub(super) patient: bool,
}

/// Load what is needed, and begin.
pub(super) fn start(
    arguments: &Arguments,
    config: &Config,
    manner: Manner,
    mut tell: impl FnMut(&Notice<'_>) + Send + 'static,
) -> anyhow::Result<Conversation> {
    let Manner { mode, phrase, quiet, from, patient } = manner;
    let dispatcher = setup::dispatcher(config)?;
    // a missing device is told before the models are loaded
    let playing = Playing::default();
    let sink = match setup::speaker(config, playing.monitor()) {
        _ if quiet => None,
        Ok(sink) => Some(sink),
        Err(error) if patient || dispatcher.is_some() => {
            tracing::warn!("{error:#}");
            None
        }
        Err(error) => return Err(error),
    };
    let (transcriber, voice, mut assistant) = setup::load(arguments, config, quiet)?;
    assistant.offer_rebuilds();
    let (output, monitor) = (config.output.clone(), playing.monitor());
    let open = Box::new(move || DeviceSink::open(output.as_deref(), MonitorSlot::clone(&monitor)));
    let phrase = phrase.as_deref().unwrap_or(&config.phrase);
    let attention = Attention::new(phrase, assistant.understanding().greetings());
    let live = from.is_none();
    let prepares = live && dispatcher.is_none();
    let phrases = assistant.session().phrasebook().fixed().filter(|_| prepares).collect();
    let manner = engine::Manner { volume: config.volume, speed: config.speed };
    let heard = Playing::clone(&playing);
    let speaker =
        voice.map(|voice| Speaker { voice, dispatcher, sink, open, playing, manner, phrases });
    let parts = Parts { transcriber, assistant, speaker, attention, patient, live };
    let input = config.input.clone();
    let listen = move |events: SyncSender<Event>| {
        let tell = move |sound| {
            // an end that nobody hears of is no loss
            let _ = events.send(Event::Sound(sound));
        };
        match from {
            Some(path) => Ear::start(mode, heard, move || Recording::open(&path), tell),
            None => Ear::start(mode, heard, move || Microphone::open(input.as_deref()), tell),
        }
    };
    let mut recorder = Recorder::new(Telemetry::beside(&setup::journal(arguments)?));
    let tell_and_keep = move |notice: &Notice<'_>| {
        tell(notice);
        recorder.note(notice);
    };
    Ok(Conversation::start(parts, listen, tell_and_keep)?)
}
