//! Where an evaluator works.

use super::super::NixPaths;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use unix::sys::sysinfo::sysinfo;

/// How long one question may take.
const TIME_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Where an evaluator works, and within which bounds.
#[derive(Debug, Clone)]
pub struct Place {
    /// The program that has `nixvox evaluator`; this one, unless told.
    pub program: Option<PathBuf>,
    /// The daemon's socket.
    pub socket: PathBuf,
    /// Nix's variables.
    pub environment: Vec<(&'static str, OsString)>,
    /// How long one question may take.
    pub time_limit: Duration,
    /// How many bytes of memory the library may take for it.
    pub memory_limit: Option<u64>,
}

impl Place {
    /// The installation at `paths`, with the rest as Nix's variables of this process have it; no more
    /// memory than the machine has.
    pub fn new(paths: &NixPaths) -> Self {
        let environment = vec![
            ("NIX_STORE_DIR", paths.store_dir.clone().into_os_string()),
            ("NIX_STATE_DIR", paths.state_dir.clone().into_os_string()),
        ];
        Self {
            program: None,
            socket: paths.socket.clone(),
            environment,
            time_limit: TIME_LIMIT,
            memory_limit: sysinfo().ok().map(|machine| machine.ram_total()),
        }
    }

    /// The store's address.
    pub(super) fn store(&self) -> OsString {
        let mut address = OsString::from("unix://");
        address.push(&self.socket);
        address
    }

    /// Have `command` work here.
    pub(super) fn prepare(&self, command: &mut Command) {
        command.env("NIX_REMOTE", self.store()).envs(self.environment.iter().cloned());
    }
}
