//! A conversation, event by event.

use super::{Effect, Event, Session};
use crate::dialogue::Phrasebook;
use crate::domain::{
    Change, Command, Count, Edit, Fault, FileChange, Generation, Hearing, Intent, LastChange,
    Outcome, Package, ProfileState, Progress, Risk, SettingChange, Snapshot, Source, Task, Trial,
    TurnId, Verdict,
};
use jiff::Zoned;

fn session() -> Session {
    let text = |name: &str| {
        let path = format!("{}/grammars/en/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        Source::new(name, std::fs::read_to_string(path).unwrap())
    };
    let names =
        ["config", "dialogue", "faults", "generation", "options", "package", "store", "system"];
    Session::new(Phrasebook::read(&names.map(text)).unwrap())
}

fn at(second: i64) -> Zoned {
    jiff::Timestamp::from_second(second).unwrap().to_zoned(jiff::tz::TimeZone::UTC)
}

fn snapshot() -> Snapshot {
    let generations = [1, 2].map(|number| Generation {
        number,
        target: "/nix/store/x".into(),
        created: 0,
        current: number == 2,
    });
    let user = Some(ProfileState { generations: generations.to_vec() });
    Snapshot { user, ..Snapshot::default() }
}

fn hear(session: &mut Session, hearing: Hearing, second: i64) -> Effect {
    hear_one_of(session, hearing, &[], second)
}

/// What comes of `hearing`, which sounds like the intents `instead`.
fn hear_one_of(session: &mut Session, hearing: Hearing, instead: &[Intent], second: i64) -> Effect {
    let instead = instead.iter().map(|&intent| Command::bare(intent)).collect();
    let snapshot = Box::new(snapshot());
    let event = Event::Heard { hearing, instead, then: Vec::new(), snapshot };
    let mut effects = session.step(event, &at(second));
    assert_eq!(effects.len(), 1);
    effects.remove(0)
}

fn verdict(effect: &Effect) -> Option<Verdict> {
    match effect {
        Effect::Answer { reply, .. } => Some(reply.verdict),
        _ => None,
    }
}

fn bare(intent: Intent) -> Hearing {
    Hearing::Command(Command::bare(intent))
}

fn unclear() -> Hearing {
    Hearing::unclear(Command::bare(Intent::GenerationRollback))
}

#[test]
fn an_unclear_command_is_asked_back_and_done_on_yes() {
    let mut session = session();
    let asked = hear(&mut session, unclear(), 0);
    assert_eq!(verdict(&asked), Some(Verdict::Asked));
    let help = hear(&mut session, bare(Intent::DialogueHelp), 1);
    assert_eq!(verdict(&help), Some(Verdict::Asked));
    let done = hear(&mut session, bare(Intent::DialogueYes), 2);
    assert!(matches!(done, Effect::Act { plan, .. } if plan.inverse.is_some()));
}

#[test]
fn of_two_commands_the_one_that_is_chosen_is_done() {
    let either = || Hearing::Unclear {
        nearest: Command::bare(Intent::StoreSize),
        rival: Some(Command::bare(Intent::GenerationRollback)),
        others: Vec::new(),
    };
    let choose = |session: &mut Session, ordinal: &str, second: i64| {
        let slots = [("ordinal".to_owned(), ordinal.to_owned())].into();
        let mut hearing = Hearing::Command(Command { intent: Intent::DialogueChoose, slots });
        let answers = session.is_answer(&hearing);
        session.resolve(&mut hearing, &at(second));
        (answers, hear(session, hearing, second))
    };
    for (ordinal, chosen) in [("1", Intent::StoreSize), ("2", Intent::GenerationRollback)] {
        let mut session = session();
        let asked = hear(&mut session, either(), 0);
        assert_eq!(verdict(&asked), Some(Verdict::Asked));
        let yes = hear(&mut session, bare(Intent::DialogueYes), 1);
        assert_eq!(verdict(&yes), Some(Verdict::Asked), "a yes is no choice");
        let (answers, done) = choose(&mut session, ordinal, 2);
        assert!(answers);
        assert!(matches!(done, Effect::Act { plan, .. } if plan.command.intent == chosen));
    }
    let mut session = session();
    for (ordinal, second) in [("3", 1), ("2", 100)] {
        hear(&mut session, either(), 0);
        let (_, stray) = choose(&mut session, ordinal, second);
        assert_eq!(verdict(&stray), Some(Verdict::Declined), "{ordinal} at {second}");
    }
    hear(&mut session, either(), 0);
    let declined = hear(&mut session, bare(Intent::DialogueNo), 1);
    assert_eq!(verdict(&declined), Some(Verdict::Declined));
    let same = Command::bare(Intent::StoreSize);
    let (rival, others) = (Some(same.clone()), Vec::new());
    let asked = hear(&mut session, Hearing::Unclear { nearest: same, rival, others }, 5);
    assert!(matches!(asked, Effect::Answer { reply, .. } if reply.say.ends_with("yes or no.")));
}

#[test]
fn where_neither_was_meant_it_is_asked_what_else_was() {
    let package = |name: &str| {
        let slots = [("package".to_owned(), name.to_owned())].into();
        Command { intent: Intent::PackageSearch, slots }
    };
    let among = |rival: Option<&str>| Hearing::Unclear {
        nearest: package("krabby"),
        rival: rival.map(package),
        others: vec![
            package("krabby"),
            Command::bare(Intent::DialogueCancel),
            package("chruby"),
            Command::bare(Intent::GenerationRollback),
        ],
    };
    let no = || bare(Intent::DialogueNo);
    for rival in [None, Some("ruby")] {
        let mut session = session();
        hear(&mut session, among(rival), 0);
        assert!(session.is_answer(&no()), "what was asked for may still be done");
        let then = hear(&mut session, no(), 1);
        assert!(
            matches!(then, Effect::Answer { reply, .. } if reply.asks && reply.say.starts_with("Then"))
        );
        assert_eq!(session.awaiting(), Some(&package("chruby")));
        let last = hear(&mut session, no(), 2);
        assert_eq!(verdict(&last), Some(Verdict::Asked));
        let done = hear(&mut session.clone(), bare(Intent::DialogueYes), 3);
        let rollback = Intent::GenerationRollback;
        assert!(matches!(done, Effect::Act { plan, .. } if plan.command.intent == rollback));
        assert!(!session.is_answer(&no()));
        let declined = hear(&mut session, no(), 3);
        assert_eq!(verdict(&declined), Some(Verdict::Declined));
        assert_eq!(session.awaiting(), None);
    }
}

#[test]
fn no_silence_and_another_command_all_drop_the_question() {
    let mut session = session();
    hear(&mut session, unclear(), 0);
    let declined = hear(&mut session, bare(Intent::DialogueNo), 1);
    assert_eq!(verdict(&declined), Some(Verdict::Declined));

    hear(&mut session, unclear(), 10);
    let late = hear(&mut session, bare(Intent::DialogueYes), 41);
    assert_eq!(verdict(&late), Some(Verdict::Declined));

    hear(&mut session, unclear(), 50);
    assert!(matches!(hear(&mut session, bare(Intent::StoreSize), 51), Effect::Act { .. }));
    let stray = hear(&mut session, bare(Intent::DialogueYes), 52);
    assert_eq!(verdict(&stray), Some(Verdict::Declined));
}

#[test]
fn what_is_half_heard_stops_and_declines_and_leaves_the_question_open() {
    let half = |intent| Hearing::unclear(Command::bare(intent));
    let mut session = session();
    let lost = hear(&mut session, half(Intent::DialogueYes), 0);
    assert_eq!(verdict(&lost), Some(Verdict::NotUnderstood));
    hear(&mut session, unclear(), 1);
    for intent in [Intent::DialogueYes, Intent::DialogueLouder] {
        let again = hear(&mut session, half(intent), 2);
        assert!(matches!(again, Effect::Answer { reply, .. } if reply.say.contains("yes or no")));
    }
    assert!(matches!(hear(&mut session, bare(Intent::DialogueYes), 3), Effect::Act { .. }));

    let mut session = self::session();
    verifying(&mut session);
    let stopped = hear(&mut session, half(Intent::DialogueCancel), 1);
    assert!(matches!(stopped, Effect::Stop { .. }));
}

#[test]
fn a_question_is_closed_where_the_clock_was_set_back() {
    let mut session = session();
    hear(&mut session, unclear(), 4000);
    let late = hear(&mut session, bare(Intent::DialogueYes), 400);
    assert_eq!(verdict(&late), Some(Verdict::Declined));
}

#[test]
fn while_something_runs_there_is_time_for_a_question_and_no_more() {
    let mut session = session();
    let turn = verifying(&mut session);
    let aside = hear(&mut session, bare(Intent::PackageList), 1);
    let Effect::Act { turn: second, .. } = aside else { panic!("an act") };
    for busy in [Intent::GenerationRollback, Intent::StoreOptimise, Intent::GenerationDelete] {
        let answer = hear(&mut session, bare(busy), 2);
        assert_eq!(verdict(&answer), Some(Verdict::Declined), "{busy}");
    }
    for ended in [second, turn] {
        let told = session.step(Event::Finished { turn: ended, result: Ok(Vec::new()) }, &at(3));
        assert_eq!(verdict(&told[0]), Some(Verdict::Done));
    }
    let nobody = Event::Finished { turn, result: Err(Fault::Internal) };
    assert_eq!(session.step(nobody, &at(4)), []);
}

/// The store is being checked, since second 0.
fn verifying(session: &mut Session) -> TurnId {
    match hear(session, bare(Intent::StoreVerify), 0) {
        Effect::Act { turn, .. } => turn,
        other => panic!("{other:?}"),
    }
}

#[test]
fn cancel_stops_what_runs_and_tells_what_came_of_it() {
    for (result, expected, words) in [
        (Err(Fault::Cancelled), Verdict::Declined, "Nothing was changed"),
        (Ok(vec![Outcome::Verified { sound: true }]), Verdict::Done, "before I could stop it"),
    ] {
        let mut session = session();
        let turn = verifying(&mut session);
        let stop = hear(&mut session, bare(Intent::DialogueCancel), 1);
        assert_eq!(stop, Effect::Stop { turn });
        let told = session.step(Event::Finished { turn, result }, &at(2));
        let Effect::Answer { reply, .. } = &told[0] else { panic!("{told:?}") };
        assert_eq!(reply.verdict, expected);
        assert!(reply.say.contains(words), "{}", reply.say);
    }
}

#[test]
fn a_list_goes_on_and_can_be_chosen_from() {
    let mut session = session();
    let none = hear(&mut session, bare(Intent::DialogueMore), 0);
    assert_eq!(verdict(&none), Some(Verdict::Declined));
    let Effect::Act { turn, .. } = hear(&mut session, bare(Intent::PackageList), 1) else {
        panic!("an act")
    };
    let package = |n: usize| Package { name: format!("p{n}"), version: "1".into() };
    let packages = (1..=7).map(package).collect();
    let result = Ok(vec![Outcome::Packages { packages }]);
    session.step(Event::Finished { turn, result }, &at(2));
    let more = hear(&mut session, bare(Intent::DialogueMore), 3);
    let Effect::Answer { reply, .. } = more else { panic!("an answer") };
    assert_eq!(reply.say, "Then p6 and p7.");
    let mut choice = Command::bare(Intent::DialogueChoose);
    choice.slots.insert("ordinal".into(), "7".into());
    let mut hearing = Hearing::Command(choice.clone());
    session.resolve(&mut hearing, &at(9));
    let slots = [("package".to_owned(), "p7".to_owned())].into();
    assert_eq!(hearing, Hearing::Command(Command { intent: Intent::PackageInfo, slots }));
    let stray = hear(&mut session, Hearing::Command(choice), 4);
    assert_eq!(verdict(&stray), Some(Verdict::Declined), "what was listed was not put in");
}

#[test]
fn how_far_it_is_can_be_asked_and_is_said_now_and_then() {
    let mut session = session();
    let said = |effect: &Effect| match effect {
        Effect::Answer { reply, .. } | Effect::Remark { reply, .. } => reply.say.clone(),
        _ => String::new(),
    };
    let idle = hear(&mut session, bare(Intent::DialogueProgress), 0);
    assert!(said(&idle).contains("Nothing is running"), "{}", said(&idle));
    let turn = verifying(&mut session);
    let mut remarks = Vec::new();
    for second in 1..=300_i64 {
        let paths = Count { done: second.cast_unsigned(), expected: 400 };
        let progress = Progress { task: Task::Verify, paths, ..Progress::default() };
        let told = session.step(Event::Progress { turn, progress }, &at(second));
        remarks.extend(told.first().map(|effect| (second, said(effect))));
    }
    let seconds: Vec<i64> = remarks.iter().map(|(second, _)| *second).collect();
    assert_eq!(seconds, [10, 40, 100, 220], "first soon, then ever more rarely");
    assert_eq!(remarks[2].1, "Checking the store: 100 of 400 paths. About 5 minutes more.");
    let asked = hear(&mut session, bare(Intent::DialogueProgress), 390);
    assert!(said(&asked).starts_with("Checking the store: 300 of 400"), "{}", said(&asked));
    assert_eq!(session.step(Event::Tick, &at(300)), []);
}

#[test]
fn the_last_answer_is_repeated() {
    let mut session = session();
    let help = hear(&mut session, bare(Intent::DialogueHelp), 0);
    let again = hear(&mut session, bare(Intent::DialogueRepeat), 1);
    let text = |effect: &Effect| match effect {
        Effect::Answer { reply, .. } => reply.say.clone(),
        _ => String::new(),
    };
    assert_eq!(text(&help), text(&again));
    assert!(!text(&help).is_empty());
}

#[test]
fn what_goes_is_said_and_goes_only_if_it_is_still_that() {
    let mut session = session();
    let delete = bare(Intent::GenerationDelete);
    let Effect::Answer { reply, .. } = hear(&mut session, delete.clone(), 0) else {
        panic!("an answer")
    };
    assert_eq!(reply.verdict, Verdict::Asked);
    assert!(reply.say.contains("deletes generation 1 of the user profile"), "{}", reply.say);
    assert_eq!(session.awaiting().map(|asked| asked.intent), Some(Intent::GenerationDelete));
    let Effect::Act { plan, .. } = hear(&mut session, bare(Intent::DialogueYes), 1) else {
        panic!("an act")
    };
    assert_eq!(plan.risk, Risk::Destructive);
    let turn = session.turn;
    session.step(Event::Finished { turn, result: Ok(Vec::new()) }, &at(2));

    hear(&mut session, delete, 10);
    let mut changed = snapshot();
    let mut third = changed.user.as_ref().unwrap().generations[0].clone();
    third.number = 3;
    changed.user.as_mut().unwrap().generations.push(third);
    let yes = Event::Heard {
        hearing: bare(Intent::DialogueYes),
        instead: Vec::new(),
        then: Vec::new(),
        snapshot: Box::new(changed),
    };
    let again = session.step(yes, &at(11));
    assert_eq!(verdict(&again[0]), Some(Verdict::Asked), "the plan is another now");
}

#[test]
fn a_rebuild_is_offered_after_a_change_that_takes_one() {
    let setting = |what| {
        let texts = [(); 4].map(|()| String::new());
        let [removed, inserted, before, after] = texts;
        let file = FileChange { path: "/x".into(), at: 0, removed, inserted, before, after };
        SettingChange { option: "time.timeZone".into(), what, file, diff: String::new() }
    };
    let told = |what: Edit, offers: bool| {
        let takes_it = offers && what != Edit::Undo;
        let mut session = session();
        if offers {
            session.offer_rebuilds();
        }
        let Effect::Act { turn, .. } = hear(&mut session, bare(Intent::GenerationList), 0) else {
            panic!("it acts")
        };
        let result = Ok(vec![Outcome::SettingChanged(setting(what))]);
        let effects = session.step(Event::Finished { turn, result }, &at(1));
        let [Effect::Answer { reply, .. }] = &effects[..] else { panic!("{effects:?}") };
        assert_eq!(reply.asks, takes_it);
        let yes = hear(&mut session, bare(Intent::DialogueYes), 5);
        let steps = match yes {
            Effect::Act { plan, .. } => plan.steps,
            _ => Vec::new(),
        };
        (reply.say.ends_with("Shall I rebuild the system now?"), steps.len())
    };
    let set = || Edit::Set("\"UTC\"".into());
    assert_eq!(told(set(), true), (true, 1));
    assert_eq!(told(set(), false), (false, 0));
    assert_eq!(told(Edit::Undo, true), (false, 0));
}

/// The effect is an act; it ends with `outcomes`, and is answered to.
fn ended(session: &mut Session, act: &Effect, outcomes: Vec<Outcome>, second: i64) -> Effect {
    let Effect::Act { turn, .. } = act else { panic!("no act: {act:?}") };
    let finished = Event::Finished { turn: *turn, result: Ok(outcomes) };
    session.step(finished, &at(second)).remove(0)
}

fn intent(effect: &Effect) -> Option<Intent> {
    match effect {
        Effect::Act { plan, .. } => Some(plan.command.intent),
        _ => None,
    }
}

#[test]
fn a_no_after_a_look_has_it_asked_what_was_meant() {
    let (no, yes) = (|| bare(Intent::DialogueNo), || bare(Intent::DialogueYes));
    let others = [Intent::PackageList, Intent::StoreVerify];
    let mut session = session();
    let look = hear_one_of(&mut session, bare(Intent::StoreSize), &others, 0);
    assert_eq!(verdict(&hear(&mut session, no(), 1)), Some(Verdict::Declined), "while it looks");
    ended(&mut session, &look, Vec::new(), 40);
    assert!(session.is_answer(&no()));
    for second in [41, 42] {
        assert_eq!(verdict(&hear(&mut session, no(), second)), Some(Verdict::Asked));
    }
    assert_eq!(intent(&hear(&mut session, yes(), 43)), Some(Intent::StoreVerify));
}

#[test]
fn a_no_is_too_late_after_a_while_or_after_something_else() {
    let mut session = session();
    for (other, second) in [(None, 31), (Some(Intent::PackageList), 2)] {
        let look = hear_one_of(&mut session, bare(Intent::StoreSize), &[Intent::SystemStatus], 0);
        ended(&mut session, &look, Vec::new(), 0);
        if let Some(other) = other {
            let act = hear(&mut session, bare(other), 1);
            ended(&mut session, &act, Vec::new(), 1);
        }
        let late = hear(&mut session, bare(Intent::DialogueNo), second);
        assert_eq!(verdict(&late), Some(Verdict::Declined), "{other:?}");
    }
}

#[test]
fn a_no_after_a_change_undoes_it_first_where_that_is_wanted() {
    let tried = || {
        let package = Package::of("ant-1.10");
        vec![Outcome::Tried { package, program: None }]
    };
    let mut session = session();
    for (wanted, asked) in [(false, Verdict::Declined), (true, Verdict::Asked)] {
        let act =
            hear_one_of(&mut session, bare(Intent::GenerationRollback), &[Intent::StoreSize], 0);
        ended(&mut session, &act, tried(), 1);
        let undo = hear(&mut session, bare(Intent::DialogueNo), 2);
        assert_eq!(verdict(&undo), Some(Verdict::Asked));
        assert_eq!(session.awaiting().map(|asked| asked.intent), Some(Intent::DialogueUndo));
        if !wanted {
            assert_eq!(verdict(&hear(&mut session, bare(Intent::DialogueNo), 3)), Some(asked));
            continue;
        }
        let changed = LastChange::Reversible(vec![Change::Trial(Trial {
            package: Package::of("ant-1.10"),
            paths: Vec::new(),
            kept: true,
        })]);
        let snapshot = Snapshot { last_change: Some(changed), ..snapshot() };
        let yes = Event::Heard {
            hearing: bare(Intent::DialogueYes),
            instead: Vec::new(),
            then: Vec::new(),
            snapshot: Box::new(snapshot),
        };
        let undo = session.step(yes, &at(3)).remove(0);
        assert_eq!(intent(&undo), Some(Intent::DialogueUndo));
        let Effect::Answer { reply, .. } = ended(&mut session, &undo, tried(), 4) else { panic!() };
        assert!(reply.asks && reply.say.contains("Did you mean"), "{reply:?}");
        assert_eq!(
            intent(&hear(&mut session, bare(Intent::DialogueYes), 5)),
            Some(Intent::StoreSize)
        );
    }
}

#[test]
fn what_changed_nothing_is_not_undone_after_a_no() {
    let mut session = session();
    let act = hear_one_of(&mut session, bare(Intent::GenerationRollback), &[Intent::StoreSize], 0);
    ended(&mut session, &act, vec![Outcome::UpToDate], 1);
    hear(&mut session, bare(Intent::DialogueNo), 2);
    assert_eq!(session.awaiting().map(|asked| asked.intent), Some(Intent::StoreSize));
}

#[test]
fn what_another_turn_changed_is_not_undone_after_a_no() {
    let mut session = session();
    let turn = verifying(&mut session);
    let look = hear_one_of(&mut session, bare(Intent::PackageList), &[Intent::StoreSize], 1);
    ended(&mut session, &look, Vec::new(), 2);
    let tried = Outcome::Tried { package: Package::of("ant-1.10"), program: None };
    session.step(Event::Finished { turn, result: Ok(vec![tried]) }, &at(3));
    hear(&mut session, bare(Intent::DialogueNo), 4);
    assert_eq!(session.awaiting().map(|asked| asked.intent), Some(Intent::StoreSize));
}

mod lists;
mod questions;
mod sequence;
mod undo;
