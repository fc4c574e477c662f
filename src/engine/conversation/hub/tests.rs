//! The loop's state, event by event.

use super::super::super::assistant::Turn;
use super::super::super::attention::Attention;
use super::super::super::ear::{Opening, Sound};
use super::super::super::stopwatch::Stopwatch;
use super::super::super::understanding::Understanding;
use super::super::event::{Event, Key};
use super::super::order::{Manners, Order, Remarks};
use super::{Hub, REACTION};
use crate::domain::{
    Command, Hearing, Intent, Reply, Source, Transcript, TurnId, Utterance, Verdict, Word,
};
use crate::grammar::Grammar;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

fn hub() -> Hub {
    hub_of(Manners { live: true, patient: false, speaks: true }, Attention::default())
}

fn hub_of(manners: Manners, attention: Attention) -> Hub {
    let text = r#"
        [[intent]]
        name = "store.collect"
        sentences = ["collect garbage"]
        [[intent]]
        name = "dialogue.yes"
        sentences = ["yes"]
    "#;
    let grammar = Grammar::compile(&[Source::new("demo.toml", text)]).unwrap();
    let understanding = Arc::new(Understanding::new(grammar));
    Hub::new(understanding, attention, manners, Remarks::default())
}

/// Somebody begins to speak.
fn opens(hub: &mut Hub, at: Instant) {
    let opened = Sound::Opened { turn: TurnId::default(), by: Opening::Voice };
    hub.step(Event::Sound(opened), at);
}

/// Somebody has said something, until then; what is to be recognised.
fn spoken(hub: &mut Hub, until: Instant) -> u64 {
    let utterance = Utterance { turn: TurnId::default(), samples: Vec::new() };
    let sound = Sound::Utterance { utterance, by: Opening::Key, pause: 0, spoken_until: until };
    let orders = hub.step(Event::Sound(sound), until);
    orders.iter().find_map(job_of).unwrap()
}

/// What is to be recognised.
fn job_of(order: &Order) -> Option<u64> {
    match order {
        Order::Transcribe { job, .. } => Some(*job),
        _ => None,
    }
}

/// What is to be said.
fn say_turn(order: &Order) -> Option<TurnId> {
    match order {
        Order::Say { turn, .. } => Some(*turn),
        _ => None,
    }
}

/// It was `text`; what is done about it.
fn recognised(hub: &mut Hub, job: u64, text: &str, now: Instant) -> Option<Intent> {
    let word = |text: &str| Word { text: text.into(), probability: 0.9 };
    let words = text.split(' ').map(word).collect();
    let transcript = Transcript { words, mean_logprob: -0.1, guided: Vec::new() };
    let orders = hub.step(Event::Transcribed { job, result: Ok(transcript) }, now);
    orders.into_iter().find_map(|order| match order {
        Order::Act { hearing: Hearing::Command(command), .. } => Some(command.intent),
        _ => None,
    })
}

fn said(hub: &mut Hub, text: &str, until: Instant) -> Option<Intent> {
    let job = spoken(hub, until);
    recognised(hub, job, text, until)
}

/// The actor is done with "collect garbage", and replies; what is done about that.
fn turned(hub: &mut Hub, reply: Reply, now: Instant) -> Vec<Order> {
    let hearing = Hearing::Command(Command::bare(Intent::StoreCollect));
    let turn = Box::new(Turn { hearing, plan: None, result: None, adjustment: None, reply });
    hub.step(Event::Turned { turn, watch: Stopwatch::start(), goes_on: false }, now)
}

/// The actor asks something; whether that is said.
fn asked(hub: &mut Hub, now: Instant) -> bool {
    asked_after(hub, Verdict::Asked, now)
}

/// The actor asks something at the end of such an answer; whether that is said.
fn asked_after(hub: &mut Hub, verdict: Verdict, now: Instant) -> bool {
    let reply = Reply { say: "Say yes.".into(), verdict, asks: true, ..Reply::default() };
    turned(hub, reply, now).iter().any(|order| matches!(order, Order::Say { .. }))
}

#[test]
fn a_yes_from_before_the_question_has_it_asked_again() {
    let (mut hub, now) = (hub(), Instant::now());
    assert_eq!(said(&mut hub, "collect garbage", now), Some(Intent::StoreCollect));
    // it is looked up what would go, and somebody says yes to something else
    let early = spoken(&mut hub, now + SECOND);
    assert!(asked(&mut hub, now + 2 * SECOND));
    let done = recognised(&mut hub, early, "yes", now + 2 * SECOND);
    assert_eq!(done, Some(Intent::DialogueHelp));
    assert!(asked(&mut hub, now + 3 * SECOND));
    let too_soon = now + 3 * SECOND + REACTION / 2;
    assert_eq!(said(&mut hub, "yes", too_soon), Some(Intent::DialogueHelp));
    assert!(asked(&mut hub, now + 4 * SECOND));
    assert_eq!(said(&mut hub, "yes", now + 6 * SECOND), Some(Intent::DialogueYes));
}

#[test]
fn a_yes_begun_before_the_question_has_it_asked_again_though_it_ends_after_it() {
    let (mut hub, now) = (hub(), Instant::now());
    said(&mut hub, "collect garbage", now);
    opens(&mut hub, now + SECOND);
    asked(&mut hub, now + SECOND + REACTION);
    assert_eq!(said(&mut hub, "yes", now + 3 * SECOND), Some(Intent::DialogueHelp));
    asked(&mut hub, now + 4 * SECOND);
    opens(&mut hub, now + 5 * SECOND);
    assert_eq!(said(&mut hub, "yes", now + 6 * SECOND), Some(Intent::DialogueYes));
}

#[test]
fn what_cannot_be_undone_is_asked_again_where_a_yes_cut_the_question_short() {
    let (mut hub, now) = (hub(), Instant::now());
    let say = "This cannot be undone.".to_owned();
    let reply = Reply { say, asks: true, confirms: true, ..Reply::default() };
    said(&mut hub, "collect garbage", now);
    turned(&mut hub, reply.clone(), now + SECOND);
    opens(&mut hub, now + 2 * SECOND);
    assert_eq!(said(&mut hub, "yes", now + 3 * SECOND), Some(Intent::DialogueHelp));
    let turn = turned(&mut hub, reply, now + 4 * SECOND).iter().find_map(say_turn).unwrap();
    hub.step(Event::Spoken { turn, watch: None, failed: None }, now + 6 * SECOND);
    opens(&mut hub, now + 7 * SECOND);
    assert_eq!(said(&mut hub, "yes", now + 8 * SECOND), Some(Intent::DialogueYes));
}

#[test]
fn who_begins_soon_after_an_answer_needs_no_phrase_however_long_it_takes() {
    let manners = Manners { live: true, patient: false, speaks: false };
    for (begun, expected) in [(7, Some(Intent::StoreCollect)), (9, None)] {
        let (mut hub, now) = (hub_of(manners, Attention::new("computer", &[])), Instant::now());
        hub.attention.answered(now);
        opens(&mut hub, now + begun * SECOND);
        let utterance = Utterance { turn: TurnId::default(), samples: Vec::new() };
        let (by, until) = (Opening::Voice, now + (begun + 2) * SECOND);
        let sound = Sound::Utterance { utterance, by, pause: 0, spoken_until: until };
        let job = hub.step(Event::Sound(sound), until).iter().find_map(job_of).unwrap();
        assert_eq!(recognised(&mut hub, job, "collect garbage", until), expected, "{begun}");
    }
}

#[test]
fn a_yes_from_before_an_offer_does_not_take_it() {
    let (mut hub, now) = (hub(), Instant::now());
    said(&mut hub, "collect garbage", now);
    let early = spoken(&mut hub, now + SECOND);
    assert!(asked_after(&mut hub, Verdict::Done, now + 2 * SECOND));
    let done = recognised(&mut hub, early, "yes", now + 2 * SECOND);
    assert_eq!(done, Some(Intent::DialogueHelp));
}

#[test]
fn the_time_to_answer_begins_when_the_question_was_spoken() {
    for asks in [true, false] {
        let (mut hub, now) = (hub(), Instant::now());
        said(&mut hub, "collect garbage", now);
        let reply = Reply { say: "Say yes.".into(), asks, ..Reply::default() };
        let turn = turned(&mut hub, reply, now).iter().find_map(say_turn);
        let spoken = Event::Spoken { turn: turn.unwrap(), watch: None, failed: None };
        let orders = hub.step(spoken, now + SECOND);
        assert_eq!(orders.iter().any(|order| matches!(order, Order::Asked)), asks);
    }
}

#[test]
fn in_a_recording_a_yes_comes_after_what_it_answers() {
    let mut hub =
        hub_of(Manners { live: false, patient: false, speaks: false }, Attention::default());
    let now = Instant::now();
    assert_eq!(said(&mut hub, "collect garbage", now), Some(Intent::StoreCollect));
    asked(&mut hub, now + SECOND);
    assert_eq!(said(&mut hub, "yes", now), Some(Intent::DialogueYes));
}

#[test]
fn a_question_that_the_key_silenced_is_not_answered() {
    let (mut hub, now) = (hub(), Instant::now());
    said(&mut hub, "collect garbage", now);
    hub.step(Event::Key(Key::Press), now);
    assert!(!asked(&mut hub, now + SECOND));
    hub.step(Event::Key(Key::Release), now + 3 * SECOND);
    assert_eq!(said(&mut hub, "yes", now + 3 * SECOND), Some(Intent::DialogueHelp));
    assert!(asked(&mut hub, now + 4 * SECOND));
    assert_eq!(said(&mut hub, "yes", now + 6 * SECOND), Some(Intent::DialogueYes));
}

#[test]
fn to_cancel_is_to_forget_what_is_being_recognised_and_what_was_asked() {
    let (mut hub, now) = (hub(), Instant::now());
    let job = spoken(&mut hub, now);
    let orders = hub.step(Event::Cancel, now);
    assert!(orders.iter().any(|order| matches!(order, Order::CallOff)));
    assert_eq!(recognised(&mut hub, job, "collect garbage", now), None);
}

#[test]
fn whoever_is_to_end_ends_though_the_microphone_comes_and_goes() {
    let (mut hub, now) = (hub(), Instant::now());
    said(&mut hub, "collect garbage", now);
    hub.step(Event::Close, now);
    hub.step(Event::Sound(Sound::Lost("unplugged".into())), now);
    hub.step(Event::Sound(Sound::Ready), now);
    let orders = turned(&mut hub, Reply::default(), now);
    assert!(orders.iter().any(|order| matches!(order, Order::End(None))));
}

#[test]
fn an_utterance_too_long_lets_the_key_go() {
    let (mut hub, now) = (hub(), Instant::now());
    hub.step(Event::Key(Key::Press), now);
    let orders = hub.step(Event::Sound(Sound::Cut), now);
    assert!(orders.iter().any(|order| matches!(order, Order::Press(false))));
    assert!(hub.step(Event::Key(Key::Release), now).is_empty());
}
