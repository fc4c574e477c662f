//! The NixOS configuration: asked, changed and checked.

use super::executor;
use super::world::World;
use crate::domain::{
    Change, Command, Edit, EvaluatorKind, Fault, Intent, Mistake, OptionState, Outcome, Plan,
    Problem, SettingChange, SettingView, Subject, Task,
};
use crate::nix;
use crate::nixos::system::{self, TOPLEVEL};
use crate::nixos::{self, Configuration, Element, Lock, OptionPath, Options};
use std::path::{Path, PathBuf};
use unix::unistd::gethostname;

/// The option that the system's packages are listed in.
const PACKAGES: &str = "environment.systemPackages";
/// Where NixOS keeps the list of all its options, if its manual is installed.
const ALL_OPTIONS: &str = "/run/current-system/sw/share/doc/nixos/options.json";

/// Where the configuration lies.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    /// The file or directory that was named.
    pub(super) told: Option<PathBuf>,
}

impl Settings {
    fn read(&self) -> Result<Configuration, nixos::Error> {
        let (search_path, host) = (search_path(), host());
        let roots = nixos::locate(self.told.as_deref(), search_path.as_deref(), host.as_deref())?;
        Configuration::read(&roots)
    }

    /// What the inputs of its flake are locked to; `None` where it is no flake.
    pub(super) fn lock(&self) -> Result<Option<Lock>, nixos::Error> {
        Lock::read(self.told.as_deref(), search_path().as_deref())
    }

    /// Whether it is a flake.
    pub(super) fn is_flake(&self) -> bool {
        nixos::flake(self.told.as_deref(), search_path().as_deref()).is_some()
    }

    /// NixOS with it, as a Nix expression.
    pub(super) fn expression(&self) -> Result<String, nixos::Error> {
        let (search_path, host) = (search_path(), host());
        let (search_path, host) = (search_path.as_deref(), host.as_deref());
        nixos::system::expression(self.told.as_deref(), search_path, host)
    }

    /// What is known of options: all of them where the system has their list, if `all` is wanted.
    fn options(all: bool) -> Result<Options, nixos::Error> {
        let path = Path::new(ALL_OPTIONS);
        if all && path.exists() { Options::read(path) } else { Options::built_in() }
    }
}

/// Where Nix searches, which may tell where the configuration lies.
fn search_path() -> Option<String> {
    std::env::var("NIX_PATH").ok()
}

/// What this machine is called.
fn host() -> Option<String> {
    gethostname().ok().and_then(|name| name.into_string().ok())
}

/// The fault that an error is, with the error in the log.
pub(super) fn told(error: nixos::Error) -> Fault {
    tracing::error!(%error);
    error.into()
}

impl World {
    /// What `command` would make of the configuration; `None` where it makes nothing of it.
    pub(super) fn setting_view(&mut self, command: &Command) -> Option<Result<SettingView, Fault>> {
        let system = command.slot("scope") == Some("system");
        Some(match command.intent {
            Intent::ConfigSet => self.setting(command),
            Intent::PackageInstall if system => self.system_packages(command, true),
            Intent::PackageRemove if system => self.system_packages(command, false),
            _ => return None,
        })
    }

    fn setting(&self, command: &Command) -> Result<SettingView, Fault> {
        let unsupported = Fault::Unsupported { intent: command.intent };
        let (Some(option), Some(value)) = (command.slot("option"), command.slot("value")) else {
            return Err(unsupported);
        };
        let path: OptionPath = option.parse().map_err(told)?;
        let mut options = Settings::options(false).map_err(told)?;
        if options.kind(&path).is_none() {
            options = Settings::options(true).map_err(told)?;
        }
        if options.is_unknown(&path) {
            return Err(Fault::NoSuchOption { option: option.to_owned() });
        }
        let configuration = self.settings().read().map_err(told)?;
        let removes = command.slot("change") == Some("remove");
        if options.is_list(&path) || removes {
            let element = Element { text: value.to_owned(), package: false };
            options.check_element(&path, value).map_err(told)?;
            return list_view(&configuration, &path, &[element], !removes);
        }
        options.check(&path, value).map_err(told)?;
        let change = configuration.set(&path, value).map_err(told)?;
        view(&path, Edit::Set(value.to_owned()), change, value)
    }

    fn system_packages(&mut self, command: &Command, adds: bool) -> Result<SettingView, Fault> {
        let slot = command.slot("packages").or_else(|| command.slot("package"));
        let names: Vec<&str> = slot.into_iter().flat_map(|names| names.split(',')).collect();
        if names.is_empty() {
            return Err(Fault::Unsupported { intent: command.intent });
        }
        // what is to go must be in the file only
        if adds && let Some(catalogue) = self.catalogue() {
            let unknown = names.iter().find(|name| catalogue.by_attribute(name).is_none());
            if let Some(name) = unknown {
                return Err(Fault::NoSuchPackage { name: (*name).to_owned() });
            }
        }
        let element = |name: &&str| Element { text: (*name).to_owned(), package: true };
        let elements: Vec<Element> = names.iter().map(element).collect();
        let path: OptionPath = PACKAGES.parse().map_err(told)?;
        let configuration = self.settings().read().map_err(told)?;
        list_view(&configuration, &path, &elements, adds)
    }

    fn state(&self, option: &OptionPath) -> Result<OptionState, nixos::Error> {
        self.settings().read().and_then(|configuration| configuration.query(option))
    }

    /// Whether only evaluation tells what the option of `command` is set to, and there is something
    /// that evaluates.
    pub(super) fn takes_evaluation(&self, command: &Command) -> bool {
        let option = || command.slot("option").and_then(|option| option.parse().ok());
        // the configuration is read only where that matters
        let state = self.evaluates().then(option).flatten().and_then(|path| self.state(&path).ok());
        state.is_some_and(|state| !state.is_certain())
    }

    /// Tell what an option is set to; evaluated where that is wanted, and possible.
    pub(super) fn query_option(&mut self, option: &str, evaluate: bool) -> Result<Outcome, Fault> {
        let path: OptionPath = option.parse().map_err(told)?;
        let mut state = self.state(&path).map_err(told)?;
        if evaluate {
            state.evaluated = match self.evaluate_system(&system::value_of(&path), false) {
                Ok((_, answer)) => system::value(&answer).unwrap_or_else(|error| {
                    tracing::error!(%error, answer, "no value of an option");
                    None
                }),
                Err(Fault::Cancelled) => return Err(Fault::Cancelled),
                // what the text tells is told all the same
                Err(fault) => {
                    tracing::warn!(fault = fault.code(), "the option is not evaluated");
                    None
                }
            };
        }
        Ok(Outcome::Setting(state))
    }

    /// Change the configuration, with that on record before it is done.
    pub(super) fn change_setting(
        &mut self,
        plan: &Plan,
        change: &SettingChange,
    ) -> Result<Outcome, Fault> {
        let recorded = Change::Setting(change.clone());
        self.noted(plan, &change.file.path, Some(&recorded), |world| {
            world.secure_record()?;
            world.replace_file(&change.file).and_then(|()| world.accepted(change))?;
            Ok(Outcome::SettingChanged(change.clone()))
        })
    }

    /// Take `change`, which was made, back if the option cannot be evaluated any more, and could be
    /// before. What has no evaluator's blessing stays as it is, and so does what was undone.
    fn accepted(&mut self, change: &SettingChange) -> Result<(), Fault> {
        if change.what == Edit::Undo || !self.evaluates() {
            return Ok(());
        }
        let question = system::value_of(&change.option.parse().map_err(told)?);
        let refusal = |world: &mut Self| match world.evaluate_system(&question, false) {
            Err(fault @ (Fault::Evaluation { .. } | Fault::Cancelled)) => Some(fault),
            _ => None,
        };
        let Some(fault) = refusal(self) else { return Ok(()) };
        self.replace_file(&change.file.inverse())?;
        let before = if fault == Fault::Cancelled { None } else { refusal(self) };
        match before {
            None => Err(fault),
            Some(Fault::Cancelled) => Err(Fault::Cancelled),
            // it failed before as well
            Some(_) => self.replace_file(&change.file),
        }
    }

    /// What `question`, a function in Nix, gives for NixOS with the configuration, and what evaluated
    /// it. Of a configuration as it was before, what is known of it is used again unless it is to be
    /// read `anew`.
    ///
    /// # Errors
    /// [`Fault::Evaluation`] with the place of the configuration that is to blame, if one is.
    pub(super) fn evaluate_system(
        &mut self,
        question: &str,
        anew: bool,
    ) -> Result<(EvaluatorKind, String), Fault> {
        self.begin_task(Task::Evaluate);
        let expression = self.settings().expression().map_err(told)?;
        // a flake may put its modules together in a way that only evaluation sees
        let configuration = self.settings().read().ok();
        let stamp = configuration.as_ref().filter(|_| !anew).map(Configuration::digest);
        let evaluator = self.evaluator()?;
        let answer = evaluator.evaluate(&Subject { expression, stamp, refresh: false }, question);
        match answer {
            Ok(answer) => Ok((evaluator.kind(), answer)),
            Err(nix::Error::Evaluation { message, places }) => {
                tracing::error!(message, "evaluation failed");
                let place = configuration.and_then(|text| text.blame(&message, &places));
                Err(Fault::Evaluation { message, place })
            }
            Err(error) => Err(executor::told(error)),
        }
    }

    /// Check the configuration: its text, and if that is sound what it evaluates to.
    pub(super) fn validate(&mut self) -> Result<Outcome, Fault> {
        let configuration = self.settings().read().map_err(told)?;
        let options = Settings::options(true).map_err(told)?;
        let mut problems = configuration.problems(&options);
        let files = configuration.paths().count();
        let evaluate = problems.is_empty() && self.evaluates();
        let evaluated =
            if evaluate { self.evaluate_system(TOPLEVEL, true).map(drop) } else { Ok(()) };
        match evaluated {
            Ok(()) => Ok(Outcome::Validated { problems, files, evaluated: evaluate }),
            Err(Fault::Evaluation { message, place: Some(place) }) => {
                problems.push(Problem { place, mistake: Mistake::Evaluation { message } });
                Ok(Outcome::Validated { problems, files, evaluated: true })
            }
            // what the text tells is told all the same
            Err(Fault::NoEvaluator) => Ok(Outcome::Validated { problems, files, evaluated: false }),
            Err(fault) => Err(fault),
        }
    }
}

fn list_view(
    configuration: &Configuration,
    path: &OptionPath,
    elements: &[Element],
    adds: bool,
) -> Result<SettingView, Fault> {
    let texts: Vec<String> = elements.iter().map(|element| element.text.clone()).collect();
    let value = texts.join(", ");
    if adds {
        let change = configuration.add(path, elements).map_err(told)?;
        return view(path, Edit::Add(texts), change, &value);
    }
    let change = configuration.remove(path, &texts).map_err(told)?;
    if change.is_none() {
        return Err(Fault::NotListed { option: path.to_string(), value });
    }
    view(path, Edit::Remove(texts), change, &value)
}

/// What a change of a file comes to; without one it is so already.
fn view(
    path: &OptionPath,
    what: Edit,
    change: Option<crate::domain::FileChange>,
    value: &str,
) -> Result<SettingView, Fault> {
    let option = path.to_string();
    let Some(file) = change else {
        return Ok(SettingView::Already { option, value: value.to_owned() });
    };
    let diff = nixos::diff(&file).map_err(told)?;
    Ok(SettingView::Change(Box::new(SettingChange { option, what, file, diff })))
}
