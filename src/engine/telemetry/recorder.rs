//! From what a conversation tells to what is kept of it.

use super::super::conversation::{Notice, State};
use super::{Telemetry, TurnRecord};

/// Keeps each turn once its answer is over.
#[derive(Debug)]
pub struct Recorder {
    telemetry: Telemetry,
    /// A turn that may be spoken still.
    pending: Option<TurnRecord>,
}

impl Recorder {
    /// Keep turns in `telemetry`.
    pub fn new(telemetry: Telemetry) -> Self {
        Self { telemetry, pending: None }
    }

    /// Take in what a conversation tells.
    pub fn note(&mut self, notice: &Notice<'_>) {
        match notice {
            Notice::Turn { transcript, turn, watch, .. } => {
                self.keep();
                self.pending = Some(TurnRecord::new(turn, transcript.is_some(), watch));
            }
            Notice::Spoken(watch) => {
                if let Some(turn) = &mut self.pending {
                    turn.stages = watch.named();
                }
                self.keep();
            }
            // an answer that was cut off, or was none
            Notice::State(state) if *state != State::Speaking => self.keep(),
            Notice::Ended(_) => self.keep(),
            _ => {}
        }
    }

    fn keep(&mut self) {
        if let Some(turn) = self.pending.take()
            && let Err(error) = self.telemetry.append(&turn)
        {
            tracing::debug!(%error, "a turn is not in the statistics");
        }
    }
}
