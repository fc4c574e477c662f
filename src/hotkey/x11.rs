//! X11: the key is grabbed on the root windows.

use super::backend::{Backend, Move};
use super::chord::{Chord, Modifier};
use super::error::Error;
use std::env;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};
use unix::poll::{PollFd, PollFlags, PollTimeout, poll};
use x11rb::connection::{Connection, RequestConnection};
use x11rb::errors::ReplyError;
use x11rb::protocol::xkb::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{ConnectionExt as _, GrabMode, Keycode, Mapping, ModMask};
use x11rb::protocol::{ErrorKind, Event};
use x11rb::rust_connection::RustConnection;

/// What X11 calls the key `Num_Lock`.
const NUM_LOCK: u32 = 0xff7f;

/// A connection that has the key.
pub(super) struct X11 {
    connection: RustConnection,
    chord: Chord,
    /// The keyboard's keys that are the chord's.
    codes: Vec<Keycode>,
}

/// Whether there is an X server that has all keys: that of a Wayland session has them only while one
/// of its own windows has.
pub(super) fn probe() -> Result<(), Error> {
    connect().map(drop)
}

fn connect() -> Result<RustConnection, Error> {
    if env::var_os("WAYLAND_DISPLAY").is_some() {
        return Err(Error::Absent(
            "X11 tells keys to its own windows only under Wayland".to_owned(),
        ));
    }
    if env::var_os("DISPLAY").is_none() {
        return Err(Error::Absent("there is no DISPLAY for X11".to_owned()));
    }
    let (connection, _) = x11rb::connect(None)
        .map_err(|error| Error::Absent(format!("the X server cannot be reached: {error}")))?;
    Ok(connection)
}

impl X11 {
    /// Grab `chord`, which only one program can.
    pub(super) fn open(chord: &Chord) -> Result<Self, Error> {
        let connection = connect()?;
        tell_repeats_apart(&connection)?;
        let mut x11 = Self { connection, chord: chord.clone(), codes: Vec::new() };
        x11.codes = x11.codes_now()?;
        x11.grab()?;
        Ok(x11)
    }

    /// The keyboard's keys that are the chord's, as the keyboard is mapped now.
    fn codes_now(&self) -> Result<Vec<Keycode>, Error> {
        keys_of(&self.connection, self.chord.key.keysym)
    }

    fn grab(&self) -> Result<(), Error> {
        if self.codes.is_empty() {
            return Err(Error::Unmapped(self.chord.clone()));
        }
        let wanted = modifiers(&self.chord);
        let num_lock = modifier_of(&self.connection, &keys_of(&self.connection, NUM_LOCK)?)?;
        // whether these are on is no matter
        let locks = [ModMask::default(), ModMask::LOCK, num_lock, ModMask::LOCK | num_lock];
        let mut cookies = Vec::new();
        for screen in &self.connection.setup().roots {
            for &code in &self.codes {
                for lock in locks {
                    cookies.push(self.connection.grab_key(
                        false,
                        screen.root,
                        wanted | lock,
                        code,
                        GrabMode::ASYNC,
                        GrabMode::ASYNC,
                    )?);
                }
            }
        }
        for cookie in cookies {
            cookie.check().map_err(|error| match error {
                ReplyError::X11Error(error) if error.error_kind == ErrorKind::Access => {
                    Error::Taken(self.chord.clone())
                }
                error => error.into(),
            })?;
        }
        Ok(())
    }

    /// What an event means for the key.
    fn take(&mut self, event: &Event) -> Result<Option<Move>, Error> {
        match event {
            Event::KeyPress(key) if self.codes.contains(&key.detail) => Ok(Some(Move::Down)),
            Event::KeyRelease(key) if self.codes.contains(&key.detail) => Ok(Some(Move::Up)),
            Event::MappingNotify(change) if change.request != Mapping::POINTER => {
                let codes = self.codes_now()?;
                if codes != self.codes {
                    for screen in &self.connection.setup().roots {
                        self.connection.ungrab_key(0, screen.root, ModMask::ANY)?;
                    }
                    self.codes = codes;
                    self.grab()?;
                }
                Ok(None)
            }
            _ => Ok(None),
        }
    }
}

impl Backend for X11 {
    fn next(&mut self, limit: Duration) -> Result<Option<Move>, Error> {
        let deadline = Instant::now() + limit;
        loop {
            while let Some(event) = self.connection.poll_for_event()? {
                if let Some(step) = self.take(&event)? {
                    return Ok(Some(step));
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let limit = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
            let fd = PollFd::new(self.connection.stream().as_fd(), PollFlags::POLLIN);
            // whatever it says, the connection is looked at
            let _ = poll(&mut [fd], limit);
        }
    }
}

/// Have a key that is held told as going down again, and not as coming up in between.
fn tell_repeats_apart(connection: &RustConnection) -> Result<(), Error> {
    if connection.extension_information(xkb::X11_EXTENSION_NAME)?.is_none() {
        tracing::warn!("the X server lacks XKB: a key that is held may seem to be let go");
        return Ok(());
    }
    connection.xkb_use_extension(1, 0)?.reply()?;
    let keyboard = xkb::ID::USE_CORE_KBD.into();
    let flag = xkb::PerClientFlag::DETECTABLE_AUTO_REPEAT;
    let none = xkb::BoolCtrl::default();
    connection.xkb_per_client_flags(keyboard, flag, flag, none, none, none)?.reply()?;
    Ok(())
}

/// The keys of the keyboard that mean `keysym` by themselves.
fn keys_of(connection: &RustConnection, keysym: u32) -> Result<Vec<Keycode>, Error> {
    let setup = connection.setup();
    let count = setup.max_keycode - setup.min_keycode + 1;
    let mapping = connection.get_keyboard_mapping(setup.min_keycode, count)?.reply()?;
    let each = usize::from(mapping.keysyms_per_keycode).max(1);
    let rows = (setup.min_keycode..=setup.max_keycode).zip(mapping.keysyms.chunks(each));
    Ok(rows.filter(|(_, syms)| syms.first() == Some(&keysym)).map(|(code, _)| code).collect())
}

/// The modifier that one of `codes` is, if it is one.
fn modifier_of(connection: &RustConnection, codes: &[Keycode]) -> Result<ModMask, Error> {
    let mapping = connection.get_modifier_mapping()?.reply()?;
    let each = (mapping.keycodes.len() / 8).max(1);
    let found =
        mapping.keycodes.chunks(each).position(|keys| keys.iter().any(|key| codes.contains(key)));
    Ok(found.map_or(ModMask::default(), |index| ModMask::from(1_u16 << index)))
}

fn modifiers(chord: &Chord) -> ModMask {
    chord.modifiers.iter().fold(ModMask::default(), |mask, modifier| {
        mask | match modifier {
            Modifier::Ctrl => ModMask::CONTROL,
            Modifier::Alt => ModMask::M1,
            Modifier::Shift => ModMask::SHIFT,
            Modifier::Super => ModMask::M4,
        }
    })
}
