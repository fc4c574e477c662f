//! What becomes of an open question.

use super::{at, bare, hear, session, unclear, verdict, verifying};
use crate::dialogue::Effect;
use crate::domain::{Intent, Verdict};

#[test]
fn a_stop_drops_the_question_and_stops_what_runs() {
    let mut session = session();
    let turn = verifying(&mut session);
    hear(&mut session, unclear(), 1);
    let stop = hear(&mut session, bare(Intent::DialogueCancel), 2);
    assert_eq!(stop, Effect::Stop { turn });
    let stray = hear(&mut session, bare(Intent::DialogueYes), 3);
    assert_eq!(verdict(&stray), Some(Verdict::Declined));
    assert_eq!(session.awaiting(), None);
}

#[test]
fn the_time_to_answer_begins_when_the_question_was_read_out_the_last_time() {
    let mut session = session();
    hear(&mut session, unclear(), 0);
    session.asked(&at(35));
    let yes = hear(&mut session, bare(Intent::DialogueYes), 60);
    assert!(matches!(yes, Effect::Act { .. }));
    for again in [Intent::DialogueHelp, Intent::DialogueRepeat] {
        let mut session = self::session();
        hear(&mut session, unclear(), 0);
        hear(&mut session, bare(again), 25);
        let yes = hear(&mut session, bare(Intent::DialogueYes), 50);
        assert!(matches!(yes, Effect::Act { .. }), "{again}");
    }
    let mut session = self::session();
    hear(&mut session, unclear(), 0);
    for second in [10, 20] {
        hear(&mut session, bare(Intent::DialogueProgress), second);
    }
    hear(&mut session, bare(Intent::DialogueRepeat), 25);
    let late = hear(&mut session, bare(Intent::DialogueYes), 50);
    assert_eq!(verdict(&late), Some(Verdict::Declined), "something else was repeated");
}
