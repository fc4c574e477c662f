//! A real X server, without a screen.

use super::{Companion, await_key};
use crate::companion;
use crate::harness::Home;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use unix::sys::signal::Signal;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt, GrabMode, ModMask};

/// An X server of the test's own.
struct Server {
    child: Child,
    display: String,
}

impl Server {
    /// Start one, with this display or whichever is free.
    fn start(display: Option<&str>) -> Self {
        let mut command = Command::new("Xvfb");
        command.args(display).args(["-displayfd", "1", "-nolisten", "tcp", "-noreset"]);
        command.args(["-screen", "0", "320x240x24"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("Xvfb: {error}; scripts/test installs it"));
        let mut number = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let display = format!(":{}", number.trim());
        assert!(display.len() > 1, "the X server did not start");
        Self { child, display }
    }

    /// Have keys pressed or let go.
    fn keys(&self, does: &str, keys: &[&str]) {
        let mut command = Command::new("xdotool");
        let done = command.env("DISPLAY", &self.display).arg(does).args(keys).status();
        let done =
            done.unwrap_or_else(|error| panic!("xdotool: {error}; scripts/test installs it"));
        assert!(done.success());
    }

    fn companion(&self, configuration: &str) -> Companion {
        Companion::start(Home::new(), configuration, |run| run.env("DISPLAY", &self.display))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const CONTROL_ALT: [&str; 2] = ["Control_L", "Alt_L"];

#[test]
fn a_key_that_is_held_opens_a_command_until_it_comes_up_whatever_locks_are_on() {
    let server = Server::start(None);
    let mut companion = server.companion("hotkey = \"ctrl+alt+space\"");
    companion.key("ctrl+alt+space through X11");
    for lock in [None, Some("Num_Lock"), Some("Caps_Lock")] {
        if let Some(lock) = lock {
            server.keys("key", &[lock]);
        }
        server.keys("keydown", &CONTROL_ALT);
        server.keys("keydown", &["space"]);
        companion.state("listening");
        // long enough to repeat; the next state is the end nevertheless
        std::thread::sleep(Duration::from_millis(900));
        let status = crate::service::ctl(&companion.home, "status").run().stdout();
        assert!(status.starts_with("listening"), "{status}");
        // the modifiers may come up first
        server.keys("keyup", &CONTROL_ALT);
        server.keys("keyup", &["space"]);
        companion.state("idle");
    }
    // neither the key alone nor another modifier is meant
    server.keys("key", &["space", "ctrl+space", "ctrl+alt+shift+space"]);
    server.keys("key", &["ctrl+alt+space"]);
    companion.state("listening");
    companion.state("idle");
}

#[test]
fn to_toggle_the_key_is_pressed_twice_and_a_new_configuration_brings_another_key() {
    let server = Server::start(None);
    let mut companion = server.companion("hotkey = \"super+f9\"\nhotkey_mode = \"toggle\"");
    companion.key("through X11");
    server.keys("key", &["super+F9"]);
    companion.state("listening");
    server.keys("key", &["super+F9"]);
    companion.state("idle");
    companion.home.configure("hotkey = \"pause\"");
    companion.service.signal(Signal::SIGHUP);
    companion.key("pause through X11");
    server.keys("key", &["super+F9"]);
    server.keys("keydown", &["Pause"]);
    companion.state("listening");
    server.keys("keyup", &["Pause"]);
    companion.state("idle");
}

#[test]
fn a_key_that_another_program_has_is_told_and_taken_once_it_is_free() {
    let server = Server::start(None);
    let (other, _) = x11rb::connect(Some(&server.display)).unwrap();
    let root = other.setup().roots[0].root;
    let grab = other.grab_key(false, root, ModMask::ANY, 65, GrabMode::ASYNC, GrabMode::ASYNC);
    grab.unwrap().check().unwrap();
    let mut companion = server.companion("hotkey = \"ctrl+alt+space\"");
    companion.key("not watched: the key ctrl+alt+space is taken by another program");
    drop(other);
    companion.key("through X11");
    server.keys("keydown", &["ctrl+alt+space"]);
    companion.state("listening");
}

#[test]
fn an_x_server_that_is_lost_lets_the_key_go_and_is_found_again() {
    let server = Server::start(None);
    let mut companion = server.companion("hotkey = \"pause\"");
    companion.key("through X11");
    server.keys("keydown", &["Pause"]);
    companion.state("listening");
    let display = server.display.clone();
    drop(server);
    let why = companion.lost();
    assert!(why.contains("X11"), "{why}");
    let server = Server::start(Some(&display));
    companion.key("pause through X11");
    server.keys("key", &["Pause"]);
    companion.state("listening");
    companion.state("idle");
}

#[test]
fn with_push_to_talk_only_what_is_said_while_the_key_is_held_is_taken() {
    let server = Server::start(None);
    let companion = companion::Companion::serving(Home::new(), |run| {
        run.env("DISPLAY", &server.display).args("serve --push-to-talk --hotkey ctrl+alt+space")
    });
    await_key(&companion.home, "ctrl+alt+space through X11");
    companion.say("roll-back");
    server.keys("keydown", &["ctrl+alt+space"]);
    companion.state("listening");
    companion.say("current-generation");
    server.keys("keyup", &["ctrl+alt+space"]);
    assert_eq!(companion.answer(), "generation.current", "the first that is taken");
}
