//! What becomes of an open question.

use super::{bare, hear, session, unclear, verdict, verifying};
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
