//! A connection to speech-dispatcher, by its protocol SSIP: lines over a Unix socket.
//!
//! What it tells unasked comes between its replies, and is awaited while something else may have to be
//! asked for; so a thread of its own reads. The crates for it read and write through one client, which
//! takes half a line for an error, and an event before a reply as well.

use super::Error;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Events have codes from here on, below [`EVENTS_END`].
const EVENTS: u16 = 700;
const EVENTS_END: u16 = 800;
/// Codes from here on up to [`EVENTS`] are refusals.
const REFUSALS: u16 = 300;
/// So many replies wait to be taken; more wait in the socket.
const WAITING: usize = 64;
/// How long a reply may take.
const LIMIT: Duration = Duration::from_secs(2);

/// What it says at a time: lines with the same code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    /// What the lines before the last one hold.
    pub(super) values: Vec<String>,
    /// What the last line says.
    pub(super) text: String,
}

/// A connection; dropping it ends it.
#[derive(Debug)]
pub(super) struct Connection {
    stream: UnixStream,
    told: Receiver<Reply>,
    events: VecDeque<Reply>,
    reader: Option<JoinHandle<()>>,
}

impl Connection {
    /// Connect to the daemon at `socket`.
    pub(super) fn open(socket: &Path) -> Result<Self, Error> {
        let unreachable = |source| Error::Dispatcher { socket: socket.to_owned(), source };
        let stream = UnixStream::connect(socket).map_err(unreachable)?;
        stream.set_write_timeout(Some(LIMIT)).map_err(unreachable)?;
        let reader = BufReader::new(stream.try_clone().map_err(unreachable)?);
        let (teller, told) = mpsc::sync_channel(WAITING);
        let work = move || read(reader, &teller);
        let reader = thread::Builder::new().name("ssip".to_owned()).spawn(work);
        let reader = Some(reader.map_err(unreachable)?);
        Ok(Self { stream, told, events: VecDeque::new(), reader })
    }

    /// Ask for something; what it replies, which is no refusal.
    pub(super) fn request(&mut self, line: &str) -> Result<Reply, Error> {
        self.stream
            .write_all(format!("{line}\r\n").as_bytes())
            .map_err(|error| Error::DispatcherGone(error.to_string()))?;
        let deadline = Instant::now() + LIMIT;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Some(reply) = self.next(left)? else {
                return Err(Error::DispatcherGone("it does not reply".to_owned()));
            };
            match reply.code {
                EVENTS..EVENTS_END => self.events.push_back(reply),
                REFUSALS..EVENTS => {
                    let request = line.lines().next().unwrap_or_default().to_owned();
                    return Err(Error::DispatcherRefused { request, answer: reply.text });
                }
                _ => return Ok(reply),
            }
        }
    }

    /// The next event, awaited for `limit`.
    pub(super) fn event(&mut self, limit: Duration) -> Result<Option<Reply>, Error> {
        if let Some(event) = self.events.pop_front() {
            return Ok(Some(event));
        }
        self.next(limit)
    }

    fn next(&self, limit: Duration) -> Result<Option<Reply>, Error> {
        match self.told.recv_timeout(limit) {
            Ok(reply) => Ok(Some(reply)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                Err(Error::DispatcherGone("it hung up".to_owned()))
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // which ends the reader; one that has hung up already does not mind
        let _ = self.stream.shutdown(Shutdown::Both);
        // it may have something to tell before
        self.told.iter().for_each(drop);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// Tell what is said, until it hangs up, says what is not SSIP, or nobody wants to hear it.
fn read(lines: impl BufRead, told: &SyncSender<Reply>) {
    let mut values = Vec::new();
    for line in lines.lines() {
        let Some((code, is_last, text)) = line.ok().as_deref().and_then(parsed) else { return };
        if !is_last {
            values.push(text);
        } else if told.send(Reply { code, values: std::mem::take(&mut values), text }).is_err() {
            return;
        }
    }
}

/// A line's code, whether it is the last of its reply, and the rest of it.
fn parsed(line: &str) -> Option<(u16, bool, String)> {
    let (code, rest) = line.split_at_checked(3)?;
    let is_last = match rest.chars().next() {
        Some(' ') | None => true,
        Some('-') => false,
        Some(_) => return None,
    };
    let text = rest.get(1..).unwrap_or_default().trim_end();
    Some((code.parse().ok()?, is_last, text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_connection_ends_though_much_waits_to_be_taken() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("socket");
        let listener = UnixListener::bind(&socket).unwrap();
        let mut connection = Connection::open(&socket).unwrap();
        let (mut daemon, _) = listener.accept().unwrap();
        daemon.write_all("702 END\r\n".repeat(3 * WAITING).as_bytes()).unwrap();
        let limit = Duration::from_secs(5);
        assert_eq!(connection.event(limit).unwrap().unwrap().code, 702);
        drop(connection);
        assert!(daemon.write_all(b"702 END\r\n").is_err(), "nobody reads any longer");
    }

    #[test]
    fn replies_are_told_from_events_and_refusals() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("socket");
        let listener = UnixListener::bind(&socket).unwrap();
        let daemon = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut line = String::new();
            let mut asked = BufReader::new(stream.try_clone().unwrap());
            let says = [
                "701-4\r\n701-1\r\n701 BEGIN\r\n251-espeak-ng\r\n251 OK GET RETURNED\r\n",
                "409 ERR RATE TOO HIGH\r\n",
                "702-4\r\n702-1\r\n702 END\r\nnonsense\r\n",
            ];
            for say in says {
                asked.read_line(&mut line).unwrap();
                // in pieces, as a socket may hand it over
                for piece in say.as_bytes().chunks(5) {
                    stream.write_all(piece).unwrap();
                }
            }
            line
        });
        let mut connection = Connection::open(&socket).unwrap();
        let reply = connection.request("GET OUTPUT_MODULE").unwrap();
        assert_eq!((reply.code, reply.values), (251, vec!["espeak-ng".to_owned()]));
        let refused = connection.request("SET SELF RATE 900").unwrap_err().to_string();
        assert!(refused.contains("SET SELF RATE 900") && refused.contains("TOO HIGH"), "{refused}");
        let limit = Duration::from_secs(5);
        let event = connection.event(limit).unwrap().unwrap();
        assert_eq!((event.code, event.values[0].as_str()), (701, "4"));
        assert!(connection.request("QUIT").unwrap_err().to_string().contains("hung up"));
        assert_eq!(connection.event(limit).unwrap().unwrap().code, 702);
        assert_eq!(daemon.join().unwrap().lines().count(), 3);
        drop(connection);
        std::fs::remove_file(&socket).unwrap();
        let gone = Connection::open(&socket).unwrap_err().to_string();
        assert!(gone.contains("cannot be reached"), "{gone}");
    }
}
