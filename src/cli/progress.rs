//! How far an act is, for the terminal: bars on standard error, or lines of JSON.

use super::out;
use crate::domain::{Count, News, Progress, Task};
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::time::Duration;

/// [`Bars::show`], for whoever wants to be told of news.
pub(super) fn bars() -> impl FnMut(&News) + Send {
    let mut bars = Bars::default();
    move |news| bars.show(news)
}

/// Prints each piece of news as a line of JSON.
pub(super) fn lines() -> impl FnMut(&News) + Send {
    |news| out::json(news)
}

/// A bar on standard error, once there is something to show and where that is a terminal. It goes
/// away with this.
#[derive(Default)]
pub(super) struct Bars(Option<ProgressBar>);

impl Bars {
    /// Show where an act stands.
    pub(super) fn show(&mut self, news: &News) {
        let News::Progress(progress) = news else { return };
        if !stderr().is_terminal() {
            return;
        }
        let bar = self.0.get_or_insert_with(|| {
            let bar = ProgressBar::new(0);
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Shown::of(progress).on(bar);
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Progress as it is shown.
pub(super) struct Shown {
    /// What is being done, and to what.
    what: String,
    count: Count,
    in_bytes: bool,
}

impl Shown {
    pub(super) fn of(progress: &Progress) -> Self {
        let Progress { task, paths, bytes, builds, current, phase } = progress;
        let building = builds.expected > 0 && phase.is_some();
        let what = match task {
            Task::Fetch if building => "building",
            Task::Fetch => "fetching",
            Task::Evaluate => "evaluating",
            Task::Collect => "deleting",
            Task::Verify => "checking",
            Task::Optimise => "linking",
        };
        let in_bytes = *task == Task::Fetch && !building && bytes.expected > 0;
        let count = match task {
            _ if in_bytes => *bytes,
            Task::Fetch if building => *builds,
            _ => *paths,
        };
        let phase = phase.as_deref().map(|phase| format!(" ({phase})")).unwrap_or_default();
        let current = current.as_deref().unwrap_or_default();
        let what = format!("{what} {current}{phase}").trim_end().to_owned();
        Self { what, count, in_bytes }
    }

    /// Show it on a bar.
    pub(super) fn on(self, bar: &ProgressBar) {
        let template = match (self.in_bytes, self.count.expected) {
            (true, _) => "{msg} {wide_bar} {bytes}/{total_bytes}",
            (false, 0) => "{spinner} {msg} {pos}",
            (false, _) => "{msg} {wide_bar} {pos}/{len}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(self.what);
        bar.set_length(self.count.expected);
        bar.set_position(self.count.done);
    }

    /// It in a line.
    pub(super) fn line(&self) -> String {
        let Count { done, expected } = self.count;
        let of = |number: u64| {
            if self.in_bytes { HumanBytes(number).to_string() } else { number.to_string() }
        };
        match expected {
            0 => format!("{} {}", self.what, of(done)),
            _ => format!("{} {} of {}", self.what, of(done), of(expected)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_in_what_it_is_counted_in() {
        let count = |done, expected| Count { done, expected };
        let mut progress = Progress {
            paths: count(2, 7),
            bytes: count(3 << 20, 12 << 20),
            current: Some("htop-3.2.1".to_owned()),
            ..Progress::default()
        };
        assert_eq!(Shown::of(&progress).line(), "fetching htop-3.2.1 3.00 MiB of 12.00 MiB");
        progress.builds = count(1, 2);
        progress.phase = Some("install".to_owned());
        assert_eq!(Shown::of(&progress).line(), "building htop-3.2.1 (install) 1 of 2");
        let deleted = Progress { task: Task::Collect, paths: count(5, 0), ..Progress::default() };
        assert_eq!(Shown::of(&deleted).line(), "deleting 5");
    }
}
