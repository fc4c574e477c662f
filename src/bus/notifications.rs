//! Desktop notifications, over the session bus.

use std::collections::HashMap;
use std::io;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use zbus::blocking::{Connection, connection::Builder};
use zbus::zvariant::Value;

const NAME: &str = "org.freedesktop.Notifications";
const OBJECT: &str = "/org/freedesktop/Notifications";
/// How long the desktop may take.
const LIMIT: Duration = Duration::from_secs(2);
/// Notifications that may wait; only the last of them is shown.
const WAITING: usize = 8;
/// Longest text, in characters: nobody reads more in passing.
const LONGEST: usize = 400;
/// The desktop chooses for how long it is shown.
const AS_LONG_AS_USUAL: i32 = -1;

/// Something to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// One line.
    pub title: String,
    /// What it is about; plain text.
    pub text: String,
}

/// Shows notes on a thread of its own, each in place of the one before; dropping it ends that.
#[derive(Debug)]
pub struct Notifier {
    notes: Option<SyncSender<Note>>,
    thread: Option<JoinHandle<()>>,
}

impl Notifier {
    /// Begin; the bus is looked for when there is something to show.
    ///
    /// # Errors
    /// No thread can be had.
    pub fn start() -> io::Result<Self> {
        let (sender, notes) = mpsc::sync_channel(WAITING);
        let work = move || run(&notes);
        let thread = thread::Builder::new().name("notifications".to_owned()).spawn(work)?;
        Ok(Self { notes: Some(sender), thread: Some(thread) })
    }

    /// Show `note` soon, without waiting for it.
    pub fn show(&self, note: Note) {
        if self.notes.as_ref().is_some_and(|notes| notes.try_send(note).is_err()) {
            tracing::debug!("a notification is left out: others still wait");
        }
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        self.notes = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(notes: &Receiver<Note>) {
    let mut desktop = None;
    let mut failed = false;
    while let Ok(mut note) = notes.recv() {
        while let Ok(newer) = notes.try_recv() {
            note = newer;
        }
        let shown = match desktop.take() {
            Some(desktop) => Ok(desktop),
            None => Desktop::connect(),
        };
        match shown.and_then(|desktop| desktop.show(&note)) {
            Ok(known) => {
                desktop = Some(known);
                failed = false;
            }
            Err(error) if !failed => {
                tracing::warn!("no notifications: {error}");
                failed = true;
            }
            Err(error) => tracing::debug!(%error, "no notification"),
        }
    }
}

/// The desktop that shows them.
struct Desktop {
    connection: Connection,
    has_markup: bool,
    /// What is shown now; 0 for nothing.
    shown: u32,
}

impl Desktop {
    fn connect() -> zbus::Result<Self> {
        let connection = Builder::session()?.method_timeout(LIMIT).build()?;
        let answer =
            connection.call_method(Some(NAME), OBJECT, Some(NAME), "GetCapabilities", &())?;
        let capabilities: Vec<String> = answer.body().deserialize()?;
        let has_markup = capabilities.iter().any(|capability| capability == "body-markup");
        Ok(Self { connection, has_markup, shown: 0 })
    }

    /// Show `note` in place of what is shown.
    fn show(mut self, note: &Note) -> zbus::Result<Self> {
        let mut text: String = note.text.chars().take(LONGEST).collect();
        if text.len() < note.text.len() {
            text.push('…');
        }
        if self.has_markup {
            text = escaped(&text);
        }
        let actions: &[&str] = &[];
        let hints = HashMap::from([("desktop-entry", Value::from("org.nixvox.nixvox"))]);
        let (icon, title) = ("audio-input-microphone", note.title.as_str());
        let body = ("nixvox", self.shown, icon, title, text, actions, hints, AS_LONG_AS_USUAL);
        let answer =
            self.connection.call_method(Some(NAME), OBJECT, Some(NAME), "Notify", &body)?;
        self.shown = answer.body().deserialize()?;
        Ok(self)
    }
}

/// `text` with nothing in it that is markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(escaped("<b>gtk+ & qt</b>"), "&lt;b&gt;gtk+ &amp; qt&lt;/b&gt;");
    }
}
