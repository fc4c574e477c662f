//! What the daemon tells between a request and its reply: messages, activities and their progress.
//! (The protocol calls this channel stderr.)

use super::ansi::strip_ansi;
use super::codec::{Decode, malformed};
use std::fmt;
use std::io::{self, Read};

const NEXT: u64 = 0x6f6c_6d67;
const READ: u64 = 0x6461_7461;
const WRITE: u64 = 0x6461_7416;
const LAST: u64 = 0x616c_7473;
const ERROR: u64 = 0x6378_7470;
const START_ACTIVITY: u64 = 0x5354_5254;
const STOP_ACTIVITY: u64 = 0x5354_4f50;
const RESULT: u64 = 0x5253_4c54;

/// A particular of an activity or of its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// A number.
    Number(u64),
    /// A text, without terminal colours.
    Text(String),
}

/// Something the daemon tells while it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A message for people, without terminal colours.
    Message(String),
    /// An activity begins.
    Start {
        /// Its number on this connection.
        id: u64,
        /// Verbosity from which it is worth showing, 0 (error) to 7 (vomit).
        level: u64,
        /// Its kind, as Nix numbers them: 105 is a build, 108 a substitution.
        kind: u64,
        /// What it is, for people.
        text: String,
        /// Its particulars, by kind.
        fields: Vec<Field>,
        /// The activity it belongs to, or 0.
        parent: u64,
    },
    /// An activity is over.
    Stop {
        /// Its number.
        id: u64,
    },
    /// An activity tells of its progress; see [`Event::progress`].
    Result {
        /// Its number.
        id: u64,
        /// What it tells, as Nix numbers them.
        kind: u64,
        /// The particulars, by kind.
        fields: Vec<Field>,
    },
}

/// The daemon's no to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The error, without terminal colours.
    pub message: String,
    /// Where it came from, outermost first; often empty.
    pub traces: Vec<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.traces.iter().try_for_each(|trace| write!(f, " ({trace})"))
    }
}

/// Read up to the reply proper, handing each event to `observe`. `Some` is a refusal, after which no
/// reply follows but the next request may be sent.
pub fn drain(from: &mut impl Read, observe: &mut dyn FnMut(Event)) -> io::Result<Option<Refusal>> {
    loop {
        match from.number()? {
            LAST => return Ok(None),
            ERROR => return refusal(from).map(Some),
            NEXT => observe(Event::Message(plain(from)?.trim_end().to_owned())),
            START_ACTIVITY => observe(Event::Start {
                id: from.number()?,
                level: from.number()?,
                kind: from.number()?,
                text: plain(from)?,
                fields: fields(from)?,
                parent: from.number()?,
            }),
            STOP_ACTIVITY => observe(Event::Stop { id: from.number()? }),
            RESULT => observe(Event::Result {
                id: from.number()?,
                kind: from.number()?,
                fields: fields(from)?,
            }),
            READ | WRITE => return Err(malformed("it asks for data that was not offered")),
            tag => return Err(malformed(format!("unknown message tag {tag:#x}"))),
        }
    }
}

fn refusal(from: &mut impl Read) -> io::Result<Refusal> {
    let kind = from.text()?;
    if kind != "Error" {
        return Err(malformed(format!("unknown error type `{kind}`")));
    }
    let (_level, _name) = (from.number()?, from.prose()?);
    let message = plain(from)?;
    let _position = from.number()?;
    let traces = from.list(|from| {
        let _position = from.number()?;
        plain(from)
    })?;
    Ok(Refusal { message, traces })
}

fn fields(from: &mut impl Read) -> io::Result<Vec<Field>> {
    from.list(|from| match from.number()? {
        0 => from.number().map(Field::Number),
        1 => plain(from).map(Field::Text),
        kind => Err(malformed(format!("unknown field type {kind}"))),
    })
}

fn plain(from: &mut impl Read) -> io::Result<String> {
    from.prose().map(|text| strip_ansi(&text))
}

#[cfg(test)]
mod tests {
    use super::super::codec::Encoder;
    use super::*;

    fn drained(bytes: &[u8]) -> (io::Result<Option<Refusal>>, Vec<Event>) {
        let mut events = Vec::new();
        let end = drain(&mut &*bytes, &mut |event| events.push(event));
        (end, events)
    }

    /// One of every kind of event, then a refusal.
    fn conversation() -> Vec<u8> {
        let mut to = Encoder::default();
        to.number(NEXT).blob("\u{1b}[31;1mwarning:\u{1b}[0m dirty\n");
        to.number(START_ACTIVITY).number(9).number(3).number(105).blob("building");
        to.number(2).number(1).blob("/store/x.drv").number(0).number(4).number(0);
        to.number(RESULT).number(9).number(101).number(1).number(1).blob("step");
        to.number(STOP_ACTIVITY).number(9);
        to.number(ERROR).blob("Error").number(0).blob("Error").blob("builder failed").number(0);
        to.number(1).number(0).blob("while building x");
        to.into_bytes()
    }

    #[test]
    fn every_kind_of_event_is_understood() {
        let (end, events) = drained(&conversation());
        assert_eq!(events.len(), 4);
        assert_eq!(events[0], Event::Message("warning: dirty".into()));
        let Event::Start { fields, .. } = &events[1] else { panic!("{:?}", events[1]) };
        assert_eq!(fields[..], [Field::Text("/store/x.drv".into()), Field::Number(4)]);
        let refusal = end.unwrap().unwrap();
        assert_eq!(refusal.to_string(), "builder failed (while building x)");
    }

    #[test]
    fn every_truncation_is_an_error() {
        let bytes = conversation();
        for end in 0..bytes.len() {
            assert!(drained(&bytes[..end]).0.is_err(), "cut at {end}");
        }
    }

    #[test]
    fn every_flipped_byte_is_survived() {
        let bytes = conversation();
        for at in 0..bytes.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] ^= flip;
                // Whatever it makes of them, it must come back.
                let _ = drained(&bytes);
            }
        }
        assert!(drained(&[0xff; 64]).0.is_err());
    }
}
