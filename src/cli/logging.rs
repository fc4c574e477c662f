//! The log, on standard error.

use super::args::LogFormat;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Start logging; `NIXVOX_LOG` says what, warnings and errors unless told.
pub(super) fn start(format: LogFormat) {
    // the libraries report much that concerns nobody, such as every disconnection
    let quiet = "warn,whisper_rs=off,ort=error,pulseaudio=off";
    let filter = EnvFilter::try_from_env("NIXVOX_LOG").unwrap_or_else(|_| EnvFilter::new(quiet));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.with_target(false).init(),
        LogFormat::Json => log.json().init(),
    }
}
