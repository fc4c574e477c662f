//! An answer played on a real sound server, recorded there, and heard back.

use crate::harness::Home;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A `PulseAudio` of our own with one virtual speaker.
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
             set-default-sink speaker\n",
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

    /// Record what the speaker plays, to `path`.
    fn record(&self, path: &std::path::Path) -> Child {
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
    let pid = unix::unistd::Pid::from_raw(i32::try_from(recorder.id()).unwrap());
    unix::sys::signal::kill(pid, unix::sys::signal::SIGINT).unwrap();
    recorder.wait().unwrap();

    let report = home.practice().arg("hear").arg(&recording).arg("--quiet").json();
    let heard = report["transcript"]["text"].as_str().unwrap().to_lowercase();
    for word in ["generation", "current", "user profile"] {
        assert!(heard.contains(word), "{heard}");
    }
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
    run.fails_with(&["Generation 5 is current", "--say FILE"]);
}
