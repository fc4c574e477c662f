//! Steps of a change at which tests let it fail or die.
//!
//! Each stands right before a system call that changes something, so that dying at one leaves what
//! a kill between two such calls would leave. Outside of tests they are nothing at all.

use std::io;

/// About to take the step `name`.
#[cfg(not(test))]
#[inline]
#[allow(clippy::unnecessary_wraps, reason = "in tests a step may fail")]
pub(crate) fn before(_name: &str) -> io::Result<()> {
    Ok(())
}

/// About to take the step `name`. `NIXVOX_FAILPOINT=NAME:kill` ends the process here as `kill -9`
/// does, `NAME:full` lets the step fail as on a full disk, and `NAME+1:…` does so at the second time.
#[cfg(test)]
pub(crate) fn before(name: &str) -> io::Result<()> {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static PASSED: AtomicUsize = AtomicUsize::new(0);
    let Ok(wanted) = std::env::var("NIXVOX_FAILPOINT") else { return Ok(()) };
    let (point, fault) = wanted.split_once(':').unwrap_or((&wanted, "kill"));
    let (point, skipped) = point.split_once('+').unwrap_or((point, "0"));
    if point != name || PASSED.fetch_add(1, Ordering::SeqCst) != skipped.parse::<usize>().unwrap() {
        return Ok(());
    }
    if fault == "full" {
        return Err(io::ErrorKind::StorageFull.into());
    }
    unix::sys::signal::kill(unix::unistd::Pid::this(), unix::sys::signal::Signal::SIGKILL)?;
    unreachable!("nobody outlives that");
}
