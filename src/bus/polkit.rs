//! polkit: whether somebody may do something.

use super::{Error, ask};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::time::Duration;
use zbus::zvariant::{Type, Value};

/// How long somebody may take to say who they are.
const PATIENCE: Duration = Duration::from_secs(120);
/// That polkit may ask for a password.
const INTERACTIVE: u32 = 1;

/// Who would do it: `unix-process` and the like, and what tells it from others.
#[derive(Serialize, Type)]
struct Subject<'a> {
    kind: &'a str,
    details: HashMap<&'a str, Value<'a>>,
}

/// polkit's answer.
#[derive(Deserialize, Type)]
struct Verdict {
    allowed: bool,
    _challenge: bool,
    _details: HashMap<String, String>,
}

/// Whether the process `pid` of the user `uid` may do `action`. It may take as long as a password.
///
/// # Errors
/// polkit cannot be asked.
pub fn permits(pid: u32, uid: u32, action: &'static str) -> Result<bool, Error> {
    let started = started(pid)?;
    let asked = ask(PATIENCE, move |bus| {
        let details = HashMap::from([
            ("pid", Value::from(pid)),
            ("start-time", Value::from(started)),
            ("uid", Value::from(i32::try_from(uid).unwrap_or(-1))),
        ]);
        let subject = Subject { kind: "unix-process", details };
        let none: HashMap<&str, &str> = HashMap::new();
        let answer = bus.call_method(
            Some("org.freedesktop.PolicyKit1"),
            "/org/freedesktop/PolicyKit1/Authority",
            Some("org.freedesktop.PolicyKit1.Authority"),
            "CheckAuthorization",
            &(subject, action, none, INTERACTIVE, ""),
        )?;
        let body = answer.body();
        let verdict: Verdict = body.deserialize()?;
        Ok(verdict.allowed)
    });
    asked?.wait()
}

/// When a process started, in ticks since boot: with its number that tells it from all others.
fn started(pid: u32) -> io::Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // the name, in parentheses, may hold anything
    let fields = stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace());
    let ticks = fields.and_then(|mut fields| fields.nth(19)?.parse().ok());
    ticks.ok_or_else(|| io::Error::other("/proc tells no start time"))
}
