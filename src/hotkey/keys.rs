//! The keys by name: what X11, the portal and the kernel call them.

use evdev::KeyCode;

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    /// As it is written in the configuration.
    pub(super) name: String,
    /// Its number in X11.
    pub(super) keysym: u32,
    /// Its name in X11, which is the portal's too.
    pub(super) symbol: String,
    /// What the kernel calls it.
    pub(super) code: KeyCode,
    /// Whether nobody misses it where it is taken without a modifier.
    pub(super) spare: bool,
}

/// Keys that are neither letters nor digits nor numbered: by their own name, that of X11 and its
/// number, the kernel's, and whether they may be taken alone.
const NAMED: [(&str, &str, u32, KeyCode, bool); 14] = [
    ("space", "space", 0x20, KeyCode::KEY_SPACE, false),
    ("return", "Return", 0xff0d, KeyCode::KEY_ENTER, false),
    ("tab", "Tab", 0xff09, KeyCode::KEY_TAB, false),
    ("grave", "grave", 0x60, KeyCode::KEY_GRAVE, false),
    ("insert", "Insert", 0xff63, KeyCode::KEY_INSERT, true),
    ("pause", "Pause", 0xff13, KeyCode::KEY_PAUSE, true),
    ("print", "Print", 0xff61, KeyCode::KEY_SYSRQ, true),
    ("scroll_lock", "Scroll_Lock", 0xff14, KeyCode::KEY_SCROLLLOCK, true),
    ("menu", "Menu", 0xff67, KeyCode::KEY_COMPOSE, true),
    ("mic_mute", "XF86AudioMicMute", 0x1008_ffb2, KeyCode::KEY_MICMUTE, true),
    ("right_ctrl", "Control_R", 0xffe4, KeyCode::KEY_RIGHTCTRL, true),
    ("right_alt", "Alt_R", 0xffea, KeyCode::KEY_RIGHTALT, true),
    ("right_shift", "Shift_R", 0xffe2, KeyCode::KEY_RIGHTSHIFT, true),
    ("right_super", "Super_R", 0xffec, KeyCode::KEY_RIGHTMETA, true),
];

/// X11's number of F1; the others follow it.
const F1: u32 = 0xffbe;

impl Key {
    /// The key of this name, in lower case.
    pub(super) fn named(name: &str) -> Option<Self> {
        if let Some(&(_, symbol, keysym, code, spare)) = NAMED.iter().find(|row| row.0 == name) {
            return Some(Self { name: name.into(), keysym, symbol: symbol.into(), code, spare });
        }
        let code: KeyCode = format!("KEY_{}", name.to_uppercase()).parse().ok()?;
        let (keysym, symbol, spare) = match name.as_bytes() {
            [b'a'..=b'z' | b'0'..=b'9'] => (u32::from(name.as_bytes()[0]), name.to_owned(), false),
            [b'f', ..] => match name[1..].parse() {
                Ok(number @ 1..=24) => (F1 + number - 1, format!("F{number}"), true),
                _ => return None,
            },
            _ => return None,
        };
        Some(Self { name: name.to_owned(), keysym, symbol, code, spare })
    }

    /// All names, in words.
    pub(super) fn names() -> String {
        let named: Vec<&str> = NAMED.iter().map(|row| row.0).collect();
        format!("a to z, 0 to 9, f1 to f24, {}", named.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_names() {
        let key = |name| Key::named(name).unwrap();
        assert_eq!((key("a").keysym, key("a").code), (0x61, KeyCode::KEY_A));
        assert_eq!((key("0").keysym, key("0").code), (0x30, KeyCode::KEY_0));
        let f24 = key("f24");
        assert_eq!((f24.keysym, f24.symbol.as_str(), f24.code), (0xffd5, "F24", KeyCode::KEY_F24));
        assert_eq!(key("menu").code, KeyCode::KEY_COMPOSE);
        assert!(!key("f").spare && key("f1").spare, "a letter is missed, F1 is not");
        for none in ["", "f0", "f25", "f01x", "é", "nothing", "leftctrl", "esc"] {
            assert_eq!(Key::named(none), None, "{none}");
        }
    }
}
