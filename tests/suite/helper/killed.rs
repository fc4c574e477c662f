//! `kill -9` of the helper at each system call that changes something. Whoever listens for it, as
//! systemd does, starts another.

use super::office::{command, is_root, socket, stands};
use crate::daemon::{Daemon, found};
use crate::harness::Home;
use crate::kill::counts;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use unix::sys::signal::{Signal, killpg};
use unix::unistd::Pid;

/// The calls by which the helper, or what it starts, changes anything or tells of it.
const CALLS: &str = "symlink,symlinkat,rename,renameat,renameat2,unlink,unlinkat,flock,write,sendto,vfork,clone3,execve";

/// Starts helpers on one socket, as systemd passes it.
struct Supervisor {
    home: Home,
    listener: UnixListener,
}

impl Supervisor {
    fn trace(&self) -> PathBuf {
        self.home.path("trace")
    }

    /// A helper, traced and with `fault` if that is given.
    fn start(&self, fault: Option<&str>) -> Child {
        let helper = command(&self.home);
        let mut through = Command::new(found("strace"));
        through.args(["-f", "-qq", "-e", &format!("trace={CALLS}"), "-o"]).arg(self.trace());
        if let Some(fault) = fault {
            through.args(["-e", fault]);
        }
        // the socket is the third descriptor, and it is meant for this very process
        through.args(["sh", "-c", r#"LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@" 3<&0"#]);
        through.arg(helper.get_program()).args(helper.get_args());
        through.envs(helper.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let listener = OwnedFd::from(self.listener.try_clone().unwrap());
        through.stdin(listener).process_group(0).spawn().unwrap()
    }

    /// What `act` gives while there is a helper, the first one with `fault`.
    fn serving<T>(&self, fault: Option<&str>, act: impl FnOnce() -> T) -> T {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let serving = scope.spawn(|| {
                let mut child = self.start(fault);
                while !over.load(Ordering::Relaxed) {
                    if child.try_wait().unwrap().is_some() {
                        child = self.start(None);
                    }
                    thread::sleep(Duration::from_millis(2));
                }
                let group = Pid::from_raw(child.id().try_into().unwrap());
                let _ = killpg(group, Signal::SIGKILL);
                child.wait().unwrap();
            });
            let done = act();
            over.store(true, Ordering::Relaxed);
            serving.join().unwrap();
            done
        })
    }
}

#[test]
fn killed_at_any_call_it_leaves_a_system_that_is_current_and_active() {
    if !is_root() {
        return;
    }
    let home = Home::new();
    let daemon = Daemon::start(&home);
    let listener = UnixListener::bind(socket(&home)).unwrap();
    let supervisor = Supervisor { home, listener };
    let home = &supervisor.home;
    let says = |fault: Option<&str>, text: &str| {
        let run = daemon.client(home.nixvox()).env("NIXVOX_HELPER", socket(home));
        supervisor.serving(fault, || run.arg("do").args(text).run().code())
    };
    let system = |generation| format!("switch {}", home.system(generation).display());
    assert_eq!(says(None, "roll back the system"), 0);
    let counts = counts(&supervisor.trace());
    assert_eq!(says(None, "undo"), 0);
    let mut met = [0, 0];
    for (call, count) in counts {
        for number in 1..=count {
            let at = format!("{call} {number}");
            let fault = format!("inject={call}:signal=KILL:when={number}");
            let code = says(Some(&fault), "roll back the system");
            let (link, activations) = stands(home);
            let stands = if code == 0 { 1 } else { 2 };
            assert_eq!(link, format!("system-{stands}-link"), "{at}: current");
            assert_eq!(activations.lines().last(), Some(&*system(stands)), "{at}: active");
            met[usize::from(code != 0)] += 1;
            if code == 0 {
                assert_eq!(says(None, "undo"), 0, "{at}");
            }
        }
    }
    println!("the new system {} times, the old one {} times", met[0], met[1]);
    assert!(met[1] > 3, "{met:?}");
}
