//! The companion on a real sound server: the key, the voice's manner, sleep.

use crate::harness::{Home, Run, data, interrupt};
use crate::sound_server::SoundServer;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::Child;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

/// Longer than any answer takes to come.
const LIMIT: Duration = Duration::from_secs(60);

/// The companion, hands-free without a phrase, and the devices that it speaks and listens with.
struct Companion {
    home: Home,
    server: SoundServer,
    service: Child,
    /// What keeps the devices awake, and tells the news.
    others: Vec<Child>,
    news: Receiver<Value>,
}

impl Companion {
    fn start() -> Self {
        let home = Home::new();
        let server = SoundServer::start(&home.path("pulse"));
        let mut others: Vec<Child> = server.keep_awake().into();
        std::fs::create_dir_all(home.path("runtime")).unwrap();
        let run = |run: Run| {
            run.env("XDG_RUNTIME_DIR", home.path("runtime")).env("PULSE_SERVER", server.address())
        };
        let serve = run(home.practice()).args("serve --phrase").arg("");
        let service = serve.start_and_await("Serving");
        let mut watcher = run(home.nixvox()).args("ctl --json watch").start();
        let (sender, news) = mpsc::channel();
        let lines = BufReader::new(watcher.stdout.take().unwrap()).lines();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let Ok(value) = serde_json::from_str::<Value>(&line) else { return };
                if sender.send(value).is_err() {
                    return;
                }
            }
        });
        others.push(watcher);
        let companion = Self { home, server, service, others, news };
        companion.until(|news| news["kind"] == "status");
        companion
    }

    fn ctl(&self, args: &str) {
        let run = self.home.nixvox().env("XDG_RUNTIME_DIR", self.home.path("runtime"));
        run.args("ctl").args(args).run().succeeds();
    }

    fn say(&self, recording: &str) {
        self.server.say(&data().join(format!("{recording}.flac")));
    }

    /// The first news that `wanted` is about.
    fn until(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + LIMIT;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let news = self.news.recv_timeout(left).unwrap();
            if wanted(&news) {
                return news;
            }
        }
    }

    fn state(&self, state: &str) {
        self.until(|news| news["kind"] == "state" && news["state"] == state);
    }

    fn answer(&self) -> String {
        let answer = self.until(|news| news["kind"] == "answer");
        answer["intent"].as_str().unwrap_or("none").to_owned()
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        // the service ends its daemon, when it is asked to end
        interrupt(&self.service);
        let _ = self.service.wait();
        for child in &mut self.others {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn the_key_silences_an_answer_and_takes_the_next_command() {
    let companion = Companion::start();
    companion.ctl("say help");
    companion.state("speaking");
    companion.ctl("press");
    companion.state("listening");
    companion.say("roll-back");
    companion.ctl("release");
    assert_eq!(companion.answer(), "generation.rollback");
    companion.ctl("cancel");
    companion.state("idle");
    companion.ctl("say volume fifty");
    companion.ctl("say go to sleep");
    companion.state("asleep");
    // asleep, nothing is taken but what wakes it
    companion.say("roll-back");
    companion.ctl("say wake up");
    let woken = companion.until(|news| {
        news["kind"] == "answer" && news["heard"].is_string() || news["intent"] == "dialogue.wake"
    });
    assert_eq!(woken["intent"], "dialogue.wake");
}

#[test]
fn with_the_speaker_fed_back_its_own_voice_is_nobody_and_who_breaks_in_is_heard() {
    let companion = Companion::start();
    for (delay_ms, level) in [(20, 1.0), (120, 0.3)] {
        let mut loop_back = companion.server.feed_back(delay_ms, level);
        std::thread::sleep(Duration::from_millis(500));
        for _ in 0..2 {
            companion.ctl("say which generation am i on");
            companion.state("speaking");
            let next = companion.until(|news| news["kind"] == "state");
            assert_eq!(next["state"], "idle", "{delay_ms} ms, level {level}");
        }
        companion.ctl("say help");
        companion.state("speaking");
        std::thread::sleep(Duration::from_millis(1500));
        companion.say("forget-it");
        companion.state("listening");
        companion.state("idle");
        for child in &mut loop_back {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
