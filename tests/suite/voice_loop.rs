//! The companion on a real sound server: the key, the voice's manner, sleep.

use crate::companion::Companion;
use std::time::Duration;

#[test]
fn the_key_silences_an_answer_and_takes_the_next_command() {
    let companion = Companion::start();
    companion.ctl("say help");
    companion.state("speaking");
    companion.ctl("press");
    companion.state("listening");
    companion.say("roll-back");
    companion.ctl("release");
    assert_eq!(companion.answer(), "generation.rollback");
    companion.ctl("cancel");
    companion.state("idle");
    companion.ctl("say volume fifty");
    companion.ctl("say go to sleep");
    companion.state("asleep");
    // asleep, nothing is taken but what wakes it
    companion.say("roll-back");
    companion.ctl("say wake up");
    let woken = companion.until(|news| {
        news["kind"] == "answer" && news["heard"].is_string() || news["intent"] == "dialogue.wake"
    });
    assert_eq!(woken["intent"], "dialogue.wake");
}

#[test]
fn with_the_speaker_fed_back_its_own_voice_is_nobody_and_who_breaks_in_is_heard() {
    let companion = Companion::start();
    for (delay_ms, level) in [(20, 1.0), (120, 0.3)] {
        let mut loop_back = companion.server.feed_back(delay_ms, level);
        std::thread::sleep(Duration::from_millis(500));
        for _ in 0..2 {
            companion.ctl("say which generation am i on");
            companion.state("speaking");
            let next = companion.until(|news| news["kind"] == "state");
            assert_eq!(next["state"], "idle", "{delay_ms} ms, level {level}");
        }
        companion.ctl("say help");
        companion.state("speaking");
        std::thread::sleep(Duration::from_millis(1500));
        companion.say("forget-it");
        companion.state("listening");
        companion.state("idle");
        for child in &mut loop_back {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn what_an_answer_says_is_no_command_where_it_is_heard_all_the_same() {
    let companion = Companion::start();
    let echo = companion.recording("roll back to generation four");
    companion.ctl("say roll back");
    companion.state("speaking");
    std::thread::sleep(Duration::from_millis(2500));
    // "Rolled back to generation 4", as it may come from another room
    companion.server.say(&echo);
    companion.state("listening");
    let next = companion.until(|news| news["kind"] == "heard" || news["state"] == "idle");
    assert_eq!(next["state"], "idle", "{next}");
    // a moment later it may be said by somebody
    std::thread::sleep(Duration::from_secs(1));
    companion.say("current-generation");
    let heard = companion.until(|news| news["kind"] == "heard");
    assert!(heard["text"].as_str().unwrap().contains("current"), "{heard}");
}
