//! Who does the acts: this process where it may, else the helper where there is one.

use super::client::Helper;
use super::direct::Direct;
use super::error::Error;
use crate::nix::NixPaths;
use crate::ports::SystemHand;
use std::path::{Path, PathBuf};
use unix::unistd::{AccessFlags, access};

/// Where systemd listens for the helper.
pub const SOCKET: &str = "/run/nixvox/helper.socket";
/// Names another socket; then the helper there does it all.
const VARIABLE: &str = "NIXVOX_HELPER";

/// The ways to have it done.
#[derive(Debug, Clone)]
pub struct Access {
    direct: Direct,
    helper: Option<Helper>,
    /// Whether the helper was named, and so is asked for what this process could do itself.
    named: bool,
}

impl Access {
    /// For the machine's own system; what is done here keeps former texts in `backups`.
    pub fn to_machine(paths: NixPaths, backups: PathBuf) -> Self {
        let named = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
        let is_named = named.is_some();
        let socket = named.or_else(|| Some(PathBuf::from(SOCKET)).filter(|path| path.exists()));
        let direct = Direct::new(paths, backups);
        Self { direct, helper: socket.map(Helper::at), named: is_named }
    }

    /// For a system that is this user's own.
    pub fn to_own(paths: NixPaths, backups: PathBuf) -> Self {
        Self { direct: Direct::new(paths, backups), helper: None, named: false }
    }

    /// The helper, where there is one.
    pub fn helper(&self) -> Option<&Helper> {
        self.helper.as_ref()
    }

    /// Whether this process may itself change what lies in `directory`.
    pub fn is_own(directory: &Path) -> bool {
        access(directory, AccessFlags::W_OK).is_ok()
    }

    /// Whoever may change what lies in `directory`. Where nobody may, the attempt fails.
    pub fn hand(&self, directory: &Path) -> Box<dyn SystemHand<Error = Error>> {
        match &self.helper {
            Some(helper) if self.named || !Self::is_own(directory) => Box::new(helper.clone()),
            _ => Box::new(self.direct.clone()),
        }
    }

    /// What comes next is another sequence.
    pub fn hang_up(&self) {
        if let Some(helper) = &self.helper {
            helper.hang_up();
        }
    }
}
