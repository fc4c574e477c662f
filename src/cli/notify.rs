//! The companion's answers as desktop notifications.

use crate::bus::notifications::{Note, Notifier};
use crate::config::Config;
use crate::domain::Transcript;
use crate::engine::Notice;

/// What shows answers, where the configuration wants it.
pub(super) fn notifier(config: &Config) -> Option<Notifier> {
    let started = config.notifications.then(Notifier::start)?;
    started.inspect_err(|error| tracing::warn!(%error, "no notifications")).ok()
}

/// What there is to show of a notice.
pub(super) fn note(notice: &Notice<'_>) -> Option<Note> {
    let Notice::Turn { transcript, turn, .. } = notice else { return None };
    let reply = &turn.reply;
    let text = if reply.say.is_empty() { &reply.show } else { &reply.say };
    let heard = transcript.map(Transcript::text).filter(|heard| !heard.is_empty());
    let title = heard.map_or_else(|| "nixvox".to_owned(), |heard| format!("“{heard}”"));
    (!text.is_empty()).then(|| Note { title, text: text.clone() })
}
