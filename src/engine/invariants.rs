//! Any sequence of changes: what must hold after each, whatever came before.

use super::{Assistant, Language, Stopwatch, Turn, World};
use crate::dialogue::Session;
use crate::domain::{Fault, Generation, ProfileState, Scope};
use crate::nix::Daemon;
use crate::nix::profile::manifest::Manifest;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// Something that changes the profile.
#[derive(Debug, Clone)]
enum Move {
    Say(String),
    /// Somebody else points the profile at the generation at this place of the list.
    Foreign(usize),
}

fn moves() -> impl Strategy<Value = Move> {
    let package = prop_oneof![Just("bat"), Just("jq"), Just("fd"), Just("hello"), Just("htop")];
    let say = |text: &str| Just(Move::Say(text.to_owned()));
    prop_oneof![
        3 => package.clone().prop_map(|name| Move::Say(format!("install {name}"))),
        2 => package.prop_map(|name| Move::Say(format!("remove {name}"))),
        1 => say("upgrade my packages"),
        2 => say("roll back"),
        2 => (1..12u8).prop_map(|number| Move::Say(format!("switch to generation {number}"))),
        4 => say("undo"),
        1 => any::<usize>().prop_map(Move::Foreign),
    ]
}

/// An assistant on a practice store, and what it must be able to take back.
struct Model {
    assistant: Assistant,
    /// The last change: from where to where.
    last: Option<(Option<Generation>, Option<Generation>)>,
}

impl Model {
    fn new(dir: &Path) -> Self {
        let language = Language::load("en", Path::new("/nonexistent")).unwrap();
        let understanding = language.understanding().unwrap();
        let session = Session::new(language.phrasebook().unwrap());
        let world = World::practice(Some(dir.to_owned())).unwrap();
        Self { assistant: Assistant::new(understanding, session, world), last: None }
    }

    fn state(&self) -> ProfileState {
        self.assistant.world().profile(Scope::User).unwrap().state().unwrap()
    }

    fn say(&mut self, text: &str) -> Turn {
        self.assistant.text(text, &mut Stopwatch::start())
    }

    fn make(&mut self, change: &Move) {
        let before = self.state();
        match change {
            Move::Say(text) => {
                let turn = self.say(text);
                self.check(text, &turn, &before);
            }
            Move::Foreign(index) => {
                let all = &before.generations;
                let number = all[index % all.len()].number;
                let link = self.assistant.world().paths().user_profile.clone();
                fs::remove_file(&link).unwrap();
                symlink(format!("profile-{number}-link"), link).unwrap();
            }
        }
    }

    fn check(&mut self, text: &str, turn: &Turn, before: &ProfileState) {
        let after = self.state();
        let current = |state: &ProfileState| state.current().cloned();
        for old in &before.generations {
            let kept = after.by_number(old.number);
            assert!(kept.is_some_and(|kept| kept.is(old)), "{text}: generations never change");
        }
        let moved = !after.stands_at(before.current());
        let result = turn.result.as_ref().map(|result| result.as_ref().map(drop));
        match result {
            Some(Ok(())) if moved => {
                if text == "undo" {
                    let (from, to) = self.last.clone().unwrap();
                    assert!(before.stands_at(to.as_ref()), "only what still stands is taken back");
                    assert!(after.stands_at(from.as_ref()), "to the identical target");
                }
                self.last = Some((current(before), current(&after)));
            }
            Some(Ok(())) => assert_ne!(text, "undo"),
            _ => {
                assert!(!moved, "{text}: {turn:?}");
                assert_eq!(after.generations.len(), before.generations.len());
                let stands = |(_, to): &(_, Option<Generation>)| before.stands_at(to.as_ref());
                let could = self.last.as_ref().is_some_and(stands);
                assert!(text != "undo" || !could, "undo was possible: {turn:?}");
                assert_ne!(turn.result, Some(Err(Fault::Internal)), "{text}");
            }
        }
        let target = after.current().unwrap().target.clone();
        let manifest = Manifest::read(&target).unwrap().unwrap();
        for path in manifest.elements().iter().flat_map(|element| &element.paths) {
            assert!(Path::new(path).exists(), "{text}: {path}");
        }
        let verified = self.assistant.world().journal().verify(None).unwrap();
        assert_eq!(verified.altered, None, "{text}");
    }
}

#[test]
fn whatever_was_done_undo_restores_what_stood_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let model = Model::new(dir.path());
    let config = ProptestConfig {
        cases: 12,
        // a failed sequence cannot be tried again on the store that it left
        max_shrink_iters: 0,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let model = RefCell::new(model);
    proptest!(config, |(sequence in proptest::collection::vec(moves(), 5..25))| {
        for change in &sequence {
            model.borrow_mut().make(change);
        }
    });
    let mut model = model.into_inner();
    model.make(&Move::Say("install micro".to_owned()));
    let last = model.last.clone();
    drop(model);
    // and after a restart: undo, redo, undo
    let mut model = Model { last, ..Model::new(dir.path()) };
    for _ in 0..3 {
        let before = model.state();
        model.make(&Move::Say("undo".to_owned()));
        assert!(!model.state().stands_at(before.current()));
    }
}

#[test]
fn a_command_that_has_ended_keeps_nothing_in_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let mut model = Model::new(dir.path());
    for text in ["install bat", "try jq", "remove bat"] {
        let turn = model.say(text);
        assert!(matches!(turn.result, Some(Ok(_))), "{turn:?}");
        let mut daemon = Daemon::connect(&model.assistant.world().paths().socket).unwrap();
        let roots = daemon.find_roots().unwrap();
        let temporary: Vec<_> =
            roots.iter().filter(|root| root.link.to_string_lossy().starts_with("{temp")).collect();
        assert!(temporary.is_empty(), "{text}: {temporary:?}");
    }
}
