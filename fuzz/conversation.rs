//! Conversations with a daemon whose words are known beforehand: recorded ones, or any bytes at all.

use nixvox::nix::wire::stderr::Event;
use nixvox::nix::{Daemon, Error};
use nixvox::ports::Store;
use std::collections::VecDeque;
use std::fmt::Debug;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Everything that a daemon can be asked.
pub(crate) const QUESTIONS: [&str; 15] = [
    "set-options",
    "path-info",
    "referrers",
    "valid-paths",
    "is-valid",
    "find-roots",
    "dead-paths",
    "missing",
    "fetch",
    "add-temp-root",
    "add-indirect-root",
    "add-to-store",
    "verify",
    "optimise",
    "collect-garbage",
];

/// What a question is about where that does not matter.
const SUBJECT: &str = "/nix/store/00000000000000000000000000000000-thing";

/// Ask `question` about `subject`: what the daemon told meanwhile, and its answer in the end.
pub(crate) fn ask<S: Read + Write>(
    daemon: &mut Daemon<S>,
    question: &str,
    subject: &str,
) -> Vec<String> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    daemon.observe(move |event: Event| {
        // reading it must do no harm either
        let _ = event.progress();
        let heard = format!("{event:?}");
        telling.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(heard);
    });
    let subjects = [subject.to_owned()];
    let answer = match question {
        "set-options" => in_words(daemon.set_options(3)),
        "path-info" => in_words(daemon.path_info(subject)),
        "referrers" => in_words(daemon.referrers(subject)),
        "valid-paths" => in_words(daemon.valid_paths()),
        "is-valid" => in_words(daemon.is_valid(subject)),
        "find-roots" => in_words(daemon.find_roots()),
        "dead-paths" => in_words(daemon.dead_paths()),
        "missing" => in_words(daemon.missing(&subjects)),
        "fetch" => in_words(daemon.fetch(&subjects)),
        "add-temp-root" => in_words(daemon.add_temp_root(subject)),
        "add-indirect-root" => in_words(daemon.add_indirect_root(Path::new(subject))),
        "add-to-store" => in_words(daemon.add_to_store_nar("thing", &[], subject.as_bytes())),
        "verify" => in_words(daemon.verify()),
        "optimise" => in_words(daemon.optimise()),
        "collect-garbage" => in_words(daemon.collect_garbage()),
        other => format!("nobody asks {other}"),
    };
    daemon.observe(|_| {});
    let mut told =
        std::mem::take(&mut *told.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    told.push(answer);
    told
}

fn in_words<T: Debug>(answer: Result<T, Error>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => error.to_string(),
    }
}

/// The other end of a connection, from memory: says its next words whenever it was spoken to.
#[derive(Debug, Default)]
pub(crate) struct Script {
    speaking: VecDeque<u8>,
    later: VecDeque<Vec<u8>>,
    /// What was said to it.
    pub(crate) heard: Arc<Mutex<Vec<u8>>>,
}

impl Script {
    /// One that says these, one after each time that it was spoken to.
    pub(crate) fn of(words: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self { later: words.into_iter().collect(), ..Self::default() }
    }
}

impl Read for Script {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.speaking.read(to)
    }
}

impl Write for Script {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut heard = self.heard.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        heard.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.speaking = self.later.pop_front().unwrap_or_default().into();
        Ok(())
    }
}

/// Hold the conversation that `bytes` describe: whether the greeting is theirs too, then for each
/// turn a question, the length of the words that follow in steps of eight bytes, and the words.
pub(crate) fn hold(bytes: &[u8]) {
    let Some((&own_greeting, mut rest)) = bytes.split_first() else { return };
    let (mut questions, mut words) = (Vec::new(), Vec::new());
    while let [question, length, after @ ..] = rest {
        let (said, later) = after.split_at(after.len().min(usize::from(*length) * 8));
        questions.push(QUESTIONS[usize::from(*question) % QUESTIONS.len()]);
        words.push(said.to_vec());
        rest = later;
    }
    let greeting = if own_greeting & 1 == 0 { greeting().to_vec() } else { Vec::new() };
    let Ok(mut daemon) = Daemon::greet(Script::of(greeting.into_iter().chain(words))) else {
        return;
    };
    for question in questions {
        ask(&mut daemon, question, SUBJECT);
        if !daemon.is_in_step() {
            return;
        }
    }
}

/// What a daemon of Nix 2.24 says when it is greeted, in its two turns.
fn greeting() -> [Vec<u8>; 2] {
    let words = |numbers: &[u64]| numbers.iter().flat_map(|word| word.to_le_bytes()).collect();
    let version = u64::from_le_bytes(*b"2.24.0\0\0");
    [words(&[0x6478_696f, 0x125]), words(&[6, version, 1, 0x616c_7473])]
}
