//! From arguments and configuration to the parts that commands are made of.

use super::args::Arguments;
use crate::audio::{DeviceSink, MonitorSlot, WavSink};
use crate::config::{self, Config};
use crate::dialogue::Session;
use crate::domain::Reply;
use crate::engine::{
    Assistant, Error, Journal, Language, Spoken, Stopwatch, Understanding, World, machine_journal,
    practice_journal, speak as speak_into,
};
use crate::models::Models;
use crate::ports::AudioSink;
use crate::stt::Whisper;
use crate::tts::{self, Dispatcher, Piper};
use anyhow::Context;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

/// The configuration, with what the arguments override.
pub(super) fn config(arguments: &Arguments) -> anyhow::Result<Config> {
    let mut config = Config::load(arguments.config.as_deref())?;
    if let Some(model) = &arguments.model {
        config.model.clone_from(model);
    }
    if let Some(voice) = &arguments.voice {
        config.voice.clone_from(voice);
    }
    Ok(config)
}

/// The language's files.
pub(super) fn language(config: &Config) -> anyhow::Result<Language> {
    Ok(Language::load(&config.language, &Config::dir())?)
}

/// The language's understanding.
pub(super) fn understanding(config: &Config) -> anyhow::Result<Understanding> {
    Ok(language(config)?.understanding()?)
}

/// An assistant on the world that the arguments choose.
pub(super) fn assistant(arguments: &Arguments, config: &Config) -> anyhow::Result<Assistant> {
    let language = language(config)?;
    let session = Session::new(language.phrasebook()?);
    let mut world = world(arguments, config)?;
    let language = match world.installable() {
        Some(catalogue) => language.knowing(catalogue),
        None => language,
    };
    let understanding = language.understanding()?;
    Ok(Assistant::new(understanding, session, world))
}

/// The world that the arguments choose.
pub(super) fn world(arguments: &Arguments, config: &Config) -> Result<World, Error> {
    let mut world = if arguments.practice {
        World::practice(arguments.practice_dir.clone())?
    } else {
        World::machine(arguments.profile.as_deref())?
    };
    if let Some(path) = arguments.configuration.as_ref().or(config.configuration.as_ref()) {
        world.configure(path.clone());
    }
    world.evaluate_by(config.evaluator);
    Ok(world)
}

/// The journal of the world that the arguments choose.
pub(super) fn journal(arguments: &Arguments) -> Result<Journal, Error> {
    if arguments.practice {
        return practice_journal(arguments.practice_dir.clone());
    }
    machine_journal()
}

/// The loaded Whisper model.
pub(super) fn whisper(config: &Config) -> anyhow::Result<Whisper> {
    let path = Models::open(None)?.whisper(&config.model)?;
    Ok(Whisper::load(&path, config.threads)?)
}

/// The loaded voice.
pub(super) fn voice(config: &Config) -> anyhow::Result<Piper> {
    let models = Models::open(None)?;
    let files = models.voice(&config.voice)?;
    tts::load_runtime(&models.onnxruntime()?)?;
    let kept = dirs::cache_dir().map(|cache| cache.join("nixvox/phrases"));
    let options = tts::Options { speed: config.speed, kept, ..tts::Options::default() };
    Ok(Piper::load(&files.onnx, &files.config, options)?)
}

/// Load the models, each in a thread of its own, while the world is opened.
pub(super) fn load(
    arguments: &Arguments,
    config: &Config,
    quiet: bool,
) -> anyhow::Result<(Whisper, Option<Piper>, Assistant)> {
    thread::scope(|scope| {
        let loading = (!quiet).then(|| scope.spawn(|| voice(config)));
        let recogniser = scope.spawn(|| whisper(config));
        let assistant = assistant(arguments, config)?;
        let guide = assistant.understanding().guide();
        let whisper = joined(recogniser)??.guided_by(guide)?;
        let voice = loading.map(joined).transpose()?.transpose()?;
        Ok((whisper, voice, assistant))
    })
}

fn joined<T>(handle: thread::ScopedJoinHandle<'_, T>) -> anyhow::Result<T> {
    handle.join().map_err(|_| anyhow::anyhow!("a loading thread panicked"))
}

/// Speak a reply into the WAV file `out`, or where none is given to the output device.
pub(super) fn speak(
    reply: &Reply,
    voice: &mut Piper,
    out: Option<&Path>,
    config: &Config,
    abort: &AtomicBool,
    watch: &mut Stopwatch,
) -> anyhow::Result<Spoken> {
    if let Some(path) = out {
        return play(reply, voice, &mut WavSink::create(path)?, abort, watch);
    }
    if let Some(mut dispatcher) = dispatcher(config)? {
        let begun = Instant::now();
        match dispatcher.speak(&reply.say, abort, &mut || watch.lap("first words")) {
            Ok(_) => {
                watch.lap("play out");
                return Ok(Spoken { clauses: 1, seconds: begun.elapsed().as_secs_f64() });
            }
            Err(error) => eprintln!("nixvox: {error}; nixvox speaks by itself"),
        }
    }
    play(reply, voice, &mut speaker(config, MonitorSlot::default())?, abort, watch)
}

/// Who speaks answers in place of the voice, where the configuration wants that.
pub(super) fn dispatcher(config: &Config) -> Result<Option<Dispatcher>, tts::Error> {
    match config.speech {
        config::Speech::Piper => Ok(None),
        config::Speech::SpeechDispatcher => {
            Ok(Some(Dispatcher::new(Dispatcher::socket()?, &config.language)))
        }
    }
}

/// The output device, opened, as loud as is configured; what is played can be heard in `monitor`.
pub(super) fn speaker(config: &Config, monitor: MonitorSlot) -> anyhow::Result<DeviceSink> {
    let sink = DeviceSink::open(config.output.as_deref(), monitor)
        .context("no sound device to answer on; without one, use --quiet, or --say FILE")?;
    sink.set_volume(config.volume);
    Ok(sink)
}

fn play<S: AudioSink>(
    reply: &Reply,
    voice: &mut Piper,
    sink: &mut S,
    abort: &AtomicBool,
    watch: &mut Stopwatch,
) -> anyhow::Result<Spoken> {
    let spoken = speak_into(&reply.say, voice, sink, abort, watch)?;
    sink.finish()?;
    watch.lap("play out");
    Ok(spoken)
}

/// Run `work`, which looks at the flag it is given now and then, and set that flag on Ctrl-C. A
/// second Ctrl-C ends the process as usual.
pub(super) fn cancellable<T: Send + 'static>(
    work: impl FnOnce(&Arc<AtomicBool>) -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let abort = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&abort);
    runtime.block_on(async {
        let mut work = tokio::task::spawn_blocking(move || work(&flag));
        tokio::select! {
            done = &mut work => return done?,
            signal = tokio::signal::ctrl_c() => signal?,
        }
        abort.store(true, Ordering::Relaxed);
        tokio::select! {
            done = work => done?,
            _ = tokio::signal::ctrl_c() => std::process::exit(130),
        }
    })
}
