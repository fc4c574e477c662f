//! The companion, and the devices that it listens to and speaks with.

use super::sound_server::SoundServer;
use super::tap::{LIMIT, Tap};
use anyhow::Context;
use nixvox::engine::State;
use nixvox::service::protocol::{Answer, Message, Request};
use nixvox::service::{Client, Place};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};
use unix::sys::signal::{SIGTERM, kill};
use unix::unistd::Pid;

/// What was understood is answered sooner.
const ANSWERED: Duration = Duration::from_secs(8);

/// After so long nothing more comes of what was heard.
const SETTLED: Duration = Duration::from_secs(2);

/// A companion on the practice store that needs no phrase.
pub(crate) struct Companion {
    place: Place,
    pub(crate) server: SoundServer,
    pub(crate) news: Receiver<Message>,
    /// Of the microphone and the speaker.
    taps: Option<[Tap; 2]>,
    children: Vec<Child>,
    /// The number of its process.
    pub(crate) pid: u32,
}

impl Companion {
    /// Start it, with all that it needs in `dir`. Where somebody `listens`, or keeps the devices awake,
    /// the sound server works in smaller pieces, and all that hears takes more of the processor.
    pub(crate) fn start(dir: &Path, listens: bool) -> anyhow::Result<Self> {
        let server = SoundServer::start(&dir.join("pulse"));
        let mut children = if listens { server.keep_awake().into() } else { Vec::new() };
        let runtime = dir.join("runtime");
        std::fs::create_dir_all(&runtime)?;
        let mut serve = Command::new(env!("CARGO_BIN_EXE_nixvox"))
            .args(["--practice", "serve", "--phrase", ""])
            .env("NIXVOX_PRACTICE_DIR", dir.join("practice"))
            .env("XDG_STATE_HOME", dir.join("state"))
            .env("XDG_CONFIG_HOME", dir.join("config"))
            .env("XDG_RUNTIME_DIR", &runtime)
            .env("PULSE_SERVER", server.address())
            .stderr(Stdio::piped())
            .spawn()?;
        let pid = serve.id();
        let mut said = BufReader::new(serve.stderr.take().context("no standard error")?);
        children.push(serve);
        let mut line = String::new();
        while !line.starts_with("Serving") {
            line.clear();
            anyhow::ensure!(said.read_line(&mut line)? > 0, "the service did not start");
        }
        thread::spawn(move || std::io::copy(&mut said, &mut std::io::stderr()));
        let place = Place::in_dir(&runtime);
        let mut client = Client::connect(&place)?;
        client.ask(&Request::Watch)?;
        let (sender, news) = mpsc::channel();
        thread::spawn(move || {
            while let Ok(message) = client.receive() {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let tap = |device| Tap::new(server.tap(device));
        let taps = if listens { Some([tap("microphone")?, tap("speaker")?]) } else { None };
        thread::sleep(Duration::from_secs(2));
        Ok(Self { place, server, news, taps, children, pid })
    }

    /// What sounds in the microphone.
    pub(crate) fn microphone(&self) -> anyhow::Result<&Tap> {
        Ok(&self.taps.as_ref().context("nobody listens")?[0])
    }

    /// What sounds from the speaker.
    pub(crate) fn speaker(&self) -> anyhow::Result<&Tap> {
        Ok(&self.taps.as_ref().context("nobody listens")?[1])
    }

    /// Say the recording of `tests/data` with this name.
    pub(crate) fn hear(&self, name: &str) {
        self.server.say(&recording(name));
    }

    /// Ask it, as a program does; what it answers.
    pub(crate) fn ask(&self, request: &Request) -> anyhow::Result<Message> {
        Ok(Client::connect(&self.place)?.ask(request)?)
    }

    /// The turn that comes of what was just said; nothing where none does.
    pub(crate) fn answer(&self) -> anyhow::Result<Option<Answer>> {
        let deadline = Instant::now() + ANSWERED;
        loop {
            match self.news.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(Message::Answer(answer)) => return Ok(Some(*answer)),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The stages of the answer that is being spoken.
    pub(crate) fn spoken(&self) -> anyhow::Result<Vec<(String, f64)>> {
        loop {
            if let Message::Spoken { stages } = self.news.recv_timeout(LIMIT)? {
                return Ok(stages);
            }
        }
    }

    /// How often somebody is heard until the answer that is about to be spoken is over.
    pub(crate) fn heard_meanwhile(&self) -> anyhow::Result<usize> {
        let (mut speaking, mut heard) = (false, 0);
        loop {
            match self.news.recv_timeout(LIMIT)? {
                Message::State { state: State::Speaking } => speaking = true,
                Message::State { state: State::Listening } => heard += 1,
                Message::State { state: State::Idle } if speaking => return Ok(heard),
                _ => {}
            }
        }
    }

    /// Wait until it has answered whatever it heard, and nothing has happened for two seconds.
    pub(crate) fn settle(&self) -> anyhow::Result<()> {
        let mut is_idle = true;
        loop {
            match self.news.recv_timeout(SETTLED) {
                Ok(Message::State { state }) => is_idle = state == State::Idle,
                Err(RecvTimeoutError::Timeout) if is_idle => return Ok(()),
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Forget what happened.
    pub(crate) fn forget(&self) {
        self.taps.iter().flatten().for_each(Tap::forget);
        while self.news.try_recv().is_ok() {}
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            // the service ends its daemon, when it is asked to end
            if let Ok(pid) = i32::try_from(child.id()) {
                let _ = kill(Pid::from_raw(pid), SIGTERM);
            }
            let _ = child.wait();
        }
    }
}

/// Where the recording of `tests/data` with this name is.
pub(crate) fn recording(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/{name}.flac"))
}

/// From one moment to another, in ms.
pub(crate) fn milliseconds(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64() * 1000.0
}
