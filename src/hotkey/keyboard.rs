//! What the kernel tells of keyboards, and what it means for the key.

use super::backend::Move;
use super::chord::{Chord, Modifier};
use evdev::{EventType, KeyCode, SynchronizationCode};
use std::collections::BTreeSet;
use unix::libc;

/// The bytes of one event: a time, and [`TOLD`] bytes of what happened.
pub(super) const EVENT: usize = size_of::<libc::input_event>();
/// A type and a code of 16 bits, and a value of 32, as the machine writes numbers.
const TOLD: usize = 8;

/// What happened on a keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// A key went down.
    Down(KeyCode),
    /// A key came up.
    Up(KeyCode),
    /// Some events were lost: what is held must be asked for.
    Dropped,
}

/// The events that `bytes`, read from a device, tell of. Keys that repeat, and what is no key, are
/// left out.
pub(super) fn events(bytes: &[u8]) -> impl Iterator<Item = Event> {
    let (events, _) = bytes.as_chunks::<EVENT>();
    events.iter().filter_map(|event| {
        let &[t0, t1, c0, c1, v0, v1, v2, v3] = event.last_chunk::<TOLD>()?;
        let code = u16::from_ne_bytes([c0, c1]);
        let value = i32::from_ne_bytes([v0, v1, v2, v3]);
        match (EventType(u16::from_ne_bytes([t0, t1])), value) {
            (EventType::KEY, 1) => Some(Event::Down(KeyCode::new(code))),
            (EventType::KEY, 0) => Some(Event::Up(KeyCode::new(code))),
            (EventType::SYNCHRONIZATION, _) if code == SynchronizationCode::SYN_DROPPED.0 => {
                Some(Event::Dropped)
            }
            _ => None,
        }
    })
}

/// The keys that are held, on all keyboards: modifiers of one count for another.
#[derive(Debug)]
pub(super) struct Held {
    chord: Chord,
    /// Each with the number of its keyboard.
    codes: BTreeSet<(u64, u16)>,
    is_down: bool,
}

impl Held {
    pub(super) fn new(chord: Chord) -> Self {
        Self { chord, codes: BTreeSet::new(), is_down: false }
    }

    /// A key of a keyboard went down; whether that is the one.
    pub(super) fn down(&mut self, keyboard: u64, code: KeyCode) -> Option<Move> {
        let is_it = code == self.chord.key.code && !self.is_down;
        let down = is_it && self.modifiers() == self.chord.modifiers;
        self.codes.insert((keyboard, code.0));
        self.is_down |= down;
        down.then_some(Move::Down)
    }

    /// A key of a keyboard came up; whether that is the one. Modifiers may come up before it.
    pub(super) fn up(&mut self, keyboard: u64, code: KeyCode) -> Option<Move> {
        self.codes.remove(&(keyboard, code.0));
        self.settle()
    }

    /// Only these keys of a keyboard are held.
    pub(super) fn only(&mut self, keyboard: u64, codes: &[KeyCode]) -> Option<Move> {
        self.codes.retain(|(other, _)| *other != keyboard);
        self.codes.extend(codes.iter().map(|code| (keyboard, code.0)));
        self.settle()
    }

    fn settle(&mut self) -> Option<Move> {
        let is_held = self.codes.iter().any(|(_, code)| *code == self.chord.key.code.0);
        (!is_held && std::mem::take(&mut self.is_down)).then_some(Move::Up)
    }

    fn modifiers(&self) -> BTreeSet<Modifier> {
        self.codes.iter().filter_map(|(_, code)| modifier(KeyCode::new(*code))).collect()
    }
}

fn modifier(code: KeyCode) -> Option<Modifier> {
    Some(match code {
        KeyCode::KEY_LEFTCTRL | KeyCode::KEY_RIGHTCTRL => Modifier::Ctrl,
        KeyCode::KEY_LEFTALT | KeyCode::KEY_RIGHTALT => Modifier::Alt,
        KeyCode::KEY_LEFTSHIFT | KeyCode::KEY_RIGHTSHIFT => Modifier::Shift,
        KeyCode::KEY_LEFTMETA | KeyCode::KEY_RIGHTMETA => Modifier::Super,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a PC's keyboard sends: the scan code, the key, and the end of the report, as the kernel
    /// lays them out on this machine.
    fn report(key: u8, value: u8) -> Vec<u8> {
        let event = |kind: u16, code: u16, value: i32| {
            let mut event = vec![0x5c; EVENT - TOLD];
            event.extend(kind.to_ne_bytes());
            event.extend(code.to_ne_bytes());
            event.extend(value.to_ne_bytes());
            event
        };
        let scan = event(4, 4, key.into());
        [scan, event(1, key.into(), value.into()), event(0, 0, 0)].concat()
    }

    /// A press and a release of space, 24 bytes an event, as x86-64 writes them.
    #[cfg(target_arch = "x86_64")]
    #[test]
    fn bytes_are_read_as_the_kernel_lays_them_out() {
        let bytes = [
            "3d5c716800000000 1c6e0a0000000000 0400 0400 39000000",
            "3d5c716800000000 1c6e0a0000000000 0100 3900 01000000",
            "3d5c716800000000 1c6e0a0000000000 0000 0000 00000000",
            "3d5c716800000000 e4f10b0000000000 0100 3900 00000000",
            "3d5c716800000000 e4f10b0000000000 0000 0000 00000000",
        ];
        let hex: String = bytes.concat().split_whitespace().collect();
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
        let read: Vec<Event> = events(&bytes).collect();
        assert_eq!(read, [Event::Down(KeyCode::KEY_SPACE), Event::Up(KeyCode::KEY_SPACE)]);
    }

    const CTRL: u8 = 29;
    const ALT: u8 = 56;
    const SPACE: u8 = 57;

    fn moves(held: &mut Held, keyboard: u64, bytes: &[u8]) -> Vec<Move> {
        let step = |event| match event {
            Event::Down(code) => held.down(keyboard, code),
            Event::Up(code) => held.up(keyboard, code),
            Event::Dropped => held.only(keyboard, &[]),
        };
        events(bytes).filter_map(step).collect()
    }

    fn held() -> Held {
        Held::new("ctrl+alt+space".parse().unwrap())
    }

    #[test]
    fn a_held_chord_goes_down_once_and_comes_up_with_its_key() {
        let mut held = held();
        let bytes =
            [(CTRL, 1), (SPACE, 1), (SPACE, 0), (ALT, 1), (SPACE, 1), (SPACE, 2), (SPACE, 2)];
        let bytes: Vec<u8> = bytes.iter().flat_map(|&(key, value)| report(key, value)).collect();
        assert_eq!(moves(&mut held, 0, &bytes), [Move::Down]);
        assert_eq!(moves(&mut held, 0, &[report(ALT, 0), report(CTRL, 0)].concat()), []);
        assert_eq!(moves(&mut held, 0, &report(SPACE, 0)), [Move::Up]);
    }

    #[test]
    fn another_modifier_makes_another_chord_and_each_keyboard_adds_its_own() {
        let mut held = held();
        assert_eq!(moves(&mut held, 0, &[report(CTRL, 1), report(ALT, 1)].concat()), []);
        assert_eq!(moves(&mut held, 0, &[report(42, 1), report(SPACE, 1)].concat()), [], "shift");
        assert_eq!(moves(&mut held, 0, &[report(SPACE, 0), report(42, 0)].concat()), []);
        assert_eq!(moves(&mut held, 1, &report(SPACE, 1)), [Move::Down]);
        // that keyboard is unplugged
        assert_eq!(held.only(1, &[]), Some(Move::Up));
    }

    #[test]
    fn lost_events_and_a_row_cut_short_do_no_harm() {
        let mut held = Held::new("right_ctrl".parse().unwrap());
        assert_eq!(moves(&mut held, 0, &report(97, 1)), [Move::Down]);
        let mut dropped = report(97, 2);
        let code = 2 * EVENT + EVENT - TOLD + 2;
        dropped[code..code + 2].copy_from_slice(&3_u16.to_ne_bytes());
        assert_eq!(events(&dropped).collect::<Vec<_>>(), [Event::Dropped]);
        assert_eq!(moves(&mut held, 0, &dropped), [Move::Up]);
        assert_eq!(events(&report(97, 1)[..2 * EVENT - 1]).count(), 0);
    }
}
