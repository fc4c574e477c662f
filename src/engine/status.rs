//! How the machine is.

use super::journal::{End, Record};
use super::world::World;
use crate::bus::{self, systemd};
use crate::domain::{Failure, Fault, Outcome, Scope, Status};
use crate::nix::{self, system};
use std::time::Duration;

/// How long systemd may take. The rest is read meanwhile.
const PATIENCE: Duration = Duration::from_millis(300);

impl World {
    /// Tell how the machine is. What cannot be found out at once is left out.
    pub(super) fn status(&mut self) -> Result<Outcome, nix::Error> {
        let units = self.is_machine().then(|| systemd::failed_units(PATIENCE));
        let daemon = self.daemon().map(|daemon| daemon.version().to_owned());
        let current = |scope| Some(self.profile(scope).ok()?.state().ok()?.current()?.clone());
        let disk = system::disk(&self.paths().store_dir)?;
        Ok(Outcome::Status(Status {
            user_generation: current(Scope::User),
            system_generation: current(Scope::System),
            daemon: daemon.inspect_err(|error| tracing::warn!(%error)).ok(),
            disk_free: disk.free,
            disk_total: disk.total,
            reboot_pending: system::reboot_pending(self.root()),
            last_failure: self.last_failure(),
            failed_units: units.and_then(|units| {
                let told = units.and_then(bus::Awaited::wait);
                told.inspect_err(|error| tracing::info!(%error, "systemd does not tell")).ok()
            }),
        }))
    }

    /// The last change, where it could not be made.
    fn last_failure(&self) -> Option<Failure> {
        let records = self.journal().records(Some(1));
        let records = records.inspect_err(|error| tracing::warn!(%error, "no record of changes"));
        let Record { at, intent, heard, end, .. } = records.ok()?.pop()?;
        match end {
            // what was called off did not fail
            End::Failed { reason: fault }
                if !matches!(fault, Fault::Cancelled | Fault::Stopped { .. }) =>
            {
                Some(Failure { at, intent, heard, fault })
            }
            End::Failed { .. } | End::Done { .. } | End::Unknown => None,
        }
    }
}
