//! `kill -9` at each system call that changes something, of the program as it is shipped.

use crate::daemon::{Daemon, found};
use crate::harness::Home;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The calls by which the program changes files, or asks the daemon to.
const CALLS: &str = "symlink,symlinkat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,flock,ftruncate,write,sendto,fsync,fdatasync";

/// How often the busiest thread makes each call, as the trace at `path` tells.
pub(crate) fn counts(path: &Path) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::<(&str, &str), usize>::new();
    let told = fs::read_to_string(path).unwrap();
    for line in told.lines() {
        let (thread, call) = line.split_once(' ').unwrap();
        if let Some((name, _)) = call.trim_start().split_once('(') {
            *counts.entry((thread, name)).or_default() += 1;
        }
    }
    let mut most = BTreeMap::<String, usize>::new();
    for ((_, name), count) in counts {
        let most = most.entry(name.to_owned()).or_default();
        *most = count.max(*most);
    }
    most
}

/// Say `text`, and kill it at each of its calls in turn. What it was killed at, and where the
/// profile stood then.
fn killed_everywhere(home: &Home, daemon: &Daemon, text: &str) -> Vec<(String, &'static str)> {
    let trace = home.path("trace");
    let link = || fs::read_link(home.profile()).unwrap();
    let old = link();
    let says = |fault: Option<String>| {
        let (calls, path) = (format!("trace={CALLS}"), trace.to_str().unwrap());
        let mut through = vec![found("strace"), "-f".into(), "-qq".into(), "-e".into(), calls];
        through.extend(fault.into_iter().flat_map(|fault| ["-e".to_owned(), fault]));
        through.extend(["-o".to_owned(), path.to_owned()]);
        let through: Vec<&str> = through.iter().map(String::as_str).collect();
        daemon.client(home.nixvox_through(&through)).arg("do").args(text).run().code()
    };
    let back = || {
        daemon.client(home.nixvox()).args("do undo").run().succeeds();
        assert_eq!(link(), old, "{text}: taken back");
    };
    assert_eq!(says(None), 0, "{text}");
    back();
    let mut told = Vec::new();
    for (call, count) in counts(&trace) {
        for number in 1..=count {
            let code = says(Some(format!("inject={call}:signal=KILL:when={number}")));
            let stands = if link() == old { "old" } else { "new" };
            assert!(home.profile().canonicalize().unwrap().is_dir(), "{text}, {call} {number}");
            home.nixvox().args("log --verify").run().succeeds();
            if code != 0 {
                told.push((format!("{call} {number}"), stands));
            }
            if stands == "new" {
                back();
            }
        }
    }
    told
}

#[test]
fn killed_at_any_call_the_profile_is_the_old_or_the_new_one() {
    let home = Home::new();
    let daemon = Daemon::start(&home);
    for text in ["roll back", "undo", "install jq"] {
        let told = killed_everywhere(&home, &daemon, text);
        println!("{text}, killed at one call after the other:");
        for (call, stands) in &told {
            println!("    {call:<12} {stands}");
        }
        for stands in ["old", "new"] {
            assert!(told.iter().any(|(_, found)| *found == stands), "{text}: {told:?}");
        }
        daemon.client(home.nixvox()).arg("do").args(text).run().succeeds();
    }
    assert!(home.profile().join("bin/jq").exists());
}
