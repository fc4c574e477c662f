//! What both evaluators do with the process that they run.

use super::super::Cancel;
use super::super::cancel::Hook;
use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use unix::sys::signal::{Signal, kill};
use unix::unistd::Pid;

/// End `child` as soon as `cancel` calls it off, while the result lives. It must not be waited for
/// meanwhile, or its number might be another's.
pub(super) fn ended_by(cancel: &Cancel, child: &Child) -> Hook {
    let pid = child.id().try_into().map(Pid::from_raw);
    cancel.hook(move || {
        if let Ok(pid) = pid {
            // it may have ended by itself
            let _ = kill(pid, Signal::SIGKILL);
        }
    })
}

/// Log what an evaluator says by the way: warnings, and traces that the configuration asks for.
pub(super) fn log_lines(from: impl Read + Send + 'static) {
    let lines = BufReader::new(from).lines().map_while(Result::ok);
    let log = move || lines.for_each(|line| tracing::debug!(target: "nixvox::evaluator", "{line}"));
    if let Err(error) = std::thread::Builder::new().name("evaluator log".to_owned()).spawn(log) {
        tracing::warn!(%error, "what the evaluator says by the way is not read");
    }
}
