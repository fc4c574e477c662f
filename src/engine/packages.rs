//! Packages: what is meant and installed, and changing it.

use super::executor::told;
use super::world::World;
use crate::catalogue::Catalogue;
use crate::domain::{
    CatalogueEntry, Change, Command, Fault, Generation, Hearing, Installed, Outcome, Package,
    PackageChange, PackageView, Plan, ProfileChange, ProfileState, Scope, Task, Trial,
    VersionChange,
};
use crate::nix::profile::environment;
use crate::nix::profile::manifest::{Element, Manifest};
use crate::nix::{self, closure, name, version, why};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::Path;

/// How many packages a search tells of.
const FOUND: usize = 20;
/// The slots that hold packages.
const SLOTS: [&str; 2] = ["package", "packages"];

impl World {
    /// Put attributes in the place of the names that were spoken, as far as they are known.
    pub fn resolve(&mut self, hearing: &mut Hearing) {
        let slots = hearing.commands_mut().map(|command| &mut command.slots);
        let spoken = slots.flat_map(|slots| slots.iter_mut());
        for (_, spoken) in spoken.filter(|(slot, _)| SLOTS.contains(&slot.as_str())) {
            let Some(catalogue) = self.catalogue() else { return };
            let attribute = |name: &str| match catalogue.by_attribute(name) {
                Some(exact) => exact.attribute,
                None => catalogue.resolve(name).map_or_else(|| name.to_owned(), |e| e.attribute),
            };
            *spoken = spoken.split(',').map(attribute).collect::<Vec<_>>().join(",");
        }
    }

    /// The packages in the user's profile; `None` where they cannot be told.
    pub(super) fn installed(&mut self) -> Option<Vec<Package>> {
        let elements = self.elements().ok()?.unwrap_or_default().into_iter();
        Some(elements.map(|element| element.package).collect())
    }

    /// Whether the catalogue, where there is one, has every package that `command` names, or where it needs
    /// what is `installed`, that has them.
    pub(super) fn has(&mut self, command: &Command, installed: Option<&[Package]>) -> bool {
        let catalogue = self.catalogue();
        let known = |name: &str| catalogue.and_then(|catalogue| catalogue.by_attribute(name));
        let has = |name: &str| match installed.filter(|_| command.needs_installed()) {
            Some(installed) => match known(name) {
                Some(entry) => installed.iter().any(|package| entry.is(package)),
                None => installed.iter().any(|package| package.name == name),
            },
            None => catalogue.is_none() || known(name).is_some(),
        };
        let slots = SLOTS.iter().filter_map(|slot| command.slot(slot));
        slots.flat_map(|names| names.split(',')).all(has)
    }

    /// What is in the user's profile; `None` where somebody else made it.
    fn elements(&mut self) -> Result<Option<Vec<Element>>, nix::Error> {
        let state = self.profile(Scope::User)?.state_if_any()?;
        let Some(current) = state.as_ref().and_then(ProfileState::current) else {
            return Ok(Some(Vec::new()));
        };
        Ok(match Manifest::read(&current.target)? {
            Some(manifest) => Some(manifest.active()),
            None => is_empty(&current.target).then(Vec::new),
        })
    }

    /// What a command about packages has to know.
    pub(super) fn package_view(&mut self, command: &Command) -> Result<PackageView, nix::Error> {
        let elements = self.elements()?;
        let mut view = PackageView { foreign: elements.is_none(), ..PackageView::default() };
        let elements = elements.unwrap_or_default();
        let catalogue = self.catalogue();
        view.catalogue = catalogue.is_some();
        if let Some(catalogue) = catalogue {
            let slots = SLOTS.iter().filter_map(|slot| command.slot(slot));
            for name in slots.flat_map(|names| names.split(',')) {
                view.known.extend(catalogue.by_attribute(name).map(|it| (name.to_owned(), it)));
            }
        }
        let installed = |element| installed(catalogue, &view.known, element);
        view.installed = elements.into_iter().map(installed).collect();
        Ok(view)
    }

    /// Fetch, make the new generation, and make it current; all or nothing.
    pub(super) fn change_packages(
        &mut self,
        plan: &Plan,
        wanted: &PackageChange,
    ) -> Result<Outcome, Fault> {
        let renewed = wanted.renew.iter().filter_map(|installed| installed.newer.as_ref());
        let entries: Vec<&CatalogueEntry> = wanted.add.iter().chain(renewed).collect();
        let paths = |entry: &&CatalogueEntry| (entry.package.clone(), entry.paths_to_install());
        let uncached = self.fetch(&entries.iter().map(paths).collect::<Vec<_>>()).map_err(told)?;
        if !uncached.is_empty() {
            return Ok(Outcome::NotCached { packages: uncached });
        }
        let target = self.contents(wanted).map_err(told)?;
        let next = self.profile(Scope::User).and_then(|profile| profile.next(&target));
        let next = next.map_err(told)?;
        let (from, to) = (wanted.base.clone(), Some(next.clone()));
        let change = Change::Profile(ProfileChange { scope: Scope::User, from, to });
        self.recorded(plan, Scope::User, Some(&change), |world, profile| {
            let made = profile.commit_as(wanted.base.as_ref(), &next, world.daemon()?)?;
            Ok(changed(wanted, made))
        })
    }

    /// The store path of the profile as `wanted` has it.
    fn contents(&mut self, wanted: &PackageChange) -> Result<String, nix::Error> {
        let manifest = match &wanted.base {
            Some(base) => Manifest::read(&base.target)?,
            None => None,
        };
        let mut manifest = manifest.unwrap_or_else(|| Manifest::of(&[]));
        for installed in &wanted.remove {
            manifest.remove(&installed.paths);
        }
        for installed in &wanted.renew {
            if let Some(newer) = &installed.newer {
                manifest.replace(&installed.paths, newer);
            }
        }
        for entry in &wanted.add {
            manifest.add(entry);
        }
        environment::build(self.daemon()?, &manifest)
    }

    /// Fetch packages that are not in the store yet, and keep them while the connection lasts. Those
    /// that cannot be had; then nothing was fetched, or not all of it.
    fn fetch(&mut self, wanted: &[(Package, Vec<String>)]) -> Result<Vec<Package>, nix::Error> {
        let unavailable = |missing: &dyn Fn(&String) -> bool| -> Vec<Package> {
            let lacks = |paths: &[String]| paths.is_empty() || paths.iter().any(missing);
            wanted.iter().filter(|(_, paths)| lacks(paths)).map(|(it, _)| it.clone()).collect()
        };
        let paths: Vec<String> = wanted.iter().flat_map(|(_, paths)| paths).cloned().collect();
        let daemon = self.working_daemon(Task::Fetch, 0)?;
        for path in &paths {
            daemon.add_temp_root(path)?;
        }
        let missing = daemon.missing(&paths)?;
        let unknown = unavailable(&|path| missing.unknown.contains(path));
        if !unknown.is_empty() || missing.fetched.is_empty() {
            return Ok(unknown);
        }
        tracing::info!(paths = missing.fetched.len(), bytes = missing.download, "fetching");
        let failed = daemon.fetch(&paths)?;
        for (path, reason) in &failed {
            tracing::error!(path, reason, "cannot be fetched");
        }
        Ok(unavailable(&|path| failed.iter().any(|(failed, _)| failed == path)))
    }

    /// Fetch a package without installing it, and keep it until the session ends; or let go of it.
    pub(super) fn try_package(&mut self, plan: &Plan, trial: &Trial) -> Result<Outcome, Fault> {
        let package = trial.package.clone();
        if trial.kept {
            let packages = self.fetch(&[(package.clone(), trial.paths.clone())]).map_err(told)?;
            if !packages.is_empty() {
                return Ok(Outcome::NotCached { packages });
            }
        }
        let change = Change::Trial(trial.clone());
        self.recorded(plan, Scope::User, Some(&change), |world, _| {
            let tried = world.tried().clone();
            if !trial.kept {
                tried.let_go(&trial.paths)?;
                return Ok(Outcome::LetGo { package });
            }
            for path in &trial.paths {
                tried.hold(world.daemon()?, path)?;
            }
            let programs = |path: &String| std::fs::read_dir(Path::new(path).join("bin")).ok();
            let found = trial.paths.iter().filter_map(programs).flatten().flatten().next();
            Ok(Outcome::Tried { package, program: found.map(|program| program.path()) })
        })
    }

    pub(super) fn search(&mut self, query: &str) -> Result<Outcome, Fault> {
        let found = self.catalogue().ok_or(Fault::NoCatalogue)?.search(query, FOUND);
        Ok(Outcome::Found { query: query.to_owned(), entries: found.entries, total: found.total })
    }

    pub(super) fn find_command(&mut self, command: &str) -> Result<Outcome, Fault> {
        let entries = self.catalogue().ok_or(Fault::NoCatalogue)?.providers(command);
        Ok(Outcome::Provided { command: command.to_owned(), entries })
    }

    /// What is known of a package; its size is that of its closure, where it is in the store.
    pub(super) fn describe(
        &mut self,
        entry: Option<&CatalogueEntry>,
        installed: Option<&Installed>,
    ) -> Result<Outcome, nix::Error> {
        let paths = installed.map(|installed| installed.paths.clone());
        let paths = paths.or_else(|| entry.map(CatalogueEntry::paths_to_install));
        let mut size = None;
        if let Some(path) = paths.unwrap_or_default().first() {
            size = closure::closure(self.store(), path)?.as_ref().map(closure::size);
        }
        let package = installed.map(|installed| installed.package.clone());
        let package = package.or_else(|| entry.map(|entry| entry.package.clone()));
        Ok(Outcome::Package {
            package: package.unwrap_or_default(),
            entry: entry.cloned(),
            installed: installed.is_some(),
            size,
        })
    }

    /// A shortest chain of references that leads to the package, from the user's profile or else
    /// from the system's.
    pub(super) fn explain(&mut self, package: &str) -> Result<Outcome, nix::Error> {
        for scope in [Scope::User, Scope::System] {
            let state = self.profile(scope)?.state_if_any()?;
            let Some(current) = state.as_ref().and_then(ProfileState::current) else { continue };
            let root = current.target.to_string_lossy();
            let wanted = |path: &str| *path != *root && name::package(path).name == package;
            if let Some(chain) = why::chain(self.store(), &root, wanted)? {
                let chain = chain[1..].iter().map(|path| name::package(path)).collect();
                let scope = Some(scope);
                return Ok(Outcome::Why { name: package.to_owned(), scope, chain });
            }
        }
        Ok(Outcome::Why { name: package.to_owned(), scope: None, chain: Vec::new() })
    }
}

/// What is told of `wanted` once it is the generation `made`.
fn changed(wanted: &PackageChange, made: Generation) -> Outcome {
    let upgraded = wanted.renew.iter().filter_map(|installed| {
        Some(VersionChange {
            name: installed.package.name.clone(),
            before: vec![installed.package.version.clone()],
            after: vec![installed.newer.as_ref()?.package.version.clone()],
        })
    });
    Outcome::PackagesChanged {
        generation: made,
        added: wanted.add.iter().map(|entry| entry.package.clone()).collect(),
        removed: wanted.remove.iter().map(|installed| installed.package.clone()).collect(),
        upgraded: upgraded.collect(),
    }
}

/// An element of a profile, with what the catalogue has that is newer, where it may renew it: what was
/// `asked` for, or else what keeps to its versions, or else what is plainly called so.
fn installed(
    catalogue: Option<&Catalogue>,
    asked: &BTreeMap<String, CatalogueEntry>,
    element: Element,
) -> Installed {
    let Element { package, paths, keeps_version, .. } = element;
    let newest = catalogue.filter(|_| !keeps_version).and_then(|catalogue| {
        let mut named = catalogue.named(&package.name);
        named.sort_by_key(|entry| entry.line().is_none());
        asked.values().chain(&named).find(|entry| entry.is(&package)).cloned()
    });
    let is_newer = |entry: &CatalogueEntry| {
        version::compare(&entry.package.version, &package.version) == Ordering::Greater
    };
    Installed { newer: newest.filter(is_newer), paths, package }
}

/// Whether a directory is there and holds nothing.
fn is_empty(directory: &Path) -> bool {
    std::fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{read_source, write};
    use std::fs;
    use std::path::PathBuf;

    const LIST: &str = "\
postgresql\tpostgresql-17.2\tout\t/nix/store/a-postgresql-17.2
postgresql_15\tpostgresql-15.8\tout\t/nix/store/b-postgresql-15.8
";

    /// Make the catalogue of [`LIST`] in `dir`.
    fn build(dir: &Path) -> PathBuf {
        let (list, file) = (dir.join("list.tsv"), dir.join("catalogue"));
        fs::write(&list, LIST).unwrap();
        write(&file, read_source(&list).unwrap()).unwrap();
        file
    }

    #[test]
    fn a_catalogue_that_is_built_anew_is_used_from_then_on() {
        let dir = tempfile::tempdir().unwrap();
        let mut world = World::practice(Some(dir.path().to_owned())).unwrap();
        let mut known = || world.catalogue().map(Catalogue::len);
        assert_eq!(known(), Some(16));
        let file = build(dir.path());
        assert_eq!(known(), Some(2));
        fs::remove_file(&file).unwrap();
        assert_eq!(known(), Some(2));
        fs::write(&file, "no catalogue").unwrap();
        assert_eq!(known(), Some(2));
    }

    #[test]
    fn what_keeps_to_a_version_is_not_upgraded_beyond_it_unless_that_is_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(&build(dir.path())).unwrap();
        for (asked, version, newer) in [
            (None, "15.4", Some("15.8")),
            (None, "15.8", None),
            (None, "16.1", Some("17.2")),
            (None, "17.2", None),
            (Some("postgresql_15"), "15.4", Some("15.8")),
            (Some("postgresql_15"), "16.1", Some("17.2")),
            (Some("postgresql"), "15.4", Some("17.2")),
        ] {
            let asked = asked.and_then(|name| catalogue.by_attribute(name));
            let asked = asked.map(|entry| (entry.attribute.clone(), entry)).into_iter().collect();
            let element = Element {
                package: Package { name: "postgresql".into(), version: version.into() },
                paths: Vec::new(),
                active: true,
                priority: 5,
                keeps_version: false,
            };
            let found = installed(Some(&catalogue), &asked, element).newer;
            let found = found.map(|entry| entry.package.version);
            assert_eq!(found.as_deref(), newer, "{version}, asked for {asked:?}");
        }
    }
}
