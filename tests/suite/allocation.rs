//! How much memory a stretch of code takes, counted for each thread by itself.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static MOST: Cell<usize> = const { Cell::new(0) };
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(taken: usize, given_back: usize) {
    // a thread that is ending has no counters any more
    let _ = HELD.try_with(|held| {
        held.set((held.get() + taken).saturating_sub(given_back));
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

// SAFETY: the system's allocator does the work, and is handed exactly what came in; counting itself
// allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: as the caller promised us
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: as the caller promised us
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The most bytes that this thread held at once beyond what it held before, while `act` ran.
pub(crate) fn most_held(act: impl FnOnce()) -> usize {
    let before = HELD.get();
    MOST.set(before);
    act();
    MOST.get() - before
}
