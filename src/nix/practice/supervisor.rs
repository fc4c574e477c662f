//! The practice store's daemon, and the shell that ends it when we end, however we end.

use super::super::wire::ansi::strip_ansi;
use super::super::{Daemon, Error};
use super::layout::Layout;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};
use tempfile::TempDir;

const PROGRAM: &str = "nix-daemon";

/// Runs the daemon `$1` until standard input ends, which it does with our process; then clears the
/// directory `$2` away. Where the daemon ends by itself, that is noted in `$2/ended`.
///
/// The signal is the one that cannot be missed: a daemon that is asked to end just before it begins
/// to accept never does. This process only accepts; those that work on the store are its children,
/// which end with their connections.
const SCRIPT: &str = r#"
exec 3<&0
"$1" </dev/null 3<&- >"$2/log" 2>&1 &
daemon=$!
{ while read -r line; do :; done; [ -e "$2/ended" ] || kill -9 "$daemon"; } <&3 &
wait "$daemon"
echo "$?" >"$2/ended"
wait
rm -rf "$2"
"#;

/// How long the daemon may take to answer at first.
const START_TIMEOUT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(2);
/// A socket's path has room for 108 bytes, its final zero included.
const MAX_SOCKET_PATH: usize = 107;
/// How much of the daemon's log an error quotes, in lines.
const QUOTED_LINES: usize = 10;

/// A running daemon. Dropping it stops the daemon and waits for its end.
#[derive(Debug)]
pub(super) struct Supervisor {
    shell: Child,
    runtime: TempDir,
}

impl Supervisor {
    /// Start a daemon over the store of `layout`, and wait until it answers.
    pub(super) fn start(layout: &Layout) -> Result<Self, Error> {
        let program = find_program(env::var_os("PATH").unwrap_or_default().as_os_str())?;
        let runtime = runtime_directory(&env::temp_dir())?;
        let mut command = Command::new("sh");
        command
            .args(["-c", SCRIPT, "nixvox-practice"])
            .arg(program)
            .arg(runtime.path())
            .env_clear()
            .envs(env::var_os("PATH").map(|path| ("PATH", path)))
            .envs(layout.environment())
            .env("NIX_DAEMON_SOCKET_PATH", socket_in(runtime.path()))
            // Else the daemon would connect to itself, for ever.
            .env("NIX_REMOTE", "local")
            .env("NIX_USER_CONF_FILES", "")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // An interrupt from the terminal is for us, who will then stop the daemon in order.
            .process_group(0);
        let shell = command
            .spawn()
            .map_err(|error| Error::Practice { problem: format!("cannot run sh: {error}") })?;
        let supervisor = Self { shell, runtime };
        supervisor.wait_for_answer()?;
        Ok(supervisor)
    }

    /// The daemon's socket.
    pub(super) fn socket(&self) -> PathBuf {
        socket_in(self.runtime.path())
    }

    fn wait_for_answer(&self) -> Result<(), Error> {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            let problem = match Daemon::connect(&self.socket()) {
                Ok(_) => return Ok(()),
                Err(_) if self.runtime.path().join("ended").exists() => "it ended at once".into(),
                Err(error @ Error::Unreachable { .. }) if Instant::now() > deadline => {
                    error.to_string()
                }
                Err(Error::Unreachable { .. }) => {
                    thread::sleep(POLL_INTERVAL);
                    continue;
                }
                Err(error) => error.to_string(),
            };
            return Err(Error::Practice { problem: format!("{problem}{}", self.log_end()) });
        }
    }

    /// The end of the daemon's log, to follow a problem; empty where it has said nothing.
    fn log_end(&self) -> String {
        let log = fs::read(self.runtime.path().join("log")).unwrap_or_default();
        let log = strip_ansi(&String::from_utf8_lossy(&log));
        let lines: Vec<&str> = log.lines().collect();
        let end = lines[lines.len().saturating_sub(QUOTED_LINES)..].join("\n");
        if end.is_empty() { end } else { format!("; its log ends:\n{end}") }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        if let Err(error) = self.shell.wait() {
            tracing::warn!(%error, "cannot wait for the practice daemon's end");
        }
    }
}

fn find_program(path: &std::ffi::OsStr) -> Result<PathBuf, Error> {
    let found = env::split_paths(path).map(|dir| dir.join(PROGRAM)).find(|file| file.is_file());
    found.ok_or_else(|| Error::Practice {
        problem: format!(
            "{PROGRAM} is not on PATH; install Nix (on Debian: apt-get install nix-bin)"
        ),
    })
}

/// A private directory in `usual_parent`, or elsewhere where need be, whose path is short enough for a socket in it.
fn runtime_directory(usual_parent: &Path) -> Result<TempDir, Error> {
    let make = |parent: &Path| {
        let made = tempfile::Builder::new().prefix("nixvox-").tempdir_in(parent);
        made.map_err(Error::file("make a directory for the practice daemon's socket in", parent))
    };
    let usual = make(usual_parent)?;
    if socket_in(usual.path()).as_os_str().as_bytes().len() <= MAX_SOCKET_PATH {
        Ok(usual)
    } else {
        make(Path::new("/tmp"))
    }
}

fn socket_in(runtime: &Path) -> PathBuf {
    runtime.join("socket")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_daemon_is_told_with_what_helps() {
        let empty = tempfile::tempdir().unwrap();
        let error = find_program(empty.path().as_os_str()).unwrap_err().to_string();
        assert!(error.contains("nix-daemon") && error.contains("install Nix"), "{error}");
    }

    #[test]
    fn a_path_too_long_for_a_socket_is_avoided() {
        let dir = tempfile::tempdir().unwrap();
        let long = dir.path().join("l".repeat(MAX_SOCKET_PATH));
        fs::create_dir(&long).unwrap();
        let short = runtime_directory(&long).unwrap();
        assert!(socket_in(short.path()).as_os_str().len() <= MAX_SOCKET_PATH);
        assert_eq!(fs::read_dir(&long).unwrap().count(), 0);
        assert!(runtime_directory(dir.path()).unwrap().path().starts_with(dir.path()));
    }

    #[test]
    fn a_daemon_that_cannot_start_is_told_with_its_log() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::prepare(dir.path()).unwrap();
        fs::write(dir.path().join("var/nix/db"), "in the way").unwrap();
        let error = Supervisor::start(&layout).unwrap_err().to_string();
        assert!(error.contains("var/nix/db"), "{error}");
    }
}
