//! Callers that want more than the four acts.

use super::NO_BUS;
use super::office::{Caller, Office, generation};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// A move of the profile from generation 2.
fn moved(office: &Office, to: &Value) -> Value {
    let from = generation(2, &office.home.system(2));
    json!({ "do": "set-profile", "change": { "scope": "system", "from": from, "to": to } })
}

#[test]
fn what_is_no_request_changes_nothing_and_the_next_caller_is_served() {
    let Some(office) = Office::open(&[], NO_BUS) else { return };
    let before = office.stands();
    let served = |office: &Office| {
        let mut caller = office.caller();
        caller.refused(&moved(office, &generation(9, &office.home.system(1))));
    };
    served(&office);
    // greetings that are none
    for line in ["", "{}", "[1", r#"{"do":"hello","protocol":2}"#, r#"{"do":"activate"}"#, "\u{0}"]
    {
        let mut caller = office.stranger();
        caller.hear().unwrap();
        caller.say(line);
        assert_eq!(caller.hear().unwrap()["kind"], "refused", "{line}");
        assert_eq!(caller.hear(), None, "{line}: it hangs up");
    }
    let hears = |caller: &mut Caller, words: &str| {
        let answer = caller.hear().unwrap();
        assert!(answer["error"].as_str().unwrap().contains(words), "{answer}");
    };
    let mut half = office.caller();
    half.send(br#"{"do":"activate","toplevel":"/nix/st"#);
    half.shut();
    hears(&mut half, "cut short");
    let mut huge = office.caller();
    huge.send(&vec![b'x'; 2 * 1024 * 1024]);
    huge.shut();
    if let Some(answer) = huge.hear() {
        assert!(answer["error"].as_str().unwrap().contains("bytes at most"), "{answer}");
    }
    // requests that are none
    for line in [
        r#"{"do":"run","command":"id"}"#,
        r#"{"do":"activate","toplevel":"/x","action":"rm -rf"}"#,
        r#"{"do":"activate","toplevel":"/x","action":"switch","program":"/bin/sh"}"#,
        "null",
    ] {
        let mut caller = office.caller();
        caller.say(line);
        assert_eq!(caller.hear().unwrap()["kind"], "refused", "{line}");
        assert_eq!(caller.hear(), None, "{line}: it hangs up");
    }
    // silent ones take no place for ever, and others are told
    let silent: Vec<Caller> = (0..40).map(|_| office.stranger()).collect();
    let mut late = office.stranger();
    hears(&mut late, "too many clients");
    drop((silent, late));
    std::thread::sleep(std::time::Duration::from_millis(300));
    served(&office);
    assert_eq!(office.stands(), before);
}

#[test]
fn only_systems_of_the_store_become_current_or_active() {
    let Some(office) = Office::open(&[], NO_BUS) else { return };
    let before = office.stands();
    let store = office.home.path("practice/store").canonicalize().unwrap();
    let good = office.home.system(1);
    let package = fs::read_link(office.home.profile()).unwrap();
    let package = fs::read_link(office.home.profile().with_file_name(package)).unwrap();
    let base = good.file_name().unwrap().to_str().unwrap();
    let gone = store.join(format!("{}-gone", "0".repeat(32)));
    // a tree that looks like a system, and is none of the store's
    let fake = office.home.path("fake");
    fs::create_dir_all(fake.join("bin")).unwrap();
    fs::write(fake.join("nixos-version"), "1").unwrap();
    fs::copy("/bin/true", fake.join("bin/switch-to-configuration")).unwrap();
    // one of the store's whose program lies elsewhere
    let linked = office.home.path("linked");
    fs::create_dir_all(linked.join("bin")).unwrap();
    fs::write(linked.join("nixos-version"), "1").unwrap();
    let program = linked.join("bin/switch-to-configuration");
    std::os::unix::fs::symlink(fake.join("bin/switch-to-configuration"), program).unwrap();
    let linked = office.home.nix("nix-store", &["--add", linked.to_str().unwrap()]);

    let mut caller = office.caller();
    for target in [
        PathBuf::from("/"),
        fake,
        package,
        gone,
        PathBuf::from(linked.trim()),
        store.clone(),
        good.join("bin"),
        store.join("../store").join(base),
        store.join("..").join("fake"),
    ] {
        let activate = json!({ "do": "activate", "toplevel": target, "action": "switch" });
        caller.refused(&activate);
        let new = moved(&office, &generation(3, &target));
        // a path that is none makes the daemon hang up, which is no more than a refusal either
        caller.refused(&new);
    }
    assert_eq!(office.stands(), before);
}

#[test]
fn only_the_systems_generations_move_and_go() {
    let Some(office) = Office::open(&[], NO_BUS) else { return };
    let before = office.stands();
    let (one, two) = (office.home.system(1), office.home.system(2));
    let mut caller = office.caller();
    let current = generation(2, &two);
    let refusals = [
        // of somebody else's profile
        json!({ "do": "set-profile", "change": { "scope": "user", "from": null, "to": current } }),
        json!({ "do": "delete-generations", "deletion":
            { "scope": "user", "current": current, "generations": [] } }),
        // to nothing, from what is not current, to what is not there, or is another's number
        moved(&office, &Value::Null),
        json!({ "do": "set-profile", "change":
            { "scope": "system", "from": generation(1, &one), "to": current } }),
        moved(&office, &generation(7, &one)),
        moved(&office, &generation(1, &two)),
        // the current one, or one that is not what it was
        json!({ "do": "delete-generations", "deletion":
            { "scope": "system", "current": current, "generations": [current] } }),
        json!({ "do": "delete-generations", "deletion":
            { "scope": "system", "current": current, "generations": [generation(1, &two)] } }),
    ];
    for request in refusals {
        caller.refused(&request);
    }
    assert_eq!(office.stands(), before);
    assert!(office.home.path("practice/var/nix/profiles/system-1-link").is_symlink());
}

#[test]
fn no_file_but_the_configurations_is_replaced_and_only_by_nix() {
    let Some(office) = Office::open(&[], NO_BUS) else { return };
    let nixos = office.home.path("practice/nixos").canonicalize().unwrap();
    let outside = office.home.path("outside.nix");
    fs::write(&outside, "{ }\n").unwrap();
    std::os::unix::fs::symlink(&outside, nixos.join("link.nix")).unwrap();
    fs::write(nixos.join("plain.nix"), "{ }\n").unwrap();
    let digest = |text: &str| {
        use sha2::{Digest, Sha256};
        Sha256::digest(text).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    };
    let replace = |path: PathBuf, after: &str| {
        json!({ "do": "replace-file", "change": {
            "path": path, "at": 0, "removed": "{ }\n", "inserted": after,
            "before": digest("{ }\n"), "after": digest(after),
        } })
    };
    let mut caller = office.caller();
    for path in [
        outside.clone(),
        nixos.join("link.nix"),
        nixos.join("../../outside.nix"),
        nixos.join("missing.nix"),
        PathBuf::from("configuration.nix"),
        PathBuf::from("/etc/passwd"),
    ] {
        caller.refused(&replace(path, "{ a = 1; }\n"));
    }
    let broken = caller.refused(&replace(nixos.join("plain.nix"), "{ a = ; }\n"));
    assert!(broken.contains("plain.nix"), "{broken}");
    assert_eq!(fs::read_to_string(&outside).unwrap(), "{ }\n");
    assert_eq!(fs::read_to_string(nixos.join("plain.nix")).unwrap(), "{ }\n");
    caller.say(&replace(nixos.join("plain.nix"), "{ a = 1; }\n").to_string());
    assert_eq!(caller.hear().unwrap()["kind"], "done");
    assert_eq!(fs::read_to_string(nixos.join("plain.nix")).unwrap(), "{ a = 1; }\n");
}
