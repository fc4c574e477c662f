//! What a companion hears, does and answers, for people who watch it: captions that stay, and below
//! them what it is at.

use super::out;
use super::progress::Shown;
use crate::domain::Progress;
use crate::engine::State;
use crate::service::protocol::{Answer, Message, Status};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stdout};
use std::time::Duration;

/// How often the line below is drawn.
const TICK: Duration = Duration::from_millis(100);

/// A terminal's view; without a terminal the same in lines.
pub(super) struct View {
    /// The line below the captions.
    below: Option<ProgressBar>,
    state: State,
    /// What was last shown to be heard.
    heard: Option<String>,
}

impl View {
    /// A view on standard output.
    pub(super) fn new() -> Self {
        let below = stdout().is_terminal().then(|| {
            let below = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
            below.set_style(styled("{msg}"));
            below.enable_steady_tick(TICK);
            below
        });
        Self { below, state: State::Idle, heard: None }
    }

    /// Show a message.
    pub(super) fn show(&mut self, message: &Message) {
        match message {
            Message::Heard { text } => {
                self.caption(&format!("“{text}”"));
                self.heard = Some(text.clone());
            }
            // where something else was heard meanwhile, it is told again what is answered
            Message::Answer(answer) if self.heard.take() == answer.heard => {
                self.caption(&answer.show);
            }
            Message::Answer(answer) => self.caption(&captions(answer)),
            Message::Status(status) => {
                self.caption(&told(status));
                self.set(status.state);
            }
            Message::State { state } => self.set(*state),
            Message::Progress(progress) => self.progress(progress),
            Message::Trouble { text } => self.caption(&format!("! {text}")),
            Message::Missed { count } => self.caption(&format!("! {count} messages were missed")),
            Message::Hello { .. }
            | Message::Taken
            | Message::Spoken { .. }
            | Message::Error { .. } => {}
        }
    }

    /// Show what stays.
    fn caption(&self, text: &str) {
        match &self.below {
            Some(below) => below.suspend(|| out::line(text)),
            None => out::line(text),
        }
    }

    fn set(&mut self, state: State) {
        self.state = state;
        let Some(below) = &self.below else {
            out::line(format_args!("{} {state}", mark(state)));
            return;
        };
        let template = match state {
            State::Idle | State::Asleep => "{msg:.dim}",
            State::Listening => "{msg:.bold.green}",
            State::Thinking | State::Acting => "{msg:.bold.yellow}",
            State::Speaking => "{msg:.bold.cyan}",
        };
        below.set_style(styled(template));
        below.set_message(format!("{} {state}", mark(state)));
    }

    fn progress(&self, progress: &Progress) {
        let shown = Shown::of(progress);
        match &self.below {
            // a state that comes later is shown in place of it
            Some(below) if self.state == State::Acting => shown.on(below),
            Some(_) => {}
            None => out::line(format_args!("{} {}", mark(State::Acting), shown.line())),
        }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        if let Some(below) = &self.below {
            below.finish_and_clear();
        }
    }
}

fn styled(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// A mark beside the word, for the eye.
fn mark(state: State) -> char {
    match state {
        State::Idle => '○',
        State::Listening => '●',
        State::Thinking => '…',
        State::Acting => '▶',
        State::Speaking => '♪',
        State::Asleep => '☾',
    }
}

/// An answer: what was heard, and below it what is shown.
pub(super) fn captions(answer: &Answer) -> String {
    let heard = answer.heard.as_ref().map(|heard| format!("“{heard}”\n")).unwrap_or_default();
    format!("{heard}{}", answer.show)
}

/// A status in a line.
pub(super) fn told(status: &Status) -> String {
    let Status { state, microphone, hotkey, turns, pid } = status;
    let microphone = if *microphone { "open" } else { "closed" };
    let key = hotkey.as_ref().map(|key| format!(", key {key}")).unwrap_or_default();
    format!("{state}, microphone {microphone}{key}, {turns} turns, process {pid}")
}
