//! Answers on a desktop that a stand-in on a session bus of the test's own makes.

use crate::bus::Bus;
use crate::harness::Home;
use crate::service::{Service, ctl, serve};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use zbus::blocking::Connection;
use zbus::zvariant::OwnedValue;

/// A notification: what it replaces, its title and its text.
type Shown = (u32, String, String);

/// Stands in for a desktop that shows notifications.
struct Desktop {
    shown: Arc<Mutex<Vec<Shown>>>,
    _connection: Connection,
}

struct Notifications(Arc<Mutex<Vec<Shown>>>);

#[allow(clippy::needless_pass_by_value, clippy::unused_self, reason = "so it goes over the bus")]
#[allow(clippy::too_many_arguments, reason = "so many there are")]
#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Notifications {
    fn get_capabilities(&self) -> Vec<&'static str> {
        vec!["body", "body-markup"]
    }

    fn notify(
        &self,
        application: &str,
        replaces: u32,
        icon: &str,
        title: &str,
        text: &str,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        expires: i32,
    ) -> u32 {
        assert_eq!((application, actions.len(), expires), ("nixvox", 0, -1));
        assert!(!icon.is_empty() && hints.contains_key("desktop-entry"));
        self.0.lock().unwrap().push((replaces, title.to_owned(), text.to_owned()));
        7
    }
}

impl Desktop {
    fn on(bus: &Bus) -> Self {
        let shown = Arc::default();
        let connection = bus.serve(
            "org.freedesktop.Notifications",
            "/org/freedesktop/Notifications",
            Notifications(Arc::clone(&shown)),
        );
        Self { shown, _connection: connection }
    }

    /// What it has shown, once that is so much.
    fn shown(&self, count: usize) -> Vec<Shown> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let shown = self.shown.lock().unwrap().clone();
            if shown.len() >= count {
                return shown;
            }
            assert!(Instant::now() < deadline, "{shown:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn answers_are_shown_each_in_place_of_the_one_before() {
    let home = Home::new();
    home.configure("notifications = true");
    let bus = Bus::start();
    let desktop = Desktop::on(&bus);
    let _service = Service::of(serve(&home).env("DBUS_SESSION_BUS_ADDRESS", bus.address()));
    ctl(&home, "say roll back").run().succeeds();
    desktop.shown(1);
    ctl(&home, "say undo").run().succeeds();
    let shown = desktop.shown(2);
    let (first, second) = (&shown[0], &shown[1]);
    assert_eq!((first.0, first.1.as_str()), (0, "nixvox"));
    assert!(first.2.starts_with("Rolled back to generation 4"), "{first:?}");
    assert_eq!(second.0, 7);
    assert!(second.2.starts_with("Undone"), "{second:?}");

    // a desktop that goes harms nobody, and another one is found
    drop(desktop);
    ctl(&home, "say which generation am i on").run().succeeds();
    let desktop = Desktop::on(&bus);
    std::thread::sleep(Duration::from_millis(200));
    ctl(&home, "say which generation am i on").run().succeeds();
    let shown = desktop.shown(1);
    assert_eq!(shown[0].0, 0);
    assert!(shown[0].2.contains('5'), "{shown:?}");
}
