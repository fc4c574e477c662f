//! Where the time of recognition goes.

use std::ops::AddAssign;
use std::time::Duration;

/// What the recognition of an utterance took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Laps {
    /// From the samples to the encoder's output, and to what the first token may be.
    pub encode: Duration,
    /// Free decoding.
    pub free: Duration,
    /// Decoding among the sentences of the grammar, after that.
    pub guided: Duration,
    /// Of `guided`, what was not the model's own: the automaton, the vocabulary and the search.
    pub search: Duration,
    /// Calls of the model's decoder while decoding freely.
    pub free_calls: usize,
    /// And while decoding among sentences.
    pub guided_calls: usize,
}

impl AddAssign for Laps {
    fn add_assign(&mut self, other: Self) {
        self.encode += other.encode;
        self.free += other.free;
        self.guided += other.guided;
        self.search += other.search;
        self.free_calls += other.free_calls;
        self.guided_calls += other.guided_calls;
    }
}
