//! `nixvox serve`: the conversation as a service.

use super::args::{Arguments, Serve};
use super::conversation::{self, Manner};
use super::{Exit, hotkey, launch, notify, setup};
use crate::config::Config;
use crate::engine::{Conversation, Mode, Notice};
use crate::hotkey::Watch;
use crate::service::{self, Board, Place};
use sd_notify::NotifyState;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tokio::time::{sleep, timeout};

/// How long threads may take to end: a system may be activated meanwhile.
const ENDING: Duration = Duration::from_secs(900);

pub(super) fn run(arguments: &Arguments, serve: &Serve) -> anyhow::Result<Exit> {
    launch::with_settings();
    let place = Place::own()?;
    let seat = place.take()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (board, mut reloads) = Board::new();
        let mut companion = Companion::begin(arguments, serve, &board).await?;
        let listener = seat.listen()?;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let over = async { drop(stopped.await) };
        let server = tokio::spawn(service::serve(listener, board.clone(), over));
        // before anybody is told to whom they can be sent
        let (mut term, mut int, mut hup) = (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::hangup())?,
        );
        notify(&[NotifyState::Ready]);
        eprintln!("Serving at {}.", place.socket().display());

        let watchdog = sd_notify::watchdog_enabled();
        let mut beat = tokio::time::interval(beat());
        loop {
            tokio::select! {
                _ = term.recv() => break,
                _ = int.recv() => break,
                _ = hup.recv() => {
                    (companion, _) = companion.anew(arguments, serve, &board).await;
                }
                Some(asked) = reloads.recv() => {
                    let done;
                    (companion, done) = companion.anew(arguments, serve, &board).await;
                    // who asked may have gone
                    let _ = asked.send(done);
                }
                _ = beat.tick() => {
                    let alive = board.check();
                    let limit = watchdog.unwrap_or(Duration::MAX);
                    if Instant::now().duration_since(alive) < limit {
                        notify(&[NotifyState::Watchdog]);
                    }
                }
            }
        }
        notify(&[NotifyState::Stopping]);
        drop(stop);
        server.await?;
        tokio::select! {
            () = end(companion) => Ok(Exit::Done),
            // whoever asks twice does not wait for an act to be called off
            _ = int.recv() => std::process::exit(130),
        }
    })
}

/// How often systemd is told that all is well.
fn beat() -> Duration {
    sd_notify::watchdog_enabled().map_or(Duration::from_secs(10), |limit| limit / 3)
}

/// Drop `companion`, which waits for its threads: an act that is called off may need its time.
async fn end(companion: Companion) {
    let ended = spawn_blocking(move || drop(companion));
    // threads that take longer are left to themselves
    let _ = timeout(ENDING, beating(ended)).await;
}

/// Await `task`. Meanwhile systemd is told that all is well, but not for ever.
async fn beating<T>(mut task: JoinHandle<T>) -> Result<T, JoinError> {
    let begun = Instant::now();
    while begun.elapsed() < ENDING {
        tokio::select! {
            done = &mut task => return done,
            () = sleep(beat()) => notify(&[NotifyState::Watchdog]),
        }
    }
    task.await
}

/// What runs all day; dropping it waits for its threads.
struct Companion {
    /// The key of the whole session, where there is to be one.
    _hotkey: Option<Watch>,
    _conversation: Conversation,
}

impl Companion {
    /// Begin by the configuration.
    async fn begin(arguments: &Arguments, serve: &Serve, board: &Board) -> anyhow::Result<Self> {
        let (conversation, config) = converse(arguments, serve, board).await?;
        Ok(Self { _hotkey: watch(&config, board), _conversation: conversation })
    }

    /// Begin anew by the configuration as it is now; one that cannot be used leaves things as they
    /// are, for this reason.
    async fn anew(
        self,
        arguments: &Arguments,
        serve: &Serve,
        board: &Board,
    ) -> (Self, Result<(), String>) {
        notify(&[NotifyState::Reloading]);
        let begun = match converse(arguments, serve, board).await {
            Ok((conversation, config)) => {
                // threads are joined, and the former key is free for who watches next
                end(self).await;
                (Self { _hotkey: watch(&config, board), _conversation: conversation }, Ok(()))
            }
            Err(error) => {
                tracing::error!("the configuration was not read anew: {error:#}");
                (self, Err(format!("{error:#}")))
            }
        };
        notify(&[NotifyState::Ready]);
        begun
    }
}

fn watch(config: &Config, board: &Board) -> Option<Watch> {
    board.set_hotkey(None);
    let chord = config.hotkey.0.clone()?;
    hotkey::watch(chord, config.hotkey_mode, board)
}

/// Read the configuration and begin a conversation by it.
async fn converse(
    arguments: &Arguments,
    serve: &Serve,
    board: &Board,
) -> anyhow::Result<(Conversation, Config)> {
    let (arguments, serve, board) = (arguments.clone(), serve.clone(), board.clone());
    let work = move || {
        let mut config = setup::config(&arguments)?;
        if let Some(hotkey) = serve.hotkey {
            config.hotkey = hotkey;
        }
        let manner = Manner {
            mode: if serve.push_to_talk { Mode::PushToTalk } else { Mode::HandsFree },
            phrase: serve.phrase,
            quiet: serve.quiet,
            from: None,
            patient: true,
        };
        let pen = board.pen();
        let (told, notifier) = (pen.clone(), notify::notifier(&config));
        let tell = move |notice: &Notice<'_>| {
            told.tell(notice);
            if let Some(notifier) = &notifier
                && let Some(note) = notify::note(notice)
            {
                notifier.show(note);
            }
        };
        let conversation = conversation::start(&arguments, &config, manner, tell)?;
        pen.connect(conversation.sender());
        anyhow::Ok((conversation, config))
    };
    beating(spawn_blocking(work)).await?
}

/// Tell systemd, where it asked to be told.
fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "systemd was not told");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of `key` in the unit that is shipped.
    fn unit(key: &str) -> &'static str {
        let lines = include_str!("../../contrib/nixvox.service").lines();
        lines.filter_map(|line| line.split_once('=')).find(|(found, _)| *found == key).unwrap().1
    }

    #[test]
    fn systemd_waits_until_an_act_has_been_called_off() {
        let limit = unit("TimeoutStopSec").parse().unwrap();
        assert!(Duration::from_secs(limit) > ENDING + beat());
    }

    #[test]
    fn systemd_is_told_where_the_program_is_and_the_flake_tells_it_anew() {
        let program = unit("ExecStart").strip_suffix(" serve").unwrap();
        assert!(program.starts_with("%h/"), "{program}");
        assert!(include_str!("../../flake.nix").contains(&format!("\"ExecStart={program}\"")));
    }
}
