//! The worker protocol: recorded exchanges with a real daemon, and hostile ones.

use crate::allocation::most_held;
use crate::conversation::{QUESTIONS, Script, ask, hold};
use nixvox::nix::nar::Node;
use nixvox::nix::{Daemon, Practice};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestRunner};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

/// One recorded exchange.
#[derive(Serialize, Deserialize)]
struct Exchange {
    question: String,
    about: String,
    /// In hexadecimal, what was sent and what was heard, turn by turn; a greeting has two.
    turns: Vec<(String, String)>,
    /// What was made of it.
    told: Vec<String>,
}

impl Exchange {
    fn heard(&self) -> Vec<Vec<u8>> {
        self.turns.iter().map(|(_, heard)| bytes(heard)).collect()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn bytes(hex: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}

fn recordings() -> PathBuf {
    crate::harness::data().join("wire")
}

/// What was said with one release of Nix: the greeting, and the exchanges after it.
struct Recording {
    file: PathBuf,
    greeting: Exchange,
    exchanges: Vec<Exchange>,
}

/// One of each release that was recorded.
fn recorded() -> Vec<Recording> {
    let read = |file: PathBuf| {
        let lines = fs::read_to_string(&file).unwrap();
        let mut all = lines.lines().map(|line| serde_json::from_str::<Exchange>(line).unwrap());
        Recording { greeting: all.next().unwrap(), exchanges: all.collect(), file }
    };
    let files = fs::read_dir(recordings()).unwrap();
    let recorded: Vec<Recording> = files.map(|file| read(file.unwrap().path())).collect();
    assert!(recorded.len() > 1, "the oldest release and a newer one");
    recorded
}

fn greeted(greeting: &Exchange, words: Vec<Vec<u8>>) -> (Daemon<Script>, Arc<Mutex<Vec<u8>>>) {
    let script = Script::of(greeting.heard().into_iter().chain(words));
    let heard = Arc::clone(&script.heard);
    let daemon = Daemon::greet(script).unwrap();
    (daemon, heard)
}

#[test]
fn recorded_exchanges_are_held_again_to_the_byte() {
    for Recording { file, greeting, exchanges } in recorded() {
        let (daemon, said) = greeted(&greeting, Vec::new());
        let greeted_with: String = greeting.turns.iter().map(|(sent, _)| sent.as_str()).collect();
        assert_eq!(hex(&said.lock().unwrap()), greeted_with);
        assert_eq!(greeting.told, [daemon.version()]);
        for question in QUESTIONS {
            assert!(exchanges.iter().any(|one| one.question == question), "{question} is missing");
        }
        for exchange in &exchanges {
            let which = format!("{} of {}", exchange.question, file.display());
            let (mut daemon, said) = greeted(&greeting, exchange.heard());
            said.lock().unwrap().clear();
            let told = ask(&mut daemon, &exchange.question, &exchange.about);
            assert_eq!(told, exchange.told, "{which}");
            assert_eq!(hex(&said.lock().unwrap()), exchange.turns[0].0, "{which}");
            assert!(daemon.is_in_step(), "{which}");
        }
    }
}

#[test]
fn a_recorded_answer_cut_or_changed_anywhere_is_survived() {
    let recorded = recorded();
    let all = recorded.iter().flat_map(|one| one.exchanges.iter().map(|it| (&one.greeting, it)));
    for (greeting, exchange) in all {
        let whole = exchange.heard().remove(0);
        let hold = |words: &[u8]| {
            let (mut daemon, _) = greeted(greeting, vec![words.to_vec()]);
            let told = ask(&mut daemon, &exchange.question, &exchange.about);
            (told, daemon.is_in_step())
        };
        for end in 0..whole.len() {
            let (told, in_step) = hold(&whole[..end]);
            assert!(!in_step, "{} cut at {end}: {told:?}", exchange.question);
        }
        let mut changed = whole.clone();
        for at in 0..whole.len() {
            for flip in [0x01, 0xa5] {
                changed[at] ^= flip;
                // it may notice or not, but it must come back
                hold(&changed);
                changed[at] ^= flip;
            }
        }
    }
}

/// Bytes as a daemon that means harm might choose them: the protocol's own words, lengths that are
/// too long, and strings, in any order.
fn words() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![
        4 => prop_oneof![
            Just(0x6f6c_6d67_u64), Just(0x6461_7461), Just(0x6461_7416), Just(0x616c_7473),
            Just(0x6378_7470), Just(0x5354_5254), Just(0x5354_4f50), Just(0x5253_4c54),
        ],
        4 => 0_u64..4,
        1 => 99_u64..110,
        1 => prop_oneof![Just(u64::MAX), Just(1 << 63), Just(64 << 20), Just(1 << 24), any::<u64>()],
    ];
    let word = prop_oneof![
        8 => number.prop_map(|number| number.to_le_bytes().to_vec()),
        4 => prop_oneof![Just(b"Error".to_vec()), vec(any::<u8>(), 0..20)].prop_map(|text| {
            let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
            bytes.extend(&text);
            bytes.resize(bytes.len().next_multiple_of(8), 0);
            bytes
        }),
        1 => vec(any::<u8>(), 8),
    ];
    vec(word, 0..30).prop_map(|words| words.concat())
}

/// A conversation for [`hold`].
fn conversation() -> impl Strategy<Value = Vec<u8>> {
    let turn = (any::<u8>(), words()).prop_map(|(question, words)| {
        let length = u8::try_from(words.len() / 8).unwrap();
        [vec![question, length], words].concat()
    });
    let greeting = prop_oneof![9 => Just(0_u8), 1 => Just(1)];
    (greeting, vec(turn, 1..4)).prop_map(|(greeting, turns)| {
        std::iter::once(greeting).chain(turns.into_iter().flatten()).collect()
    })
}

#[test]
fn whatever_a_daemon_says_nothing_panics_and_little_is_allocated() {
    let config = Config { cases: 20_000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let any_bytes = vec(any::<u8>(), 0..300);
    let either = prop_oneof![3 => conversation(), 1 => any_bytes];
    runner
        .run(&either, |bytes| {
            let held = most_held(|| hold(&bytes));
            let allowed = (128 << 10) + 32 * bytes.len();
            assert!(held <= allowed, "{held} bytes held after {} were sent", bytes.len());
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

/// What was sent and heard, turn by turn.
type Turns = Arc<Mutex<Vec<(Vec<u8>, Vec<u8>)>>>;

/// A connection that keeps what both sides said.
struct Recorder {
    stream: UnixStream,
    turns: Turns,
    sent: Vec<u8>,
}

impl Read for Recorder {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(to)?;
        self.turns.lock().unwrap().last_mut().unwrap().1.extend_from_slice(&to[..count]);
        Ok(count)
    }
}

impl Write for Recorder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.stream.write(bytes)?;
        self.sent.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.turns.lock().unwrap().push((std::mem::take(&mut self.sent), Vec::new()));
        self.stream.flush()
    }
}

#[test]
#[ignore = "writes down anew what is made of the recordings, which stay as they are"]
fn tell_anew_what_is_made_of_the_recordings() {
    for Recording { file, greeting, mut exchanges } in recorded() {
        for exchange in &mut exchanges {
            let (mut daemon, _) = greeted(&greeting, exchange.heard());
            exchange.told = ask(&mut daemon, &exchange.question, &exchange.about);
        }
        let all = std::iter::once(&greeting).chain(&exchanges);
        let lines: Vec<String> = all.map(|one| serde_json::to_string(one).unwrap()).collect();
        fs::write(file, lines.join("\n") + "\n").unwrap();
    }
}

/// The store path of a derivation whose builder runs `script`.
fn derivation(practice: &Practice, name: &str, script: &str) -> String {
    let expression = format!(
        r#"derivation {{ name = "{name}"; system = builtins.currentSystem; builder = "/bin/sh";
           args = [ "-c" ''{script}'' ]; }}"#
    );
    let root = practice.dir();
    let output = Command::new("nix-instantiate")
        .args(["--expr", &expression])
        .env("NIX_STORE_DIR", root.join("store"))
        .env("NIX_STATE_DIR", root.join("var/nix"))
        .env("NIX_CONF_DIR", root.join("etc"))
        .env("NIX_REMOTE", format!("unix://{}", practice.paths().socket.display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
#[ignore = "makes the recordings anew, with the Nix that is installed"]
fn record_exchanges_with_a_real_daemon() {
    let dir = Path::new("/tmp/practice");
    assert!(!dir.exists(), "{} is in the way", dir.display());
    let practice = Practice::open(dir).unwrap();
    let paths = practice.paths();
    let target = |number: u32| {
        let link = paths.user_profile.with_file_name(format!("profile-{number}-link"));
        fs::read_link(link).unwrap().to_str().unwrap().to_owned()
    };
    let listed = |name: &str| {
        let catalogue = fs::read_to_string(practice.catalogue()).unwrap();
        let line = catalogue.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
        line.split('\t').nth(3).unwrap().to_owned()
    };
    let talk = "echo '@nix { \"action\": \"setPhase\", \"phase\": \"buildPhase\" }' >&$NIX_LOG_FD; \
                echo one line; echo \"and another, in $(printf '\\033[31mred')\"; echo > $out";
    let builds = derivation(&practice, "talkative", talk) + "!out";
    let fails = derivation(&practice, "broken", "echo about to fail >&2; exit 3") + "!out";
    let store = paths.store_dir.to_str().unwrap();
    let missing = format!("{store}/{}-missing", "0".repeat(32));
    let (mine, cached, uncached) = (target(5), listed("vlc"), listed("libreoffice"));
    let link = paths.user_profile.to_str().unwrap();
    let file = Node::File { contents: b"small\n".into(), executable: false };
    let archive = String::from_utf8(file.to_nar()).unwrap();
    let questions: Vec<(&str, &str)> = vec![
        ("set-options", ""),
        ("path-info", &mine),
        ("path-info", &missing),
        ("referrers", &mine),
        ("is-valid", &mine),
        ("is-valid", &missing),
        ("valid-paths", ""),
        ("find-roots", ""),
        ("add-temp-root", &mine),
        ("add-indirect-root", link),
        ("dead-paths", ""),
        ("add-to-store", &archive),
        ("missing", &cached),
        ("missing", &uncached),
        ("fetch", &cached),
        ("fetch", &uncached),
        ("fetch", &builds),
        ("fetch", &fails),
        ("verify", ""),
        ("optimise", ""),
        ("collect-garbage", ""),
    ];
    let turns = Turns::default();
    let stream = UnixStream::connect(&paths.socket).unwrap();
    let mut daemon =
        Daemon::greet(Recorder { stream, turns: Arc::clone(&turns), sent: Vec::new() }).unwrap();
    let mut lines = String::new();
    let mut keep = |question: &str, about: &str, told: Vec<String>| {
        let turns = std::mem::take(&mut *turns.lock().unwrap());
        let turns = turns.into_iter().map(|(sent, heard)| (hex(&sent), hex(&heard))).collect();
        let (question, about) = (question.to_owned(), about.to_owned());
        let exchange = Exchange { question, about, turns, told };
        lines += &(serde_json::to_string(&exchange).unwrap() + "\n");
    };
    let version = daemon.version().to_owned();
    keep("greeting", "", vec![version.clone()]);
    for (question, about) in questions {
        let told = ask(&mut daemon, question, about);
        keep(question, about, told);
    }
    fs::create_dir_all(recordings()).unwrap();
    fs::write(recordings().join(format!("nix-{version}.jsonl")), lines).unwrap();
    drop(practice);
    fs::remove_dir_all(dir).unwrap();
}
