//! Watches the key all day, whatever becomes of the session.

use super::backend::{self, Backend, Kind, Move};
use super::chord::Chord;
use super::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often to look whether to end.
const POLL: Duration = Duration::from_millis(200);
/// How long to wait before it is tried again, at first and at most.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(60)];
/// What went on for so long was well: its end is no reason to wait longer.
const SETTLED: Duration = Duration::from_secs(10);

/// What is told of the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It is watched from now on, with this.
    Ready(Kind),
    /// It moved. Down and up come in turn, also where the key is lost while it is down.
    Moved(Move),
    /// It cannot be watched, for this reason; told once for all that follows from it.
    Trouble(String),
}

/// A thread that watches the key; dropping it ends that.
#[derive(Debug)]
pub struct Watch {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Watch `chord`, and `tell` what becomes of it, on a thread of its own.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(chord: Chord, tell: impl FnMut(News) + Send + 'static) -> std::io::Result<Self> {
        let over = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&over);
        let open = move || backend::open(&chord, &flag);
        let flag = Arc::clone(&over);
        let work = move || run(open, tell, &flag);
        let thread = thread::Builder::new().name("hotkey".to_owned()).spawn(work)?;
        Ok(Self { over, thread: Some(thread) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(
    open: impl Fn() -> Result<(Kind, Box<dyn Backend>), Error>,
    mut tell: impl FnMut(News),
    over: &AtomicBool,
) {
    let mut pause = PAUSES[0];
    let mut is_told = false;
    loop {
        let since = Instant::now();
        let error = match open() {
            Ok((kind, mut backend)) => {
                tell(News::Ready(kind));
                is_told = false;
                follow(backend.as_mut(), &mut tell, over)
            }
            Err(error) => error,
        };
        if over.load(Ordering::Acquire) {
            return;
        }
        if since.elapsed() >= SETTLED {
            pause = PAUSES[0];
        }
        tracing::debug!(%error, "the key is not watched");
        if !is_told {
            tell(News::Trouble(error.to_string()));
            is_told = true;
        }
        if error.is_final() {
            return;
        }
        let until = Instant::now() + pause;
        while Instant::now() < until {
            thread::sleep(POLL.min(pause));
            if over.load(Ordering::Acquire) {
                return;
            }
        }
        pause = (pause * 2).min(PAUSES[1]);
    }
}

/// Tell the key's moves until it cannot be watched any more; why.
fn follow(backend: &mut dyn Backend, tell: &mut impl FnMut(News), over: &AtomicBool) -> Error {
    let mut is_down = false;
    let error = loop {
        if over.load(Ordering::Acquire) {
            break Error::Over;
        }
        match backend.next(POLL) {
            // a key that is held repeats
            Ok(Some(step)) if (step == Move::Down) != is_down => {
                is_down = step == Move::Down;
                tell(News::Moved(step));
            }
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    if is_down {
        tell(News::Moved(Move::Up));
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::sync::Mutex;

    /// Plays these moves, and is lost then.
    struct Played(VecDeque<Move>);

    impl Backend for Played {
        fn next(&mut self, _: Duration) -> Result<Option<Move>, Error> {
            self.0.pop_front().map(Some).ok_or(Error::Unplugged)
        }
    }

    #[test]
    fn a_key_that_is_lost_comes_up_and_what_follows_from_it_is_told_once() {
        let opened = Mutex::new(0);
        let open = || {
            let mut opened = opened.lock().unwrap();
            *opened += 1;
            match *opened {
                1 => {
                    let moves = [Move::Up, Move::Down, Move::Down, Move::Up, Move::Up, Move::Down];
                    let played: Box<dyn Backend> = Box::new(Played(moves.into()));
                    Ok((Kind::X11, played))
                }
                2 => Err(Error::Unplugged),
                _ => Err(Error::Refused("f9".parse().unwrap())),
            }
        };
        let mut news = Vec::new();
        run(open, |told| news.push(told), &AtomicBool::new(false));
        let moves = [Move::Down, Move::Up, Move::Down, Move::Up].map(News::Moved);
        assert_eq!(news[0], News::Ready(Kind::X11));
        assert_eq!(news[1..5], moves);
        assert_eq!(news[5..], [News::Trouble(Error::Unplugged.to_string())]);
        assert_eq!(*opened.lock().unwrap(), 3, "what is final is not tried again");
    }
}
