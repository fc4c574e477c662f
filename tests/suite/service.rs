//! The companion service, by its socket and by `nixvox ctl`.

use crate::harness::{Home, Run};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::PathBuf;
use std::process::Child;
use std::sync::mpsc;
use std::time::Duration;
use unix::fcntl::{Flock, FlockArg};
use unix::sys::signal::{Signal, kill};
use unix::unistd::Pid;

/// A running service in a home without any sound device.
pub(crate) struct Service {
    child: Child,
}

impl Service {
    fn start(home: &Home) -> Self {
        Self::of(serve(home))
    }

    pub(crate) fn of(serve: Run) -> Self {
        Self { child: serve.start_and_await("Serving") }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.signal(Signal::SIGTERM);
            let _ = self.child.wait();
        }
    }
}

/// The home without sound; its runtime directory is its own.
fn mute(home: &Home, run: Run) -> Run {
    std::fs::create_dir_all(home.path("runtime")).unwrap();
    run.env("XDG_RUNTIME_DIR", home.path("runtime"))
        .env("PULSE_SERVER", format!("unix:{}", home.path("nobody").display()))
        .env("ALSA_CONFIG_PATH", home.path("none.conf"))
}

pub(crate) fn serve(home: &Home) -> Run {
    mute(home, home.practice()).args("serve --quiet")
}

pub(crate) fn ctl(home: &Home, args: &str) -> Run {
    mute(home, home.nixvox()).args("ctl").args(args)
}

fn socket(home: &Home) -> PathBuf {
    home.path("runtime/nixvox/socket")
}

/// A client that says whatever a test wants it to.
pub(crate) struct Raw {
    lines: BufReader<UnixStream>,
}

impl Raw {
    fn connect(home: &Home) -> Self {
        let stream = UnixStream::connect(socket(home)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut raw = Self { lines: BufReader::new(stream) };
        assert_eq!(raw.line()["kind"], "hello");
        raw
    }

    pub(crate) fn greeted(home: &Home) -> Self {
        let mut raw = Self::connect(home);
        assert_eq!(raw.ask(r#"{"do":"hello","protocol":1}"#)["kind"], "taken");
        raw
    }

    fn write(&mut self, bytes: &[u8]) {
        // it may have hung up already
        let _ = self.lines.get_mut().write_all(bytes);
    }

    pub(crate) fn line(&mut self) -> Value {
        let mut line = String::new();
        assert!(self.lines.read_line(&mut line).unwrap() > 0, "the service hung up");
        serde_json::from_str(&line).unwrap()
    }

    pub(crate) fn ask(&mut self, line: &str) -> Value {
        self.write(format!("{line}\n").as_bytes());
        self.line()
    }

    /// Whether the service has hung up, and said nothing before.
    fn is_over(&mut self) -> bool {
        !matches!(self.lines.read(&mut [0]), Ok(1..))
    }
}

#[test]
fn a_command_is_done_and_answered_as_text_and_whoever_watches_sees_it() {
    let home = Home::new();
    let mut service = Service::start(&home);
    let mut watcher = Raw::greeted(&home);
    assert_eq!(watcher.ask(r#"{"do":"watch"}"#)["kind"], "status");
    let mut view = ctl(&home, "watch").start();
    let mut lines = BufReader::new(view.stdout.take().unwrap());
    let mut shown = String::new();
    lines.read_line(&mut shown).unwrap();

    let said = ctl(&home, "say roll back").run().succeeds();
    assert!(said.stdout().contains("Rolled back to generation 4"), "{}", said.stdout());
    let undone = ctl(&home, "--json say undo").run().succeeds().stdout();
    let undone: Value = serde_json::from_str(&undone).unwrap();
    assert_eq!(undone["intent"], "dialogue.undo", "{undone}");
    assert_eq!(ctl(&home, "say good morning").run().code(), 3);
    let status = ctl(&home, "--json status").run().succeeds().stdout();
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!((&status["turns"], &status["microphone"]), (&json!(3), &json!(false)), "{status}");

    let mut intents = Vec::new();
    let mut seen = Vec::new();
    while intents.len() < 3 {
        let news = watcher.line();
        match news["kind"].as_str().unwrap() {
            "answer" => intents.push(news["intent"].clone()),
            "state" => seen.push(news["state"].as_str().unwrap().to_owned()),
            _ => {}
        }
    }
    assert_eq!(intents, [json!("generation.rollback"), json!("dialogue.undo"), Value::Null]);
    assert!(seen.iter().any(|state| state == "acting"), "{seen:?}");

    service.signal(Signal::SIGTERM);
    assert_eq!(service.child.wait().unwrap().code(), Some(0));
    assert!(!socket(&home).exists(), "the socket was left behind");
    lines.read_to_string(&mut shown).unwrap();
    assert!(view.wait().unwrap().success() && shown.contains("Undone. Generation 5"), "{shown}");
    assert!(shown.ends_with("○ idle\n") && !shown.contains('\u{1b}'), "{shown:?}");
    ctl(&home, "status").run().fails_with(&["does not run"]);
}

#[test]
fn what_a_command_would_do_is_looked_up_no_longer_than_until_it_is_called_off() {
    let home = Home::new();
    let mut service = Service::start(&home);
    let look_up = || {
        // somebody else collects garbage
        let lock = File::create(home.path("practice/var/nix/gc.lock")).unwrap();
        let lock = Flock::lock(lock, FlockArg::LockExclusive).map_err(|(_, error)| error).unwrap();
        let mut watcher = Raw::greeted(&home);
        watcher.ask(r#"{"do":"watch"}"#);
        let said = ctl(&home, "say collect garbage").start();
        while watcher.line()["state"] != "acting" {}
        std::thread::sleep(Duration::from_millis(300));
        (said, watcher, lock)
    };
    let (mut said, mut watcher, lock) = look_up();
    ctl(&home, "cancel").run().succeeds();
    let mut news = watcher.line();
    while news["kind"] != "answer" {
        news = watcher.line();
    }
    assert_eq!(news["say"], "Cancelled. Nothing was changed.");
    said.wait().unwrap();
    drop(lock);
    let asked = ctl(&home, "say collect garbage").run().stdout();
    assert!(asked.contains("Say yes or no."), "{asked}");
    ctl(&home, "say no").run();

    let (mut said, _watcher, _lock) = look_up();
    service.signal(Signal::SIGTERM);
    assert_eq!(service.child.wait().unwrap().code(), Some(0));
    said.wait().unwrap();
}

#[test]
fn there_is_one_instance_and_it_reads_its_configuration_anew() {
    let home = Home::new();
    let service = Service::start(&home);
    serve(&home).run().fails_with(&["runs already"]);

    let dir = home.path("config/nixvox/grammars/en");
    std::fs::create_dir_all(&dir).unwrap();
    let own = "[[intent]]\nname = \"system.status\"\nsentences = [\"alles klar\"]";
    assert_eq!(ctl(&home, "say alles klar").run().code(), 3);
    std::fs::write(dir.join("own.toml"), own).unwrap();
    service.signal(Signal::SIGHUP);
    let understands = || ctl(&home, "say alles klar").run().code() == 0;
    for _ in 0..100 {
        if understands() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(understands());
    // one that cannot be used changes nothing, and who asks is told why
    std::fs::write(dir.join("own.toml"), "[[intent]]\nname = 1").unwrap();
    ctl(&home, "reload").run().fails_with(&["own.toml:2:8"]);
    assert!(understands());
    std::fs::remove_file(dir.join("own.toml")).unwrap();
    ctl(&home, "reload").run().succeeds();
    assert!(!understands());
}

#[test]
fn while_the_configuration_is_read_anew_systemd_is_told_that_all_is_well() {
    let home = Home::new();
    let notified = home.path("notified");
    let socket = UnixDatagram::bind(&notified).unwrap();
    let (teller, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut message = [0; 256];
        while let Ok(length) = socket.recv(&mut message)
            && teller.send(String::from_utf8_lossy(&message[..length]).into_owned()).is_ok()
        {
        }
    });
    let told = || told.recv_timeout(Duration::from_secs(20)).unwrap();
    // a beat each millisecond
    let serve = serve(&home).env("NOTIFY_SOCKET", &notified).env("WATCHDOG_USEC", "3000");
    let service = Service::of(serve);
    // one that cannot be used: nothing has to end for it
    let dir = home.path("config/nixvox/grammars/en");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("own.toml"), "[[intent]]\nname = 1").unwrap();
    service.signal(Signal::SIGHUP);
    while !told().contains("RELOADING=1") {}
    let mut beats = 0;
    loop {
        match told() {
            ready if ready.contains("READY=1") => break,
            other => beats += usize::from(other.contains("WATCHDOG=1")),
        }
    }
    assert!(beats > 0);
}

#[test]
fn hostile_lines_are_refused_and_harm_nobody() {
    let home = Home::new();
    let _service = Service::start(&home);
    let mut old = Raw::connect(&home);
    let refused = old.ask(r#"{"do":"hello","protocol":99}"#);
    assert!(refused["error"].as_str().unwrap().contains("protocol 1"), "{refused}");
    assert!(old.is_over());
    let mut rude = Raw::connect(&home);
    assert_eq!(rude.ask(r#"{"do":"status"}"#)["kind"], "error");
    assert!(rude.is_over());

    let mut client = Raw::greeted(&home);
    for line in
        ["", "nonsense", "{}", r#"{"do":"dance"}"#, r#"{"do":"say"}"#, "[[[[", "\u{0}\u{1}", "null"]
    {
        let answer = client.ask(line);
        assert_eq!(answer["kind"], "error", "{line:?}: {answer}");
    }
    client.write(b"\xff\xfe\n");
    assert_eq!(client.line()["kind"], "error");
    // and it is served all the same
    assert_eq!(client.ask(r#"{"do":"status"}"#)["kind"], "status");

    let mut endless = Raw::greeted(&home);
    endless.write(&vec![b'x'; 200_000]);
    assert!(endless.line()["error"].as_str().unwrap().contains("bytes at most"));
    let mut cut = Raw::greeted(&home);
    cut.write(br#"{"do":"say","text":"roll ba"#);
    cut.lines.get_mut().shutdown(std::net::Shutdown::Write).unwrap();
    assert!(cut.line()["error"].as_str().unwrap().contains("cut short"));
    assert_eq!(client.ask(r#"{"do":"status"}"#)["turns"], 0);
}

#[test]
fn many_clients_are_answered_and_one_too_many_is_told() {
    let home = Home::new();
    let _service = Service::start(&home);
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let mut client = Raw::greeted(&home);
            std::thread::spawn(move || {
                client.ask(r#"{"do":"say","text":"which generation am i on"}"#)
            })
        })
        .collect();
    let mut answered = 0;
    for client in clients {
        let answer = client.join().unwrap();
        let refused = answer["error"].as_str().is_some_and(|error| error.contains("too many"));
        assert!(answer["intent"] == "generation.current" || refused, "{answer}");
        answered += usize::from(!refused);
    }
    assert!(answered > 0, "all were refused");
    let kept: Vec<Raw> = (0..32).map(|_| Raw::greeted(&home)).collect();
    let stream = UnixStream::connect(socket(&home)).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    assert!(line.contains("too many clients"), "{line}");
    drop(kept);
}
