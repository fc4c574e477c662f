//! Requests and replies over one stream, kept in step.

use super::Error;
use super::cancel::{Cancel, Hook};
use super::wire::codec::Encoder;
use super::wire::handshake::{Greeting, greet};
use super::wire::operation::Operation;
use super::wire::stderr::{self, Event, Refusal};
use std::io::{self, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A greeted daemon at the other end of a stream. After an error within a message the two sides are
/// out of step, and every later request is refused with [`Error::OutOfStep`].
pub(super) struct Connection<S> {
    stream: BufReader<S>,
    pub(super) greeting: Greeting,
    pub(super) observer: Box<dyn FnMut(Event) + Send>,
    out_of_step: bool,
    /// Set once the connection was cut because the work was called off.
    cut: Arc<AtomicBool>,
    _hook: Option<Hook>,
}

impl Connection<UnixStream> {
    /// [`Self::greet`], and cut the connection once `cancel` calls the work off: the protocol knows
    /// no other way to stop what the daemon does.
    pub(super) fn greet_until(stream: UnixStream, cancel: &Cancel) -> Result<Self, Error> {
        let doing = || "exchanging greetings".to_owned();
        let other = stream.try_clone().map_err(|error| broken(doing(), error))?;
        let cut = Arc::<AtomicBool>::default();
        let flag = Arc::clone(&cut);
        let hook = cancel.hook(move || {
            flag.store(true, Ordering::SeqCst);
            // one that is closed already is as good
            let _ = other.shutdown(Shutdown::Both);
        });
        let greeted = Self::greet(stream);
        if cut.load(Ordering::SeqCst) {
            return Err(Error::Cancelled);
        }
        greeted.map(|connection| Self { cut, _hook: Some(hook), ..connection })
    }
}

impl<S: Read + Write> Connection<S> {
    pub(super) fn greet(mut stream: S) -> Result<Self, Error> {
        let greeting =
            greet(&mut stream).map_err(|error| broken("exchanging greetings".into(), error))?;
        Ok(Self {
            stream: BufReader::new(stream),
            greeting,
            observer: Box::new(|_| {}),
            out_of_step: false,
            cut: Arc::default(),
            _hook: None,
        })
    }

    pub(super) fn stream(&self) -> &S {
        self.stream.get_ref()
    }

    pub(super) fn is_in_step(&self) -> bool {
        !self.out_of_step && !self.is_cut()
    }

    fn is_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst)
    }

    /// One request and its reply. `subject` is what the operation is about, for error texts.
    pub(super) fn call<T>(
        &mut self,
        operation: Operation,
        subject: &str,
        encode: impl FnOnce(&mut Encoder),
        decode: impl FnOnce(&mut BufReader<S>) -> io::Result<T>,
    ) -> Result<T, Error> {
        if self.is_cut() {
            return Err(Error::Cancelled);
        }
        if self.out_of_step {
            return Err(Error::OutOfStep);
        }
        let mut request = Encoder::default();
        request.number(operation as u64);
        encode(&mut request);
        // Whatever ends the exchange early, an observer's panic included, leaves this set.
        self.out_of_step = true;
        let answer = self.exchange(&request.into_bytes(), decode);
        let doing = || format!("{} {subject}", operation.doing()).trim_end().to_owned();
        let answer = answer.map_err(|error| match error {
            _ if self.is_cut() => Error::Cancelled,
            error => broken(doing(), error),
        })?;
        // The daemon never speaks unasked: more words belong to no reply. (To what it cannot even
        // parse it answers twice, then hangs up.)
        self.out_of_step = !self.stream.buffer().is_empty();
        answer.map_err(|refusal| Error::Refused { doing: doing(), message: refusal.to_string() })
    }

    fn exchange<T>(
        &mut self,
        request: &[u8],
        decode: impl FnOnce(&mut BufReader<S>) -> io::Result<T>,
    ) -> io::Result<Result<T, Refusal>> {
        self.stream.get_mut().write_all(request)?;
        self.stream.get_mut().flush()?;
        match stderr::drain(&mut self.stream, &mut *self.observer)? {
            Some(refusal) => Ok(Err(refusal)),
            None => decode(&mut self.stream).map(Ok),
        }
    }
}

/// The error of a connection that is of no more use.
fn broken(doing: String, error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::InvalidData {
        Error::Protocol { doing, problem: error.to_string() }
    } else {
        Error::Connection { doing, source: error }
    }
}
