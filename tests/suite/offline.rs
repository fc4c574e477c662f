//! Nothing touches the network once set up.

use crate::harness::Home;

/// A network namespace with no interface up; `-r` lets an ordinary user make one.
const NO_NETWORK: &[&str] = &["unshare", "-rn"];

#[test]
fn commands_are_heard_and_done_without_a_network() {
    let home = Home::new();
    let practice = |home: &Home| {
        home.nixvox_through(NO_NETWORK)
            .arg("--practice")
            .env("NIXVOX_PRACTICE_DIR", home.path("practice"))
    };
    let answer = home.path("answer.wav");
    practice(&home).hear("roll-back").arg("--say").arg(&answer).run().succeeds();
    assert!(answer.metadata().unwrap().len() > 10_000);
    practice(&home).args("do undo").run().succeeds();
    let fetched = home.nixvox_through(NO_NETWORK).args("models fetch").run();
    fetched.succeeds();
}
