//! Replies from the language's templates.

use super::error::PhrasingError;
use super::filters::{self, Names};
use super::listed::CUT;
use crate::domain::{Command, Fault, Intent, Outcome, Plan, Reply, Source, Step, Verdict};
use jiff::Zoned;
use minijinja::{Environment, context};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A language's replies. Templates are [minijinja](https://docs.rs/minijinja)'s; each reply has
/// what is said, and may have something else to show.
#[derive(Debug)]
pub struct Phrasebook {
    environment: Environment<'static>,
}

/// The part of a language file that is read here.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    replies: BTreeMap<String, Template>,
    /// Ways to say a value; the first is the one that is said.
    #[serde(default)]
    lists: Names,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Template {
    Said(String),
    SaidAndShown { say: String, show: Option<String> },
}

/// Replies that the program asks for by name; those of outcomes, faults and commands come on top.
const NEEDED: &[&str] = &[
    "asked-back",
    "asked-which",
    "asked-then",
    "asked-instead",
    "asked-undo",
    "say-which",
    "confirm",
    "declined",
    "nothing-asked",
    "nothing-to-cancel",
    "nothing-to-repeat",
    "not-understood",
    "help-answer",
    "help",
    "cancelled",
    "louder",
    "softer",
    "volume",
    "faster",
    "slower",
    "quiet",
    "asleep",
    "awake",
    "microphone-lost",
    "microphone-back",
    "dispatcher-lost",
    "rest-cancelled",
    "too-late",
    "stopping",
    "busy",
    "progress",
    "nothing-running",
    "nothing-listed",
    "nothing-named",
    "more",
    "no-more",
    "internal",
    "unsupported",
    "plan-switch",
    "plan-delete",
    "plan-collect",
    "generations",
    "current",
    "switched",
    "undone",
    "diff",
    "packages",
    "status",
    "store",
    "deleted",
    "packages-changed",
    "already-installed",
    "not-cached",
    "up-to-date",
    "found",
    "provided",
    "package-info",
    "package-version",
    "package-instructions",
    "why",
    "tried",
    "let-go",
    "plan-packages",
    "collected",
    "verified",
    "optimised",
    "setting",
    "setting-changed",
    "already-set",
    "validated",
    "system-built",
    "system-activated",
    "system-unchanged",
    "system-stays",
    "inputs-changed",
    "updated",
    "offer-rebuild",
    "and-now",
    "run",
    "plan-setting",
    "plan-run",
    "plan-inputs",
];

impl Phrasebook {
    /// Read the replies of all `sources`.
    ///
    /// # Errors
    /// A template that does not parse, or a reply that is in none of them.
    pub fn read(sources: &[Source]) -> Result<Self, PhrasingError> {
        let mut environment = Environment::new();
        filters::install(&mut environment);
        let mut names = Names::new();
        for source in sources {
            let file: File = toml::from_str(&source.text).map_err(|error| {
                PhrasingError::Unreadable { file: source.name.clone(), message: error.to_string() }
            })?;
            names.extend(file.lists);
            for (key, template) in file.replies {
                let (say, show) = match template {
                    Template::Said(say) => (say, None),
                    Template::SaidAndShown { say, show } => (say, show),
                };
                let shown = show.map(|text| (format!("{key}.show"), text));
                for (name, text) in [(key.clone(), say)].into_iter().chain(shown) {
                    environment.add_template_owned(name, text).map_err(|error| {
                        let (file, key) = (source.name.clone(), key.clone());
                        PhrasingError::Template { file, key, source: error }
                    })?;
                }
            }
        }
        filters::install_names(&mut environment, names);
        for key in NEEDED {
            if environment.get_template(key).is_err() {
                return Err(PhrasingError::Missing { key: (*key).to_owned() });
            }
        }
        Ok(Self { environment })
    }

    /// The reply called `key`, with `facts` filled in. Where that fails, which is logged, it is empty.
    pub fn reply(&self, key: &str, verdict: Verdict, facts: impl Serialize, now: &Zoned) -> Reply {
        let say = self.render(key, &facts, now).unwrap_or_else(|| {
            tracing::error!(reply = key, "there is nothing to say");
            String::new()
        });
        let show = self.render(&format!("{key}.show"), &facts, now);
        Reply { show: show.unwrap_or_else(|| say.clone()), say, verdict, ..Reply::default() }
    }

    /// What an outcome is answered with.
    pub fn outcome(&self, intent: Intent, outcome: &Outcome, now: &Zoned) -> Reply {
        let key = match outcome {
            Outcome::Generations { .. } => "generations",
            Outcome::Current { .. } => "current",
            Outcome::Switched { .. } if intent == Intent::DialogueUndo => "undone",
            Outcome::Switched { .. } => "switched",
            Outcome::Diff { .. } => "diff",
            Outcome::Packages { .. } => "packages",
            Outcome::Status(_) => "status",
            Outcome::Store(_) => "store",
            Outcome::PackagesChanged { .. } => "packages-changed",
            Outcome::AlreadyInstalled { .. } => "already-installed",
            Outcome::NotCached { .. } => "not-cached",
            Outcome::UpToDate => "up-to-date",
            Outcome::Found { .. } => "found",
            Outcome::Provided { .. } => "provided",
            Outcome::Package { .. } => match intent {
                Intent::PackageVersion => "package-version",
                Intent::PackageInstructions => "package-instructions",
                _ => "package-info",
            },
            Outcome::Why { .. } => "why",
            Outcome::Tried { .. } => "tried",
            Outcome::LetGo { .. } => "let-go",
            Outcome::Deleted(_) => "deleted",
            Outcome::Collected(_) => "collected",
            Outcome::Verified { .. } => "verified",
            Outcome::Optimised { .. } => "optimised",
            Outcome::Unfinished { fault: Fault::Cancelled } => {
                return self.reply("rest-cancelled", Verdict::Declined, (), now);
            }
            Outcome::Unfinished { fault } => return self.fault(fault, now),
            Outcome::Setting(_) => "setting",
            Outcome::SettingChanged(_) => "setting-changed",
            Outcome::AlreadySet { .. } => "already-set",
            Outcome::Validated { .. } => "validated",
            Outcome::SystemBuilt { .. } => "system-built",
            Outcome::SystemActivated { .. } => "system-activated",
            Outcome::SystemUnchanged if intent == Intent::SystemUpdate => "system-stays",
            Outcome::SystemUnchanged => "system-unchanged",
            Outcome::InputsChanged(_) => "inputs-changed",
            Outcome::Updated { system, .. } => {
                let updated = self.reply("updated", Verdict::Done, outcome, now);
                return Reply::joined(&[updated, self.outcome(intent, system, now)]);
            }
            Outcome::Run { .. } => "run",
        };
        self.reply(key, Verdict::Done, outcome, now)
    }

    /// What a fault is answered with.
    pub fn fault(&self, fault: &Fault, now: &Zoned) -> Reply {
        let key = fault.code();
        let key = if self.environment.get_template(key).is_ok() { key } else { "internal" };
        let cancelled = matches!(fault, Fault::Cancelled | Fault::Stopped { .. });
        let verdict = if cancelled { Verdict::Declined } else { Verdict::Failed };
        self.reply(key, verdict, fault, now)
    }

    /// A command in words that fit after "did you mean".
    pub fn command(&self, command: &Command, now: &Zoned) -> String {
        let key = format!("what-{}", command.intent.as_str().replace('.', "-"));
        let said = self.render(&key, &command.slots, now);
        said.unwrap_or_else(|| command.intent.as_str().replace('.', " "))
    }

    /// What a plan would change: one line a step.
    pub fn plan(&self, plan: &Plan, now: &Zoned) -> String {
        let line = |step: &Step| match step {
            Step::Switch(change) => self.render("plan-switch", change, now),
            Step::DeleteGenerations(deletion) => self.render("plan-delete", deletion, now),
            Step::ChangePackages(change) => self.render("plan-packages", change, now),
            Step::CollectGarbage { .. } => self.render("plan-collect", step, now),
            Step::Run(change) => self.render("plan-run", change, now),
            Step::ChangeInputs(change) => self.render("plan-inputs", change, now),
            Step::ChangeSetting(change) => self.render("plan-setting", change, now),
            _ => None,
        };
        let changes: Vec<String> = plan.steps.iter().filter_map(line).collect();
        if changes.is_empty() { self.command(&plan.command, now) } else { changes.join("\n") }
    }

    /// All that is said in the same words whatever happens.
    pub fn fixed(&self) -> impl Iterator<Item = String> {
        let replies =
            self.environment.templates().filter(|(key, _)| key.strip_suffix(".show").is_none());
        let fixed = replies.filter(|(_, text)| text.undeclared_variables(false).is_empty());
        fixed.filter_map(|(_, text)| text.render(()).ok()).filter(|text| !text.is_empty())
    }

    /// `None` where there is no such template, or, which is logged, where it fails.
    fn render(&self, key: &str, facts: impl Serialize, now: &Zoned) -> Option<String> {
        let template = self.environment.get_template(key).ok()?;
        let facts = minijinja::Value::from(minijinja::value::Serde(facts));
        match template.render(context! { now => now.to_string(), cut => CUT, ..facts }) {
            Ok(text) => Some(text.trim().to_owned()),
            Err(error) => {
                tracing::error!(reply = key, %error, "a reply template failed");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ClosureDiff, Generation, Kind, Mistake, Obstacle, Package, Place, Problem, ProfileChange,
        Scope, Task, VersionChange,
    };

    /// English as it is shipped.
    fn english() -> Phrasebook {
        let text = |name: &str| {
            let path = format!("{}/grammars/en/{name}.toml", env!("CARGO_MANIFEST_DIR"));
            Source::new(name, std::fs::read_to_string(path).unwrap())
        };
        let names =
            ["config", "dialogue", "faults", "generation", "options", "package", "store", "system"];
        Phrasebook::read(&names.map(text)).unwrap()
    }

    fn now() -> Zoned {
        "2026-11-23T12:00:00+00:00[UTC]".parse().unwrap()
    }

    fn generation(number: u64, hours_ago: i64, current: bool) -> Generation {
        let created = now().timestamp().as_second() - hours_ago * 3600;
        Generation { number, target: "/nix/store/x".into(), created, current }
    }

    fn said(intent: Intent, outcome: &Outcome) -> String {
        english().outcome(intent, outcome, &now()).say
    }

    #[test]
    fn generations_are_told_newest_first() {
        let generations = vec![generation(3, 2, true), generation(2, 26, false)];
        let outcome = Outcome::Generations { scope: Scope::User, generations, total: 2 };
        assert_eq!(
            said(Intent::GenerationList, &outcome),
            "2 generations in the user profile. Number 3, today at 10:00, is the current one; \
             2, yesterday at 10:00."
        );
    }

    #[test]
    fn changes_are_told_by_name() {
        let package = |name: &str| Package { name: name.into(), version: "1".into() };
        let diff = ClosureDiff {
            added: vec![package("cowsay")],
            removed: vec![package("htop")],
            changed: vec![VersionChange {
                name: "firefox".into(),
                before: vec!["149.0".into()],
                after: vec!["148.0".into()],
            }],
            size_delta: -5,
        };
        let change = ProfileChange {
            scope: Scope::User,
            from: Some(generation(4, 1, true)),
            to: Some(generation(3, 2, false)),
        };
        let mut outcome = Outcome::Switched { change, diff: Some(diff), activation: None };
        let told = "firefox went from 149.0 to 148.0, cowsay was added and htop was removed.";
        assert_eq!(
            said(Intent::GenerationRollback, &outcome),
            format!("Rolled back to generation 3. {told}")
        );
        assert_eq!(
            said(Intent::DialogueUndo, &outcome),
            format!("Undone. Generation 3 is current again. {told}")
        );
        if let Outcome::Switched { diff, .. } = &mut outcome {
            *diff = Some(ClosureDiff::default());
        }
        assert_eq!(
            said(Intent::GenerationRollback, &outcome),
            "Rolled back to generation 3. No package changed."
        );
    }

    #[test]
    fn every_reply_is_needed_that_is_no_part_of_another() {
        let phrasebook = english();
        let parts = |text: &str| {
            let included = text.split("include \"").skip(1);
            included.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect::<Vec<_>>()
        };
        let templates: Vec<_> = phrasebook.environment.templates().collect();
        let parts: Vec<_> = templates.iter().flat_map(|(_, text)| parts(text.source())).collect();
        let faults = include_str!("../../grammars/en/faults.toml");
        let faults: File = toml::from_str(faults).unwrap();
        for (key, _) in templates {
            let asked_for = key.strip_suffix(".show").is_none() && !key.starts_with("what-");
            let known = NEEDED.contains(&key)
                || faults.replies.contains_key(key)
                || parts.iter().any(|part| part == key);
            assert!(!asked_for || known, "{key} is in no list");
        }
    }

    #[test]
    fn every_fault_has_words_of_its_own() {
        let scope = Scope::User;
        let option = || "time.timeZone".to_owned();
        let place = || Place { file: "/etc/nixos/configuration.nix".into(), line: 3, column: 1 };
        let faults = [
            Fault::NoProfile { scope },
            Fault::NoGeneration { scope, number: 9 },
            Fault::NoneOlder { scope },
            Fault::NoneFromDay { day: "monday".into() },
            Fault::AlreadyCurrent { number: 4 },
            Fault::CurrentStays { number: 4 },
            Fault::NothingToDelete { scope },
            Fault::NoRecord,
            Fault::NothingToUndo,
            Fault::CannotUndo { intent: Intent::StoreCollect },
            Fault::NoCatalogue,
            Fault::NoSuchPackage { name: "x".into() },
            Fault::NotInstalled { name: "x".into() },
            Fault::ForeignProfile,
            Fault::Collision { first: "x".into(), second: "y".into() },
            Fault::ChangedMeanwhile,
            Fault::NoConfiguration,
            Fault::BrokenConfiguration {
                problem: Problem { place: place(), mistake: Mistake::MissingImport },
            },
            Fault::Evaluation { message: "undefined variable 'x'".into(), place: Some(place()) },
            Fault::NoEvaluator,
            Fault::EvaluatorEnded,
            Fault::EvaluationTooLong,
            Fault::OtherMachines { host: "desk".into() },
            Fault::TooManyFiles,
            Fault::LeftAlone { option: option(), place: place(), why: Obstacle::Merged },
            Fault::SetTwice { option: option(), first: place(), second: place() },
            Fault::BadValue { option: option(), value: "1".into(), expected: Kind::Bool },
            Fault::NoSuchOption { option: option() },
            Fault::NotListed { option: option(), value: "1".into() },
            Fault::NoRoom { option: option() },
            Fault::ConfigurationNotPermitted,
            Fault::ConfigurationChangedMeanwhile,
            Fault::NotPermitted,
            Fault::NotAuthorised,
            Fault::HelperFailed,
            Fault::NoSystem,
            Fault::ActivationFailed {
                number: Some(2),
                back: Some(1),
                restored: true,
                units: vec!["x".into()],
            },
            Fault::BuildFailed { package: Some("htop-3.4.1".into()) },
            Fault::CannotUpdate,
            Fault::ChannelsNotPermitted,
            Fault::BrokenLock,
            Fault::CannotFetchInputs { message: "error: unable to download".into() },
            Fault::DiskFull,
            Fault::DaemonUnreachable,
            Fault::DaemonFailed,
            Fault::Cancelled,
            Fault::DeletedInPart { numbers: vec![1, 2] },
            Fault::Stopped { task: Task::Collect, paths: 3, bytes: 0 },
            Fault::Unsupported { intent: Intent::SystemRebuild },
            Fault::Internal,
        ];
        let english = english();
        let told: std::collections::BTreeSet<String> =
            faults.iter().map(|fault| english.fault(fault, &now()).say).collect();
        assert_eq!(told.len(), faults.len());
        assert!(told.iter().all(|say| !say.is_empty() && !say.contains("{{")));
    }

    #[test]
    fn what_is_fixed_is_known_beforehand() {
        let english = english();
        let fixed: Vec<String> = english.fixed().collect();
        let declined = english.reply("declined", Verdict::Declined, (), &now()).say;
        assert!(fixed.contains(&declined), "{fixed:?}");
        assert!(fixed.iter().all(|text| !text.contains("{{") && !text.contains("  ")), "{fixed:?}");
    }

    #[test]
    fn a_missing_reply_is_named() {
        let error = Phrasebook::read(&[]).unwrap_err();
        assert_eq!(error.to_string(), "no file holds a reply called `asked-back`");
        let broken = Source::new("x.toml", "[replies]\nhelp = \"{{ oops\"");
        assert!(
            Phrasebook::read(&[broken])
                .unwrap_err()
                .to_string()
                .starts_with("x.toml: reply `help`")
        );
    }
}
