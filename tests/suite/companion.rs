//! The companion on a sound server of its own, as a test's other parts meet it.

use crate::harness::{Home, Run, data, interrupt};
use crate::sound_server::SoundServer;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Child;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

/// Longer than any answer takes to come.
const LIMIT: Duration = Duration::from_secs(60);

/// The companion, hands-free without a phrase where not told otherwise, and the devices that it speaks and listens with.
pub(crate) struct Companion {
    pub(crate) home: Home,
    pub(crate) server: SoundServer,
    service: Child,
    /// What keeps the devices awake, and tells the news.
    others: Vec<Child>,
    news: Receiver<Value>,
}

impl Companion {
    pub(crate) fn start() -> Self {
        Self::at(Home::new())
    }

    /// In a home that was prepared.
    pub(crate) fn at(home: Home) -> Self {
        Self::serving(home, |run| run.args("serve --phrase").arg(""))
    }

    /// The same, started as `serve` has it.
    pub(crate) fn serving(home: Home, serve: impl FnOnce(Run) -> Run) -> Self {
        let server = SoundServer::start(&home.path("pulse"));
        let mut others: Vec<Child> = server.keep_awake().into();
        std::fs::create_dir_all(home.path("runtime")).unwrap();
        let run = |run: Run| {
            run.env("XDG_RUNTIME_DIR", home.path("runtime")).env("PULSE_SERVER", server.address())
        };
        let service = serve(run(home.practice())).start_and_await("Serving");
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

    /// Keep its devices awake, as those that did have ended with the server.
    pub(crate) fn keep_awake(&mut self) {
        self.others.extend(self.server.keep_awake());
    }

    pub(crate) fn ctl(&self, args: &str) {
        let run = self.home.nixvox().env("XDG_RUNTIME_DIR", self.home.path("runtime"));
        run.args("ctl").args(args).run().succeeds();
    }

    pub(crate) fn say(&self, recording: &str) {
        self.server.say(&data().join(format!("{recording}.flac")));
    }

    /// Say these words, with the voice that answers.
    pub(crate) fn speak(&self, words: &str) {
        self.server.say(&self.recording(words));
    }

    /// A recording of these words.
    pub(crate) fn recording(&self, words: &str) -> PathBuf {
        let path = self.home.path(&format!("{words}.wav"));
        if !path.exists() {
            self.home.nixvox().arg("say").arg(words).arg("--out").arg(&path).run().succeeds();
        }
        path
    }

    /// The first news that `wanted` is about.
    pub(crate) fn until(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + LIMIT;
        let mut others = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.news.recv_timeout(left) {
                Ok(news) if wanted(&news) => return news,
                Ok(news) => others.push(news.to_string()),
                Err(error) => panic!("{error}; it only told {others:#?}"),
            }
        }
    }

    pub(crate) fn state(&self, state: &str) {
        self.until(|news| news["kind"] == "state" && news["state"] == state);
    }

    pub(crate) fn answer(&self) -> String {
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
