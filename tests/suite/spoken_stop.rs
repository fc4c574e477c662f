//! What takes long, begun and stopped by voice on a real sound server: a package that is fetched, and
//! a system that is built.

use crate::companion::Companion;
use crate::harness::Home;
use crate::long::SlowPackage;
use crate::machine::Machine;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};
use unix::libc::O_NONBLOCK;
use unix::sys::stat::Mode;
use unix::unistd::mkfifo;

/// Ask how far it is, and say "stop" into the answer.
fn ask_and_stop(companion: &Companion, what: &str) {
    companion.recording("stop");
    companion.speak("how far is it");
    // whatever words it was heard as
    let told = companion.until(|news| news["kind"] == "answer");
    assert_eq!(told["intent"], "dialogue.progress", "{told}");
    assert!(told["say"].as_str().unwrap().contains(what), "{told}");
    companion.state("speaking");
    // by then the echo canceller does what it can
    std::thread::sleep(Duration::from_millis(1500));
    companion.speak("stop");
    let stopped = companion.until(|news| news["kind"] == "answer");
    assert_eq!(stopped["intent"], "dialogue.cancel", "{stopped}");
    assert_eq!(stopped["say"], "Cancelled. Nothing was changed.", "{stopped}");
    companion.until(|news| news["kind"] == "spoken");
    companion.state("idle");
}

#[test]
fn a_fetch_is_asked_about_and_stopped_in_the_middle_of_the_answer() {
    let home = Home::new();
    home.practice().args("do status").run().succeeds();
    let before = home.profile().canonicalize().unwrap();
    let slow = SlowPackage::new(&home, "-jq-1.8.1");
    let companion = Companion::at(home);
    let profile = companion.home.profile();
    companion.speak("install j q");
    // what is heard is told before the act is over
    companion.until(|news| news["kind"] == "heard");
    // or it was heard otherwise, and nobody would ever read the pipe
    companion.until(|news| news["kind"] == "progress");
    let pipe = slow.send_half();
    companion.until(|news| news["current"] == "jq-1.8.1");
    ask_and_stop(&companion, "jq");
    assert_eq!(profile.canonicalize().unwrap(), before);
    drop(pipe);
    slow.hurry();
    companion.speak("install j q");
    assert_eq!(companion.answer(), "package.install");
    assert!(profile.join("bin/jq").exists());
}

/// Whoever builds reads this pipe, and so builds until somebody writes into it.
fn pipe(path: &Path) -> String {
    mkfifo(path, Mode::S_IRUSR | Mode::S_IWUSR | Mode::S_IROTH).unwrap();
    format!(
        "boot.kernelPackages.kernel = pkgs.sh \"slow-1.0\" \"read line < {}\" {{ }};",
        path.display()
    )
}

/// The pipe's other end, once somebody reads it.
fn await_reader(path: &Path) -> File {
    OpenOptions::new().write(true).open(path).unwrap()
}

/// Whether nobody reads it any more, or soon does not.
fn is_left(path: &Path) -> bool {
    let is_read = || OpenOptions::new().write(true).custom_flags(O_NONBLOCK).open(path).is_ok();
    let until = Instant::now() + Duration::from_secs(10);
    while is_read() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
    }
    !is_read()
}

#[test]
fn a_build_is_asked_about_and_stopped_in_the_middle_of_the_answer() {
    let machine = Machine::any();
    let ((number, _), running) = (machine.generation(), machine.running());
    let path = machine.home.path("pipe");
    machine.configure(&pipe(&path));
    let companion = Companion::at(machine.home);
    companion.speak("rebuild the system");
    companion.until(|news| news["current"] == "slow-1.0");
    let builds = await_reader(&path);
    ask_and_stop(&companion, "slow");
    // what builds could read on for ever
    assert!(is_left(&path), "it builds still");
    drop(builds);
    assert_eq!(companion.home.path("practice/run/current-system").canonicalize().unwrap(), running);
    companion.speak("which system generation am i on");
    let told = companion.until(|news| news["kind"] == "answer");
    assert!(told["say"].as_str().unwrap().contains(&format!("Generation {number}")), "{told}");
}
