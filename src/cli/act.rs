//! `nixvox do`: one command given as text.

use super::args::{Act, Arguments};
use super::report::{Report, exit};
use super::{Exit, launch, out, progress, setup};
use crate::domain::{Command, Hearing, Intent, Transcript, Verdict};
use crate::engine::{Assistant, Stopwatch, Turn};
use jiff::Zoned;
use std::io::{IsTerminal, Write, stdin, stdout};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub(super) fn run(arguments: &Arguments, act: &Act) -> anyhow::Result<Exit> {
    if act.speak {
        launch::with_settings();
    }
    let (arguments, act) = (arguments.clone(), act.clone());
    setup::cancellable(move |abort| carry_out(&arguments, &act, abort))
}

fn carry_out(arguments: &Arguments, act: &Act, abort: &Arc<AtomicBool>) -> anyhow::Result<Exit> {
    let config = setup::config(arguments)?;
    let mut assistant = setup::assistant(arguments, &config)?.stopped_by(Arc::clone(abort));
    if act.events {
        assistant.listen(progress::lines());
    } else {
        assistant.listen(progress::bars());
    }
    let text = act.text.join(" ");
    if act.dry_run {
        return dry_run(&mut assistant, &text, act.json);
    }
    let mut watch = Stopwatch::start();
    let mut turn = assistant.text(&text, &mut watch);
    if turn.reply.verdict == Verdict::Asked {
        turn = answered(&mut assistant, turn, act, &mut watch)?;
    }
    if !act.json {
        out::line(&turn.reply.show);
    }
    let spoken = if act.speak {
        let mut voice = setup::voice(&config)?;
        watch.lap("load voice");
        Some(setup::speak(&turn.reply, &mut voice, None, &config, abort, &mut watch)?)
    } else {
        None
    };
    if act.json {
        out::line(Report::new(&turn, &watch).spoken(spoken, None).json()?);
    }
    Ok(exit(&turn))
}

/// Put the question to whoever is at the terminal; elsewhere it stays open, which means no.
fn answered(
    assistant: &mut Assistant,
    asked: Turn,
    act: &Act,
    watch: &mut Stopwatch,
) -> anyhow::Result<Turn> {
    if act.yes {
        let yes = Hearing::Command(Command::bare(Intent::DialogueYes));
        return Ok(assistant.turn(&Transcript::certain("yes"), yes, watch));
    }
    if act.json || !stdin().is_terminal() {
        return Ok(asked);
    }
    write!(stdout(), "{} ", asked.reply.show)?;
    stdout().flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    watch.skip();
    Ok(assistant.text(&answer, watch))
}

fn dry_run(assistant: &mut Assistant, text: &str, json: bool) -> anyhow::Result<Exit> {
    let now = Zoned::now();
    let (Hearing::Command(command) | Hearing::Unclear { nearest: command, .. }) =
        assistant.understanding().text(text)
    else {
        let phrasebook = assistant.session().phrasebook();
        out::line(phrasebook.reply("not-understood", Verdict::NotUnderstood, (), &now).show);
        return Ok(Exit::NotUnderstood);
    };
    let plan = assistant.preview(&command);
    let phrasebook = assistant.session().phrasebook();
    match plan {
        Ok(plan) if json => out::line(serde_json::to_string(&plan)?),
        Ok(plan) => out::line(phrasebook.plan(&plan, &now)),
        Err(reply) => {
            out::line(reply.show);
            return Ok(reply.verdict.into());
        }
    }
    Ok(Exit::Done)
}
