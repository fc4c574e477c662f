//! The results of activities that are worth showing, out of their numbered kinds and fields.

use super::stderr::{Event, Field};

const FILE_LINKED: u64 = 100;
const BUILD_LOG_LINE: u64 = 101;
const SET_PHASE: u64 = 104;
const PROGRESS: u64 = 105;
const SET_EXPECTED: u64 = 106;
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
    /// So much is expected of all activities of one kind.
    Expected {
        /// The kind, as Nix numbers them.
        kind: u64,
        /// Bytes or items, by the kind.
        count: u64,
    },
    /// A file was hard-linked to an identical one, which saves so many bytes.
    Linked {
        /// The file's size.
        bytes: u64,
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
            (SET_EXPECTED, [Field::Number(kind), Field::Number(count)]) => {
                Progress::Expected { kind: *kind, count: *count }
            }
            (FILE_LINKED, [Field::Number(bytes), ..]) => Progress::Linked { bytes: *bytes },
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
        let expected = result(SET_EXPECTED, [100, 9].map(Field::Number).to_vec());
        assert_eq!(expected.progress(), Some((5, Progress::Expected { kind: 100, count: 9 })));
        let linked = result(FILE_LINKED, [4096, 8].map(Field::Number).to_vec());
        assert_eq!(linked.progress(), Some((5, Progress::Linked { bytes: 4096 })));
        assert_eq!(result(PROGRESS, vec![Field::Number(3)]).progress(), None);
        assert_eq!(result(SET_PHASE, vec![Field::Number(3)]).progress(), None);
        assert_eq!(Event::Stop { id: 5 }.progress(), None);
    }
}
