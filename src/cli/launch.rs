//! What must hold before the first library of the process starts.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// How OpenMP's threads wait for each other; libgomp reads both when it is loaded, long before
/// `main`.
const WAIT_POLICY: &str = "OMP_WAIT_POLICY";
const SPIN_COUNT: &str = "GOMP_SPINCOUNT";

/// Start this program over with OpenMP's threads set to wait for a moment and then sleep, unless
/// the user chose otherwise.
///
/// Recognition with two threads has them meet thousands of times. On two cores, medians of 8 for
/// tiny.en and a command of two seconds: threads that sleep at once take 145 ms; those that spin on
/// take 104 ms, but were seen to take 5.9 s on a busy machine; those that spin 1000 times first take
/// 78 ms, and 163 ms beside two busy loops.
pub(super) fn with_patient_threads() {
    if [WAIT_POLICY, SPIN_COUNT].iter().any(|name| std::env::var_os(name).is_some()) {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut again = Command::new(program);
    again.args(std::env::args_os().skip(1)).env(WAIT_POLICY, "active").env(SPIN_COUNT, "1000");
    let error = again.exec();
    tracing::warn!(%error, "recognition may be slow while the machine is busy");
}
