//! Updating the system of a flake, whose lock is compared with what Nix itself makes of it.

use crate::daemon::Daemon;
use crate::evaluator::kinds;
use crate::harness::{Run, copy};
use crate::machine::{Ending, FOREVER, Machine, broken_off};
use nixvox::domain::EvaluatorKind;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use unix::unistd::Uid;

/// A machine whose configuration is a flake, locked by Nix: of nixpkgs, and of a flake that has inputs
/// of its own.
pub(crate) struct Flake {
    machine: Machine,
    folder: PathBuf,
}

impl Flake {
    fn new(kind: EvaluatorKind) -> Self {
        let machine = Machine::new(kind);
        let home = machine.home.path("").canonicalize().unwrap();
        copy(&home.join("practice/nixpkgs"), &home.join("inputs/nixpkgs"));
        let flake = Self { folder: home.join("inputs/nixos"), machine };
        flake.write("base/name", "first");
        flake.write("base/flake.nix", "{ outputs = _: { }; }");
        flake.write("tools/flake.nix", &flake.tools(&["base"]));
        flake.nix(&["flake", "lock"], "tools");
        flake.write(
            "nixos/flake.nix",
            &format!(
                r#"{{
  inputs.nixpkgs = {{ url = "path:{0}/inputs/nixpkgs"; flake = false; }};
  inputs.tools.url = "path:{0}/inputs/tools";
  outputs = {{ nixpkgs, tools, ... }}: {{
    nixosConfigurations.desk = import "${{nixpkgs}}/nixos" {{
      configuration = {{ imports = [ ./desk.nix ]; networking.hostName = tools.name; }};
    }};
  }};
}}"#,
                home.display()
            ),
        );
        flake.write("nixos/desk.nix", "{ time.timeZone = \"Europe/Athens\"; }\n");
        flake.nix(&["flake", "lock"], "nixos");
        flake.say("rebuild the system").run().succeeds();
        assert_eq!(flake.host(), "first");
        flake
    }

    /// One that is evaluated as well as this build can.
    pub(crate) fn any() -> Self {
        Self::new(*kinds().last().unwrap())
    }

    /// A flake of those inputs.
    fn tools(&self, inputs: &[&str]) -> String {
        let home = self.machine.home.path("").canonicalize().unwrap();
        let url = |name: &&str| {
            format!("inputs.{name}.url = \"path:{}/inputs/{name}\"; ", home.display())
        };
        let urls: String = inputs.iter().map(url).collect();
        format!(
            "{{ {urls}outputs = {{ base, ... }}: {{ name = builtins.readFile \"${{base}}/name\"; }}; }}"
        )
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.parent().unwrap().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Nix's own command, on one of the flakes.
    fn nix(&self, arguments: &[&str], name: &str) {
        let flake = format!("path:{}", self.folder.with_file_name(name).display());
        self.machine.home.nix("nix", &[arguments, &[&flake]].concat());
    }

    pub(crate) fn lock(&self) -> String {
        fs::read_to_string(self.folder.join("flake.lock")).unwrap()
    }

    /// The program, on this configuration.
    pub(crate) fn practice(&self) -> Run {
        self.machine.home.practice().arg("--configuration").arg(&self.folder)
    }

    fn say(&self, words: &str) -> Run {
        self.practice().arg("do").arg(words)
    }

    /// What it answered; it must have been done.
    fn said(&self, words: &str) -> String {
        self.say(words).done()["reply"]["say"].as_str().unwrap().to_owned()
    }

    /// What the system that runs is called.
    pub(crate) fn host(&self) -> String {
        let settings = fs::read_to_string(self.machine.running().join("settings.json")).unwrap();
        let settings: serde_json::Value = serde_json::from_str(&settings).unwrap();
        settings["hostName"].as_str().unwrap().to_owned()
    }

    /// What it is built from gets newer: nixpkgs, and what the other flake is made of.
    pub(crate) fn publish(&self) {
        self.write("nixpkgs/NEWS", "There is some.\n");
        self.write("base/name", "second");
        self.nix(&["flake", "update"], "tools");
    }
}

#[test]
fn a_flake_is_updated_as_nix_does_it_rebuilt_and_all_of_it_undone() {
    for kind in kinds() {
        let flake = Flake::new(kind);
        let (before, former) = (flake.lock(), flake.machine.generation());
        let said = flake.said("update the system");
        assert!(said.starts_with("There is nothing newer to build from. "), "{said}");
        assert_eq!((flake.lock(), flake.machine.generation()), (before.clone(), former.clone()));

        flake.publish();
        let said = flake.said("update the system");
        assert!(said.starts_with("I updated nixpkgs and tools. The system is rebuilt"), "{said}");
        assert_eq!(flake.host(), "second");
        let ours = flake.lock();
        fs::write(flake.folder.join("flake.lock"), &before).unwrap();
        flake.nix(&["flake", "update"], "nixos");
        assert_eq!(ours, flake.lock());

        // both go back together, and come again together
        let said = flake.said("undo");
        assert!(said.contains("nixpkgs and tools are as before"), "{said}");
        assert_eq!((flake.lock(), flake.host()), (before.clone(), "first".to_owned()));
        assert_eq!(flake.machine.generation(), former);
        flake.said("undo");
        assert_eq!((flake.lock(), flake.host()), (ours, "second".to_owned()));
    }
}

#[test]
fn what_cannot_be_updated_is_left_and_what_cannot_be_built_is_taken_back() {
    let flake = Flake::any();
    let before = flake.lock();

    // nixpkgs is broken
    flake.publish();
    let nixos =
        fs::read_to_string(flake.folder.with_file_name("nixpkgs/nixos/default.nix")).unwrap();
    flake.write("nixpkgs/nixos/default.nix", "{ configuration }: throw \"no NixOS today\"");
    flake.say("update the system").run().fails_with(&["no NixOS today", "Nothing was changed"]);
    assert_eq!((flake.lock(), flake.host()), (before.clone(), "first".to_owned()));
    let log = flake.machine.home.practice().args("log -n 1").run().succeeds().stdout();
    assert!(log.contains("nixpkgs, tools") && log.contains("not done: evaluation"), "{log}");
    assert!(flake.say("undo").json()["reply"]["say"].as_str().unwrap().contains("Generation 2"));
    flake.said("undo");
    flake.write("nixpkgs/nixos/default.nix", &nixos);

    // an input has another input of its own
    flake.write("more/flake.nix", "{ outputs = _: { }; }");
    flake.write("tools/flake.nix", &flake.tools(&["base", "more"]));
    flake.nix(&["flake", "lock"], "tools");
    let said = flake.said("update the system");
    assert!(said.starts_with("I updated nixpkgs, last changed today at"), "{said}");
    assert!(said.contains("I left tools as it was"), "{said}");
    assert_eq!(flake.host(), "first");

    // one is gone
    let after = flake.lock();
    fs::rename(flake.folder.with_file_name("tools"), flake.folder.with_file_name("gone")).unwrap();
    flake
        .say("update the system")
        .run()
        .fails_with(&["could not be fetched", "Nothing was changed"]);
    assert_eq!(flake.lock(), after);
}

/// A machine that is built of a channel, which `nix-channel` subscribed to.
struct Channel {
    machine: Machine,
    daemon: Daemon,
}

impl Channel {
    fn new(kind: EvaluatorKind) -> Self {
        let machine = Machine::new(kind);
        let daemon = Daemon::start(&machine.home);
        let channel = Self { machine, daemon };
        let home = channel.machine.home.path("").canonicalize().unwrap();
        copy(&home.join("practice/nixpkgs"), &home.join("channel/nixpkgs"));
        fs::create_dir_all(home.join("nix-home")).unwrap();
        channel.publish("26.05.3");
        let url = format!("file://{}/channel", home.display());
        channel.machine.home.nix("nix-channel", &["--add", &url, "nixpkgs"]);
        channel.machine.home.nix("nix-channel", &["--update"]);
        channel
    }

    /// The channel brings this version of NixOS.
    fn publish(&self, version: &str) {
        let folder = self.machine.home.path("channel").canonicalize().unwrap();
        let file = folder.join("nixpkgs/nixos/default.nix");
        let text = fs::read_to_string(&file).unwrap();
        let text = text.replace("printf %s 26.05.3", &format!("printf %s {version}"));
        fs::write(&file, text).unwrap();
        let archive = folder.join("nixexprs.tar.xz");
        let mut tar = Command::new("tar");
        tar.arg("-cJf").arg(archive).arg("-C").arg(&folder).arg("nixpkgs");
        assert!(tar.status().unwrap().success(), "tar is missing, or xz");
    }

    fn profile(&self) -> PathBuf {
        let state = self.machine.home.path("practice").canonicalize().unwrap().join("var/nix");
        state.join("profiles/per-user/root/channels")
    }

    fn generation(&self) -> String {
        fs::read_link(self.profile()).unwrap().to_str().unwrap().to_owned()
    }

    /// The version of the system's newest generation.
    fn version(&self) -> String {
        let system = self.profile().ancestors().nth(3).unwrap().join("system");
        fs::read_to_string(system.join("nixos-version")).unwrap()
    }

    fn say(&self, words: &str) -> Run {
        let home = &self.machine.home;
        self.daemon
            .client(home.nixvox())
            .args("do")
            .arg(words)
            .arg("--configuration")
            .arg(home.path("practice/nixos/configuration.nix").canonicalize().unwrap())
            .env("NIX_PATH", format!("nixpkgs={}/nixpkgs", self.profile().display()))
            .env("HOME", home.path("nix-home"))
    }

    fn said(&self, words: &str) -> String {
        self.say(words).done()["reply"]["say"].as_str().unwrap().to_owned()
    }
}

#[test]
fn channels_are_updated_as_nix_channel_reads_them_and_the_system_with_them() {
    if !Uid::effective().is_root() {
        eprintln!("LEFT OUT: updating root's channels, as the tests are not root's");
        return;
    }
    for kind in kinds() {
        let channel = Channel::new(kind);
        channel.said("rebuild the system");
        assert_eq!(
            (channel.version(), channel.generation()),
            ("26.05.3".into(), "channels-1-link".into())
        );
        channel.publish("26.05.4");
        let said = channel.said("update the system");
        assert!(said.starts_with("I updated nixpkgs. The system is rebuilt"), "{said}");
        assert_eq!(
            (channel.version(), channel.generation()),
            ("26.05.4".into(), "channels-2-link".into())
        );
        // nothing is newer, and here no system runs that a rebuild could be compared with
        channel.say("update the system").run();
        assert_eq!(channel.generation(), "channels-2-link");

        // to Nix it is a generation like any other
        let home = &channel.machine.home;
        let state =
            fs::read_to_string(channel.profile().join("nixpkgs/nixos/default.nix")).unwrap();
        assert!(state.contains("26.05.4"));
        let listed = home.nix("nix-env", &["-p", channel.profile().to_str().unwrap(), "-q"]);
        assert_eq!(listed.trim(), "nixpkgs");

        channel.said("undo");
        assert_eq!(
            (channel.version(), channel.generation()),
            ("26.05.3".into(), "channels-1-link".into())
        );
        channel.said("undo");
        assert_eq!(
            (channel.version(), channel.generation()),
            ("26.05.4".into(), "channels-2-link".into())
        );
        home.nix("nix-channel", &["--update"]);
        assert_eq!(channel.generation(), "channels-3-link");

        // what cannot be built is left again
        fs::write(
            home.path("channel/nixpkgs/nixos/default.nix"),
            "{ configuration }: throw \"none\"",
        )
        .unwrap();
        channel.publish("26.05.5");
        channel.say("update the system").run().fails_with(&["none", "Nothing was changed"]);
        assert_eq!(
            (channel.version(), channel.generation()),
            ("26.05.4".into(), "channels-3-link".into())
        );

        // nor does it stay where it is called off once they are updated
        let endless = format!("{{ configuration }}: {FOREVER}");
        fs::write(home.path("channel/nixpkgs/nixos/default.nix"), endless).unwrap();
        channel.publish("26.05.6");
        let said = broken_off(channel.say("update the system"), Ending::CalledOff);
        assert!(said.contains(Ending::CalledOff.told()), "{said}");
        assert_eq!(channel.generation(), "channels-3-link");
    }
}

#[test]
fn an_update_whose_evaluator_is_killed_or_called_off_leaves_all_as_it_was() {
    for kind in kinds() {
        let flake = Flake::new(kind);
        let before = (flake.lock(), flake.machine.generation(), flake.host());
        flake.publish();
        let nixos = "nixpkgs/nixos/default.nix";
        let former = fs::read_to_string(flake.folder.with_file_name(nixos)).unwrap();
        // while it looks for what is newer, and once that is locked
        let slow = [
            ("tools/flake.nix", format!("{{ outputs = {{ base }}: {{ }}; inputs = {FOREVER}; }}")),
            (nixos, format!("{{ configuration }}: {FOREVER}")),
        ];
        let tools = flake.tools(&["base"]);
        for (name, text) in slow {
            flake.write("tools/flake.nix", &tools);
            flake.write(nixos, &former);
            flake.write(name, &text);
            for ending in [Ending::Killed, Ending::CalledOff] {
                let said = broken_off(flake.say("update the system"), ending);
                assert!(said.contains(ending.told()), "{kind:?}, {name}: {said}");
                let after = (flake.lock(), flake.machine.generation(), flake.host());
                assert_eq!(after, before, "{kind:?}, {name}, {ending:?}");
            }
        }
    }
}

#[test]
fn a_broken_lock_is_told_and_one_that_is_none_is_no_flake() {
    let flake = Flake::any();
    flake.write("nixos/flake.lock", "{ \"nodes\": {");
    flake.say("update the system").run().fails_with(&["lock file", "Nothing was changed"]);
    assert_eq!(flake.lock(), "{ \"nodes\": {");
    flake
        .machine
        .say("update the system")
        .run()
        .fails_with(&["nothing to update", "Nothing was changed"]);
}
