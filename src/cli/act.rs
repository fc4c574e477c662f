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
    while turn.reply.verdict == Verdict::Asked
        && let Some(answered) = answered(&mut assistant, &turn, act, &mut watch)?
    {
        // a yes may not be what is awaited: "the first one or the second one"
        let again = act.yes && answered.reply.show == turn.reply.show;
        turn = answered;
        if again {
            break;
        }
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

/// Put the question to whoever is at the terminal; elsewhere, and where nothing is answered, it stays open,
/// which means no.
fn answered(
    assistant: &mut Assistant,
    asked: &Turn,
    act: &Act,
    watch: &mut Stopwatch,
) -> anyhow::Result<Option<Turn>> {
    if act.yes {
        let yes = Hearing::Command(Command::bare(Intent::DialogueYes));
        return Ok(Some(assistant.turn(&Transcript::certain("yes"), yes, watch)));
    }
    if act.json || !stdin().is_terminal() {
        return Ok(None);
    }
    write!(stdout(), "{} ", asked.reply.show)?;
    stdout().flush()?;
    let mut answer = String::new();
    let len = stdin().read_line(&mut answer)?;
    watch.skip();
    Ok((len > 0).then(|| assistant.text(&answer, watch)))
}

fn dry_run(assistant: &mut Assistant, text: &str, json: bool) -> anyhow::Result<Exit> {
    let now = Zoned::now();
    let command = match assistant.understanding().text(text) {
        Hearing::Command(command) => command,
        unclear => {
            // what would be asked, or that it was not understood
            let answer = assistant.rehearse(&Transcript::certain(text), unclear);
            out::line(answer.unwrap_or_default());
            return Ok(Exit::NotUnderstood);
        }
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
