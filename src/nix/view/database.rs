//! The store's own database, read beside the daemon: thousands of records in a millisecond.

use super::super::Error;
use crate::domain::PathInfo;
use crate::ports::Store;
use rusqlite::{CachedStatement, Connection, OpenFlags, OptionalExtension, Row};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The schema that Nix has had since 1.11, as the file beside the database tells it.
const SCHEMA: &str = "10";
/// How long to wait for a lock, which with Nix's write-ahead log no reader meets.
const PATIENCE: Duration = Duration::from_millis(100);

/// One statement, so that what it tells is of one moment. No store path holds a space.
const PATH_INFO: &str = "\
SELECT hash, registrationTime, deriver, narSize,
       (SELECT group_concat(other.path, ' ')
        FROM Refs JOIN ValidPaths AS other ON other.id = reference
        WHERE referrer = this.id)
FROM ValidPaths AS this WHERE path = ?1";
const REFERRERS: &str = "\
SELECT path FROM Refs JOIN ValidPaths ON id = referrer
WHERE reference = (SELECT id FROM ValidPaths WHERE path = ?1) ORDER BY path";
const SIZES: &str = "SELECT path, narSize FROM ValidPaths";
const ANY_PATH: &str = "SELECT path FROM ValidPaths LIMIT 1";
/// Another number whenever somebody has written.
const VERSION: &str = "PRAGMA data_version";

/// A store's database, open for reading only. Nothing here writes to it, and no lock outlasts a
/// call.
#[derive(Debug)]
pub struct Database {
    path: PathBuf,
    connection: Connection,
    /// Which file it is, should another come to its place.
    file: (u64, u64),
    version: i64,
}

impl Database {
    /// Open the database at `path`, of the store at `store`.
    ///
    /// # Errors
    /// [`Error::Database`] where it cannot be read, or is not what it is taken for.
    pub fn open(path: &Path, store: &Path) -> Result<Self, Error> {
        let bad = |problem: String| Error::Database { path: path.to_owned(), problem };
        let sqlite = |error: rusqlite::Error| bad(error.to_string());
        let file = identity(path).map_err(|error| bad(error.to_string()))?;
        let schema = fs::read_to_string(path.with_file_name("schema"));
        let schema = schema.map_err(|error| bad(format!("of unknown schema: {error}")))?;
        if schema.trim() != SCHEMA {
            return Err(bad(format!("its schema is {}, not {SCHEMA}", schema.trim())));
        }
        // Never as immutable: that would overlook the write-ahead log.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(sqlite)?;
        connection.busy_timeout(PATIENCE).map_err(sqlite)?;
        for statement in [PATH_INFO, REFERRERS, SIZES] {
            connection.prepare_cached(statement).map_err(sqlite)?;
        }
        let any = connection.query_row(ANY_PATH, [], |row| row.get::<_, String>(0)).optional();
        if let Some(other) = any.map_err(sqlite)?.filter(|any| !Path::new(any).starts_with(store)) {
            return Err(bad(format!("it is another store's, which holds {other}")));
        }
        let mut database = Self { path: path.to_owned(), connection, file, version: 0 };
        database.has_changed()?;
        Ok(database)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the store was written to since the last call, or since it was opened.
    ///
    /// # Errors
    /// It is gone, or another one is in its place.
    pub fn has_changed(&mut self) -> Result<bool, Error> {
        let found = identity(&self.path).map_err(|error| self.bad(error.to_string()))?;
        if found != self.file {
            return Err(self.bad("another one is in its place".to_owned()));
        }
        let version = self.ask(VERSION, |statement| statement.query_row([], |row| row.get(0)))?;
        Ok(std::mem::replace(&mut self.version, version) != version)
    }

    fn ask<T>(
        &self,
        statement: &str,
        answer: impl FnOnce(&mut CachedStatement<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let asked = self.connection.prepare_cached(statement);
        asked.and_then(|mut asked| answer(&mut asked)).map_err(|error| self.bad(error.to_string()))
    }

    fn bad(&self, problem: String) -> Error {
        Error::Database { path: self.path.clone(), problem }
    }
}

impl Store for Database {
    type Error = Error;

    fn path_info(&mut self, path: &str) -> Result<Option<Arc<PathInfo>>, Error> {
        let info = self
            .ask(PATH_INFO, |statement| statement.query_row([path], path_info).optional())?
            .map(Arc::new);
        Ok(info)
    }

    fn referrers(&mut self, path: &str) -> Result<Vec<String>, Error> {
        self.ask(REFERRERS, |statement| {
            statement.query_map([path], |row| row.get(0))?.collect::<rusqlite::Result<_>>()
        })
    }

    fn sizes(&mut self) -> Result<Vec<(String, u64)>, Error> {
        self.ask(SIZES, |statement| {
            let sizes = statement.query_map([], |row| Ok((row.get(0)?, size(row, 1)?)))?;
            sizes.collect::<rusqlite::Result<_>>()
        })
    }
}

/// As the daemon tells it: references sorted, the hash without its algorithm.
fn path_info(row: &Row<'_>) -> rusqlite::Result<PathInfo> {
    let hash: String = row.get(0)?;
    let references: Option<String> = row.get(4)?;
    let mut references: Vec<String> =
        references.unwrap_or_default().split_terminator(' ').map(str::to_owned).collect();
    references.sort_unstable();
    Ok(PathInfo {
        deriver: row.get(2)?,
        nar_hash: hash.strip_prefix("sha256:").unwrap_or(&hash).to_owned(),
        references,
        registered: row.get::<_, i64>(1)?.cast_unsigned(),
        nar_size: size(row, 3)?,
    })
}

/// A size, which very old records lack.
fn size(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, Option<i64>>(column)?.unwrap_or_default().cast_unsigned())
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::metadata(path).map(|file| (file.dev(), file.ino()))
}
