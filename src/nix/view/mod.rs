//! Reading a store, the fastest way there is: from its own database where that can be read, and from
//! the daemon, which is always right, where it cannot.

mod database;
#[cfg(test)]
mod tests;

pub use database::Database;

use super::{Cancel, Daemon, Error, NixPaths};
use crate::domain::PathInfo;
use crate::ports::Store;
use std::collections::HashMap;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A view of a store. It keeps the records that it has read until [`Self::refresh`] finds that the
/// store has changed.
pub struct View {
    socket: PathBuf,
    store_dir: PathBuf,
    database_file: Option<PathBuf>,
    database: Result<Database, Error>,
    /// Connected when the database fails, and not before.
    daemon: Option<Daemon<UnixStream>>,
    cancel: Cancel,
    kept: HashMap<String, Arc<PathInfo>>,
}

/// Where a view reads.
#[derive(Debug)]
pub enum Source<'a> {
    /// In the database at this path.
    Database(&'a Path),
    /// From the daemon, since the database cannot be read, for this reason.
    Daemon(&'a Error),
}

impl View {
    /// A view of the store at `paths`. Nothing of it need exist yet. While `cancel` calls the work off,
    /// what has to be asked of the daemon is [`Error::Cancelled`].
    pub fn new(paths: &NixPaths, cancel: &Cancel) -> Self {
        let mut view = Self {
            socket: paths.socket.clone(),
            store_dir: paths.store_dir.clone(),
            database_file: paths.database.clone(),
            database: Err(Error::NoDatabase { socket: paths.socket.clone() }),
            daemon: None,
            cancel: cancel.clone(),
            kept: HashMap::new(),
        };
        view.open();
        view
    }

    /// See to it that what is told from now on is no older than this call.
    pub fn refresh(&mut self) {
        match self.database.as_mut().map(Database::has_changed) {
            Ok(Ok(false)) => {}
            Ok(Ok(true)) => self.kept.clear(),
            Ok(Err(error)) => {
                self.distrust(error);
                self.open();
            }
            Err(_) => self.open(),
        }
    }

    /// Drop the connection to the daemon, if there is one.
    pub fn hang_up(&mut self) {
        self.daemon = None;
    }

    /// Where it reads.
    pub fn source(&self) -> Source<'_> {
        match &self.database {
            Ok(database) => Source::Database(database.path()),
            Err(error) => Source::Daemon(error),
        }
    }

    /// Try the database again, which is a matter of microseconds.
    fn open(&mut self) {
        self.kept.clear();
        if let Some(file) = &self.database_file {
            self.database = Database::open(file, &self.store_dir);
        }
    }

    fn distrust(&mut self, error: Error) {
        tracing::debug!(%error, "asking the daemon instead");
        self.database = Err(error);
    }

    fn ask<T>(
        &mut self,
        mut question: impl FnMut(&mut dyn Store<Error = Error>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if let Ok(database) = &mut self.database {
            match question(database) {
                Ok(answer) => return Ok(answer),
                Err(error) => self.distrust(error),
            }
        }
        let daemon = match self.daemon.take().filter(Daemon::is_in_step) {
            Some(daemon) => daemon,
            None => Daemon::connect_until(&self.socket, &self.cancel)?,
        };
        question(self.daemon.insert(daemon))
    }
}

impl Store for View {
    type Error = Error;

    fn path_info(&mut self, path: &str) -> Result<Option<Arc<PathInfo>>, Error> {
        if let Some(info) = self.kept.get(path) {
            return Ok(Some(Arc::clone(info)));
        }
        let info = self.ask(|store| store.path_info(path))?;
        if let Some(info) = &info {
            self.kept.insert(path.to_owned(), Arc::clone(info));
        }
        Ok(info)
    }

    fn referrers(&mut self, path: &str) -> Result<Vec<String>, Error> {
        self.ask(|store| store.referrers(path))
    }

    fn sizes(&mut self) -> Result<Vec<(String, u64)>, Error> {
        self.ask(|store| store.sizes())
    }
}
