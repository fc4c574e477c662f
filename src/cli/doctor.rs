//! `nixvox doctor`: whether all that is needed is there.

use super::args::{Arguments, Doctor};
use super::{Exit, setup};
use crate::audio;
use crate::config::Config;
use crate::domain::{EvaluatorKind, Fault, Subject};
use crate::engine::World;
use crate::hotkey;
use crate::models::Models;
use crate::nix::Daemon;
use crate::nix::view::{Source, View};
use crate::privilege::{Access, SOCKET};
use crate::tts;
use serde::Serialize;

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Health {
    Good,
    /// Something is missing that there is a way around.
    Limited,
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    what: &'static str,
    health: Health,
    /// What was found, or what to do.
    found: String,
}

pub(super) fn run(arguments: &Arguments, doctor: &Doctor) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    for check in checks(arguments) {
        if doctor.json {
            println!("{}", serde_json::to_string(&check)?);
        } else {
            let mark = match check.health {
                Health::Good => "good   ",
                Health::Limited => "limited",
                Health::Bad => "BAD    ",
            };
            println!("{mark}  {:<13} {}", check.what, check.found);
        }
        if check.health == Health::Bad {
            exit = Exit::Failed;
        }
    }
    Ok(exit)
}

fn checks(arguments: &Arguments) -> Vec<Check> {
    let config = match setup::config(arguments) {
        Ok(config) => config,
        Err(error) => return vec![bad("configuration", format!("{error:#}"))],
    };
    let mut checks = vec![
        judged("grammar", setup::understanding(&config).map(|_| config.language.clone())),
        judged("recognition", setup::whisper(&config).map(|_| config.model.clone())),
        judged("ONNX Runtime", runtime()),
        judged("voice", setup::voice(&config).map(|_| config.voice.clone())),
    ];
    checks.extend(speech(&config));
    checks.extend(sound());
    checks.push(key(&config));
    match setup::world(arguments, &config) {
        Ok(mut world) => checks.extend([
            daemon(&world),
            store(&world),
            profile(&world),
            evaluator(&mut world, config.evaluator),
            helper(&world),
        ]),
        Err(error) => checks.push(bad("Nix", error.to_string())),
    }
    checks
}

fn runtime() -> anyhow::Result<String> {
    let path = Models::open(None)?.onnxruntime()?;
    Ok(format!("{} at {}", tts::runtime_version(&path)?, path.display()))
}

/// What speaks in place of the voice, where something is to.
fn speech(config: &Config) -> Option<Check> {
    let what = "speech";
    let found = match setup::dispatcher(config) {
        Ok(None) => return None,
        Ok(Some(mut dispatcher)) => dispatcher.module(),
        Err(error) => Err(error),
    };
    Some(match found {
        Ok(module) => {
            let found = format!("speech-dispatcher, with {module}");
            Check { what, health: Health::Good, found }
        }
        Err(error) => limited(what, &format!("{error}; the voice speaks meanwhile")),
    })
}

fn sound() -> [Check; 2] {
    let devices = audio::devices().unwrap_or_else(|error| {
        tracing::warn!(%error, "no sound devices");
        audio::Devices::default()
    });
    let audio::Devices { host, server_refused, inputs, outputs } = devices;
    let through = server_refused.map(|why| format!(" (through {host}: {why})"));
    let through = through.unwrap_or_default();
    let check = |what, names: Vec<String>, without: &str| {
        if names.is_empty() {
            return limited(what, &format!("{without}{through}"));
        }
        Check { what, health: Health::Good, found: names.join(", ") + &through }
    };
    [
        check("microphone", inputs, "none: commands come from recordings, or as text"),
        check("speaker", outputs, "none: answers are shown, or written with --say"),
    ]
}

/// What the companion's key is watched with.
fn key(config: &Config) -> Check {
    let what = "hotkey";
    let found = match (&config.hotkey.0, hotkey::find()) {
        (Some(chord), Ok(kind)) => format!("{chord} through {kind}"),
        (None, Ok(kind)) => {
            format!(
                "none is set; hotkey = \"ctrl+alt+space\" in config.toml would be watched through {kind}"
            )
        }
        (_, Err(error)) => return limited(what, &error.to_string()),
    };
    Check { what, health: Health::Good, found }
}

fn daemon(world: &World) -> Check {
    let socket = &world.paths().socket;
    let version = Daemon::connect(socket)
        .map(|daemon| format!("version {} at {}", daemon.version(), socket.display()));
    match version {
        Ok(found) => Check { what: "Nix daemon", health: Health::Good, found },
        Err(error) => limited("Nix daemon", &error.to_string()),
    }
}

/// Whether the store can be read without its daemon.
fn store(world: &World) -> Check {
    let view = View::new(world.paths(), world.cancel());
    match view.source() {
        Source::Database(path) => {
            let found = format!("read in its database {}", path.display());
            Check { what: "store", health: Health::Good, found }
        }
        Source::Daemon(error) => {
            limited("store", &format!("read through the daemon, which is slower: {error}"))
        }
    }
}

fn profile(world: &World) -> Check {
    let link = world.paths().user_profile.display();
    match world.snapshot() {
        Ok(snapshot) => match snapshot.user.as_ref().and_then(|user| user.current()) {
            Some(current) => {
                let found = format!("generation {} at {link}", current.number);
                Check { what: "profile", health: Health::Good, found }
            }
            None => limited("profile", &format!("none yet at {link}")),
        },
        Err(fault) => bad("profile", format!("{} at {link}", fault.code())),
    }
}

/// Whether the machine's system can be changed, and by whom.
fn helper(world: &World) -> Check {
    let what = "system";
    let good = |found: String| Check { what, health: Health::Good, found };
    let profiles = world.paths().system_profile.parent();
    match world.access().helper() {
        Some(helper) => match helper.greet() {
            Ok(()) => good(format!("nixvox-helper changes it, at {}", helper.socket().display())),
            Err(error) => limited(what, &error.to_string()),
        },
        None if profiles.is_some_and(Access::is_own) => good("changed by this process".to_owned()),
        None => {
            let why = format!("only root can change it: there is no nixvox-helper at {SOCKET}");
            limited(what, &why)
        }
    }
}

/// What evaluates the configuration, and whether it does.
fn evaluator(world: &mut World, kind: EvaluatorKind) -> Check {
    let what = "evaluator";
    let nix = Subject { expression: "builtins.nixVersion".to_owned(), ..Subject::default() };
    match (world.evaluate(&nix, "version: version"), kind) {
        (Ok((EvaluatorKind::Library, version)), _) => {
            Check { what, health: Health::Good, found: format!("Nix's library, version {version}") }
        }
        (Ok((EvaluatorKind::Command, version)), _) => {
            limited(what, &format!("the command nix-instantiate, version {version}, as configured"))
        }
        (Err(Fault::NoEvaluator), EvaluatorKind::Library) => limited(
            what,
            "none: this build is without Nix's library; evaluator = \"command\" in config.toml uses nix-instantiate",
        ),
        (Err(Fault::NoEvaluator), EvaluatorKind::Command) => {
            limited(what, "none: nix-instantiate is not on PATH")
        }
        (Err(fault), _) => limited(what, &format!("it does not evaluate: {}", fault.code())),
    }
}

fn judged(what: &'static str, result: anyhow::Result<String>) -> Check {
    match result {
        Ok(found) => Check { what, health: Health::Good, found },
        Err(error) => bad(what, format!("{error:#}")),
    }
}

fn limited(what: &'static str, found: &str) -> Check {
    Check { what, health: Health::Limited, found: found.to_owned() }
}

fn bad(what: &'static str, found: String) -> Check {
    Check { what, health: Health::Bad, found }
}
