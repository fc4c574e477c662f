//! What must hold before the first library of the process starts.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// What libraries read when they are loaded, long before `main`.
///
/// How OpenMP's threads wait for each other: recognition with two threads has them meet thousands of
/// times. On two cores, medians of 8 for tiny.en and a command of two seconds: threads that sleep at
/// once take 145 ms; those that spin on take 104 ms, but were seen to take 5.9 s on a busy machine;
/// those that spin 1000 times first take 78 ms, and 163 ms beside two busy loops.
///
/// How many heaps glibc has: more than two hold what they have freed for threads that do not ask for it.
const SETTINGS: [(&str, &str); 3] =
    [("OMP_WAIT_POLICY", "active"), ("GOMP_SPINCOUNT", "1000"), ("MALLOC_ARENA_MAX", "2")];

/// Start this program over with the libraries set as they serve it best, where the user has not set
/// them.
pub(super) fn with_settings() {
    let unset = SETTINGS.iter().filter(|(name, _)| env::var_os(name).is_none());
    let unset: Vec<_> = unset.copied().collect();
    if unset.is_empty() {
        return;
    }
    let Ok(program) = env::current_exe() else { return };
    let error = Command::new(program).args(env::args_os().skip(1)).envs(unset).exec();
    tracing::warn!(%error, "recognition may be slow while the machine is busy");
}
