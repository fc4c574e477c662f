//! A channel's `programs.sqlite`: which attribute brings which command.

use crate::domain::{CatalogueEntry, Package};
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeMap;
use std::path::Path;

/// What a database begins with.
pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";

/// The attributes for `system`, with their commands and nothing else.
pub(super) fn read(path: &Path, system: &str) -> rusqlite::Result<Vec<CatalogueEntry>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags)?;
    let question = "select package, name from Programs where system = ?1 order by name";
    let mut question = database.prepare(question)?;
    let mut found = question.query([system])?;
    let mut commands: BTreeMap<String, Vec<String>> = BTreeMap::new();
    while let Some(row) = found.next()? {
        commands.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    let entry = |(attribute, commands): (String, Vec<String>)| {
        let name = attribute.rsplit('.').next().unwrap_or_default().to_owned();
        let package = Package { name, version: String::new() };
        let (description, outputs) = (String::new(), Vec::new());
        CatalogueEntry { attribute, package, description, outputs, commands }
    };
    Ok(commands.into_iter().map(entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_by_attribute_and_system() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("programs.sqlite");
        let database = Connection::open(&path).unwrap();
        database
            .execute_batch(
                "create table Programs (name text not null, system text not null,
                     package text not null, primary key (name, system, package));
                 insert into Programs values ('nslookup', 'x86_64-linux', 'dnsutils');
                 insert into Programs values ('dig', 'x86_64-linux', 'dnsutils');
                 insert into Programs values ('dig', 'aarch64-linux', 'bind');
                 insert into Programs values ('kate', 'x86_64-linux', 'kdePackages.kate');",
            )
            .unwrap();
        drop(database);
        let entries = read(&path, "x86_64-linux").unwrap();
        let told: Vec<(&str, &[String])> =
            entries.iter().map(|entry| (&*entry.attribute, &*entry.commands)).collect();
        let (dns, kate) = (["dig", "nslookup"].map(String::from), ["kate".to_owned()]);
        assert_eq!(told, [("dnsutils", &dns[..]), ("kdePackages.kate", &kate[..])]);
        assert_eq!(entries[1].package.name, "kate");
        std::fs::write(&path, b"SQLite format 3\0 and then nothing of the kind").unwrap();
        assert!(read(&path, "x86_64-linux").is_err());
    }
}
