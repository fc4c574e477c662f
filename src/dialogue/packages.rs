//! What to do about packages: which are meant, what is installed, and what would change.

use crate::domain::{
    CatalogueEntry, Command, Fault, Installed, Intent, PackageChange, PackageView, Scope, Snapshot,
    Step, Trial,
};

/// The step for a command about packages.
pub(super) fn step(command: &Command, snapshot: &Snapshot) -> Result<Step, Fault> {
    let intent = command.intent;
    let unsupported = || Fault::Unsupported { intent };
    let view = snapshot.packages.as_deref().ok_or_else(unsupported)?;
    let asked = Asked { command, snapshot, view };
    match intent {
        Intent::PackageInstall => asked.install(),
        Intent::PackageRemove => asked.remove(),
        Intent::PackageUpgrade => asked.upgrade(),
        Intent::PackageInfo | Intent::PackageVersion | Intent::PackageInstructions => {
            let name = asked.name()?;
            let (entry, installed) = (asked.known(name), asked.installed(name));
            if entry.is_none() && installed.is_none() {
                return Err(asked.unknown(name));
            }
            let (entry, installed) = (entry.cloned(), installed.cloned());
            Ok(Step::DescribePackage {
                entry: entry.map(Box::new),
                installed: installed.map(Box::new),
            })
        }
        Intent::PackageTry => Ok(Step::TryPackage(Trial::of(asked.entry(asked.name()?)?))),
        Intent::PackageWhy => {
            let name = asked.name()?;
            let name = asked.known(name).map_or(name, |entry| &entry.package.name);
            Ok(Step::ExplainPackage { name: name.to_owned() })
        }
        Intent::PackageSearch => match command.slot("query") {
            Some(query) if view.catalogue => Ok(Step::Search { query: query.to_owned() }),
            Some(_) => Err(Fault::NoCatalogue),
            None => Err(unsupported()),
        },
        Intent::PackageProvides => match command.slot("command") {
            Some(command) if view.catalogue => {
                Ok(Step::FindCommand { command: command.to_owned() })
            }
            Some(_) => Err(Fault::NoCatalogue),
            None => Err(unsupported()),
        },
        _ => Err(unsupported()),
    }
}

struct Asked<'a> {
    command: &'a Command,
    snapshot: &'a Snapshot,
    view: &'a PackageView,
}

impl<'a> Asked<'a> {
    /// The names asked for, in the order spoken, each once.
    fn names(&self) -> Vec<&'a str> {
        let slot = self.command.slot("packages").or_else(|| self.command.slot("package"));
        let mut names: Vec<&str> = Vec::new();
        for name in slot.into_iter().flat_map(|names| names.split(',')) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    fn name(&self) -> Result<&'a str, Fault> {
        let intent = self.command.intent;
        self.names().first().copied().ok_or(Fault::Unsupported { intent })
    }

    fn known(&self, name: &str) -> Option<&'a CatalogueEntry> {
        self.view.known.get(name)
    }

    fn unknown(&self, name: &str) -> Fault {
        if self.view.catalogue {
            Fault::NoSuchPackage { name: name.to_owned() }
        } else {
            Fault::NoCatalogue
        }
    }

    fn entry(&self, name: &str) -> Result<&'a CatalogueEntry, Fault> {
        self.known(name).ok_or_else(|| self.unknown(name))
    }

    /// What is installed of that name; of several versions the one that the catalogue has.
    fn installed(&self, name: &str) -> Option<&'a Installed> {
        let mut installed = self.view.installed.iter();
        match self.known(name) {
            Some(entry) => installed
                .filter(|installed| entry.is(&installed.package))
                .min_by_key(|installed| installed.package != entry.package),
            None => installed.find(|installed| installed.package.name == name),
        }
    }

    fn to_change(&self, name: &str) -> Result<&'a Installed, Fault> {
        self.installed(name).ok_or_else(|| Fault::NotInstalled { name: name.to_owned() })
    }

    /// A change of what is current now, of which every package must be on record: what is not would
    /// be lost.
    fn change(&self) -> Result<PackageChange, Fault> {
        if self.view.foreign {
            return Err(Fault::ForeignProfile);
        }
        let base = self.snapshot.profile(Scope::User).and_then(|profile| profile.current());
        Ok(PackageChange { base: base.cloned(), ..PackageChange::default() })
    }

    fn install(&self) -> Result<Step, Fault> {
        self.name()?;
        let (mut change, mut already) = (self.change()?, Vec::new());
        for name in self.names() {
            let entry = self.entry(name)?;
            match self.installed(name) {
                Some(installed) => already.push(installed.package.clone()),
                None => change.add.push(entry.clone()),
            }
        }
        Ok(if change.add.is_empty() {
            Step::TellInstalled { packages: already }
        } else {
            Step::ChangePackages(change)
        })
    }

    fn remove(&self) -> Result<Step, Fault> {
        self.name()?;
        let mut change = self.change()?;
        for name in self.names() {
            change.remove.push(self.to_change(name)?.clone());
        }
        Ok(Step::ChangePackages(change))
    }

    /// Those that were named, or all, as far as there is something newer.
    fn upgrade(&self) -> Result<Step, Fault> {
        let names = self.names();
        let candidates: Vec<&Installed> = if names.is_empty() {
            self.view.installed.iter().collect()
        } else {
            names.into_iter().map(|name| self.to_change(name)).collect::<Result<_, _>>()?
        };
        if !self.view.catalogue {
            return Err(Fault::NoCatalogue);
        }
        let mut change = self.change()?;
        let newer = candidates.into_iter().filter(|installed| installed.newer.is_some());
        change.renew = newer.cloned().collect();
        Ok(if change.renew.is_empty() { Step::TellUpToDate } else { Step::ChangePackages(change) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Package;

    fn package(full_name: &str) -> Package {
        Package::of(full_name)
    }

    fn entry(full_name: &str) -> CatalogueEntry {
        let package = package(full_name);
        CatalogueEntry {
            attribute: package.name.clone(),
            outputs: vec![("out".into(), format!("/nix/store/x-{full_name}"))],
            package,
            description: String::new(),
            commands: Vec::new(),
        }
    }

    /// hello 1 and htop 3 are installed; the catalogue has hello 2, htop 3 and bat 1.
    fn snapshot() -> Snapshot {
        let installed = |full_name: &str, newer: Option<&str>| Installed {
            package: package(full_name),
            paths: vec![format!("/nix/store/x-{full_name}")],
            newer: newer.map(entry),
        };
        let known = ["hello-2", "htop-3", "bat-1"].map(entry).map(|e| (e.attribute.clone(), e));
        let view = PackageView {
            known: known.into(),
            installed: vec![installed("hello-1", Some("hello-2")), installed("htop-3", None)],
            catalogue: true,
            foreign: false,
        };
        Snapshot { packages: Some(Box::new(view)), ..Snapshot::default() }
    }

    fn planned(intent: Intent, names: &str) -> Result<Step, Fault> {
        let slots = [("packages".to_owned(), names.to_owned())];
        let slots = if names.is_empty() { [].into() } else { slots.into() };
        step(&Command { intent, slots }, &snapshot())
    }

    fn change(intent: Intent, names: &str) -> PackageChange {
        match planned(intent, names).unwrap() {
            Step::ChangePackages(change) => change,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_what_is_not_there_is_installed() {
        assert_eq!(change(Intent::PackageInstall, "htop,bat,bat").add, [entry("bat-1")]);
        let told = planned(Intent::PackageInstall, "htop").unwrap();
        assert_eq!(told, Step::TellInstalled { packages: vec![package("htop-3")] });
        let name = "none".to_owned();
        let unknown = planned(Intent::PackageInstall, "bat,none");
        assert_eq!(unknown, Err(Fault::NoSuchPackage { name }), "all or nothing");
    }

    #[test]
    fn only_what_is_there_is_removed_or_upgraded() {
        assert_eq!(change(Intent::PackageRemove, "htop").remove[0].package, package("htop-3"));
        let absent = Fault::NotInstalled { name: "bat".into() };
        assert_eq!(planned(Intent::PackageRemove, "htop,bat"), Err(absent.clone()));
        assert_eq!(planned(Intent::PackageUpgrade, "bat"), Err(absent));
        assert_eq!(change(Intent::PackageUpgrade, "").renew[0].package, package("hello-1"));
        assert_eq!(planned(Intent::PackageUpgrade, "htop"), Ok(Step::TellUpToDate));
    }

    #[test]
    fn another_version_is_neither_there_already_nor_removed() {
        let of = |attribute: &str, full_name: &str| {
            (
                attribute.to_owned(),
                CatalogueEntry { attribute: attribute.to_owned(), ..entry(full_name) },
            )
        };
        let older =
            Installed { package: package("python3-3.13.13"), paths: Vec::new(), newer: None };
        let newer = Installed { package: package("python3-3.14.4"), ..older.clone() };
        let known = [of("python3", "python3-3.13.13"), of("python314", "python3-3.14.4")];
        let planned = |intent, name: &str, installed: &[&Installed]| {
            let view = PackageView {
                known: known.clone().into(),
                installed: installed.iter().copied().cloned().collect(),
                catalogue: true,
                foreign: false,
            };
            let snapshot = Snapshot { packages: Some(Box::new(view)), ..Snapshot::default() };
            step(&Command::bare(intent).about(name.to_owned()), &snapshot)
        };
        let installs = planned(Intent::PackageInstall, "python314", &[&older]).unwrap();
        assert!(
            matches!(installs, Step::ChangePackages(change) if change.add == [known[1].1.clone()])
        );
        let absent = Fault::NotInstalled { name: "python314".into() };
        assert_eq!(planned(Intent::PackageRemove, "python314", &[&older]), Err(absent));
        for (name, removed) in [("python3", &older), ("python314", &newer)] {
            for both in [[&older, &newer], [&newer, &older]] {
                let removes = planned(Intent::PackageRemove, name, &both).unwrap();
                let Step::ChangePackages(change) = removes else { panic!("{removes:?}") };
                assert_eq!(change.remove, std::slice::from_ref(removed));
            }
        }
    }

    #[test]
    fn a_profile_of_somebody_else_is_left_alone() {
        let mut snapshot = snapshot();
        snapshot.packages.as_mut().unwrap().foreign = true;
        for intent in [Intent::PackageInstall, Intent::PackageRemove] {
            let slots = [("package".to_owned(), "htop".to_owned())].into();
            assert_eq!(step(&Command { intent, slots }, &snapshot), Err(Fault::ForeignProfile));
        }
    }
}
