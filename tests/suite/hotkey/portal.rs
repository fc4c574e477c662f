//! A desktop's portal on a session bus of the test's own.

use super::Companion;
use crate::bus::Bus;
use crate::harness::Home;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use zbus::blocking::Connection;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

const OBJECT: &str = "/org/freedesktop/portal/desktop";
const NAME: &str = "org.freedesktop.portal.Desktop";

type Details = HashMap<String, OwnedValue>;

/// What a stand-in was asked for, and how it answers.
#[derive(Default)]
struct Asked {
    /// Answers that the user says no.
    refuses: bool,
    session: Option<OwnedObjectPath>,
    triggers: Vec<String>,
}

/// Stands in for a desktop that gives global shortcuts.
struct Portal {
    asked: Arc<Mutex<Asked>>,
    connection: Connection,
}

struct Shortcuts(Arc<Mutex<Asked>>);

/// Answer the request of this token a moment later, as a user would.
fn respond(
    connection: &zbus::Connection,
    sender: &str,
    details: &Details,
    code: u32,
    results: HashMap<&'static str, Value<'static>>,
) -> OwnedObjectPath {
    let token = <&str>::try_from(&details["handle_token"]).unwrap();
    let sender = sender.trim_start_matches(':').replace('.', "_");
    let path = format!("{OBJECT}/request/{sender}/{token}");
    let path = OwnedObjectPath::try_from(path).unwrap();
    let (connection, handle) = (Connection::from(connection.clone()), path.clone());
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        let interface = "org.freedesktop.portal.Request";
        connection
            .emit_signal(None::<&str>, handle, interface, "Response", &(code, results))
            .unwrap();
    });
    path
}

#[allow(clippy::needless_pass_by_value, clippy::unused_self, reason = "so it goes over the bus")]
#[zbus::interface(name = "org.freedesktop.portal.GlobalShortcuts")]
impl Shortcuts {
    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        1
    }

    fn create_session(
        &self,
        #[zbus(header)] header: zbus::message::Header<'_>,
        #[zbus(connection)] connection: &zbus::Connection,
        options: Details,
    ) -> OwnedObjectPath {
        let sender = header.sender().unwrap().as_str();
        let token = <&str>::try_from(&options["session_handle_token"]).unwrap();
        let session = format!(
            "{OBJECT}/session/{}/{token}",
            sender.trim_start_matches(':').replace('.', "_")
        );
        self.0.lock().unwrap().session = Some(session.as_str().try_into().unwrap());
        let results = HashMap::from([("session_handle", Value::from(session))]);
        respond(connection, sender, &options, 0, results)
    }

    fn bind_shortcuts(
        &self,
        #[zbus(header)] header: zbus::message::Header<'_>,
        #[zbus(connection)] connection: &zbus::Connection,
        session: OwnedObjectPath,
        shortcuts: Vec<(String, Details)>,
        parent: &str,
        options: Details,
    ) -> OwnedObjectPath {
        let mut asked = self.0.lock().unwrap();
        assert_eq!((Some(&session), parent), (asked.session.as_ref(), ""));
        for (name, details) in &shortcuts {
            assert_eq!(name, "talk");
            asked
                .triggers
                .push(<&str>::try_from(&details["preferred_trigger"]).unwrap().to_owned());
        }
        let code = u32::from(asked.refuses);
        respond(connection, header.sender().unwrap().as_str(), &options, code, HashMap::new())
    }
}

impl Portal {
    fn on(bus: &Bus, refuses: bool) -> Self {
        let asked = Arc::new(Mutex::new(Asked { refuses, ..Asked::default() }));
        let connection = bus.serve(NAME, OBJECT, Shortcuts(Arc::clone(&asked)));
        Self { asked, connection }
    }

    /// The key of the session that was asked for moves.
    fn emit(&self, member: &str, shortcut: &str) {
        let session = self.asked.lock().unwrap().session.clone().unwrap();
        let body = (session, shortcut, 7_u64, HashMap::<&str, Value<'_>>::new());
        let interface = "org.freedesktop.portal.GlobalShortcuts";
        self.connection.emit_signal(None::<&str>, OBJECT, interface, member, &body).unwrap();
    }

    fn triggers(&self) -> Vec<String> {
        self.asked.lock().unwrap().triggers.clone()
    }
}

fn companion(bus: &Bus) -> Companion {
    Companion::start(Home::new(), "hotkey = \"ctrl+alt+space\"", |run| {
        run.env("DBUS_SESSION_BUS_ADDRESS", bus.address())
    })
}

#[test]
fn the_desktop_is_asked_for_the_key_and_tells_its_moves() {
    let bus = Bus::start();
    let portal = Portal::on(&bus, false);
    let mut companion = companion(&bus);
    companion.key("ctrl+alt+space through the desktop's portal");
    assert_eq!(portal.triggers(), ["CTRL+ALT+space"]);
    portal.emit("Activated", "another");
    portal.emit("Activated", "talk");
    companion.state("listening");
    portal.emit("Deactivated", "another");
    portal.emit("Deactivated", "talk");
    companion.state("idle");

    // it goes with the key down, and comes back
    portal.emit("Activated", "talk");
    companion.state("listening");
    drop(portal);
    let why = companion.lost();
    assert!(why.contains("portal has ended the session"), "{why}");
    let portal = Portal::on(&bus, false);
    companion.key("through the desktop's portal");
    portal.emit("Activated", "talk");
    companion.state("listening");

    // and so does the bus
    drop(bus);
    companion.lost();
    companion.key("not watched");
}

#[test]
fn who_says_no_is_not_asked_again() {
    let bus = Bus::start();
    let portal = Portal::on(&bus, true);
    let companion = companion(&bus);
    companion.key("not watched: the desktop was told not to give the key ctrl+alt+space");
    std::thread::sleep(Duration::from_millis(2500));
    assert_eq!(portal.triggers().len(), 1);
}
