//! Activating a NixOS system: the one program that must be run, because it belongs to the system that
//! takes over.

use super::wire::ansi::strip_ansi;
use super::{Daemon, Error};
use crate::domain::{Action, Activation};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

/// Where a system has its activation program.
const PROGRAM: &str = "bin/switch-to-configuration";
/// What every NixOS system tells its version in.
const VERSION: &str = "nixos-version";
/// Where it finds programs until it has set a path of its own.
const PATH: &str = "/run/current-system/sw/bin:/usr/bin:/bin";
/// How `switch-to-configuration` names units that failed.
const FAILED: &str = "the following units failed: ";
/// Variables that it may see; all others are kept from it.
const KEPT: [&str; 2] = ["LOCALE_ARCHIVE", "NIXOS_INSTALL_BOOTLOADER"];

/// The activation program of the NixOS system at `toplevel`.
///
/// # Errors
/// [`Error::NoSystem`] where it is no valid path of the store `store_dir`, or no NixOS system.
pub fn program<S: Read + Write>(
    toplevel: &Path,
    store_dir: &Path,
    daemon: &mut Daemon<S>,
) -> Result<PathBuf, Error> {
    let no_system = |problem| Error::NoSystem { path: toplevel.to_owned(), problem };
    let inside = toplevel.strip_prefix(store_dir).ok().map(Path::components);
    let mut inside = inside.ok_or_else(|| no_system("it is not in the store"))?;
    let (Some(Component::Normal(_)), None) = (inside.next(), inside.next()) else {
        return Err(no_system("it is no store path"));
    };
    let path = toplevel.to_str().ok_or_else(|| no_system("it is not in UTF-8"))?;
    daemon.add_temp_root(path)?;
    if !daemon.is_valid(path)? {
        return Err(no_system("the store does not hold it"));
    }
    if !toplevel.join(VERSION).is_file() {
        return Err(no_system("it tells no version of NixOS"));
    }
    let program = toplevel.join(PROGRAM);
    let real = fs::canonicalize(&program).ok();
    let real = real.ok_or_else(|| no_system("it has no program to activate it"))?;
    // a link may lead to another package, and nowhere else
    let store = fs::canonicalize(store_dir).map_err(Error::file("find", store_dir))?;
    if !real.starts_with(store) {
        return Err(no_system("its program to activate it lies outside of the store"));
    }
    let runs = fs::metadata(&real)
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 == 0o111);
    if runs { Ok(program) } else { Err(no_system("its program to activate it cannot be run")) }
}

/// Run the activation program of the NixOS system at `toplevel` as [`program`] finds it, and hand each
/// line that it prints to `line`, once it has ended. It goes on to its end whatever becomes of this
/// process.
///
/// # Errors
/// Those of [`program`], and where it cannot be started.
pub fn activate<S: Read + Write>(
    toplevel: &Path,
    action: Action,
    store_dir: &Path,
    daemon: &mut Daemon<S>,
    line: &mut dyn FnMut(&str),
) -> Result<Activation, Error> {
    let program = program(toplevel, store_dir, daemon)?;
    // a file, as writing to a pipe would end it once nobody reads there any more
    let run = || -> io::Result<_> {
        let mut output = tempfile::tempfile()?;
        let mut child = Command::new(&program);
        child.arg(action.to_string()).current_dir("/").env_clear().env("PATH", PATH);
        child.envs(KEPT.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        // an interrupt of the terminal is not meant for it
        child.process_group(0).stdin(Stdio::null());
        child.stdout(output.try_clone()?).stderr(output.try_clone()?);
        let status = child.spawn()?.wait()?;
        output.rewind()?;
        Ok((status, output))
    };
    let (status, output) = run().map_err(Error::file("run", &program))?;
    let failed_units = read(output, line);
    let (toplevel, exit) = (toplevel.to_owned(), status.code());
    Ok(Activation { toplevel, action, exit, failed_units, reboot_pending: None })
}

/// Hand on what the program printed; the units that it told of as failed.
fn read(output: File, line: &mut dyn FnMut(&str)) -> Vec<String> {
    let mut failed = Vec::new();
    for bytes in BufReader::new(output).split(b'\n').map_while(Result::ok) {
        let text = strip_ansi(&String::from_utf8_lossy(&bytes));
        let text = text.trim_end();
        if let Some((_, units)) = text.split_once(FAILED) {
            failed.extend(units.split(", ").map(|unit| unit.trim().to_owned()));
        }
        line(text);
    }
    failed
}
