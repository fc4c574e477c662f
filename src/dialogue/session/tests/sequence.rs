//! What is said to be done after something else.

use super::{at, bare, ended, hear, intent, session, snapshot, verifying};
use crate::dialogue::{Effect, Event, Session};
use crate::domain::{Command, Fault, Intent, Outcome};

/// Lists the generations, and is then to verify the store, and then to roll back.
fn beginning(session: &mut Session) -> Effect {
    let hearing = bare(Intent::GenerationList);
    let then = [Intent::StoreVerify, Intent::GenerationRollback].map(Command::bare).to_vec();
    let snapshot = Box::new(snapshot());
    let heard = Event::Heard { hearing, instead: Vec::new(), then, snapshot };
    session.step(heard, &at(0)).remove(0)
}

fn awaited(session: &Session) -> Option<Intent> {
    session.awaiting().map(|command| command.intent)
}

#[test]
fn each_is_asked_about_when_the_one_before_it_is_done() {
    let mut session = session();
    let first = beginning(&mut session);
    assert_eq!(awaited(&session), None);
    ended(&mut session, &first, Vec::new(), 1);
    assert_eq!(awaited(&session), Some(Intent::StoreVerify));
    let second = hear(&mut session, bare(Intent::DialogueYes), 2);
    assert_eq!(intent(&second), Some(Intent::StoreVerify));
    let aside = hear(&mut session, bare(Intent::GenerationCurrent), 3);
    ended(&mut session, &aside, Vec::new(), 3);
    assert_eq!(awaited(&session), None, "the second is still under way");
    ended(&mut session, &second, Vec::new(), 4);
    assert_eq!(awaited(&session), Some(Intent::GenerationRollback));
}

#[test]
fn whoever_declines_or_stops_or_goes_on_to_something_else_wants_none_of_it() {
    for stop in [Intent::DialogueNo, Intent::DialogueCancel, Intent::GenerationCurrent] {
        let mut session = session();
        let first = beginning(&mut session);
        ended(&mut session, &first, Vec::new(), 1);
        let other = hear(&mut session, bare(stop), 2);
        if intent(&other).is_some() {
            ended(&mut session, &other, Vec::new(), 2);
        }
        let next = verifying(&mut session);
        let result = Ok(Vec::<Outcome>::new());
        session.step(Event::Finished { turn: next, result }, &at(3));
        assert_eq!(awaited(&session), None, "{stop}");
    }
}

#[test]
fn nothing_comes_after_what_could_not_be_done() {
    let unfinished = vec![Outcome::Unfinished { fault: Fault::Internal }];
    for result in [Err(Fault::Internal), Ok(unfinished)] {
        let mut session = session();
        let Effect::Act { turn, .. } = beginning(&mut session) else { panic!("it acts") };
        session.step(Event::Finished { turn, result }, &at(1));
        assert_eq!(awaited(&session), None);
        let next = verifying(&mut session);
        session.step(Event::Finished { turn: next, result: Ok(Vec::new()) }, &at(3));
        assert_eq!(awaited(&session), None);
    }
}
