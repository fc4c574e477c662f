//! `nixvox-helper`: does for nixvox what takes the rights of the machine's owner, and nothing else.
//! See [`nixvox::privilege`].

use anyhow::Context;
use clap::Parser;
use nixvox::nix::NixPaths;
use nixvox::privilege::{Direct, Office, serve};
use std::fs::{self, Permissions};
use std::os::fd::FromRawFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use tracing_subscriber::EnvFilter;

/// Does for nixvox what takes the rights of the machine's owner. systemd starts it when it is needed.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The directory of the NixOS configuration, the only one whose files it replaces.
    #[arg(long, value_name = "DIR", default_value = "/etc/nixos")]
    configuration: PathBuf,
    /// The group that may ask where there is no polkit; without it only root may then.
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// Where former texts of files are kept.
    #[arg(long, value_name = "DIR", default_value = "/var/lib/nixvox/backups")]
    backups: PathBuf,
    /// Listen at this socket instead of the one that systemd passes.
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_env("NIXVOX_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    log.with_ansi(false).without_time().init();
    let listener = match &arguments.socket {
        Some(path) => listen(path)?,
        None => passed()?,
    };
    let paths = NixPaths::from_env(None)?;
    let office = Office {
        hand: Direct::new(paths, arguments.backups),
        configuration: arguments.configuration,
        group: arguments.group,
    };
    Ok(serve(&listener, &office)?)
}

/// A socket of our own. Anybody may knock: the kernel tells who it is.
fn listen(path: &Path) -> anyhow::Result<UnixListener> {
    let making = || format!("cannot listen at {}", path.display());
    let listener = UnixListener::bind(path).with_context(making)?;
    fs::set_permissions(path, Permissions::from_mode(0o666)).with_context(making)?;
    Ok(listener)
}

/// The socket that systemd passes.
fn passed() -> anyhow::Result<UnixListener> {
    let mut passed = sd_notify::listen_fds()?;
    let (Some(fd), None) = (passed.next(), passed.next()) else {
        anyhow::bail!("systemd passes no socket, or more than one; --socket PATH makes one");
    };
    // SAFETY: systemd opened it for this process, and nothing else in it knows of it.
    Ok(unsafe { UnixListener::from_raw_fd(fd) })
}
