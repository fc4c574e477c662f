//! The companion as its user hears it: times between what sounds in the virtual microphone and what
//! sounds from the virtual speaker of a real sound server.
//!
//! `scripts/bench voice [--json] [--turns N] [--only answers|breaking-in|key|echo] [--plot FILE.svg]`

#[path = "../tests/suite/sound_server.rs"]
mod sound_server;

use anyhow::Context;
use nixvox::engine::{Key, State};
use nixvox::service::protocol::{Message, Request};
use nixvox::service::{Client, Place};
use plotters::prelude::{
    Color, IntoDrawingArea, Palette, Palette99, Rectangle, SVGBackend, Text, WHITE,
};
use serde::Serialize;
use sound_server::SoundServer;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};
use unix::sys::signal::{SIGTERM, kill};
use unix::unistd::Pid;

/// Turns of each kind, unless told.
const TURNS: usize = 100;
/// Samples of a tap that are judged at a time: 5 ms.
const BLOCK: usize = 80;
/// What is louder is heard, of 32,768.
const AUDIBLE: u16 = 300;
/// Silence for so long is the end of a sound.
const GAP: Duration = Duration::from_millis(400);
/// Nothing takes longer.
const LIMIT: Duration = Duration::from_secs(30);

/// What is said, none of which changes anything, and gives a short answer.
const COMMANDS: [&str; 3] = ["current-generation", "store-size", "no-thank-you"];

/// What is asked for while the speaker is fed back, whose answer takes some seconds.
const ANSWERED: &str = "which generation am i on";
/// How loud the microphone hears the speaker then, as factors.
const ECHOES: [f32; 3] = [0.03, 0.2, 1.0];

/// One row.
#[derive(Serialize)]
struct Figure {
    metric: String,
    p50_ms: f64,
    p95_ms: f64,
    n: usize,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| arguments.iter().skip_while(|a| *a != name).nth(1).cloned();
    let turns = value("--turns").map_or(Ok(TURNS), |turns| turns.parse())?;
    let dir = tempfile::tempdir()?;
    let bench = Bench::start(dir.path())?;
    let only = value("--only");
    let wanted = |what: &str| only.as_ref().is_none_or(|only| only == what);
    let (mut figures, mut stages) = (Vec::new(), Vec::new());
    if wanted("answers") {
        figures = bench.answers(turns)?;
        stages = figures.split_off(1);
    }
    if wanted("breaking-in") {
        figures.push(bench.breaking_in(turns / 4)?);
    }
    if wanted("key") {
        figures.push(bench.key(turns)?);
    }
    if wanted("echo") {
        bench.echo(turns * 2)?;
    }
    if let Some(path) = value("--plot") {
        plot(Path::new(&path), &stages)?;
    }
    for figure in figures.iter().chain(&stages) {
        if arguments.iter().any(|argument| argument == "--json") {
            println!("{}", serde_json::to_string(figure)?);
        } else {
            let Figure { metric, p50_ms, p95_ms, n } = figure;
            println!("{metric:<28} p50 {p50_ms:>8.1} ms   p95 {p95_ms:>8.1} ms   n {n}");
        }
    }
    Ok(())
}

impl Figure {
    fn of(metric: &str, mut times: Vec<f64>) -> anyhow::Result<Self> {
        anyhow::ensure!(!times.is_empty(), "nothing was measured of: {metric}");
        times.sort_by(f64::total_cmp);
        let at = |part: usize| times[(times.len() - 1) * part / 100];
        Ok(Self { metric: metric.to_owned(), p50_ms: at(50), p95_ms: at(95), n: times.len() })
    }
}

/// A device's sounds: when each began, and when it ended.
struct Ear {
    sounds: Receiver<(Instant, Instant)>,
    begun: Receiver<Instant>,
    child: Child,
}

impl Ear {
    fn new(mut child: Child) -> anyhow::Result<Self> {
        let mut stream = child.stdout.take().context("no sound")?;
        let (sender, sounds) = mpsc::channel();
        let (start, begun) = mpsc::channel();
        thread::spawn(move || {
            let mut sound: Option<(Instant, Instant)> = None;
            let mut block = [0; BLOCK * 2];
            while stream.read_exact(&mut block).is_ok() {
                let now = Instant::now();
                let (samples, _) = block.as_chunks::<2>();
                let audible =
                    |sample: &[u8; 2]| i16::from_le_bytes(*sample).unsigned_abs() > AUDIBLE;
                match &mut sound {
                    Some((_, last)) if samples.iter().any(audible) => *last = now,
                    Some((first, last)) if now - *last > GAP => {
                        let _ = sender.send((*first, *last));
                        sound = None;
                    }
                    None if samples.iter().any(audible) => {
                        let _ = start.send(now);
                        sound = Some((now, now));
                    }
                    _ => {}
                }
            }
        });
        Ok(Self { sounds, begun, child })
    }

    /// The next sound that begins.
    fn begins(&self) -> anyhow::Result<Instant> {
        self.begun.recv_timeout(LIMIT).context("no sound began")
    }

    /// The next sound that ends: its beginning and end.
    fn ends(&self) -> anyhow::Result<(Instant, Instant)> {
        self.sounds.recv_timeout(LIMIT).context("no sound ended")
    }

    /// Forget what was heard.
    fn forget(&self) {
        while self.sounds.try_recv().is_ok() || self.begun.try_recv().is_ok() {}
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Bench {
    place: Place,
    server: SoundServer,
    news: Receiver<Message>,
    microphone: Ear,
    speaker: Ear,
    children: Vec<Child>,
}

impl Bench {
    fn start(dir: &Path) -> anyhow::Result<Self> {
        let server = SoundServer::start(&dir.join("pulse"));
        let mut children: Vec<Child> = server.keep_awake().into();
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
        let microphone = Ear::new(server.tap("microphone"))?;
        let speaker = Ear::new(server.tap("speaker"))?;
        thread::sleep(Duration::from_secs(2));
        Ok(Self { place, server, news, microphone, speaker, children })
    }

    fn recording(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/{name}.flac"))
    }

    /// From the end of speech to the first sample of its answer, and the shares of the stages.
    fn answers(&self, turns: usize) -> anyhow::Result<Vec<Figure>> {
        let mut times = Vec::new();
        let mut shares: Vec<(String, Vec<f64>)> = Vec::new();
        for command in COMMANDS.iter().cycle().take(turns) {
            self.forget();
            self.server.say(&Self::recording(command));
            let (_, spoken) = self.microphone.ends()?;
            let answered = self.speaker.begins()?;
            times.push(milliseconds(spoken, answered));
            self.speaker.ends()?;
            for (stage, ms) in self.spoken()? {
                match shares.iter_mut().find(|(known, _)| *known == stage) {
                    Some((_, times)) => times.push(ms),
                    None => shares.push((stage, vec![ms])),
                }
            }
        }
        let mut figures = vec![Figure::of("end of speech → answer", times)?];
        for (stage, times) in shares {
            // these are over only after the first sound
            if stage != "other clauses" && stage != "play out" {
                figures.push(Figure::of(&format!("  of it {stage}"), times)?);
            }
        }
        Ok(figures)
    }

    /// The stages of the answer that was just spoken.
    fn spoken(&self) -> anyhow::Result<Vec<(String, f64)>> {
        loop {
            if let Message::Spoken { stages } = self.news.recv_timeout(LIMIT)? {
                return Ok(stages);
            }
        }
    }

    /// From the beginning of speech to the answer's end.
    fn breaking_in(&self, turns: usize) -> anyhow::Result<Figure> {
        let mut times = Vec::new();
        for _ in 0..turns.max(1) {
            self.forget();
            self.ask(&Request::Say { text: "help".to_owned() })?;
            self.speaker.begins()?;
            thread::sleep(Duration::from_millis(1500));
            self.microphone.forget();
            self.server.say(&Self::recording("forget-it"));
            let (began, _) = self.microphone.ends()?;
            let (_, silent) = self.speaker.ends()?;
            times.push(milliseconds(began, silent));
            thread::sleep(Duration::from_millis(500));
        }
        Figure::of("breaking in → silence", times)
    }

    /// From the key's release to the earcon.
    fn key(&self, turns: usize) -> anyhow::Result<Figure> {
        let mut times = Vec::new();
        for _ in 0..turns {
            self.ask(&Request::Key { key: Key::Press })?;
            thread::sleep(Duration::from_millis(900));
            self.forget();
            let released = Instant::now();
            self.ask(&Request::Key { key: Key::Release })?;
            times.push(milliseconds(released, self.speaker.begins()?));
            self.speaker.ends()?;
            thread::sleep(Duration::from_millis(1500));
        }
        Figure::of("key release → earcon", times)
    }

    /// How often it takes its own voice for somebody's, with the speaker fed back to the microphone.
    fn echo(&self, answers: usize) -> anyhow::Result<()> {
        let rooms: Vec<(u32, f32)> =
            [10, 60, 150].iter().flat_map(|&ms| ECHOES.map(|level| (ms, level))).collect();
        let (mut total, mut given) = (0, 0);
        for (delay_ms, level) in &rooms {
            let mut children = self.server.feed_back(*delay_ms, *level);
            thread::sleep(Duration::from_secs(1));
            self.forget();
            let mut heard = 0;
            for _ in 0..answers.div_ceil(rooms.len()) {
                self.ask(&Request::Say { text: ANSWERED.to_owned() })?;
                given += 1;
                heard += self.own_voice()?;
            }
            for child in &mut children {
                let _ = child.kill();
                let _ = child.wait();
            }
            eprintln!("speaker fed back {delay_ms} ms late at {level}: {heard} times somebody");
            total += heard;
        }
        println!("its own voice taken for somebody's: {total} times in {given} answers");
        Ok(())
    }

    /// How often somebody is heard until the answer that is about to be spoken is over.
    fn own_voice(&self) -> anyhow::Result<usize> {
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

    fn ask(&self, request: &Request) -> anyhow::Result<()> {
        Client::connect(&self.place)?.ask(request)?;
        Ok(())
    }

    fn forget(&self) {
        self.microphone.forget();
        self.speaker.forget();
        while self.news.try_recv().is_ok() {}
    }
}

impl Drop for Bench {
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

/// Where the medians of the time go, as one bar.
fn plot(path: &Path, stages: &[Figure]) -> anyhow::Result<()> {
    let total: f64 = stages.iter().map(|figure| figure.p50_ms).sum();
    let size = (900, 60 + 24 * stages.len() as u32);
    let area = SVGBackend::new(path, size).into_drawing_area();
    area.fill(&WHITE)?;
    let scale = 860.0 / total.max(1.0);
    let mut left = 20.0;
    for (at, Figure { metric, p50_ms, p95_ms, .. }) in stages.iter().enumerate() {
        let (color, right) = (Palette99::pick(at).filled(), left + p50_ms * scale);
        area.draw(&Rectangle::new([(left as i32, 10), (right as i32, 40)], color))?;
        let top = 52 + 24 * i32::try_from(at)?;
        area.draw(&Rectangle::new([(20, top), (34, top + 14)], color))?;
        let text = format!("{}: {p50_ms:.0} ms (p95 {p95_ms:.0})", metric.trim());
        area.draw(&Text::new(text, (44, top), ("sans-serif", 15)))?;
        left = right;
    }
    area.present()?;
    Ok(())
}

fn milliseconds(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64() * 1000.0
}
