//! No program of Nix's is started, nor any other: each command runs with a PATH that holds nothing,
//! and the kernel tells of every process that it would start.

use crate::daemon::{Daemon, found};
use crate::harness::Home;
use std::fs;

/// Commands that between them make every operation on profiles, packages and the store.
const COMMANDS: [&str; 24] = [
    "list generations",
    "which generation am i on",
    "what changed in the last generation",
    "compare generations one and five",
    "what have i installed",
    "search for a text editor",
    "which package has the command nvim",
    "is rip grep installed",
    "which version of firefox do i have",
    "how do i install neovim",
    "why is libgreet installed",
    "install v l c and lol cat",
    "undo",
    "remove h top",
    "upgrade my packages",
    "try jq",
    "roll back",
    "switch to generation two",
    "delete generations older than four days",
    "status",
    "how big is the store",
    "collect garbage",
    "check the store",
    "optimise the store",
];

#[test]
fn no_operation_starts_a_program() {
    let home = Home::new();
    let daemon = Daemon::start(&home);
    let empty = home.path("empty");
    fs::create_dir(&empty).unwrap();
    let trace = home.path("trace");
    let calls = "trace=execve,execveat,fork,vfork,clone,clone3";
    let through = [&found("strace"), "-f", "-qq", "-e", calls, "-o", trace.to_str().unwrap()];
    for text in COMMANDS {
        let run = daemon.client(home.nixvox_through(&through)).arg("do").args(text).arg("--yes");
        run.env("PATH", &empty).run().succeeds();
        let told = fs::read_to_string(&trace).unwrap();
        let executed = told.lines().filter(|line| line.contains("execve")).count();
        assert_eq!(executed, 1, "{text}: nixvox itself, and nothing else: {told}");
        let processes = |line: &&str| line.contains("fork(") || is_process(line);
        assert_eq!(told.lines().find(processes), None, "{text}");
    }
}

/// Whether a line tells of a clone that is no thread.
fn is_process(line: &str) -> bool {
    line.contains(" clone") && line.contains("flags=") && !line.contains("CLONE_THREAD")
}
