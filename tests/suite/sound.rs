//! An answer played on a real sound server, recorded there, and heard back.

use crate::harness::{Home, data};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A `PulseAudio` of our own with a virtual speaker and a virtual microphone.
struct SoundServer {
    daemon: Child,
    socket: PathBuf,
}

impl SoundServer {
    fn start(home: &Home) -> Self {
        let dir = home.path("pulse");
        fs::create_dir_all(&dir).unwrap();
        let socket = dir.join("native");
        let script = format!(
            ".fail\n\
             load-module module-native-protocol-unix auth-anonymous=1 socket={}\n\
             load-module module-null-sink sink_name=speaker rate=48000 channels=2\n\
             load-module module-null-sink sink_name=microphone rate=16000 channels=1\n\
             set-default-sink speaker\n\
             set-default-source microphone.monitor\n",
            socket.display()
        );
        let config = dir.join("pulse.pa");
        fs::write(&config, script).unwrap();
        let daemon = Command::new("pulseaudio")
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"])
            .args(["--realtime=no", "--high-priority=no", "-F"])
            .arg(&config)
            .env("HOME", &dir)
            .env("XDG_RUNTIME_DIR", &dir)
            .env("PULSE_RUNTIME_PATH", &dir)
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("pulseaudio: {error}; scripts/test installs it"));
        let server = Self { daemon, socket };
        let deadline = Instant::now() + Duration::from_secs(10);
        while !server.client("pactl").arg("info").output().unwrap().status.success() {
            assert!(Instant::now() < deadline, "the sound server did not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    fn address(&self) -> String {
        format!("unix:{}", self.socket.display())
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("PULSE_SERVER", self.address());
        command
    }

    /// Say the recording at `path` into the microphone.
    fn say(&self, path: &Path) {
        let mut player = self.client("paplay");
        assert!(player.arg("--device=microphone").arg(path).status().unwrap().success());
    }

    /// Keep both devices awake: idle ones start seconds late.
    fn keep_awake(&self) -> [Child; 2] {
        ["speaker", "microphone"].map(|device| {
            let silence = std::fs::File::open("/dev/zero").unwrap();
            let mut feeder = self.client("pacat");
            feeder.arg(format!("--device={device}")).arg("--latency-msec=50");
            feeder.stdin(silence).stderr(Stdio::null()).spawn().unwrap()
        })
    }

    /// Record what the speaker plays, to `path`.
    fn record(&self, path: &Path) -> Child {
        let mut recorder = self.client("parecord");
        recorder.args(["--device=speaker.monitor", "--file-format=wav", "--latency-msec=50"]);
        recorder.args(["--rate=16000", "--channels=1"]).arg(path).spawn().unwrap()
    }
}

impl Drop for SoundServer {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

#[test]
fn the_answer_can_be_heard_on_the_sound_device() {
    let home = Home::new();
    let server = SoundServer::start(&home);
    let recording = home.path("played.wav");
    let mut recorder = server.record(&recording);
    std::thread::sleep(Duration::from_millis(500));
    home.practice()
        .env("PULSE_SERVER", server.address())
        .args("do which generation am i on --speak")
        .run()
        .succeeds();
    interrupt(&recorder);
    recorder.wait().unwrap();

    let report = home.practice().arg("hear").arg(&recording).arg("--quiet").json();
    let heard = report["transcript"]["text"].as_str().unwrap().to_lowercase();
    for word in ["generation", "current", "user profile"] {
        assert!(heard.contains(word), "{heard}");
    }
}

fn interrupt(child: &Child) {
    let pid = unix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    unix::sys::signal::kill(pid, unix::sys::signal::SIGINT).unwrap();
}

#[test]
fn a_command_into_the_microphone_is_done_and_answered_on_the_speaker() {
    let home = Home::new();
    home.practice().args("do status").run().succeeds();
    let server = SoundServer::start(&home);
    let mut feeders = server.keep_awake();
    let played = home.path("played.wav");
    let mut recorder = server.record(&played);
    let mut child = home
        .practice()
        .env("PULSE_SERVER", server.address())
        .args("listen --json --phrase")
        .arg("")
        .start_and_await("Listening");
    let mut turns = BufReader::new(child.stdout.take().unwrap()).lines();
    std::thread::sleep(Duration::from_secs(2));
    server.say(&data().join("previous-generation.flac"));
    let turn: Value = serde_json::from_str(&turns.next().unwrap().unwrap()).unwrap();
    assert_eq!(turn["intent"], "generation.rollback", "{turn}");
    std::thread::sleep(Duration::from_secs(8));
    interrupt(&child);
    child.wait().unwrap();
    interrupt(&recorder);
    recorder.wait().unwrap();
    for feeder in &mut feeders {
        let _ = feeder.kill();
        let _ = feeder.wait();
    }
    let report = home.practice().arg("hear").arg(&played).arg("--quiet").json();
    let answer = report["transcript"]["text"].as_str().unwrap().to_lowercase();
    assert!(answer.contains("back to generation") && answer.contains("removed"), "{answer}");
}

#[test]
fn a_command_is_taken_while_the_key_is_pressed() {
    let home = Home::new();
    home.practice().args("do status").run().succeeds();
    let server = SoundServer::start(&home);
    let mut feeders = server.keep_awake();
    let mut child = home
        .practice()
        .env("PULSE_SERVER", server.address())
        .args("talk --json --quiet")
        .start_and_await("Press Enter");
    let mut keyboard = child.stdin.take().unwrap();
    let mut turns = BufReader::new(child.stdout.take().unwrap()).lines();
    std::thread::sleep(Duration::from_secs(2));
    // without the key nothing is taken
    server.say(&data().join("roll-back.flac"));
    for (recording, intent) in
        [("current-generation", "generation.current"), ("nice-animal", "none")]
    {
        keyboard.write_all(b"\n").unwrap();
        server.say(&data().join(format!("{recording}.flac")));
        std::thread::sleep(Duration::from_millis(300));
        keyboard.write_all(b"\n").unwrap();
        let turn: Value = serde_json::from_str(&turns.next().unwrap().unwrap()).unwrap();
        assert_eq!(turn["intent"], intent, "{turn}");
    }
    interrupt(&child);
    child.wait().unwrap();
    for feeder in &mut feeders {
        let _ = feeder.kill();
        let _ = feeder.wait();
    }
}

#[test]
fn a_long_recording_is_cut_into_commands_and_other_talk() {
    let home = Home::new();
    let path = home.path("long.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for recording in ["roll-back", "the-minister", "undo-that", "nice-animal", "store-size"] {
        let samples = nixvox::audio::read(&data().join(format!("{recording}.flac"))).unwrap();
        for sample in samples.into_iter().chain(std::iter::repeat_n(0.0, 16_000)) {
            writer.write_sample((sample * 32_767.0) as i16).unwrap();
        }
    }
    writer.finalize().unwrap();
    let listen = |phrase: &str| {
        let run = home.practice().args("listen --quiet --json --phrase").arg(phrase);
        run.arg("--from").arg(&path).run().succeeds().stdout()
    };
    let intents: Vec<String> = listen("")
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|turn| turn["intent"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(intents, ["generation.rollback", "dialogue.undo", "store.size"]);
    assert_eq!(listen("computer"), "", "nobody called it");
}

#[test]
fn without_a_sound_device_the_answer_is_shown_and_said_to_be_mute() {
    let home = Home::new();
    let run = home
        .practice()
        .env("PULSE_SERVER", format!("unix:{}", home.path("nobody").display()))
        .env("ALSA_CONFIG_PATH", home.path("none.conf"))
        .args("do which generation am i on --speak")
        .run();
    run.fails_with(&["Generation 5 is current", "no sound device"]);
}
