//! How far an act is, for the terminal: bars on standard error, or lines of JSON.

use super::out;
use crate::domain::{Count, News, Progress, Task};
use indicatif::{ProgressBar, ProgressStyle};
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
        let Count { done, expected } = match task {
            _ if in_bytes => *bytes,
            Task::Fetch if building => *builds,
            _ => *paths,
        };
        let template = match (in_bytes, expected) {
            (true, _) => "{msg} {wide_bar} {bytes}/{total_bytes}",
            (false, 0) => "{spinner} {msg} {pos}",
            (false, _) => "{msg} {wide_bar} {pos}/{len}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let phase = phase.as_deref().map(|phase| format!(" ({phase})"));
        let current = current.as_deref().unwrap_or_default();
        bar.set_message(format!("{what} {current}{}", phase.unwrap_or_default()));
        bar.set_length(expected);
        bar.set_position(done);
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
