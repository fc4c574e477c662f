//! What is asked: many questions that change nothing, whose answers differ, so that few of them are
//! known from before.

use super::companion::recording;
use nixvox::audio::WavSink;
use nixvox::config::Config;
use nixvox::models::Models;
use nixvox::ports::{AudioSink, Voice};
use nixvox::tts::{self, Piper};
use std::path::{Path, PathBuf};

/// Programs that the practice store's catalogue has.
const PROGRAMS: [&str; 15] = [
    "firefox",
    "htop",
    "ripgrep",
    "hello",
    "cowsay",
    "bat",
    "figlet",
    "j q",
    "lolcat",
    "micro",
    "neovim",
    "tree",
    "v l c",
    "f d",
    "libreoffice",
];
/// What can be on or off.
const SWITCHES: [&str; 10] = [
    "bluetooth",
    "the firewall",
    "printing",
    "docker",
    "flatpak",
    "steam",
    "the s s h server",
    "network manager",
    "sound",
    "automatic garbage collection",
];
/// What has a value.
const VALUES: [&str; 4] =
    ["the time zone", "the host name", "the default locale", "my keyboard layout"];
/// Commands that some package has.
const COMMANDS: [&str; 6] = ["figlet", "tree", "cowsay", "firefox", "htop", "micro"];
/// What is looked for.
const WANTED: [&str; 5] =
    ["a text editor", "a media player", "a web browser", "a process viewer", "an office suite"];
/// Questions of one kind.
const OTHERS: [&str; 12] = [
    "which generation am i on",
    "list my generations",
    "what have i installed",
    "how big is the store",
    "status",
    "did anything fail",
    "do i need to reboot",
    "what changed since yesterday",
    "what changed last",
    "why is hello installed",
    "which system generation is running",
    "is the configuration valid",
];
/// Numbers of the practice store's generations.
const GENERATIONS: [&str; 5] = ["one", "two", "three", "four", "five"];
/// Recordings of `tests/data` by other voices.
const RECORDINGS: [&str; 6] = [
    "current-generation",
    "store-size",
    "store-space",
    "list-generations",
    "twelve-and-now",
    "no-thank-you",
];

/// Something to ask.
enum Question {
    /// It is to be said.
    Text(String),
    /// It was said by somebody else.
    Recording(&'static str),
}

/// The questions' texts, no two alike, in a random order that is the same every time.
pub(crate) fn texts() -> Vec<String> {
    let mut texts: Vec<String> = OTHERS.map(str::to_owned).into();
    let mut each = |values: &[&str], template: &str| {
        texts.extend(values.iter().map(|value| template.replace("{}", value)));
    };
    each(&PROGRAMS, "which version of {} do i have");
    each(&PROGRAMS, "is {} installed");
    each(&PROGRAMS, "tell me about {}");
    each(&SWITCHES, "is {} enabled");
    each(&VALUES, "what is {}");
    each(&COMMANDS, "which package has the command {}");
    each(&WANTED, "search for {}");
    each(&GENERATIONS[..4], "what changed since generation {}");
    for (at, first) in GENERATIONS.iter().enumerate() {
        each(&GENERATIONS[at + 1..], &format!("compare generations {first} and {{}}"));
    }
    texts
}

/// The recordings of `count` questions, made in `dir` where there are none; after as many as there
/// are they begin anew.
///
/// # Errors
/// The voice is not there, or cannot be recorded.
pub(crate) fn recordings(dir: &Path, count: usize) -> anyhow::Result<Vec<PathBuf>> {
    let models = Models::open(None)?;
    tts::load_runtime(&models.onnxruntime()?)?;
    let files = models.voice(&Config::default().voice)?;
    let mut voice = Piper::load(&files.onnx, &files.config, tts::Options::default())?;
    let mut all: Vec<Question> = texts().into_iter().map(Question::Text).collect();
    all.extend(RECORDINGS.map(Question::Recording));
    fastrand::Rng::with_seed(5).shuffle(&mut all);
    std::fs::create_dir_all(dir)?;
    let mut made = Vec::new();
    for (at, question) in all.into_iter().take(count).enumerate() {
        made.push(match question {
            Question::Recording(name) => recording(name),
            Question::Text(text) => {
                let path = dir.join(format!("{at}.wav"));
                record(&mut voice, &text, &path)?;
                path
            }
        });
    }
    Ok(made.iter().cycle().take(count).cloned().collect())
}

/// Have `voice` say `text` into `path`.
fn record(voice: &mut Piper, text: &str, path: &Path) -> anyhow::Result<()> {
    let mut sink = WavSink::create(path)?;
    let mut failed = None;
    voice.speak(text, &mut |speech| {
        failed = sink.play(&speech).err();
        failed.is_none()
    })?;
    failed.map_or(Ok(()), Err)?;
    Ok(sink.finish()?)
}
