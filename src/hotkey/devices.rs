//! The keyboards' devices: read, never taken from the programs that they are for.

use super::backend::{Backend, Move};
use super::chord::Chord;
use super::error::Error;
use super::keyboard::{EVENT, Event, Held, events};
use evdev::{Device, KeyCode};
use std::collections::{BTreeSet, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use unix::libc;
use unix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// Where the kernel has them.
const FOLDER: &str = "/dev/input";
/// How often to look for new ones.
const LOOK: Duration = Duration::from_secs(2);

/// A keyboard that is read.
struct Keyboard {
    number: u64,
    path: PathBuf,
    device: Device,
    bytes: File,
}

/// All keyboards that have the key.
pub(super) struct Devices {
    code: KeyCode,
    keyboards: Vec<Keyboard>,
    /// Devices that lack the key.
    others: BTreeSet<PathBuf>,
    numbers: u64,
    held: Held,
    moves: VecDeque<Move>,
    looked: Instant,
}

impl Devices {
    /// Whether any device can be read that has keys.
    pub(super) fn probe() -> Result<(), Error> {
        let has_keys = |path: &PathBuf| {
            let device = open(path).and_then(Device::try_from);
            device.is_ok_and(|device| device.supported_keys().is_some())
        };
        if nodes().iter().any(has_keys) { Ok(()) } else { Err(absent()) }
    }

    pub(super) fn open(chord: &Chord) -> Result<Self, Error> {
        let mut devices = Self {
            code: chord.key.code,
            keyboards: Vec::new(),
            others: BTreeSet::new(),
            numbers: 0,
            held: Held::new(chord.clone()),
            moves: VecDeque::new(),
            looked: Instant::now(),
        };
        devices.look();
        match (devices.keyboards.is_empty(), devices.others.is_empty()) {
            (false, _) => Ok(devices),
            (true, false) => Err(Error::Unmapped(chord.clone())),
            (true, true) => Err(absent()),
        }
    }

    /// Take in what was plugged in since.
    fn look(&mut self) {
        self.looked = Instant::now();
        let nodes = nodes();
        // the name may be another one's next time
        self.others.retain(|path| nodes.contains(path));
        for path in nodes {
            let is_known = self.keyboards.iter().any(|known| known.path == path);
            if is_known || self.others.contains(&path) {
                continue;
            }
            // one that cannot be read yet may be readable soon
            let Ok(bytes) = open(&path) else { continue };
            let Ok(device) = bytes.try_clone().and_then(Device::try_from) else { continue };
            if device.supported_keys().is_some_and(|keys| keys.contains(self.code)) {
                self.numbers += 1;
                self.keyboards.push(Keyboard { number: self.numbers, path, device, bytes });
            } else {
                self.others.insert(path);
            }
        }
    }

    /// Wait until a keyboard tells something, or for `limit`.
    fn wait(&self, limit: Duration) -> Result<(), Error> {
        let mut fds: Vec<PollFd<'_>> = self
            .keyboards
            .iter()
            .map(|keyboard| PollFd::new(keyboard.bytes.as_fd(), PollFlags::POLLIN))
            .collect();
        let limit = PollTimeout::try_from(limit).unwrap_or(PollTimeout::MAX);
        match poll(&mut fds, limit) {
            Ok(_) | Err(unix::errno::Errno::EINTR) => Ok(()),
            Err(errno) => Err(Error::Devices(errno.into())),
        }
    }

    /// Take in what the keyboards tell; those that are gone go.
    fn read(&mut self) {
        let Self { keyboards, held, moves, .. } = self;
        keyboards.retain_mut(|keyboard| {
            let number = keyboard.number;
            let mut buffer = [0; 64 * EVENT];
            let error = loop {
                let count = match keyboard.bytes.read(&mut buffer) {
                    Ok(0) => break io::ErrorKind::UnexpectedEof.into(),
                    Ok(count) => count,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                    Err(error) => break error,
                };
                for event in events(&buffer[..count]) {
                    moves.extend(match event {
                        Event::Down(code) => held.down(number, code),
                        Event::Up(code) => held.up(number, code),
                        Event::Dropped => held.only(number, &held_on(&keyboard.device)),
                    });
                }
            };
            tracing::info!(%error, device = %keyboard.path.display(), "a keyboard has gone");
            moves.extend(held.only(number, &[]));
            false
        });
    }
}

impl Backend for Devices {
    fn next(&mut self, limit: Duration) -> Result<Option<Move>, Error> {
        if self.moves.is_empty() {
            if self.looked.elapsed() >= LOOK {
                self.look();
            }
            self.wait(limit)?;
            self.read();
        }
        match self.moves.pop_front() {
            None if self.keyboards.is_empty() => Err(Error::Unplugged),
            step => Ok(step),
        }
    }
}

/// The keys that are held on a device now.
fn held_on(device: &Device) -> Vec<KeyCode> {
    device.get_key_state().map(|keys| keys.iter().collect()).unwrap_or_default()
}

/// All devices of input.
fn nodes() -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(FOLDER).into_iter().flatten().flatten();
    let is_node = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b"event");
    entries.filter(|entry| is_node(&entry.file_name())).map(|entry| entry.path()).collect()
}

fn open(path: &PathBuf) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

fn absent() -> Error {
    let why = match nodes().len() {
        0 => format!("{FOLDER} has no devices"),
        count => {
            format!(
                "none of the {count} devices in {FOLDER} can be read, which contrib/70-nixvox.rules would allow"
            )
        }
    };
    Error::Absent(why)
}
