//! What must hold before the first library of the process starts.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// How OpenMP's threads wait. It is read once, when the library is loaded, long before `main`.
const WAIT_POLICY: &str = "OMP_WAIT_POLICY";

/// Start this program over with OpenMP's threads set to sleep rather than spin while they wait,
/// unless the user chose. Spinning threads bring recognition to a halt on a busy machine.
pub(super) fn with_patient_threads() {
    if std::env::var_os(WAIT_POLICY).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut again = Command::new(program);
    again.args(std::env::args_os().skip(1)).env(WAIT_POLICY, "passive");
    let error = again.exec();
    tracing::warn!(%error, "recognition may be slow while the machine is busy");
}
