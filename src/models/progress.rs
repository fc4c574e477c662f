//! Shows how far fetching and converting are: bars on a terminal, plain lines elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write, stderr};

/// Where progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Moving bars on standard error.
    Bars,
    /// A line on standard error as each task starts.
    Lines,
    /// Nowhere.
    Silent,
}

impl Progress {
    /// Bars where standard error is a terminal, else lines.
    pub fn stderr() -> Self {
        if stderr().is_terminal() { Self::Bars } else { Self::Lines }
    }

    /// A line of its own.
    pub(super) fn say(self, line: &str) {
        if self != Self::Silent {
            // progress that cannot be shown is no reason to stop
            let _ = writeln!(stderr(), "{line}");
        }
    }

    /// Begin a task measured in bytes.
    pub(super) fn bytes(self, what: String, total: u64) -> Task {
        self.task(what, total, "{msg} {wide_bar} {bytes}/{total_bytes}")
    }

    /// Begin a task measured in steps, the number of which is told later.
    pub(super) fn steps(self, what: String) -> Task {
        self.task(what, 0, "{msg} {wide_bar} {pos}/{len}")
    }

    fn task(self, what: String, total: u64, template: &str) -> Task {
        if self == Self::Lines {
            self.say(&what);
        }
        let bar = match self {
            Self::Bars => ProgressBar::new(total),
            Self::Lines | Self::Silent => ProgressBar::hidden(),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Task(bar.with_message(what))
    }
}

/// One task under way; its bar goes away with it.
pub(super) struct Task(ProgressBar);

impl Task {
    /// `done` bytes are there.
    pub(super) fn reach(&self, done: u64) {
        let total = self.0.length().unwrap_or(done);
        self.0.set_position(done.min(total));
    }

    /// `done` of `total` steps are done.
    pub(super) fn step(&self, done: usize, total: usize) {
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
