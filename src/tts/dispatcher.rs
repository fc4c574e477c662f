//! speech-dispatcher, which speaks with the voice of a screen reader's user.

use super::ssip::Connection;
use super::{Error, verbalise};
use std::env;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Where its address is told, where it is not the usual one.
const ADDRESS: &str = "SPEECHD_ADDRESS";
/// How often to look whether to be silent.
const POLL: Duration = Duration::from_millis(20);
/// How long the sound of a message may take to begin.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a message's sound may take for each of its characters, at the slowest rate there is.
const SLOWEST: Duration = Duration::from_millis(400);

/// Events.
const BEGIN: u16 = 701;
const END: u16 = 702;
const CANCELLED: u16 = 703;

/// How a message ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was spoken.
    Whole,
    /// It was cut off, by us or by somebody else.
    Cancelled,
}

/// A client of the daemon. It connects by itself, and anew after an error.
#[derive(Debug)]
pub struct Dispatcher {
    socket: PathBuf,
    language: String,
    connection: Option<Connection>,
    /// The speed and the volume that were asked for; the daemon's own where none were.
    manner: Option<(f32, u8)>,
}

impl Dispatcher {
    /// A client of the daemon at `socket`, for texts in `language`.
    pub fn new(socket: PathBuf, language: &str) -> Self {
        Self { socket, language: language.to_owned(), connection: None, manner: None }
    }

    /// Where the daemon of this session listens.
    ///
    /// # Errors
    /// It is told to be elsewhere than at a Unix socket, or there is no session.
    pub fn socket() -> Result<PathBuf, Error> {
        match env::var(ADDRESS) {
            Ok(address) => match address.strip_prefix("unix_socket:") {
                Some(path) => Ok(path.into()),
                None if address == "unix_socket" => usual_socket(),
                None => Err(Error::DispatcherAddress(address)),
            },
            Err(_) => usual_socket(),
        }
    }

    /// The module that it speaks with.
    ///
    /// # Errors
    /// It cannot be reached, or refuses to tell.
    pub fn module(&mut self) -> Result<String, Error> {
        self.connected(|connection| value(connection, "OUTPUT_MODULE"))
    }

    /// How fast it speaks, as a factor of its usual speed, and how loud, 0…100.
    ///
    /// # Errors
    /// It cannot be reached, or refuses to tell.
    pub fn manner(&mut self) -> Result<(f32, u8), Error> {
        if let Some(manner) = self.manner {
            return Ok(manner);
        }
        self.connected(|connection| {
            let rate = level(&value(connection, "RATE")?)?;
            let volume = level(&value(connection, "VOLUME")?)?;
            Ok((speed(rate), (volume / 2.0 + 50.0) as u8))
        })
    }

    /// Speak so fast and so loud from now on, as [`Self::manner`] has it.
    ///
    /// # Errors
    /// It cannot be reached, or refuses; it will be asked again when it is reached again.
    pub fn set_manner(&mut self, speed: f32, volume: u8) -> Result<(), Error> {
        self.manner = Some((speed, volume));
        self.connected(|connection| set_manner(connection, speed, volume))
    }

    /// Speak `text`, and wait for its end; `began` is called when its sound begins. Setting `hushed`
    /// silences it.
    ///
    /// # Errors
    /// The daemon cannot be reached, goes away, or does not speak.
    pub fn speak(
        &mut self,
        text: &str,
        hushed: &AtomicBool,
        began: &mut dyn FnMut(),
    ) -> Result<Ended, Error> {
        let is_english = self.language.starts_with("en");
        let text = if is_english { verbalise(text) } else { text.to_owned() };
        self.connected(|connection| speak(connection, &text, hushed, began))
    }

    /// Do something with the connection, which is made where there is none, and is not used again after
    /// an error.
    fn connected<T>(
        &mut self,
        work: impl FnOnce(&mut Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let done = work(&mut connection)?;
        self.connection = Some(connection);
        Ok(done)
    }

    fn connect(&self) -> Result<Connection, Error> {
        let mut connection = Connection::open(&self.socket)?;
        let user = env::var("USER").unwrap_or_else(|_| "user".to_owned());
        connection.request(&format!("SET SELF CLIENT_NAME {user}:nixvox:main"))?;
        connection.request("SET SELF NOTIFICATION ALL ON")?;
        connection.request(&format!("SET SELF LANGUAGE {}", self.language))?;
        // what a screen reader reads does not push an answer aside
        connection.request("SET SELF PRIORITY MESSAGE")?;
        if let Some((speed, volume)) = self.manner {
            set_manner(&mut connection, speed, volume)?;
        }
        Ok(connection)
    }
}

fn usual_socket() -> Result<PathBuf, Error> {
    let runtime = dirs::runtime_dir().ok_or(Error::NoSession)?;
    Ok(runtime.join("speech-dispatcher/speechd.sock"))
}

/// What it tells of one of its settings.
fn value(connection: &mut Connection, name: &str) -> Result<String, Error> {
    let reply = connection.request(&format!("GET {name}"))?;
    Ok(reply.values.into_iter().next().unwrap_or_default())
}

/// A level as it tells it, −100…100.
fn level(text: &str) -> Result<f32, Error> {
    let level =
        text.parse::<i16>().map_err(|_| Error::DispatcherGone(format!("odd level {text}")))?;
    Ok(f32::from(level.clamp(-100, 100)))
}

/// The speed that a rate of −100…100 stands for: three times the usual one at most.
fn speed(rate: f32) -> f32 {
    3.0_f32.powf(rate / 100.0)
}

fn set_manner(connection: &mut Connection, speed: f32, volume: u8) -> Result<(), Error> {
    let rate = (speed.log(3.0) * 100.0).round().clamp(-100.0, 100.0);
    connection.request(&format!("SET SELF RATE {rate}"))?;
    let volume = i16::from(volume.min(100)) * 2 - 100;
    connection.request(&format!("SET SELF VOLUME {volume}")).map(drop)
}

fn speak(
    connection: &mut Connection,
    text: &str,
    hushed: &AtomicBool,
    began: &mut dyn FnMut(),
) -> Result<Ended, Error> {
    connection.request("SPEAK")?;
    let queued = connection.request(&message(text))?;
    let Some(number) = queued.values.into_iter().next() else {
        // there was nothing in it to be spoken
        return Ok(Ended::Whole);
    };
    let mut deadline = Instant::now() + PATIENCE;
    let mut is_cancelled = false;
    loop {
        if !is_cancelled && hushed.load(Ordering::Relaxed) {
            connection.request("CANCEL SELF")?;
            is_cancelled = true;
        }
        if Instant::now() > deadline {
            // nor shall it come later
            connection.request("CANCEL SELF")?;
            return Err(Error::DispatcherGone("it does not speak".to_owned()));
        }
        let Some(event) = connection.event(POLL)? else { continue };
        if event.values.first() != Some(&number) {
            continue;
        }
        match event.code {
            BEGIN => {
                began();
                let longest = SLOWEST * u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
                deadline = Instant::now() + PATIENCE + longest;
            }
            END => return Ok(Ended::Whole),
            CANCELLED => return Ok(Ended::Cancelled),
            _ => {}
        }
    }
}

/// `text` as a message's lines, with their end.
fn message(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    // a point that a line begins with is doubled, as one alone is the end
    let doubled = if line.starts_with('.') { "." } else { "" };
    format!("{doubled}{line}\r\n.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_that_no_text_can_end() {
        for (text, expected) in [
            ("Done.\n.\nSTOP ALL", "Done. . STOP ALL\r\n."),
            (".config is there", "..config is there\r\n."),
            (".", "..\r\n."),
            ("a\0b\r\n", "a b\r\n."),
        ] {
            assert_eq!(message(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_rate_is_a_speed_and_back() {
        for rate in [-63.0, 0.0, 40.0, 100.0_f32] {
            assert!((speed(rate).log(3.0) * 100.0 - rate).abs() < 0.1, "{rate}");
        }
        assert!((0.49..0.51).contains(&speed(-63.0)));
    }
}
