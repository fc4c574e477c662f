//! A sound server of our own, for tests and figures.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what cannot go on has failed")]
#![allow(dead_code, reason = "not everybody needs all of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What the server tells of itself, in its folder.
const LOG: &str = "pulseaudio.log";

/// A `PulseAudio` of our own with a virtual speaker and a virtual microphone.
pub(crate) struct SoundServer {
    daemon: Child,
    dir: PathBuf,
}

impl SoundServer {
    /// Start it, with what it needs in `dir`.
    pub(crate) fn start(dir: &Path) -> Self {
        fs::create_dir_all(dir).unwrap();
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
        let server = Self { daemon: daemon(dir, &config), dir: dir.to_owned() };
        server.await_it();
        server
    }

    fn await_it(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !self.client("pactl").arg("info").output().unwrap().status.success() {
            assert!(Instant::now() < deadline, "the sound server did not start");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Kill it, whatever its clients are at.
    pub(crate) fn kill(&mut self) {
        self.daemon.kill().unwrap();
        self.daemon.wait().unwrap();
    }

    /// Start it again, after it was killed.
    pub(crate) fn restart(&mut self) {
        self.daemon = daemon(&self.dir, &self.dir.join("pulse.pa"));
        self.await_it();
    }

    /// Have it do something, by `pactl`; what that prints.
    pub(crate) fn control(&self, arguments: &str) -> String {
        let output = self.client("pactl").args(arguments.split(' ')).output().unwrap();
        assert!(output.status.success(), "pactl {arguments}: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    pub(crate) fn address(&self) -> String {
        format!("unix:{}", self.dir.join("native").display())
    }

    pub(crate) fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("PULSE_SERVER", self.address());
        command
    }

    /// Say the recording at `path` into the microphone.
    pub(crate) fn say(&self, path: &Path) {
        let mut player = self.client("paplay");
        let said = player.arg("--device=microphone").arg(path).output().unwrap();
        let log = fs::read_to_string(self.dir.join(LOG)).unwrap_or_default();
        assert!(said.status.success(), "{}: {said:?}; the sound server: {log}", path.display());
    }

    /// Keep both devices awake: idle ones start seconds late.
    pub(crate) fn keep_awake(&self) -> [Child; 2] {
        ["speaker", "microphone"].map(|device| {
            let silence = std::fs::File::open("/dev/zero").unwrap();
            let mut feeder = self.client("pacat");
            feeder.arg(format!("--device={device}")).arg("--latency-msec=50");
            feeder.stdin(silence).stderr(Stdio::null()).spawn().unwrap()
        })
    }

    /// Let the microphone hear the speaker, some `delay_ms` late and `level` times as loud, until the
    /// children end.
    pub(crate) fn feed_back(&self, delay_ms: u32, level: f32) -> [Child; 2] {
        let format = ["--rate=16000", "--channels=1", "--format=s16le", "--raw"];
        let mut recorder = self.client("parec");
        recorder.args(["--device=speaker.monitor", "--latency-msec=20"]).args(format);
        let mut speaker = recorder.stdout(Stdio::piped()).spawn().unwrap();
        // the server's volume is a cube
        let volume = (65_536.0 * level.cbrt()).round();
        let mut player = self.client("pacat");
        player.arg("--device=microphone").arg(format!("--latency-msec={delay_ms}"));
        player.arg(format!("--volume={volume}")).args(format);
        let player = player.stdin(speaker.stdout.take().unwrap()).spawn().unwrap();
        [speaker, player]
    }

    /// What a device hears or plays, as it comes: mono samples at 16 kHz, 16 bits each.
    pub(crate) fn tap(&self, device: &str) -> Child {
        let mut recorder = self.client("parec");
        recorder.arg(format!("--device={device}.monitor")).arg("--latency-msec=10");
        recorder.args(["--rate=16000", "--channels=1", "--format=s16le", "--raw"]);
        recorder.stdout(Stdio::piped()).spawn().unwrap()
    }

    /// Record what the speaker plays, to `path`.
    pub(crate) fn record(&self, path: &Path) -> Child {
        let mut recorder = self.client("parecord");
        recorder.args(["--device=speaker.monitor", "--file-format=wav", "--latency-msec=50"]);
        recorder.args(["--rate=16000", "--channels=1"]).arg(path).spawn().unwrap()
    }
}

fn daemon(dir: &Path, config: &Path) -> Child {
    let log = fs::OpenOptions::new().append(true).create(true).open(dir.join(LOG)).unwrap();
    Command::new("pulseaudio")
        .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"])
        .args(["--realtime=no", "--high-priority=no", "-F"])
        .arg(config)
        .env("HOME", dir)
        .env("XDG_RUNTIME_DIR", dir)
        .env("PULSE_RUNTIME_PATH", dir)
        // it names its devices in the user's language
        .env("LC_ALL", "C.UTF-8")
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| panic!("pulseaudio: {error}; scripts/test installs it"))
}

impl Drop for SoundServer {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}
