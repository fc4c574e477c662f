//! Who asks the helper, and whether they may.

use super::error::Error;
use crate::bus::polkit;
use std::ffi::CString;
use std::os::unix::net::UnixStream;
use unix::sys::socket::{getsockopt, sockopt};
use unix::unistd::{Gid, Group, Uid, User, getgrouplist};

/// What polkit knows the acts as.
pub(super) const ACTION: &str = "org.nixvox.helper.administer";

/// A process at the other end of a connection, as the kernel tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Caller {
    pid: i32,
    uid: Uid,
    gid: Gid,
}

impl Caller {
    pub(super) fn of(stream: &UnixStream) -> Result<Self, Error> {
        let peer = getsockopt(stream, sockopt::PeerCredentials).map_err(std::io::Error::from);
        let peer = peer.map_err(Error::Caller)?;
        let (uid, gid) = (Uid::from_raw(peer.uid()), Gid::from_raw(peer.gid()));
        Ok(Self { pid: peer.pid(), uid, gid })
    }

    /// Somebody whom nobody permits anything.
    #[cfg(test)]
    pub(super) fn nobody() -> Self {
        Self { pid: -1, uid: Uid::from_raw(65534), gid: Gid::from_raw(65534) }
    }

    /// Whether the caller may have the acts done: root always, others whom polkit permits, and where
    /// there is no polkit the members of `group`.
    pub(super) fn authorise(self, group: Option<&str>) -> Result<(), Error> {
        if self.uid.is_root() {
            return Ok(());
        }
        let pid = u32::try_from(self.pid).unwrap_or_default();
        let refused = |why| Err(Error::NotAllowed { uid: self.uid.as_raw(), why });
        match polkit::permits(pid, self.uid.as_raw(), ACTION) {
            Ok(true) => Ok(()),
            Ok(false) => refused(format!("polkit does not permit {ACTION}")),
            Err(error) if error.is_absence() => match group {
                Some(name) if self.is_in(name) => Ok(()),
                Some(name) => refused(format!(
                    "there is no polkit here, so only root and the group {name} may"
                )),
                None => refused("there is no polkit here, so only root may".to_owned()),
            },
            Err(error) => refused(format!("polkit cannot be asked: {error}")),
        }
    }

    fn is_in(self, name: &str) -> bool {
        let Ok(Some(group)) = Group::from_name(name) else { return false };
        let user = User::from_uid(self.uid).ok().flatten();
        let user = user.and_then(|user| CString::new(user.name).ok());
        let others = user.and_then(|user| getgrouplist(&user, self.gid).ok()).unwrap_or_default();
        group.gid == self.gid || others.contains(&group.gid)
    }
}
