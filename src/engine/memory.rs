//! The memory of a process.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

/// So much more than what stays is given back, in kB.
const MUCH_KB: u64 = 32_000;

/// The resident memory of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// What is resident now, in kB.
    pub resident_kb: u64,
    /// The most that ever was, in kB.
    pub most_kb: u64,
}

impl Memory {
    /// That of the process `pid`; nothing where the system does not tell.
    pub fn of(pid: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let kb = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().strip_suffix("kB")?.trim().parse().ok()
        };
        Some(Self { resident_kb: kb("VmRSS:")?, most_kb: kb("VmHWM:")? })
    }
}

/// What is resident of this process, in kB.
pub(super) fn resident_kb() -> Option<u64> {
    Memory::of(std::process::id()).map(|memory| memory.resident_kb)
}

/// The least that ever stayed, in kB, which is in use for good.
static STAYS_KB: AtomicU64 = AtomicU64::new(0);

/// Give back to the system what was freed, where that may be much. What lies between what is in use,
/// glibc keeps by itself: 518 MB after 180 commands, of which 229 were in no use. To have it keep less
/// of everything, by its thresholds, makes synthesis take half as long again.
pub(super) fn tidy() {
    let Some(taken_kb) = resident_kb() else { return };
    let least_kb = STAYS_KB.load(Ordering::Relaxed);
    if taken_kb <= least_kb + MUCH_KB {
        return;
    }
    #[cfg(target_env = "gnu")]
    // SAFETY: it may be called at any time, by any thread.
    unsafe {
        unix::libc::malloc_trim(0);
    }
    // others may be at work just now, and have much in use for a moment
    let stays_kb = resident_kb().unwrap_or(taken_kb);
    tracing::debug!(taken_kb, stays_kb, "freed memory was given back");
    let least_kb = if least_kb == 0 { stays_kb } else { least_kb.min(stays_kb) };
    STAYS_KB.store(least_kb, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_memory() {
        let memory = Memory::of(std::process::id()).unwrap();
        assert!(memory.resident_kb > 1000);
        assert!(memory.most_kb >= memory.resident_kb);
        assert_eq!(Memory::of(u32::MAX), None);
    }

    #[test]
    fn what_was_freed_in_between_is_given_back() {
        // pieces below the size that glibc takes from the system by itself; every other one stays
        let mut pieces: Vec<Option<Vec<u8>>> = (0..4000).map(|_| Some(vec![1; 64 << 10])).collect();
        pieces.iter_mut().step_by(2).for_each(|piece| *piece = None);
        let before = resident_kb().unwrap();
        tidy();
        let after = resident_kb().unwrap();
        assert!(pieces.iter().flatten().all(|piece| piece[0] == 1));
        assert!(after + 64_000 < before, "{before} kB before, {after} kB after");
    }
}
