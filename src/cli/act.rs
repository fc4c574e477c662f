//! `nixvox do`: one command given as text.

use super::args::{Act, Arguments};
use super::report::{Report, exit};
use super::{Exit, launch, out, progress, setup};
use crate::domain::{Command, Hearing, Intent, Plan, Reply, Transcript, Verdict};
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
        return Ok(dry_run(&mut assistant, &text, act.json));
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

fn dry_run(assistant: &mut Assistant, text: &str, json: bool) -> Exit {
    match rehearsed(assistant, text) {
        Ok(plan) if json => out::json(&plan),
        Ok(plan) => out::line(assistant.session().phrasebook().plan(&plan, &Zoned::now())),
        Err(reply) => {
            if json {
                out::json(&reply);
            } else {
                out::line(&reply.show);
            }
            return reply.verdict.into();
        }
    }
    Exit::Done
}

/// What would be done for `text`, or else be answered: a move of the dialogue has no plan, nor has what is
/// unclear.
fn rehearsed(assistant: &mut Assistant, text: &str) -> Result<Plan, Reply> {
    let hearing = assistant.understanding().text(text);
    let verdict = match &hearing {
        Hearing::Command(command) if command.intent.risk().is_some() => {
            return assistant.preview(command);
        }
        Hearing::Command(_) => Verdict::Done,
        Hearing::Unclear { .. } | Hearing::Nothing => Verdict::NotUnderstood,
    };
    let say = assistant.rehearse(&Transcript::certain(text), hearing).unwrap_or_default();
    Err(Reply { show: say.clone(), say, verdict, ..Reply::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialogue::Session;
    use crate::engine::{Language, World};
    use std::path::Path;

    #[test]
    fn a_dry_run_tells_what_would_be_answered_where_there_is_no_plan() {
        let dir = tempfile::tempdir().unwrap();
        let language = Language::load("en", Path::new("/nonexistent")).unwrap();
        let session = Session::new(language.phrasebook().unwrap());
        let world = World::practice(Some(dir.path().to_owned())).unwrap();
        let understanding = language.understanding().unwrap();
        let mut assistant = Assistant::new(understanding, session, world);
        assert!(rehearsed(&mut assistant, "roll back").is_ok());
        for (text, begins, verdict) in [
            ("help", "You can say", Verdict::Done),
            ("roll back the moon", "", Verdict::NotUnderstood),
            ("switch to generation ninety", "", Verdict::Failed),
        ] {
            let reply = rehearsed(&mut assistant, text).unwrap_err();
            assert_eq!(reply.verdict, verdict, "{text}");
            assert!(!reply.show.is_empty() && reply.say.starts_with(begins), "{reply:?}");
        }
    }
}
