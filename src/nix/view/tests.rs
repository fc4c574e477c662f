use super::super::testing::{self, TestStore};
use super::{Database, Source, View};
use crate::domain::Scope;
use crate::nix::closure::closure;
use crate::nix::{Cancel, Error, NixPaths};
use crate::ports::Store;
use rusqlite::Connection;
use std::fs;
use std::path::Path;

fn reads_the_database(view: &View) -> bool {
    matches!(view.source(), Source::Database(_))
}

fn sorted(mut sizes: Vec<(String, u64)>) -> Vec<(String, u64)> {
    sizes.sort();
    sizes
}

#[test]
fn the_database_tells_what_the_daemon_tells() {
    let practice = testing::practice();
    let mut daemon = practice.connect().unwrap();
    let paths = practice.paths();
    let mut database = Database::open(paths.database.as_ref().unwrap(), &paths.store_dir).unwrap();
    let sizes = sorted(database.sizes().unwrap());
    assert!(sizes.len() > 20, "{sizes:?}");
    assert_eq!(sizes, sorted(daemon.sizes().unwrap()));
    let mut referred = 0;
    for (path, _) in &sizes {
        assert_eq!(database.path_info(path).unwrap(), daemon.path_info(path).unwrap(), "{path}");
        let referrers = database.referrers(path).unwrap();
        assert_eq!(referrers, daemon.referrers(path).unwrap(), "{path}");
        referred += referrers.len();
    }
    assert!(referred > 20);
    let missing = format!("{}/{}-missing", paths.store_dir.display(), "0".repeat(32));
    assert_eq!(database.path_info(&missing).unwrap(), None);
    assert!(database.referrers(&missing).unwrap().is_empty());
}

#[test]
fn what_was_read_is_kept_until_the_store_changes() {
    let practice = testing::practice();
    let mut view = View::new(practice.paths(), &Cancel::default());
    let mut daemon = practice.connect().unwrap();
    let dead = daemon.dead_paths().unwrap().remove(0);
    let alive = testing::targets(&practice, Scope::User).remove(0);
    let record = view.path_info(&dead).unwrap();
    assert!(record.is_some() && reads_the_database(&view));
    let other = view.path_info(&alive).unwrap().unwrap();
    view.refresh();
    assert!(
        std::sync::Arc::ptr_eq(&other, &view.path_info(&alive).unwrap().unwrap()),
        "it was read again"
    );
    daemon.collect_garbage().unwrap();
    assert_eq!(view.path_info(&dead).unwrap(), record, "of the moment of the last refresh");
    view.refresh();
    assert_eq!(view.path_info(&dead).unwrap(), None);
    assert_eq!(view.path_info(&alive).unwrap().unwrap(), other);
    let added = daemon.add_to_store_nar("new", &[], &testing::small_nar()).unwrap();
    view.refresh();
    assert!(view.path_info(&added).unwrap().is_some());
    assert!(view.daemon.is_none(), "the daemon was never asked");
}

/// Part of the reason that is told, and what to do to a database for it.
type Damage = (&'static str, fn(&Path));

/// A copy of the practice store's database that something is wrong with.
fn damaged(practice: &TestStore, damage: impl FnOnce(&Path)) -> (tempfile::TempDir, NixPaths) {
    let dir = tempfile::tempdir().unwrap();
    let paths = practice.paths();
    let from = paths.database.as_ref().unwrap();
    let to = dir.path().join("db.sqlite");
    Connection::open(from).unwrap().execute("VACUUM INTO ?1", [to.to_str().unwrap()]).unwrap();
    fs::copy(from.with_file_name("schema"), to.with_file_name("schema")).unwrap();
    damage(&to);
    let paths = NixPaths { database: Some(to), ..paths.clone() };
    (dir, paths)
}

fn change(database: &Path, statement: &str) {
    Connection::open(database).unwrap().execute_batch(statement).unwrap();
}

#[test]
fn where_the_database_is_of_no_use_the_daemon_answers() {
    let practice = testing::practice();
    let root = testing::targets(&practice, Scope::User).pop().unwrap();
    let mut daemon = practice.connect().unwrap();
    let expected = closure(&mut daemon, &root).unwrap();
    let sizes = sorted(daemon.sizes().unwrap());
    let damages: [Damage; 10] = [
        ("No such file", |path| fs::remove_file(path).unwrap()),
        ("unknown schema", |path| fs::remove_file(path.with_file_name("schema")).unwrap()),
        ("schema is 11", |path| fs::write(path.with_file_name("schema"), "11").unwrap()),
        ("no such table: ValidPaths", |path| change(path, "ALTER TABLE ValidPaths RENAME TO x")),
        ("no such column: hash", |path| change(path, "ALTER TABLE ValidPaths RENAME hash TO x")),
        ("another store", |path| {
            change(path, "UPDATE ValidPaths SET path = replace(path, 'store/', 'other/')");
        }),
        ("no such table", |path| fs::write(path, "").unwrap()),
        ("not a database", |path| fs::write(path, "not a database ".repeat(99)).unwrap()),
        ("malformed", |path| {
            let whole = fs::read(path).unwrap();
            fs::write(path, &whole[..4096]).unwrap();
        }),
        ("disk I/O error", |path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        }),
    ];
    for (reason, damage) in damages {
        let (_dir, paths) = damaged(&practice, damage);
        let mut view = View::new(&paths, &Cancel::default());
        let Source::Daemon(error) = view.source() else { panic!("{reason}: read all the same") };
        assert!(error.to_string().contains(reason), "{reason}: {error}");
        assert_eq!(closure(&mut view, &root).unwrap(), expected, "{reason}");
        assert_eq!(sorted(view.sizes().unwrap()), sizes, "{reason}");
    }
}

#[test]
fn a_database_that_fails_later_is_left_and_found_again() {
    let practice = testing::practice();
    let root = testing::targets(&practice, Scope::User).pop().unwrap();
    let expected = closure(&mut practice.connect().unwrap(), &root).unwrap();
    let (_dir, paths) = damaged(&practice, |path| change(path, "PRAGMA journal_mode = DELETE"));
    let file = paths.database.clone().unwrap();
    let mut view = View::new(&paths, &Cancel::default());
    assert!(reads_the_database(&view));

    // without a write-ahead log a writer keeps readers out
    let writer = Connection::open(&file).unwrap();
    writer.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(closure(&mut view, &root).unwrap(), expected);
    let Source::Daemon(error) = view.source() else { panic!("it read past a lock") };
    assert!(error.to_string().contains("locked"), "{error}");
    writer.execute_batch("ROLLBACK").unwrap();
    view.refresh();
    assert!(reads_the_database(&view));
    assert_eq!(closure(&mut view, &root).unwrap(), expected);

    // another file in its place is read, the old one no longer
    let copy = file.with_file_name("copy");
    fs::copy(&file, &copy).unwrap();
    change(&copy, "DELETE FROM Refs; UPDATE ValidPaths SET narSize = 1");
    fs::rename(&copy, &file).unwrap();
    view.refresh();
    assert!(reads_the_database(&view));
    assert!(view.sizes().unwrap().iter().all(|(_, size)| *size == 1));
    fs::remove_file(&file).unwrap();
    view.refresh();
    assert!(!reads_the_database(&view));
    assert_eq!(closure(&mut view, &root).unwrap(), expected);
}

#[test]
fn a_store_elsewhere_is_read_through_its_daemon() {
    let practice = testing::practice();
    let paths = NixPaths { database: None, ..practice.paths().clone() };
    let mut view = View::new(&paths, &Cancel::default());
    let Source::Daemon(error) = view.source() else { panic!("there is no database") };
    assert!(error.to_string().contains(paths.socket.to_str().unwrap()), "{error}");
    let target = testing::targets(&practice, Scope::User).remove(0);
    assert!(view.path_info(&target).unwrap().is_some());
    view.refresh();
    assert!(view.path_info(&target).unwrap().is_some());
}

#[test]
fn what_is_asked_of_the_daemon_is_called_off_and_nothing_is_left_connected() {
    let practice = testing::practice();
    let paths = NixPaths { database: None, ..practice.paths().clone() };
    let cancel = Cancel::default();
    let mut view = View::new(&paths, &cancel);
    let target = testing::targets(&practice, Scope::User).remove(0);
    view.path_info(&target).unwrap();
    cancel.cancel();
    assert!(matches!(view.sizes(), Err(Error::Cancelled)));
    cancel.rearm();
    view.sizes().unwrap();
    view.hang_up();
    assert!(view.daemon.is_none());
}
