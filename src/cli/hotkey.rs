//! The companion's key: from what the session tells to the conversation.

use crate::config::HotkeyMode;
use crate::engine::Key;
use crate::hotkey::{Chord, Move, News, Watch};
use crate::service::Board;

/// Watch `chord` for the board's conversation.
pub(super) fn watch(chord: Chord, mode: HotkeyMode, board: &Board) -> Option<Watch> {
    let (name, board) = (chord.to_string(), board.clone());
    let tell = move |news| match news {
        News::Ready(kind) => {
            tracing::info!(key = name, "the key is watched through {kind}");
            board.set_hotkey(Some(format!("{name} through {kind}")));
        }
        News::Moved(step) => {
            if let Some(key) = key(mode, step) {
                board.press(key);
            }
        }
        News::Trouble(why) => {
            eprintln!("nixvox: {why}");
            board.set_hotkey(Some(format!("not watched: {why}")));
            board.trouble(why);
        }
    };
    let started = Watch::start(chord, tell);
    started.inspect_err(|error| tracing::error!(%error, "the key cannot be watched")).ok()
}

/// What a move of the key means to a conversation.
fn key(mode: HotkeyMode, step: Move) -> Option<Key> {
    match (mode, step) {
        (HotkeyMode::Hold, Move::Down) => Some(Key::Press),
        (HotkeyMode::Hold, Move::Up) => Some(Key::Release),
        (HotkeyMode::Toggle, Move::Down) => Some(Key::Toggle),
        (HotkeyMode::Toggle, Move::Up) => None,
    }
}
