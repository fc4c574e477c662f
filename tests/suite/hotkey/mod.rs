//! The key of the whole session, as the companion hears of it.

mod portal;
mod x11;

use crate::harness::{Home, Run};
use crate::service::{Raw, Service, ctl, serve};
use serde_json::Value;
use std::time::Duration;

/// A companion with a key, and what it tells.
struct Companion {
    home: Home,
    service: Service,
    news: Raw,
}

impl Companion {
    /// Start it in `home` with this configuration, in the session that `session` makes.
    fn start(home: Home, configuration: &str, session: impl Fn(Run) -> Run) -> Self {
        home.configure(configuration);
        let service = Service::of(session(serve(&home)));
        let mut news = Raw::greeted(&home);
        news.ask(r#"{"do":"watch"}"#);
        Self { home, service, news }
    }

    /// The first news of this kind.
    fn next(&mut self, kind: &str) -> Value {
        loop {
            let news = self.news.line();
            if news["kind"] == kind {
                return news;
            }
        }
    }

    /// It is at this next.
    fn state(&mut self, state: &str) {
        assert_eq!(self.next("state")["state"], state);
    }

    /// The key is lost while it is down: what is told of it, and that it counts as let go.
    fn lost(&mut self) -> String {
        let (mut why, mut is_idle) = (None, false);
        while why.is_none() || !is_idle {
            let news = self.news.line();
            is_idle |= news["state"] == "idle";
            why = why.or_else(|| news["text"].as_str().map(str::to_owned));
        }
        why.unwrap()
    }

    fn key(&self, words: &str) {
        await_key(&self.home, words);
    }
}

/// Wait until the companion in `home` says this of the key.
fn await_key(home: &Home, words: &str) {
    let mut told = Value::Null;
    for _ in 0..200 {
        let status = ctl(home, "--json status").run().succeeds().stdout();
        told = serde_json::from_str::<Value>(&status).unwrap()["hotkey"].take();
        if told.as_str().is_some_and(|told| told.contains(words)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("of the key it says {told}, not {words}");
}

#[test]
fn the_doctor_tells_what_a_key_would_be_watched_with() {
    let home = Home::new();
    let key = home.practice().args("doctor --json").run().check("hotkey");
    let found = key["found"].as_str().unwrap();
    // some machines let those who test read their keyboards
    assert!(found.contains("nixvox ctl press") || found.contains("keyboards' devices"), "{found}");
}
