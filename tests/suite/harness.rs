//! Runs the program in a home of its own.

use nixvox::domain::EvaluatorKind;
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// A user's home, with no configuration and no history; the models are the machine's.
pub(crate) struct Home {
    dir: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        let home = Self { dir: TempDir::new().unwrap() };
        let cache = home.path("cache/nixvox");
        fs::create_dir_all(&cache).unwrap();
        symlink(dirs::cache_dir().unwrap().join("nixvox/models"), cache.join("models")).unwrap();
        home
    }

    /// A path in this home.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Let `text` be the user's configuration of the program.
    pub(crate) fn configure(&self, text: &str) {
        let folder = self.path("config/nixvox");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("config.toml"), text).unwrap();
    }

    /// Let the program evaluate in this way.
    pub(crate) fn evaluate_by(&self, kind: EvaluatorKind) {
        self.configure(&format!("evaluator = {}\n", serde_json::to_string(&kind).unwrap()));
    }

    /// The program, in this home.
    pub(crate) fn nixvox(&self) -> Run {
        Run::new(self, Command::new(env!("CARGO_BIN_EXE_nixvox")))
    }

    /// The program on this home's practice store.
    pub(crate) fn practice(&self) -> Run {
        self.nixvox().arg("--practice").env("NIXVOX_PRACTICE_DIR", self.path("practice"))
    }

    /// The practice store's user profile.
    pub(crate) fn profile(&self) -> PathBuf {
        self.path("practice/var/nix/profiles/per-user/practice/profile")
    }

    /// What that profile holds.
    pub(crate) fn target(&self) -> PathBuf {
        self.profile().canonicalize().unwrap()
    }

    /// What this generation of the practice store's system holds.
    pub(crate) fn system(&self, generation: u64) -> PathBuf {
        let link = format!("practice/var/nix/profiles/system-{generation}-link");
        fs::read_link(self.path(&link)).unwrap()
    }

    /// The program, started by another one, such as `unshare -n`.
    pub(crate) fn nixvox_through(&self, through: &[&str]) -> Run {
        let mut command = Command::new(through[0]);
        command.args(&through[1..]).arg(env!("CARGO_BIN_EXE_nixvox"));
        Run::new(self, command)
    }

    /// One of Nix's own programs, on this home's practice store.
    pub(crate) fn nix(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.nix_command(program).args(arguments).output();
        let output = output
            .unwrap_or_else(|error| panic!("{program}: {error}; scripts/test installs nix-bin"));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{program}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// One of Nix's own programs, to be run on this home's practice store.
    pub(crate) fn nix_command(&self, program: &str) -> Command {
        let practice = self.path("practice").canonicalize().unwrap();
        let mut command = Command::new(program);
        command
            .env("NIX_STORE_DIR", practice.join("store"))
            .env("NIX_STATE_DIR", practice.join("var/nix"))
            .env("NIX_LOG_DIR", practice.join("log"))
            .env("NIX_CONF_DIR", practice.join("etc"))
            .env("NIX_REMOTE", "local")
            .env("HOME", self.path("nix-home"));
        command
    }
}

/// One run of the program.
pub(crate) struct Run {
    command: Command,
}

impl Run {
    fn new(home: &Home, mut command: Command) -> Self {
        command
            .env("XDG_STATE_HOME", home.path("state"))
            .env("XDG_CONFIG_HOME", home.path("config"))
            .env("XDG_CACHE_HOME", home.path("cache"))
            .env("XDG_RUNTIME_DIR", home.path("runtime"))
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8")
            .env(
                "SPEECHD_ADDRESS",
                format!("unix_socket:{}", home.path("speechd/socket").display()),
            )
            .env_remove("NIXVOX_LOG")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("PULSE_SERVER");
        Self { command }
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Arguments, split at spaces.
    pub(crate) fn args(mut self, args: &str) -> Self {
        self.command.args(args.split_whitespace());
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Hear a recording of `tests/data`.
    pub(crate) fn hear(self, recording: &str) -> Self {
        self.arg("hear").arg(data().join(format!("{recording}.flac")))
    }

    /// Run it.
    pub(crate) fn run(mut self) -> Ran {
        let output = self.command.output().unwrap();
        Ran { output }
    }

    /// Start it, and do not wait.
    pub(crate) fn start(mut self) -> Child {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped());
        self.command.spawn().unwrap()
    }

    /// Start it, and wait until it says `ready` on standard error.
    pub(crate) fn start_and_await(mut self, ready: &str) -> Child {
        self.command.stderr(Stdio::piped());
        let mut child = self.start();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains(ready) {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "it ended before it was ready");
        }
        // whatever it says later must find a reader
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::stderr()));
        child
    }

    /// Run it with `--json`; what it printed.
    pub(crate) fn json(self) -> Value {
        let ran = self.arg("--json").run();
        serde_json::from_str(&ran.stdout()).unwrap_or_else(|error| {
            panic!("{error} in {:?}, with {:?}", ran.stdout(), ran.stderr())
        })
    }

    /// The same; what was asked for must have been done.
    pub(crate) fn done(self) -> Value {
        let report = self.json();
        assert!(report["fault"].is_null(), "{report}");
        report
    }
}

/// What a run left.
pub(crate) struct Ran {
    output: Output,
}

impl Ran {
    pub(crate) fn code(&self) -> i32 {
        self.output.status.code().unwrap_or(-1)
    }

    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    /// What it printed, of which each line is a value.
    pub(crate) fn values(&self) -> Vec<Value> {
        values(&self.stdout())
    }

    /// What doctor, run with `--json`, told of `what`.
    pub(crate) fn check(&self, what: &str) -> Value {
        let checks = self.values();
        let check = checks.iter().find(|check| check["what"] == what);
        check.unwrap_or_else(|| panic!("no {what} in {checks:?}")).clone()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// It failed, with exit code 1, and said all of `words`.
    pub(crate) fn fails_with(&self, words: &[&str]) {
        let said = self.stdout() + &self.stderr();
        assert_eq!(self.code(), 1, "{said}");
        for word in words {
            assert!(said.contains(word), "no {word:?} in {said:?}");
        }
    }

    /// It ended with exit code 0.
    pub(crate) fn succeeds(self) -> Self {
        assert_eq!(self.code(), 0, "{} {}", self.stdout(), self.stderr());
        self
    }
}

/// Ask a program to end, as Ctrl-C does.
pub(crate) fn interrupt(child: &Child) {
    let pid = unix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    unix::sys::signal::kill(pid, unix::sys::signal::SIGINT).unwrap();
}

/// Copy a folder, with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The recordings.
pub(crate) fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// The recordings' labels.
pub(crate) fn corpus() -> Vec<Value> {
    labels(&data())
}

/// The labels of the corpus in `dir`.
pub(crate) fn labels(dir: &Path) -> Vec<Value> {
    values(&fs::read_to_string(dir.join("corpus.jsonl")).unwrap())
}

/// The values of lines of JSON.
fn values(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
