//! A binary cache of the practice store's own, in Nix's format, from which its daemon substitutes.

use super::super::nar::Node;
use super::super::{Error, address};
use std::fs;
use std::path::{Path, PathBuf};

/// A directory of archives with their records.
pub(super) struct Cache<'a> {
    directory: PathBuf,
    store: &'a Path,
}

impl<'a> Cache<'a> {
    /// The cache in `directory`, for the store at `store`.
    pub(super) fn create(directory: &Path, store: &'a Path) -> Result<Self, Error> {
        let archives = directory.join("nar");
        fs::create_dir_all(&archives).map_err(Error::file("make the practice cache", &archives))?;
        let cache = Self { directory: directory.to_owned(), store };
        cache.write("nix-cache-info", format!("StoreDir: {}\n", store.display()).as_bytes())?;
        Ok(cache)
    }

    /// Put `tree` into the cache; the store path that it has.
    pub(super) fn add(
        &self,
        name: &str,
        references: &[String],
        tree: &Node,
    ) -> Result<String, Error> {
        let nar = tree.to_nar();
        let hash = address::nar_hash(&nar);
        let path = address::store_path(self.store, name, references, hash);
        let file = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let base = file(&path);
        let key = base.split('-').next().unwrap_or_default();
        let (sum, size) = (address::base32(&hash), nar.len());
        let references: Vec<String> = references.iter().map(|path| file(path)).collect();
        let record = format!(
            "StorePath: {path}\nURL: nar/{key}.nar\nCompression: none\nFileHash: sha256:{sum}\n\
             FileSize: {size}\nNarHash: sha256:{sum}\nNarSize: {size}\nReferences: {}\n\
             CA: fixed:r:sha256:{sum}\n",
            references.join(" ")
        );
        self.write(&format!("nar/{key}.nar"), &nar)?;
        self.write(&format!("{key}.narinfo"), record.as_bytes())?;
        Ok(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.directory.join(name);
        fs::write(&path, bytes).map_err(Error::file("write", &path))
    }
}
