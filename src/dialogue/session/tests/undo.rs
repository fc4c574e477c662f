//! What a no takes back.

use super::{Session, bare, ended, hear, session, verdict};
use crate::domain::{Action, Activation, EvaluatorKind, Intent, Outcome, Package, Verdict};

#[test]
fn a_no_offers_to_undo_a_change_also_where_nothing_sounds_like_it() {
    let no = |session: &mut Session| verdict(&hear(session, bare(Intent::DialogueNo), 2));
    let package = || Package::of("ant-1.10");
    let activation = || Activation {
        toplevel: "/nix/store/x-nixos".into(),
        action: Action::Switch,
        exit: Some(0),
        failed_units: Vec::new(),
        reboot_pending: None,
    };
    let evaluator = EvaluatorKind::Command;
    let rebuilt = || {
        let (change, diff, activation) = (None, None, activation());
        Outcome::SystemActivated { change, diff, activation, evaluator }
    };
    let updated = |system| {
        vec![Outcome::Updated { change: None, left: Vec::new(), system: Box::new(system) }]
    };
    for outcomes in [
        vec![Outcome::Tried { package: package(), program: None }],
        vec![Outcome::LetGo { package: package() }],
        vec![Outcome::Run { activation: activation() }],
        vec![rebuilt()],
        updated(rebuilt()),
    ] {
        let mut session = session();
        let act = hear(&mut session, bare(Intent::GenerationRollback), 0);
        ended(&mut session, &act, outcomes.clone(), 1);
        assert_eq!(no(&mut session), Some(Verdict::Asked), "{outcomes:?}");
        assert_eq!(session.awaiting().map(|asked| asked.intent), Some(Intent::DialogueUndo));
        for unchanged in [Vec::new(), updated(Outcome::SystemUnchanged)] {
            let look = hear(&mut session, bare(Intent::PackageList), 3);
            ended(&mut session, &look, unchanged, 4);
            assert_eq!(no(&mut session), Some(Verdict::Declined), "nothing was changed");
        }
    }
}
