//! A private system bus, with stand-ins for those who answer there.

use crate::daemon::found;
use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use zbus::blocking::{Connection, connection::Builder};
use zbus::object_server::Interface;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

const CONFIGURATION: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path=SOCKET</listen>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_destination="*"/><allow eavesdrop="false"/>
  </policy>
</busconfig>
"#;

/// A bus of the test's own.
pub(crate) struct Bus {
    child: Child,
    address: String,
    _dir: TempDir,
}

impl Bus {
    pub(crate) fn start() -> Self {
        let dir = TempDir::new().unwrap();
        let socket = dir.path().join("bus");
        let configuration = dir.path().join("bus.conf");
        let text = CONFIGURATION.replace("SOCKET", socket.to_str().unwrap());
        fs::write(&configuration, text).unwrap();
        let mut child = Command::new(found("dbus-daemon"))
            .arg(format!("--config-file={}", configuration.display()))
            .args(["--nofork", "--nopidfile", "--nosyslog", "--print-address"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // it tells its address once it listens; the socket's file is there a moment earlier
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        assert!(address.starts_with("unix:"), "dbus-daemon does not start: {address:?}");
        Self { child, address: address.trim().to_owned(), _dir: dir }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Answer there as `name`, with `interface` at `path`, while the connection lives.
    pub(crate) fn serve(&self, name: &str, path: &str, interface: impl Interface) -> Connection {
        let builder = Builder::address(self.address()).unwrap().name(name).unwrap();
        builder.serve_at(path, interface).unwrap().build().unwrap()
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Answers for polkit.
pub(crate) struct Polkit {
    state: Arc<Mutex<Answers>>,
    _connection: Connection,
}

#[derive(Default)]
struct Answers {
    permits: bool,
    asked: Vec<(u32, String)>,
}

struct Authority(Arc<Mutex<Answers>>);

#[zbus::interface(name = "org.freedesktop.PolicyKit1.Authority")]
impl Authority {
    fn check_authorization(
        &self,
        subject: (String, HashMap<String, OwnedValue>),
        action: String,
        details: HashMap<String, String>,
        flags: u32,
        cancellation: &str,
    ) -> (bool, bool, HashMap<String, String>) {
        assert_eq!((details.into_values().next(), cancellation), (None, ""));
        let (kind, details) = subject;
        let number = |name: &str| -> u64 {
            let value = &details[name];
            let wide = u64::try_from(value).ok();
            let narrow = || u32::try_from(value).ok().map(u64::from);
            let signed = || i32::try_from(value).ok().and_then(|number| number.try_into().ok());
            wide.or_else(narrow).or_else(signed).unwrap()
        };
        assert_eq!((kind.as_str(), flags), ("unix-process", 1));
        let stat = fs::read_to_string(format!("/proc/{}/stat", number("pid"))).unwrap();
        assert!(stat.contains(&format!(" {} ", number("start-time"))), "{stat}");
        let mut state = self.0.lock().unwrap();
        state.asked.push((number("uid").try_into().unwrap(), action));
        (state.permits, false, HashMap::new())
    }
}

impl Polkit {
    /// One that permits nothing.
    pub(crate) fn on(bus: &Bus) -> Self {
        let state = Arc::new(Mutex::new(Answers::default()));
        let connection = bus.serve(
            "org.freedesktop.PolicyKit1",
            "/org/freedesktop/PolicyKit1/Authority",
            Authority(Arc::clone(&state)),
        );
        Self { state, _connection: connection }
    }

    /// Permit everything from now on.
    pub(crate) fn permit(&self) {
        self.state.lock().unwrap().permits = true;
    }

    /// Whom it was asked about, and what they would do.
    pub(crate) fn asked(&self) -> Vec<(u32, String)> {
        self.state.lock().unwrap().asked.clone()
    }
}

/// Answers for systemd: these units have failed.
pub(crate) struct Systemd {
    _connection: Connection,
}

struct Manager(Vec<String>);

/// A unit as systemd lists it.
type Unit =
    (String, String, String, String, String, String, OwnedObjectPath, u32, String, OwnedObjectPath);

#[zbus::interface(name = "org.freedesktop.systemd1.Manager")]
impl Manager {
    fn list_units_filtered(&self, states: Vec<&str>) -> Vec<Unit> {
        assert_eq!(states.into_iter().collect::<Vec<_>>(), ["failed"]);
        let unit = |name: &String| {
            let state = |state: &str| state.to_owned();
            let none = || OwnedObjectPath::try_from("/").unwrap();
            let (loaded, failed) = (state("loaded"), state("failed"));
            let (described, followed, job) = (name.clone(), String::new(), String::new());
            let sub = failed.clone();
            (name.clone(), described, loaded, failed, sub, followed, none(), 0, job, none())
        };
        self.0.iter().map(unit).collect()
    }
}

impl Systemd {
    pub(crate) fn on(bus: &Bus, failed: &[&str]) -> Self {
        let failed = failed.iter().map(|&name| name.to_owned()).collect();
        let connection =
            bus.serve("org.freedesktop.systemd1", "/org/freedesktop/systemd1", Manager(failed));
        Self { _connection: connection }
    }
}
