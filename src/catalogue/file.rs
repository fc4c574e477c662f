//! The catalogue's file: what lies where in it.
//!
//! A header of magic, three counts and the checksum of all else; tables of little-endian numbers;
//! then two lines an entry, in two stretches: the heads, which are searched (attribute, name,
//! version, description), and the tails (outputs, commands).

/// What a catalogue file begins with; its last digit is the format's version.
pub(super) const MAGIC: &[u8; 8] = b"NIXVOXC2";
/// Magic, three counts, and the checksum.
const HEADER: usize = 8 + 4 * 4;

/// How many there are of each, which tells where everything begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Entries: each has a head and a tail, and there is one more offset of each.
    pub(super) entries: usize,
    /// Folded names that lead to entries.
    pub(super) keys: usize,
    /// Commands, each with its entry and where it stands among the tails.
    pub(super) commands: usize,
}

impl Layout {
    /// The layout of a whole file; `None` where it is not one, or was altered.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let count = |index: usize| header(bytes, 8 + 4 * index).map(|count| count as usize);
        let layout = Self { entries: count(0)?, keys: count(1)?, commands: count(2)? };
        let numbers = layout.entries.checked_add(1)?.checked_mul(2)?;
        let numbers =
            numbers.checked_add(layout.keys)?.checked_add(layout.commands.checked_mul(2)?)?;
        let text = numbers.checked_mul(4)?.checked_add(HEADER)?;
        let sound = bytes.starts_with(MAGIC)
            && text <= bytes.len()
            && header(bytes, HEADER - 4)? == checksum(&bytes[..HEADER - 4], &bytes[HEADER..]);
        sound.then_some(layout)
    }

    /// The header for `rest`, all that follows it.
    pub(super) fn header(self, rest: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        for count in [self.entries, self.keys, self.commands] {
            bytes.extend((count as u32).to_le_bytes());
        }
        let checksum = checksum(&bytes, rest);
        bytes.extend(checksum.to_le_bytes());
        bytes
    }

    /// The number at `index` of all tables: the heads' offsets, the tails', the keys, the commands.
    pub(super) fn number(bytes: &[u8], index: usize) -> u32 {
        header(bytes, HEADER + 4 * index).unwrap_or_default()
    }

    /// The index of the first of the tails' offsets.
    pub(super) fn tails(self) -> usize {
        self.entries + 1
    }

    /// The index of the first key.
    pub(super) fn keys(self) -> usize {
        2 * (self.entries + 1)
    }

    /// The index of the first command's pair.
    pub(super) fn commands(self) -> usize {
        self.keys() + self.keys
    }

    /// The heads and tails, to which all offsets refer.
    pub(super) fn text(self, bytes: &[u8]) -> &[u8] {
        bytes.get(HEADER + 4 * (self.commands() + 2 * self.commands)..).unwrap_or_default()
    }
}

fn header(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

/// The checksum of a file's counts and of all that follows it.
fn checksum(counts: &[u8], rest: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(counts);
    hasher.update(rest);
    hasher.finalize()
}
