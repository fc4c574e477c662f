//! Answers by a real speech-dispatcher, on a sound server and a socket of the test's own.

use crate::companion::Companion;
use crate::harness::Home;
use crate::sound_server::SoundServer;
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// The daemon, with espeak-ng's voice.
struct SpeechDispatcher {
    daemon: Child,
}

impl SpeechDispatcher {
    /// Start it in `home`, to be heard on `server`.
    fn start(home: &Home, server: &SoundServer) -> Self {
        let dir = home.path("speechd");
        fs::create_dir_all(dir.join("modules")).unwrap();
        let module = "AddModule \"espeak-ng\" \"sd_espeak-ng\" \"espeak-ng.conf\"";
        let config = format!("AudioOutputMethod \"pulse\"\n{module}\nDefaultModule espeak-ng\n");
        fs::write(dir.join("speechd.conf"), config).unwrap();
        let at = |name: &str| dir.join(name);
        let _ = fs::remove_file(at("socket"));
        let mut daemon = server.client("speech-dispatcher");
        daemon.args(["--run-single", "--timeout", "0", "--communication-method", "unix_socket"]);
        daemon.arg("--socket-path").arg(at("socket")).arg("--config-dir").arg(&dir);
        daemon.arg("--log-dir").arg(&dir).arg("--pid-file").arg(at("pid")).env("HOME", &dir);
        let daemon = daemon.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let daemon = daemon.unwrap_or_else(|error| {
            panic!("speech-dispatcher: {error}; scripts/test installs it");
        });
        let deadline = Instant::now() + Duration::from_secs(10);
        while UnixStream::connect(at("socket")).is_err() {
            assert!(Instant::now() < deadline, "speech-dispatcher did not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { daemon }
    }
}

impl Drop for SpeechDispatcher {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// A home whose answers are spoken by speech-dispatcher.
fn home() -> Home {
    let home = Home::new();
    home.configure("speech = \"speech-dispatcher\"\n");
    home
}

/// How loud the speaker is for half a second.
fn loudness(server: &SoundServer) -> i16 {
    let mut tap = server.tap("speaker");
    let mut sound = vec![0; 16_000];
    tap.stdout.take().unwrap().read_exact(&mut sound).unwrap();
    tap.kill().unwrap();
    tap.wait().unwrap();
    let samples = sound.as_chunks::<2>().0.iter().map(|bytes| i16::from_le_bytes(*bytes));
    samples.map(i16::saturating_abs).max().unwrap()
}

/// Ask something whose answer is spoken, and heard by nobody; how long its sound took, in ms.
fn spoken(companion: &Companion) -> f64 {
    companion.ctl("say which generation am i on");
    companion.state("speaking");
    let playing = || companion.server.control("list sink-inputs");
    // it synthesises before it plays
    let deadline = Instant::now() + Duration::from_secs(5);
    while !playing().contains("speech-dispatcher") {
        assert!(Instant::now() < deadline, "{}", playing());
        std::thread::sleep(Duration::from_millis(20));
    }
    let told = companion.until(|news| news["kind"] != "answer");
    assert_eq!(told["kind"], "spoken", "{told}");
    companion.state("idle");
    let stages = told["stages"].as_array().unwrap();
    let took = |stage: &Value| (stage[0] == "play out").then(|| stage[1].as_f64()).flatten();
    stages.iter().find_map(took).unwrap()
}

#[test]
fn it_speaks_faster_where_asked_is_cut_off_and_is_not_taken_for_somebody() {
    let companion = Companion::at(home());
    let server = &companion.server;
    let _daemon = SpeechDispatcher::start(&companion.home, server);
    let mut loop_back = server.feed_back(20, 1.0);
    let usual = spoken(&companion);
    for _ in 0..3 {
        companion.ctl("say faster");
        companion.state("idle");
    }
    let faster = spoken(&companion);
    assert!(faster < 0.85 * usual, "{usual} ms, faster {faster} ms");

    companion.ctl("say help");
    companion.state("speaking");
    std::thread::sleep(Duration::from_secs(1));
    assert!(loudness(server) > 1000, "nothing is heard");
    companion.ctl("cancel");
    companion.state("idle");
    std::thread::sleep(Duration::from_millis(300));
    assert!(loudness(server) < 100, "it goes on");
    for child in &mut loop_back {
        let _ = child.kill();
        let _ = child.wait();
    }
    // and what is said then is heard
    companion.say("roll-back");
    assert_eq!(companion.answer(), "generation.rollback");
}

/// What doctor tells of it.
fn doctor(home: &Home) -> String {
    let check = home.practice().args("doctor --json").run().check("speech");
    format!("{}: {}", check["health"].as_str().unwrap(), check["found"].as_str().unwrap())
}

/// Ask something; what trouble is told until its answer was spoken.
fn troubles(companion: &Companion) -> Vec<String> {
    companion.ctl("say which generation am i on");
    let mut troubles = Vec::new();
    loop {
        let news = companion.until(|news| news["kind"] == "trouble" || news["kind"] == "spoken");
        match news["text"].as_str() {
            Some(text) => troubles.push(text.to_owned()),
            None => return troubles,
        }
    }
}

#[test]
fn where_it_is_gone_that_is_told_once_and_the_voice_speaks_until_it_is_back() {
    let companion = Companion::at(home());
    let told = troubles(&companion);
    assert!(matches!(&told[..], [lost] if lost.contains("cannot be reached")), "{told:?}");
    assert!(doctor(&companion.home).starts_with("limited: speech-dispatcher cannot"));
    assert_eq!(troubles(&companion), [""; 0]);
    let daemon = SpeechDispatcher::start(&companion.home, &companion.server);
    let told = troubles(&companion);
    assert_eq!(told, ["speech-dispatcher is back"]);
    assert_eq!(doctor(&companion.home), "good: speech-dispatcher, with espeak-ng");
    spoken(&companion);

    // in the middle of an answer
    companion.ctl("say help");
    companion.state("speaking");
    std::thread::sleep(Duration::from_secs(1));
    drop(daemon);
    let news = companion.until(|news| news["kind"] == "trouble");
    assert!(news["text"].as_str().unwrap().contains("is gone"), "{news}");
    companion.until(|news| news["kind"] == "spoken");
    let _daemon = SpeechDispatcher::start(&companion.home, &companion.server);
    assert_eq!(troubles(&companion), ["speech-dispatcher is back"]);
}
