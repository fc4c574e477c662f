//! systemd: what failed.

use super::{Awaited, Error, ask};
use std::time::Duration;
use zbus::zvariant::OwnedObjectPath;

/// What systemd tells of a unit; its name comes first.
type Unit =
    (String, String, String, String, String, String, OwnedObjectPath, u32, String, OwnedObjectPath);

/// The names of the units that have failed, sorted, if systemd tells them within `limit`.
///
/// # Errors
/// It cannot be asked.
pub fn failed_units(limit: Duration) -> Result<Awaited<Vec<String>>, Error> {
    ask(limit, |bus| {
        let answer = bus.call_method(
            Some("org.freedesktop.systemd1"),
            "/org/freedesktop/systemd1",
            Some("org.freedesktop.systemd1.Manager"),
            "ListUnitsFiltered",
            &(["failed"].as_slice(),),
        )?;
        let units: Vec<Unit> = answer.body().deserialize()?;
        let mut names: Vec<String> = units.into_iter().map(|unit| unit.0).collect();
        names.sort();
        Ok(names)
    })
}
