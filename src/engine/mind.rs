//! What an assistant keeps in mind from one turn to the next, and what it decides by it.

use super::assistant::Turn;
use super::stopwatch::Stopwatch;
use super::understanding::Understanding;
use super::world::World;
use crate::dialogue::{Effect, Event, Referents, Session, plan};
use crate::domain::{
    Adjustment, Command, Fault, Hearing, Outcome, Plan, Reply, Risk, Snapshot, Step, Transcript,
    TurnId, Verdict,
};
use jiff::Zoned;
use std::time::{Duration, Instant};

/// A rehearsal is no longer good after so long, as the world goes on.
const FRESH: Duration = Duration::from_secs(2);

/// The conversation's state. A copy may be tried out and thrown away.
#[derive(Debug, Clone)]
pub(super) struct Mind {
    pub(super) session: Session,
    /// What "it" stands for.
    referents: Referents,
    /// The words of what was last asked for.
    pub(super) words: String,
}

/// A turn that was taken in thought only.
#[derive(Debug)]
pub(super) struct Rehearsal {
    said: Transcript,
    hearing: Hearing,
    since: Instant,
    /// What would be kept in mind after it.
    pub(super) mind: Mind,
    /// What would come of it.
    pub(super) turn: Turn,
}

/// What was made of something understood.
struct Weighed {
    /// Whether what its words stand for is known.
    known: bool,
    /// What else there is that may have been said.
    instead: Vec<Command>,
}

impl Mind {
    pub(super) fn new(session: Session) -> Self {
        Self { session, referents: Referents::default(), words: String::new() }
    }

    /// Decide about something understood from what was `said`, and say what can be said without acting; an
    /// effect is left to be had where that is not all.
    pub(super) fn consider(
        &mut self,
        said: &Transcript,
        mut hearing: Hearing,
        understanding: &Understanding,
        world: &mut World,
    ) -> (Turn, Option<Effect>) {
        let now = Zoned::now();
        // an answer does what was asked for with other words
        let is_answer = self.session.is_answer(&hearing);
        let Weighed { known, instead } = self.weigh(said, &mut hearing, understanding, world, &now);
        // and whoever asks to hear that again asks for nothing else
        if !is_answer && hearing.likeliest().is_some_and(|command| command.intent.risk().is_some())
        {
            self.words = said.text();
        }
        if let Some(taken) = self.session.taken(&hearing, &now) {
            self.referents.note(&taken.slots);
        }
        let then = self.after(said, &hearing, understanding, world, &now);
        let mut turn = Turn {
            hearing: hearing.clone(),
            plan: None,
            result: None,
            adjustment: None,
            reply: Reply::default(),
        };
        if let Hearing::Command(command) = &hearing
            && let Some(adjustment) = Adjustment::of(command)
        {
            let phrasebook = self.session.phrasebook();
            turn.reply = phrasebook.reply(adjustment.reply(), Verdict::Done, &command.slots, &now);
            turn.adjustment = Some(adjustment);
            return (turn, None);
        }
        if !known {
            turn.reply = self.nothing_named(&now);
            return (turn, None);
        }
        let snapshot = match self.snapshot(&hearing, world, &now) {
            Ok(snapshot) => snapshot,
            Err(fault) => {
                turn.reply = self.session.phrasebook().fault(&fault, &now);
                turn.result = Some(Err(fault));
                return (turn, None);
            }
        };
        let heard = Event::Heard { hearing, instead, then, snapshot: Box::new(snapshot) };
        let effects = self.session.step(heard, &now);
        let mut left = None;
        for effect in effects {
            match effect {
                Effect::Answer { reply, .. } | Effect::Remark { reply, .. } => turn.reply = reply,
                effect => left = Some(effect),
            }
        }
        (turn, left)
    }

    /// Put what is meant in the place of words that stand for it, and where `hearing` is unclear, leave of
    /// it what there is here.
    fn weigh(
        &self,
        said: &Transcript,
        hearing: &mut Hearing,
        understanding: &Understanding,
        world: &mut World,
        now: &Zoned,
    ) -> Weighed {
        let needs_installed = hearing.likeliest().is_some_and(Command::needs_installed);
        let installed = if needs_installed { world.installed() } else { None };
        let instead = match (&*hearing, &installed) {
            (Hearing::Command(it) | Hearing::Unclear { nearest: it, .. }, Some(installed)) => {
                let names = installed.iter().map(|package| package.name.clone());
                understanding.instead_of(&names.collect::<Vec<_>>(), said, it)
            }
            (Hearing::Command(command), None) => understanding.instead(said, command),
            (Hearing::Unclear { .. } | Hearing::Nothing, _) => Vec::new(),
        };
        let known = self.resolve(hearing, world, now);
        let mut instead = self.resolved(instead, hearing, world, now);
        instead.retain(|other| world.has(other, installed.as_deref()));
        if let Hearing::Unclear { others, .. } = hearing {
            others.append(&mut instead);
        }
        hearing.retain(|command| world.has(command, installed.as_deref()));
        Weighed { known, instead }
    }

    /// What was `said` to be done after what was taken of it.
    fn after(
        &self,
        said: &Transcript,
        hearing: &Hearing,
        understanding: &Understanding,
        world: &mut World,
        now: &Zoned,
    ) -> Vec<Command> {
        match hearing {
            Hearing::Command(taken) if taken.intent.risk().is_some() => {
                self.resolved(understanding.after(&said.text()), hearing, world, now)
            }
            _ => Vec::new(),
        }
    }

    /// Put what is meant in the place of words that stand for it. Where that is not known, this is `false`.
    fn resolve(&self, hearing: &mut Hearing, world: &mut World, now: &Zoned) -> bool {
        self.session.resolve(hearing, now);
        if let Hearing::Unclear { others, .. } = hearing {
            others.retain_mut(|other| self.referents.resolve(&mut other.slots));
        }
        let mut known = true;
        for command in hearing.commands_mut() {
            known &= self.referents.resolve(&mut command.slots);
        }
        world.resolve(hearing);
        known
    }

    /// What may be meant `instead`, as it is known here.
    fn resolved(
        &self,
        instead: Vec<Command>,
        taken: &Hearing,
        world: &mut World,
        now: &Zoned,
    ) -> Vec<Command> {
        let resolved = instead.into_iter().filter_map(|command| {
            let mut other = Hearing::Command(command);
            let known = self.resolve(&mut other, world, now) && other != *taken;
            other.into_command().filter(|_| known)
        });
        resolved.collect()
    }

    /// "Upgrade it" is not to upgrade everything.
    fn nothing_named(&self, now: &Zoned) -> Reply {
        self.session.phrasebook().reply("nothing-named", Verdict::Declined, (), now)
    }

    /// What would be done for `command`, or else be answered.
    pub(super) fn preview(&self, command: &Command, world: &mut World) -> Result<Plan, Reply> {
        let now = Zoned::now();
        let fault = |fault| self.session.phrasebook().fault(&fault, &now);
        let mut hearing = Hearing::Command(command.clone());
        if !self.resolve(&mut hearing, world, &now) {
            return Err(self.nothing_named(&now));
        }
        let command = hearing.into_command().ok_or_else(|| fault(Fault::Internal))?;
        let snapshot = world.snapshot_for(&command).map_err(fault)?;
        plan(&command, &snapshot, &now).map_err(fault)
    }

    /// The world, as far as what was heard is about it.
    fn snapshot(
        &self,
        hearing: &Hearing,
        world: &mut World,
        now: &Zoned,
    ) -> Result<Snapshot, Fault> {
        match self.session.taken(hearing, now) {
            Some(command) if !self.session.is_busy_for(command) => world.snapshot_for(command),
            _ => world.snapshot(),
        }
    }

    /// Carry out `plan`, which takes no time worth mentioning, at once. Laps `act` and `phrase`.
    pub(super) fn look(
        &mut self,
        id: TurnId,
        plan: Plan,
        turn: &mut Turn,
        world: &mut World,
        watch: &mut Stopwatch,
    ) {
        let result = world.carry_out(&plan);
        turn.plan = Some(plan);
        watch.lap("act");
        turn.reply = self.finished(id, result.clone());
        turn.result = Some(result);
        watch.lap("phrase");
    }

    /// What to answer to a plan that ran to its end.
    pub(super) fn finished(&mut self, id: TurnId, result: Result<Vec<Outcome>, Fault>) -> Reply {
        for outcome in result.iter().flatten() {
            self.referents.note_found(outcome);
        }
        let finished = Event::Finished { turn: id, result };
        let effects = self.session.step(finished, &Zoned::now());
        let reply = effects.into_iter().find_map(|effect| match effect {
            Effect::Answer { reply, .. } => Some(reply),
            _ => None,
        });
        reply.unwrap_or_default()
    }

    /// Take the turn in a copy of the mind, as far as nothing is changed by it. `Err` with what its
    /// answer will probably begin with, where it is known at all, if that is not the whole way.
    pub(super) fn rehearse(
        &self,
        said: &Transcript,
        hearing: Hearing,
        understanding: &Understanding,
        world: &mut World,
    ) -> Result<Rehearsal, Option<String>> {
        let (mut mind, mut watch) = (self.clone(), Stopwatch::start());
        let (mut turn, left) = mind.consider(said, hearing.clone(), understanding, world);
        match left {
            None => {}
            Some(Effect::Act { turn: id, plan }) if only_looks(&plan) => {
                mind.look(id, plan, &mut turn, world, &mut watch);
            }
            Some(Effect::Act { plan, .. }) => return Err(mind.expected(&plan)),
            Some(_) => return Err(None),
        }
        let said = said.clone();
        Ok(Rehearsal { said, hearing, since: Instant::now(), mind, turn })
    }

    fn expected(&self, plan: &Plan) -> Option<String> {
        let outcome = plan.steps.first().and_then(Step::expected)?;
        let phrasebook = self.session.phrasebook();
        Some(phrasebook.outcome(plan.command.intent, &outcome, &Zoned::now()).say)
    }
}

impl Rehearsal {
    /// Whether it is a rehearsal of this, and still good.
    pub(super) fn is_of(&self, said: &Transcript, hearing: &Hearing) -> bool {
        self.said == *said && self.hearing == *hearing && self.since.elapsed() < FRESH
    }
}

/// Whether `plan` changes nothing, and takes no time worth mentioning.
fn only_looks(plan: &Plan) -> bool {
    plan.risk == Risk::Read && !plan.steps.iter().any(Step::takes_long)
}

#[cfg(test)]
mod tests {
    use super::super::{Assistant, Language};
    use super::*;
    use crate::catalogue;
    use crate::domain::Intent;
    use std::path::Path;

    /// An assistant on a practice store in `dir`.
    fn practising(dir: &Path) -> Assistant {
        let language = Language::load("en", Path::new("/nonexistent")).unwrap();
        let understanding = language.understanding().unwrap();
        let session = Session::new(language.phrasebook().unwrap());
        let world = World::practice(Some(dir.to_owned())).unwrap();
        Assistant::new(understanding, session, world)
    }

    #[test]
    fn after_a_no_what_was_done_is_undone_and_what_was_meant_is_done() {
        let dir = tempfile::tempdir().unwrap();
        let mut assistant = practising(dir.path());
        let mut say = |text| assistant.text(text, &mut Stopwatch::start()).reply.say;
        let before = say("what have i installed");
        let removed = say("remove h top");
        assert!(removed.starts_with("Removed htop"), "{removed}");
        assert_eq!(say("no"), "Shall I undo that? Say yes or no.");
        let undone = say("yes");
        assert!(undone.starts_with("Undone."), "{undone}");
        assert!(!undone.contains("atop"), "it is not installed: {undone}");
        assert_eq!(say("what have i installed"), before);
        assert!(say("what is h top").starts_with("htop"));
        assert_eq!(say("no"), "Did you mean: tell about atop? Say yes or no.");
        assert!(say("yes").starts_with("atop"));
    }

    /// Only `nearest` may have been meant, and that is in doubt.
    fn doubted(assistant: &mut Assistant, nearest: Command) -> String {
        let said = Transcript::certain("mumble");
        assistant.turn(&said, Hearing::unclear(nearest), &mut Stopwatch::start()).reply.say
    }

    #[test]
    fn it_is_what_a_yes_took_and_the_one_package_that_was_found() {
        let dir = tempfile::tempdir().unwrap();
        let mut assistant = practising(dir.path());
        let say = |assistant: &mut Assistant, text| {
            assistant.text(text, &mut Stopwatch::start()).reply.say
        };
        say(&mut assistant, "what is firefox");
        let tells = Command::bare(Intent::PackageInfo).about("jq".to_owned());
        let asked = doubted(&mut assistant, tells);
        assert_eq!(asked, "Did you mean: tell about jq? Say yes or no.");
        assert!(say(&mut assistant, "yes").starts_with("jq "));
        let installed = say(&mut assistant, "install it");
        assert!(installed.starts_with("Installed jq "), "{installed}");
        say(&mut assistant, "what is firefox");
        let found = say(&mut assistant, "search for a media player");
        assert!(found.starts_with("One package: vlc"), "{found}");
        let installed = say(&mut assistant, "install it");
        assert!(installed.starts_with("Installed vlc "), "{installed}");
    }

    #[test]
    fn only_what_is_installed_is_removed_or_upgraded() {
        let dir = tempfile::tempdir().unwrap();
        let mut assistant = practising(dir.path());
        let removes = |package| Command::bare(Intent::PackageRemove).about(String::from(package));
        let unclear = Hearing::Unclear {
            nearest: removes("atop"),
            rival: Some(removes("kakoune")),
            others: vec![removes("ripgrep")],
        };
        for (words, hearing, asks) in [
            ("upgrade a top", None, "upgrade htop"),
            ("remove a top", None, "remove htop"),
            ("remove rip crab", Some(unclear), "remove ripgrep"),
        ] {
            let hearing = hearing.unwrap_or_else(|| assistant.understanding().text(words));
            let asked = assistant
                .turn(&Transcript::certain(words), hearing, &mut Stopwatch::start())
                .reply
                .say;
            let question = format!("Did you mean: {asks}? Say yes or no.");
            assert!(asked.ends_with(&question), "{asked}");
        }
        let mut say = |text| assistant.text(text, &mut Stopwatch::start()).reply.say;
        assert!(say("yes").starts_with("Removed ripgrep"));
        assert_eq!(
            say("remove krita"),
            "krita is not installed in your profile. Nothing was changed."
        );
    }

    #[test]
    fn what_is_only_said_about_a_question_is_not_what_it_was_asked_for_with() {
        let dir = tempfile::tempdir().unwrap();
        let mut assistant = practising(dir.path());
        let asks = "delete generation one";
        for text in [asks, "repeat that", "help", "louder", "yes"] {
            assistant.text(text, &mut Stopwatch::start());
        }
        let records = assistant.world().journal().records(Some(1)).unwrap();
        assert_eq!(records[0].heard.as_deref(), Some(asks));
    }

    #[test]
    fn what_has_to_wait_for_what_runs_is_not_looked_up_first() {
        let dir = tempfile::tempdir().unwrap();
        let mut assistant = practising(dir.path());
        let verify = assistant.understanding().text("verify the store");
        let said = Transcript::certain("verify the store");
        assert!(assistant.begin(&said, verify, Duration::ZERO, &mut Stopwatch::start()).is_none());
        // from now on nobody tells what is garbage
        std::fs::remove_file(&assistant.world().paths().socket).unwrap();
        let busy = assistant.text("collect garbage", &mut Stopwatch::start()).reply.say;
        assert!(busy.starts_with("I am still busy"), "{busy}");
    }

    #[test]
    fn what_is_asked_for_beside_a_command_is_done_after_a_yes() {
        let dir = tempfile::tempdir().unwrap();
        let mut assistant = practising(dir.path());
        let mut say = |text| assistant.text(text, &mut Stopwatch::start()).reply.say;
        let installed = say("install jq and then remove h top");
        assert!(installed.starts_with("Installed jq "), "{installed}");
        assert!(installed.ends_with("And now: remove htop? Say yes or no."), "{installed}");
        assert!(say("yes").starts_with("Removed htop"));
        let removed = say("remove jq and install it and roll back");
        assert!(removed.ends_with("And now: install jq? Say yes or no."), "{removed}");
        assert_eq!(say("no"), "All right. Nothing was done.");
        let asked = say("delete generation one and install jq");
        assert!(asked.ends_with("This cannot be undone. Say yes or no."), "{asked}");
        let deleted = say("yes");
        assert!(deleted.ends_with("And now: install jq? Say yes or no."), "{deleted}");
        let installed = say("yes");
        assert!(
            installed.starts_with("Installed jq ") && !installed.contains("now:"),
            "{installed}"
        );
        assert!(!say("remove krita and roll back").contains("now:"), "it is not installed");
    }

    #[test]
    fn of_what_is_installed_only_the_version_that_was_named_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let mut assistant = practising(dir.path());
        let list = dir.path().join("catalogue.tsv");
        let mut lines = std::fs::read_to_string(&list).unwrap();
        lines.push_str("firefox_148\tfirefox-148.0\tout\t/nix/store/x-firefox-148.0\n");
        std::fs::write(&list, lines).unwrap();
        let entries = catalogue::read_source(&list).unwrap();
        catalogue::write(&dir.path().join("catalogue"), entries).unwrap();
        let said = Transcript::certain("mumble");
        let removes = |name: &str| Command::bare(Intent::PackageRemove).about(name.to_owned());
        let mut answer =
            |hearing| assistant.turn(&said, hearing, &mut Stopwatch::start()).reply.say;
        let absent = answer(Hearing::Command(removes("firefox_148")));
        assert!(absent.starts_with("firefox_148 is not installed"), "{absent}");
        let others = vec![removes("firefox")];
        let nearest = removes("firefox_148");
        let asked = answer(Hearing::Unclear { nearest, rival: None, others });
        assert_eq!(asked, "Did you mean: remove firefox? Say yes or no.");
    }

    #[test]
    fn what_is_rehearsed_leaves_no_trace_and_is_what_will_be_said() {
        let dir = tempfile::tempdir().unwrap();
        let mut assistant = practising(dir.path());
        let heard = |assistant: &Assistant, text| assistant.understanding().text(text);
        let before = assistant.world().snapshot().unwrap().user;
        for (text, whole) in [
            ("which generation am i on", true),
            ("delete generations older than a minute", true),
            ("install firefox and nothing else", true),
            ("roll back", false),
        ] {
            let hearing = heard(&assistant, text);
            let expected = assistant.rehearse(&Transcript::certain(text), hearing).unwrap();
            assert!(assistant.session().awaiting().is_none(), "{text} left a question");
            assert_eq!(assistant.world().snapshot().unwrap().user, before, "{text}");
            let other = assistant.text("what can i say", &mut Stopwatch::start());
            assert_ne!(other.reply.say, expected, "a rehearsal is of one sentence");
            let hearing = heard(&assistant, text);
            assistant.rehearse(&Transcript::certain(text), hearing);
            let said = assistant.text(text, &mut Stopwatch::start()).reply.say;
            assert!(said.starts_with(&expected), "{said:?}, not {expected:?}");
            assert_eq!(said == expected, whole, "{said:?}");
            assistant.text("no", &mut Stopwatch::start());
        }
        // it offers to undo what was done last
        assistant.text("no", &mut Stopwatch::start());
        assert_ne!(assistant.world().snapshot().unwrap().user, before);
        let hearing = heard(&assistant, "collect garbage");
        assert!(assistant.rehearse(&Transcript::certain("collect garbage"), hearing).is_some());
        let yes = assistant.text("yes", &mut Stopwatch::start());
        assert!(yes.result.is_none(), "what was only rehearsed was done");
    }
}
