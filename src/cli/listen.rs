//! `nixvox listen` and `nixvox talk`: by voice, hands-free or while a key says so.

use super::args::{Arguments, Listen};
use super::conversation::{self, Manner};
use super::progress::Bars;
use super::report::Report;
use super::{Exit, launch, out, setup};
use crate::engine::{Event, Key, Mode, Notice};
use std::io::{BufRead, stdin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender, SyncSender};
use std::thread;
use std::time::Duration;

/// How often to look whether to end.
const PATIENCE: Duration = Duration::from_millis(100);

pub(super) fn run(arguments: &Arguments, listen: &Listen, mode: Mode) -> anyhow::Result<Exit> {
    launch::with_settings();
    let (arguments, listen) = (arguments.clone(), listen.clone());
    setup::cancellable(move |abort| converse(&arguments, &listen, mode, abort))
}

fn converse(
    arguments: &Arguments,
    listen: &Listen,
    mode: Mode,
    abort: &AtomicBool,
) -> anyhow::Result<Exit> {
    let config = setup::config(arguments)?;
    let manner = Manner {
        mode,
        phrase: listen.phrase.clone(),
        quiet: listen.quiet,
        from: listen.from.clone(),
        patient: false,
    };
    let (ended, end) = mpsc::channel();
    let mut screen = Screen { mode, json: listen.json, bars: None, ended };
    let tell = move |notice: &Notice<'_>| screen.show(notice);
    let conversation = conversation::start(arguments, &config, manner, tell)?;
    if mode == Mode::PushToTalk {
        watch_the_key(conversation.sender())?;
    }
    while !abort.load(Ordering::Relaxed) {
        match end.recv_timeout(PATIENCE) {
            Ok(Some(why)) => anyhow::bail!("the microphone cannot be heard: {why}"),
            Ok(None) => return Ok(Exit::Done),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => anyhow::bail!("the conversation broke off"),
        }
    }
    // it ends once what is under way was called off
    drop(conversation);
    Ok(Exit::Declined)
}

/// Shows what happens, each turn as soon as it was taken.
struct Screen {
    mode: Mode,
    json: bool,
    /// Shows how far the act under way is.
    bars: Option<Bars>,
    ended: Sender<Option<String>>,
}

impl Screen {
    fn show(&mut self, notice: &Notice<'_>) {
        match notice {
            Notice::Ready => match self.mode {
                Mode::PushToTalk => {
                    eprintln!("Press Enter, say a command, press Enter again. Ctrl-C ends.");
                }
                Mode::HandsFree => eprintln!("Listening. Say a command, or “help”. Ctrl-C ends."),
            },
            Notice::Began { transcript: Some(transcript) } if !self.json => {
                out::line(format_args!("“{}”\n…\n", transcript.text()));
            }
            Notice::News(news) if self.json => out::json(news),
            Notice::News(news) => self.bars.get_or_insert_default().show(news),
            Notice::Turn { transcript: Some(transcript), turn, watch, .. } => {
                self.bars = None;
                if self.json {
                    out::json(&Report::new(turn, watch).heard(transcript, 0.0));
                } else {
                    out::line(format_args!("“{}”\n{}\n", transcript.text(), turn.reply.show));
                }
            }
            Notice::Trouble(trouble) => eprintln!("nixvox: {trouble}"),
            Notice::Ended(why) => {
                // whoever waited may have gone
                let _ = self.ended.send(why.clone());
            }
            Notice::Alive
            | Notice::State(_)
            | Notice::Heard(_)
            | Notice::Began { .. }
            | Notice::Turn { .. }
            | Notice::Busy { .. }
            | Notice::Spoken(_) => {}
        }
    }
}

/// Let every Enter press the key or let it go; pressing it silences an answer.
fn watch_the_key(events: SyncSender<Event>) -> anyhow::Result<()> {
    let watch = move || {
        // a terminal that is gone fails for ever
        for _ in stdin().lock().lines().map_while(Result::ok) {
            if events.send(Event::Key(Key::Toggle)).is_err() {
                return;
            }
        }
    };
    // it waits for the terminal, and so ends with the process
    thread::Builder::new().name("key".to_owned()).spawn(watch)?;
    Ok(())
}
