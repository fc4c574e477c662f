//! A running helper over a practice store, and those who come to it.

use crate::daemon::Daemon;
use crate::harness::{Home, Run};
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{PermissionsExt, lchown};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// Somebody without rights.
pub(super) const NOBODY: u32 = 65534;

/// A helper that listens at a socket of its own.
pub(super) struct Office {
    pub(super) home: Home,
    pub(super) daemon: Daemon,
    child: Child,
}

impl Office {
    /// Started with `arguments`, on the system bus at `bus`; `None` where the tests are not root's.
    pub(super) fn open(arguments: &[&str], bus: &str) -> Option<Self> {
        if !is_root() {
            return None;
        }
        let home = Home::new();
        let daemon = Daemon::start(&home);
        let nixos = home.path("practice/nixos");
        for entry in fs::read_dir(nixos).unwrap() {
            // as NixOS's own: everybody may read it
            fs::set_permissions(entry.unwrap().path(), Permissions::from_mode(0o644)).unwrap();
        }
        let child = command(&home)
            .args(["--socket".as_ref(), socket(&home).as_os_str()])
            .args(arguments)
            .env("DBUS_SYSTEM_BUS_ADDRESS", bus)
            .spawn()
            .unwrap();
        let office = Self { home, daemon, child };
        let deadline = Instant::now() + Duration::from_secs(20);
        while UnixStream::connect(socket(&office.home)).is_err() {
            assert!(Instant::now() < deadline, "the helper does not answer");
            std::thread::sleep(Duration::from_millis(5));
        }
        Some(office)
    }

    /// nixvox, which has this helper do what takes rights.
    pub(super) fn nixvox(&self) -> Run {
        self.client(self.home.nixvox())
    }

    /// The same, run by somebody without rights.
    pub(super) fn nixvox_of_nobody(&self) -> Run {
        // the home is theirs, as far as they need it
        let home = self.home.path("");
        fs::set_permissions(&home, Permissions::from_mode(0o755)).unwrap();
        for name in ["state", "runtime", "config", "cache"] {
            let path = home.join(name);
            fs::create_dir_all(&path).unwrap();
            given(&path);
        }
        let id = NOBODY.to_string();
        let through =
            ["setpriv", "--reuid", &id, "--regid", &id, "--clear-groups", "--inh-caps=-all"];
        self.client(self.home.nixvox_through(&through)).env("HOME", &home)
    }

    fn client(&self, run: Run) -> Run {
        let configuration = self.home.path("practice/nixos/configuration.nix");
        self.daemon
            .client(run)
            .env("NIXVOX_HELPER", socket(&self.home))
            .env("NIX_PATH", format!("nixpkgs={}", self.home.path("practice/nixpkgs").display()))
            .arg("--configuration")
            .arg(configuration.canonicalize().unwrap())
    }

    /// A connection that has greeted.
    pub(super) fn caller(&self) -> Caller {
        let mut caller = self.stranger();
        assert_eq!(caller.hear().unwrap()["kind"], "hello");
        caller.say(r#"{"do":"hello","protocol":1}"#);
        caller
    }

    /// A connection.
    pub(super) fn stranger(&self) -> Caller {
        Caller { stream: BufReader::new(UnixStream::connect(socket(&self.home)).unwrap()) }
    }

    /// The number of the system's current generation, and what was activated so far.
    pub(super) fn stands(&self) -> (String, String) {
        stands(&self.home)
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether the tests are root's, as a helper is; where not, that is said.
pub(super) fn is_root() -> bool {
    let root = unix::unistd::Uid::effective().is_root();
    if !root {
        println!("left out: a helper has to be root's, and so do its tests");
    }
    root
}

/// Make a path, and all below it, theirs; what a link leads to stays whose it is.
fn given(path: &Path) {
    lchown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.is_dir() && !path.is_symlink() {
        for entry in fs::read_dir(path).unwrap() {
            given(&entry.unwrap().path());
        }
    }
}

pub(super) fn socket(home: &Home) -> PathBuf {
    home.path("helper.socket")
}

/// The helper's program, over the practice store of `home`.
pub(super) fn command(home: &Home) -> Command {
    let practice = home.path("practice").canonicalize().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nixvox-helper"));
    command
        .arg("--configuration")
        .arg(practice.join("nixos"))
        .arg("--backups")
        .arg(home.path("backups"))
        .env("NIX_STORE_DIR", practice.join("store"))
        .env("NIX_STATE_DIR", practice.join("var/nix"))
        .env("NIX_DAEMON_SOCKET_PATH", practice.join("socket"))
        .env("NIXVOX_LOG", "warn");
    command
}

pub(super) fn stands(home: &Home) -> (String, String) {
    let link = fs::read_link(home.path("practice/var/nix/profiles/system")).unwrap();
    let activations = fs::read_to_string(home.path("practice/activations")).unwrap_or_default();
    (link.display().to_string(), activations)
}

/// Whoever talks to the helper in lines.
pub(super) struct Caller {
    stream: BufReader<UnixStream>,
}

impl Caller {
    pub(super) fn say(&mut self, line: &str) {
        self.send(line.as_bytes());
        self.send(b"\n");
    }

    /// Send bytes, which the helper may not want to hear to their end.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.get_mut().write_all(bytes);
    }

    /// Say no more.
    pub(super) fn shut(&mut self) {
        self.stream.get_mut().shutdown(std::net::Shutdown::Write).unwrap();
    }

    /// The helper's next line; `None` where it has hung up.
    pub(super) fn hear(&mut self) -> Option<Value> {
        let mut line = String::new();
        match self.stream.read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(serde_json::from_str(&line).unwrap()),
        }
    }

    /// The answer to a request, which must be a refusal; its words.
    pub(super) fn refused(&mut self, request: &Value) -> String {
        self.say(&request.to_string());
        let answer = self.hear().unwrap();
        assert_eq!(answer["kind"], "refused", "{request}: {answer}");
        answer["error"].as_str().unwrap().to_owned()
    }
}

/// A generation, as requests name it.
pub(super) fn generation(number: u64, target: &Path) -> Value {
    json!({ "number": number, "target": target, "created": 0, "current": false })
}
