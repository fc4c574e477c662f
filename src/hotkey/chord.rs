//! Which key, with which modifiers.

use super::keys::Key;
use serde::{Deserialize, Deserializer, de};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// A modifier, of either side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Modifier {
    /// Control.
    Ctrl,
    /// Alt.
    Alt,
    /// Shift.
    Shift,
    /// Super, Meta, or the key with a window on it.
    Super,
}

impl Modifier {
    pub(super) const ALL: [Self; 4] = [Self::Ctrl, Self::Alt, Self::Shift, Self::Super];

    fn name(self) -> &'static str {
        match self {
            Self::Ctrl => "ctrl",
            Self::Alt => "alt",
            Self::Shift => "shift",
            Self::Super => "super",
        }
    }
}

/// A key with modifiers, such as `ctrl+alt+space`.
///
/// ```
/// let chord: nixvox::hotkey::Chord = "Alt+Ctrl+Space".parse()?;
/// assert_eq!(chord.to_string(), "ctrl+alt+space");
/// # Ok::<(), nixvox::hotkey::ChordError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chord {
    pub(super) modifiers: BTreeSet<Modifier>,
    pub(super) key: Key,
}

/// A text that names no key that could be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChordError {
    /// There is no such key.
    #[error("`{0}` is no key: name one of {names}, after ctrl+, alt+, shift+ or super+", names = Key::names())]
    NoKey(String),
    /// There is no such modifier.
    #[error("`{0}` is no modifier: there are ctrl, alt, shift and super")]
    NoModifier(String),
    /// Nobody could type it any more.
    #[error(
        "`{0}` alone would be missed in all other programs: put ctrl+, alt+ or super+ before it"
    )]
    Missed(String),
}

impl FromStr for Chord {
    type Err = ChordError;

    fn from_str(text: &str) -> Result<Self, ChordError> {
        let text = text.trim().to_lowercase();
        let (modifiers, name) = text.rsplit_once('+').unwrap_or(("", &text));
        let key = Key::named(name.trim()).ok_or_else(|| ChordError::NoKey(name.to_owned()))?;
        let named = |name: &str| {
            let name = name.trim();
            let found = Modifier::ALL.into_iter().find(|modifier| modifier.name() == name);
            found.ok_or_else(|| ChordError::NoModifier(name.to_owned()))
        };
        let modifiers: BTreeSet<Modifier> = match modifiers {
            "" => BTreeSet::new(),
            some => some.split('+').map(named).collect::<Result<_, _>>()?,
        };
        let typed = modifiers.iter().all(|&modifier| modifier == Modifier::Shift);
        if typed && !key.spare {
            return Err(ChordError::Missed(text));
        }
        Ok(Self { modifiers, key })
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for modifier in &self.modifiers {
            write!(f, "{}+", modifier.name())?;
        }
        f.write_str(&self.key.name)
    }
}

/// A chord, or `none`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice(pub Option<Chord>);

impl FromStr for Choice {
    type Err = ChordError;

    fn from_str(text: &str) -> Result<Self, ChordError> {
        if text.trim().eq_ignore_ascii_case("none") {
            return Ok(Self(None));
        }
        text.parse().map(|chord| Self(Some(chord)))
    }
}

impl<'de> Deserialize<'de> for Choice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chords_are_read_in_any_order_and_told_in_one() {
        let told = |text: &str| text.parse::<Chord>().unwrap().to_string();
        assert_eq!(told("super + ALT+ctrl+Space"), "ctrl+alt+super+space");
        assert_eq!(told("f9"), "f9");
        assert_eq!(told("shift+pause"), "shift+pause");
    }

    #[test]
    fn what_is_none_or_would_be_missed_is_refused() {
        let error = |text: &str| text.parse::<Chord>().unwrap_err();
        assert_eq!(error("hyper+space"), ChordError::NoModifier("hyper".into()));
        assert_eq!(error("ctrl+"), ChordError::NoKey(String::new()));
        assert_eq!(error("ctrl++space"), ChordError::NoModifier(String::new()));
        assert_eq!(error("shift+a"), ChordError::Missed("shift+a".into()));
        assert_eq!("None".parse(), Ok(Choice(None)));
    }
}
