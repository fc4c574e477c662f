//! A practice store's daemon that the test runs, so that the program under test starts none.

use crate::harness::{Home, Run};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// A running daemon over the practice store of a [`Home`], with a catalogue for its clients.
pub(crate) struct Daemon {
    child: Child,
    practice: PathBuf,
}

impl Daemon {
    pub(crate) fn start(home: &Home) -> Self {
        home.practice().args("do status").run().succeeds();
        let practice = home.path("practice").canonicalize().unwrap();
        let socket = practice.join("socket");
        let child = home
            .nix_command("nix-daemon")
            .env("NIX_DAEMON_SOCKET_PATH", &socket)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while UnixStream::connect(&socket).is_err() {
            assert!(Instant::now() < deadline, "nix-daemon does not answer");
            std::thread::sleep(Duration::from_millis(5));
        }
        let daemon = Self { child, practice };
        let list = daemon.practice.join("catalogue.tsv");
        daemon.client(home.nixvox()).args("catalogue build").arg(list).run().succeeds();
        daemon
    }

    /// Let `run` act through this daemon, on the practice store's profile.
    pub(crate) fn client(&self, run: Run) -> Run {
        let profile = self.practice.join("var/nix/profiles/per-user/practice/profile");
        self.machine(run).arg("--profile").arg(profile)
    }

    /// Let `run` act through this daemon.
    pub(crate) fn machine(&self, run: Run) -> Run {
        run.env("NIX_STORE_DIR", self.practice.join("store"))
            .env("NIX_STATE_DIR", self.practice.join("var/nix"))
            .env("NIX_DAEMON_SOCKET_PATH", self.practice.join("socket"))
            .env("NIX_REMOTE", "daemon")
    }

    /// Kill the processes that serve its connections, as `kill -9` does.
    pub(crate) fn kill_workers(&self) {
        let children = format!("/proc/{0}/task/{0}/children", self.child.id());
        let children = std::fs::read_to_string(children).unwrap();
        for worker in children.split_whitespace() {
            let pid = unix::unistd::Pid::from_raw(worker.parse().unwrap());
            unix::sys::signal::kill(pid, unix::sys::signal::Signal::SIGKILL).unwrap();
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program `name`, where the test's own PATH has it.
pub(crate) fn found(name: &str) -> String {
    let path = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file());
    let found = found.unwrap_or_else(|| panic!("{name} is not there; scripts/test installs it"));
    found.to_str().unwrap().to_owned()
}
