//! The Nix installation that commands act on: the machine's own, or a practice store.

mod places;
mod snapshot;

pub use places::{catalogue_file, machine_journal, practice_journal};

use super::error::Error;
use super::evaluation::{Evaluation, Open};
use super::executor::told;
use super::journal::{Asked, Journal, JournalError, Ticket};
use super::settings::Settings;
use crate::catalogue::{self, Catalogue};
use crate::domain::{Change, EvaluatorKind, Fault, News, Plan, Progress, Scope, Subject, Task};
use crate::nix::evaluator::Place;
use crate::nix::wire::stderr::Event;
use crate::nix::{self, Cancel, Daemon, NixPaths, Practice, Profile, SessionRoots, Tally, View};
use crate::nixos;
use crate::privilege::Access;
use places::{backups, practice_dir, session_dir};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Verbosity of a daemon at work: what people would want to read, and no more.
const INFORMATIVE: u64 = 3;
/// Verbosity at which it names each path that it checks.
const TALKATIVE: u64 = 4;

/// Whoever wants to know how far an act is.
type Listener = Arc<dyn Fn(News) + Send + Sync>;

/// What tells a file from the one that it took the place of: its inode, and when it was written, in seconds
/// and nanoseconds.
type Edition = (u64, i64, i64);

/// Where commands act.
pub struct World {
    paths: NixPaths,
    journal: Journal,
    daemon: Option<Daemon<UnixStream>>,
    view: View,
    catalogue_file: PathBuf,
    catalogue: Option<Arc<Catalogue>>,
    /// The edition that was opened last, or could not be.
    edition: Option<Edition>,
    /// Keeps what is being tried.
    tried: SessionRoots,
    /// The profile that was changed since the last [`Self::settle`].
    changed: Option<Scope>,
    /// The words of this turn.
    heard: Option<String>,
    /// The last change of the command under way.
    recorded: Option<Ticket>,
    cancel: Cancel,
    listener: Listener,
    /// How far the act under way is.
    tally: Arc<Mutex<Tally>>,
    settings: Settings,
    access: Access,
    evaluation: Evaluation,
    /// Keeps the practice store's daemon running.
    practice: Option<Arc<Practice>>,
}

impl World {
    /// The machine's own Nix, as Nix's variables tell it, and `profile` for the user's if given.
    ///
    /// # Errors
    /// The user's profile or state directory cannot be told.
    pub fn machine(profile: Option<&Path>) -> Result<Self, Error> {
        let paths = NixPaths::from_env(profile)?;
        let tried = SessionRoots::new(session_dir()?.join("tried"));
        Ok(Self::of(paths, machine_journal()?, catalogue_file()?, tried, None))
    }

    /// The practice store in `dir`, or in the user's cache directory: real, private, and made on
    /// first use.
    ///
    /// # Errors
    /// It cannot be made, or its daemon does not start.
    pub fn practice(dir: Option<PathBuf>) -> Result<Self, Error> {
        let practice = Practice::open(&practice_dir(dir)?)?;
        let journal = Journal::open(practice.dir());
        let paths = practice.paths().clone();
        let catalogue_file = practice.dir().join("catalogue");
        let entries = catalogue::read_source(&practice.catalogue())?;
        catalogue::write(&catalogue_file, entries)?;
        let tried = SessionRoots::new(practice.dir().join("tried"));
        let configuration = nixos::practice(practice.dir()).map_err(Error::Configuration)?;
        let nixpkgs = nixos::practice_nixpkgs(practice.dir(), &practice.activation());
        let nixpkgs = nixpkgs.map_err(Error::Configuration)?;
        let mut world = Self::of(paths, journal, catalogue_file, tried, Some(Arc::new(practice)));
        world.configure(configuration);
        world.evaluation.search(format!("nixpkgs={}", nixpkgs.display()));
        Ok(world)
    }

    fn of(
        paths: NixPaths,
        journal: Journal,
        catalogue_file: PathBuf,
        tried: SessionRoots,
        practice: Option<Arc<Practice>>,
    ) -> Self {
        let backups = backups(&journal);
        let access = match practice {
            Some(_) => Access::to_own(paths.clone(), backups),
            None => Access::to_machine(paths.clone(), backups),
        };
        let cancel = Cancel::default();
        Self {
            settings: Settings::default(),
            access,
            view: View::new(&paths, &cancel),
            evaluation: Evaluation::new(place(&paths, practice.as_deref())),
            paths,
            journal,
            tried,
            daemon: None,
            catalogue_file,
            catalogue: None,
            edition: None,
            changed: None,
            heard: None,
            recorded: None,
            cancel,
            listener: Arc::new(drop),
            tally: Arc::default(),
            practice,
        }
    }

    /// The same world for another thread, with connections of its own.
    #[must_use]
    pub fn another(&self) -> Self {
        let (paths, journal) = (self.paths.clone(), self.journal.clone());
        let (catalogue, tried) = (self.catalogue_file.clone(), self.tried.clone());
        let settings = self.settings.clone();
        let evaluation = self.evaluation.another();
        Self {
            settings,
            evaluation,
            ..Self::of(paths, journal, catalogue, tried, self.practice.clone())
        }
    }

    /// Tell `listener` how far acts are from now on.
    pub fn tell(&mut self, listener: Listener) {
        self.listener = listener;
    }

    /// Calls off what is done in this world, from any thread. It stays called off until
    /// [`Cancel::rearm`].
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Where Nix keeps things.
    pub fn paths(&self) -> &NixPaths {
        &self.paths
    }

    /// Let commands about the NixOS configuration be about the one at `path`, a file or a directory,
    /// instead of the usual one.
    pub fn configure(&mut self, path: PathBuf) {
        self.settings.told = Some(path);
    }

    /// Evaluate by this from now on.
    pub fn evaluate_by(&mut self, kind: EvaluatorKind) {
        self.evaluation.choose(kind);
    }

    /// What evaluates, and the string that `question`, a function in Nix, gives for `subject`.
    ///
    /// # Errors
    /// [`Fault::NoEvaluator`], or why it cannot be evaluated.
    pub fn evaluate(
        &mut self,
        subject: &Subject,
        question: &str,
    ) -> Result<(EvaluatorKind, String), Fault> {
        let evaluator = self.evaluator()?;
        let text = evaluator.evaluate(subject, question).map_err(told)?;
        Ok((evaluator.kind(), text))
    }

    /// Whether this build has an evaluator of the kind that was chosen.
    pub(super) fn evaluates(&self) -> bool {
        self.evaluation.is_possible()
    }

    /// The evaluator.
    ///
    /// # Errors
    /// [`Fault::NoEvaluator`] where this build has none of the kind that was chosen.
    pub(super) fn evaluator(&mut self) -> Result<&mut Open, Fault> {
        self.evaluation.evaluator(&self.cancel)
    }

    /// The configuration.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether it is the machine's own Nix, and no practice store.
    pub(super) fn is_machine(&self) -> bool {
        self.practice.is_none()
    }

    /// The root of the machine's files, such as `run/booted-system`; of a practice store its own.
    pub(super) fn root(&self) -> &Path {
        self.practice.as_ref().map_or(Path::new("/"), |practice| practice.dir())
    }

    /// The ways to act on the machine's own system.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Tell whoever wants to know.
    pub(super) fn news(&self, news: News) {
        (self.listener)(news);
    }

    /// The journal of changes.
    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Note the words that what is done next was asked for with.
    pub(super) fn note_heard(&mut self, words: &str) {
        self.heard = Some(words.to_owned()).filter(|words| !words.is_empty());
    }

    /// Write down that what lies at `path` is about to be changed, as a part of the command under way.
    pub(super) fn begin_record(
        &mut self,
        path: &Path,
        plan: &Plan,
        change: Option<&Change>,
    ) -> Result<Ticket, JournalError> {
        let asked = Asked { heard: self.heard.as_deref(), after: self.recorded.as_ref() };
        let ticket = self.journal.begin(asked, path, plan, change)?;
        self.recorded = Some(ticket.clone());
        Ok(ticket)
    }

    /// What keeps packages that are being tried.
    pub(super) fn tried(&self) -> &SessionRoots {
        &self.tried
    }

    /// The last change of the command under way.
    pub(super) fn last_record(&self) -> Option<Ticket> {
        self.recorded.clone()
    }

    /// The profile of a scope.
    pub(super) fn profile(&self, scope: Scope) -> Result<Profile, nix::Error> {
        Profile::new(&self.paths, scope)
    }

    /// The store, to read in, as it is now.
    pub(super) fn store(&mut self) -> &mut View {
        self.view.refresh();
        &mut self.view
    }

    /// A connection to the daemon, kept until [`Self::disconnect`].
    pub(super) fn daemon(&mut self) -> Result<&mut Daemon<UnixStream>, nix::Error> {
        let daemon = match self.daemon.take().filter(Daemon::is_in_step) {
            Some(daemon) => daemon,
            None => Daemon::connect_until(&self.paths.socket, &self.cancel)?,
        };
        Ok(self.daemon.insert(daemon))
    }

    /// Like [`Self::daemon`], for a task that takes a while, on as many paths as are `expected`, or 0
    /// where nobody knows: what the daemon tells of it is logged, and how far it is told.
    pub(super) fn working_daemon(
        &mut self,
        task: Task,
        expected: u64,
    ) -> Result<&mut Daemon<UnixStream>, nix::Error> {
        let (tally, listener) = (Arc::clone(&self.tally), Arc::clone(&self.listener));
        *tally.lock().unwrap_or_else(PoisonError::into_inner) = Tally::new(task, expected);
        let daemon = self.daemon()?;
        daemon.observe(move |event| {
            log(&event);
            let news = tally.lock().unwrap_or_else(PoisonError::into_inner).take(&event);
            news.into_iter().for_each(&*listener);
        });
        daemon.set_options(if task == Task::Verify { TALKATIVE } else { INFORMATIVE })?;
        Ok(daemon)
    }

    /// Begin a task that no daemon tells of.
    pub(super) fn begin_task(&self, task: Task) {
        let tally = Tally::new(task, 0);
        self.news(News::Progress(tally.progress().clone()));
        *self.tally.lock().unwrap_or_else(PoisonError::into_inner) = tally;
    }

    /// Name and version of what could not be built in the last task, where the daemon told.
    pub(super) fn failed_build(&self) -> Option<String> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).failed().map(str::to_owned)
    }

    /// Forget how far the last command came.
    pub(super) fn begin_command(&mut self) {
        self.recorded = None;
        *self.tally.lock().unwrap_or_else(PoisonError::into_inner) = Tally::default();
    }

    /// How far the act under way is, or the last one came.
    pub(super) fn progress(&self) -> Progress {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).progress().clone()
    }

    /// The package catalogue, read when it is first asked for, and again where it was built anew; `None`
    /// where there is none, or, which is logged, where it cannot be read and never could.
    pub(super) fn catalogue(&mut self) -> Option<&Catalogue> {
        let edition = edition(&self.catalogue_file);
        if self.catalogue.is_none() || edition.is_some() && edition != self.edition {
            match Catalogue::open(&self.catalogue_file) {
                Ok(catalogue) => self.catalogue = Some(Arc::new(catalogue)),
                Err(error) => tracing::warn!(%error, "no package catalogue"),
            }
            self.edition = edition;
        }
        self.catalogue.as_deref()
    }

    /// The packages that can be installed here; `None` where no catalogue of them was made.
    pub fn installable(&mut self) -> Option<Arc<Catalogue>> {
        if self.catalogue_file.exists() {
            self.catalogue();
        }
        self.catalogue.clone()
    }

    /// Drop the connections: after an error nobody knows what one would answer next, and what it keeps in
    /// the store is kept as long as it lasts.
    pub(super) fn disconnect(&mut self) {
        self.daemon = None;
        self.view.hang_up();
    }

    /// Note that the profile of `scope` was changed.
    pub(super) fn mark_changed(&mut self, scope: Scope) {
        self.changed = Some(scope);
    }

    /// Make the last change, which took effect at once, outlast a power failure too. It takes
    /// milliseconds, and so is for when the answer is on its way.
    pub fn settle(&mut self) {
        let Some(scope) = self.changed.take() else { return };
        let flushed = self.profile(scope).and_then(|profile| profile.settle());
        if let Err(error) = flushed {
            tracing::warn!(%error, "a power failure now might take the last change back");
        }
        if let Err(error) = self.journal.settle() {
            tracing::warn!(%error, "a power failure now might make undo forget the last change");
        }
    }
}

/// The edition that the file at `path` is; `None` where there is none.
fn edition(path: &Path) -> Option<Edition> {
    let file = path.metadata().ok()?;
    Some((file.ino(), file.mtime(), file.mtime_nsec()))
}

/// Where an evaluator works for this installation.
fn place(paths: &NixPaths, practice: Option<&Practice>) -> Place {
    let mut place = Place::new(paths);
    if let Some(practice) = practice {
        place.environment.extend(practice.environment().map(|(name, path)| (name, path.into())));
    }
    place
}

fn log(event: &Event) {
    match event {
        Event::Message(text) => tracing::info!(target: "nixvox::daemon", "{text}"),
        Event::Start { text, .. } if !text.is_empty() => {
            tracing::info!(target: "nixvox::daemon", "{text}");
        }
        event => tracing::debug!(target: "nixvox::daemon", ?event),
    }
}
