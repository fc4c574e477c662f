//! The results of activities that are worth showing, out of their numbered kinds and fields.

use super::stderr::{Event, Field};

const BUILD_LOG_LINE: u64 = 101;
const SET_PHASE: u64 = 104;
const PROGRESS: u64 = 105;
const POST_BUILD_LOG_LINE: u64 = 107;

/// How an activity is getting on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A line of a build's output.
    LogLine(String),
    /// A build entered this phase.
    Phase(String),
    /// So much is done; bytes or items, by the activity's kind.
    Count {
        /// Done.
        done: u64,
        /// Expected in all, as far as is known.
        expected: u64,
    },
}

impl Event {
    /// The activity and its progress, where the event tells of one of the known kinds.
    pub fn progress(&self) -> Option<(u64, Progress)> {
        let Self::Result { id, kind, fields } = self else {
            return None;
        };
        let progress = match (*kind, fields.as_slice()) {
            (BUILD_LOG_LINE | POST_BUILD_LOG_LINE, [Field::Text(line)]) => {
                Progress::LogLine(line.clone())
            }
            (SET_PHASE, [Field::Text(phase)]) => Progress::Phase(phase.clone()),
            (PROGRESS, [Field::Number(done), Field::Number(expected), ..]) => {
                Progress::Count { done: *done, expected: *expected }
            }
            _ => return None,
        };
        Some((*id, progress))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(kind: u64, fields: Vec<Field>) -> Event {
        Event::Result { id: 5, kind, fields }
    }

    #[test]
    fn known_results_are_typed_and_odd_ones_are_left_alone() {
        let line = result(BUILD_LOG_LINE, vec![Field::Text("step 1".into())]);
        assert_eq!(line.progress(), Some((5, Progress::LogLine("step 1".into()))));
        let count = result(PROGRESS, [3, 9, 1, 0].map(Field::Number).to_vec());
        assert_eq!(count.progress(), Some((5, Progress::Count { done: 3, expected: 9 })));
        assert_eq!(result(PROGRESS, vec![Field::Number(3)]).progress(), None);
        assert_eq!(result(SET_PHASE, vec![Field::Number(3)]).progress(), None);
        assert_eq!(Event::Stop { id: 5 }.progress(), None);
    }
}
