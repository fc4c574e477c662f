//! Every message that a daemon sends: what is encoded comes back, nothing less than all of it will
//! do, and no change to it does harm.

use super::codec::{Decode, Encoder};
use super::handshake::{Greeting, greet};
use super::reply::{self, Missing, Root};
use super::stderr::{Event, Field, Refusal, drain};
use crate::domain::PathInfo;
use crate::nix::testing::Replay;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestRunner};
use std::ffi::OsString;
use std::fmt::Debug;
use std::io::{self, Cursor};
use std::os::unix::ffi::OsStringExt;

type Texts = Vec<String>;

/// Check a message of the shape that `values` has.
fn check<V: Debug, T: Debug + PartialEq>(
    values: impl Strategy<Value = V>,
    encode: impl Fn(&V, &mut Encoder),
    decode: impl Fn(&mut Cursor<Vec<u8>>) -> io::Result<T>,
    expected: impl Fn(&V) -> T,
) {
    let config = Config { cases: 100, failure_persistence: None, ..Config::default() };
    let values = (values, any::<(usize, u8)>());
    TestRunner::new(config)
        .run(&values, |(value, (at, flip))| {
            let mut to = Encoder::default();
            encode(&value, &mut to);
            let mut bytes = to.into_bytes();
            let mut from = Cursor::new(bytes.clone());
            assert_eq!(decode(&mut from).unwrap(), expected(&value));
            assert_eq!(from.position(), bytes.len() as u64, "bytes were left");
            for end in 0..bytes.len() {
                let cut = bytes[..end].to_vec();
                assert!(decode(&mut Cursor::new(cut)).is_err(), "cut at {end}");
            }
            let at = at % bytes.len();
            bytes[at] ^= flip;
            // whatever it makes of that, it must come back
            let _ = decode(&mut Cursor::new(bytes));
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

fn text() -> impl Strategy<Value = String> {
    "\\PC{0,20}"
}

fn texts() -> impl Strategy<Value = Texts> {
    vec(text(), 0..4)
}

#[test]
fn numbers_flags_and_lists_of_strings() {
    check(
        any::<u64>(),
        |&value, to| {
            to.number(value);
        },
        Decode::number,
        |&value| value,
    );
    check(
        any::<u64>(),
        |&value, to| {
            to.number(value);
        },
        Decode::flag,
        |&value| value != 0,
    );
    check(
        any::<u64>(),
        |&value, to| {
            to.number(value);
        },
        reply::done,
        |_| (),
    );
    check(
        texts(),
        |value, to| {
            to.blobs(value);
        },
        Decode::texts,
        Clone::clone,
    );
    let blob = vec(any::<u8>(), 0..40);
    check(
        blob,
        |value, to| {
            to.blob(value);
        },
        Decode::blob,
        Clone::clone,
    );
}

/// A record, and what comes with it that is not kept.
type Record = (PathInfo, bool, Texts, String);

fn record() -> impl Strategy<Value = Record> {
    let deriver = option::of("\\PC{1,20}");
    let info = (deriver, text(), texts(), any::<u64>(), any::<u64>()).prop_map(
        |(deriver, nar_hash, references, registered, nar_size)| PathInfo {
            deriver,
            nar_hash,
            references,
            registered,
            nar_size,
        },
    );
    (info, any::<bool>(), texts(), text())
}

fn encode_record((info, ultimate, signatures, address): &Record, to: &mut Encoder) {
    to.blob(info.deriver.as_deref().unwrap_or_default()).blob(&info.nar_hash);
    to.blobs(&info.references).number(info.registered).number(info.nar_size);
    to.number((*ultimate).into()).blobs(signatures).blob(address);
}

#[test]
fn records_of_paths() {
    check(record(), encode_record, reply::path_info, |record| record.0.clone());
    let encode = |record: &Option<Record>, to: &mut Encoder| {
        to.number(record.is_some().into());
        if let Some(record) = record {
            encode_record(record, to);
        }
    };
    let expected = |record: &Option<Record>| record.as_ref().map(|record| record.0.clone());
    check(option::of(record()), encode, reply::optional_path_info, expected);
}

#[test]
fn roots_and_what_was_collected() {
    let roots = vec((vec(any::<u8>(), 0..20), text()), 0..4);
    let encode = |roots: &Vec<(Vec<u8>, String)>, to: &mut Encoder| {
        to.number(roots.len() as u64);
        for (link, target) in roots {
            to.blob(link).blob(target);
        }
    };
    let root = |(link, target): &(Vec<u8>, String)| Root {
        link: OsString::from_vec(link.clone()).into(),
        target: target.clone(),
    };
    check(roots, encode, reply::roots, |roots| roots.iter().map(root).collect());
    let encode = |(paths, freed): &(Texts, u64), to: &mut Encoder| {
        to.blobs(paths).number(*freed).number(0);
    };
    check((texts(), any::<u64>()), encode, reply::collected, Clone::clone);
}

#[test]
fn what_is_missing() {
    let values = (texts(), texts(), texts(), any::<(u64, u64)>());
    check(
        values,
        |(built, fetched, unknown, (download, unpacked)), to| {
            to.blobs(built).blobs(fetched).blobs(unknown).number(*download).number(*unpacked);
        },
        reply::missing,
        |(_, fetched, unknown, (download, _))| Missing {
            fetched: fetched.clone(),
            unknown: unknown.clone(),
            download: *download,
        },
    );
}

#[test]
fn results_of_builds() {
    type Result = (String, u64, String, [u64; 4], Vec<(String, String)>);
    let result = (text(), 0_u64..20, text(), any::<[u64; 4]>(), vec((text(), text()), 0..3));
    let encode = |results: &Vec<Result>, to: &mut Encoder| {
        to.number(results.len() as u64);
        for (path, status, reason, numbers, outputs) in results {
            to.blob(path).number(*status).blob(reason);
            for number in numbers {
                to.number(*number);
            }
            to.number(outputs.len() as u64);
            for (id, realisation) in outputs {
                to.blob(id).blob(realisation);
            }
        }
    };
    let expected = |results: &Vec<Result>| {
        let failed = results.iter().filter(|(_, status, ..)| *status > 2);
        failed.map(|(path, _, reason, ..)| (path.clone(), reason.clone())).collect::<Vec<_>>()
    };
    check(vec(result, 0..4), encode, reply::failures, expected);
}

fn field() -> impl Strategy<Value = Field> {
    prop_oneof![any::<u64>().prop_map(Field::Number), text().prop_map(Field::Text)]
}

fn event() -> impl Strategy<Value = Event> {
    let message = text().prop_map(|text| Event::Message(text.trim_end().to_owned()));
    let start = (any::<(u64, u64, u64, u64)>(), text(), vec(field(), 0..4)).prop_map(
        |((id, level, kind, parent), text, fields)| Event::Start {
            id,
            level,
            kind,
            text,
            fields,
            parent,
        },
    );
    let stop = any::<u64>().prop_map(|id| Event::Stop { id });
    let result = (any::<(u64, u64)>(), vec(field(), 0..4))
        .prop_map(|((id, kind), fields)| Event::Result { id, kind, fields });
    prop_oneof![message, start, stop, result]
}

fn encode_fields(fields: &[Field], to: &mut Encoder) {
    to.number(fields.len() as u64);
    for field in fields {
        match field {
            Field::Number(number) => to.number(0).number(*number),
            Field::Text(text) => to.number(1).blob(text),
        };
    }
}

fn encode_event(event: &Event, to: &mut Encoder) {
    match event {
        Event::Message(text) => drop(to.number(0x6f6c_6d67).blob(text)),
        Event::Start { id, level, kind, text, fields, parent } => {
            to.number(0x5354_5254).number(*id).number(*level).number(*kind).blob(text);
            encode_fields(fields, to);
            to.number(*parent);
        }
        Event::Stop { id } => drop(to.number(0x5354_4f50).number(*id)),
        Event::Result { id, kind, fields } => {
            to.number(0x5253_4c54).number(*id).number(*kind);
            encode_fields(fields, to);
        }
    }
}

fn encode_refusal(refusal: &Refusal, to: &mut Encoder) {
    to.number(0x6378_7470).blob("Error").number(0).blob("Error").blob(&refusal.message);
    to.number(0).number(refusal.traces.len() as u64);
    for trace in &refusal.traces {
        to.number(0).blob(trace);
    }
}

#[test]
fn events_and_how_they_end() {
    let refusal = (text(), texts()).prop_map(|(message, traces)| Refusal { message, traces });
    let values = (vec(event(), 0..4), option::of(refusal));
    check(
        values,
        |(events, end), to| {
            for event in events {
                encode_event(event, to);
            }
            match end {
                Some(refusal) => encode_refusal(refusal, to),
                None => drop(to.number(0x616c_7473)),
            }
        },
        |from| {
            let mut events = Vec::new();
            let end = drain(from, &mut |event| events.push(event))?;
            Ok((events, end))
        },
        Clone::clone,
    );
}

#[test]
fn greetings() {
    check(
        (34_u64..60, text(), 0_u64..4),
        |(minor, version, trust), to| {
            to.number(0x6478_696f).number(1 << 8 | minor).blob(version);
            if *minor >= 35 {
                to.number(*trust);
            }
            to.number(0x616c_7473);
        },
        |from| {
            // the version number ends the daemon's first turn
            let bytes = from.get_ref();
            let (first, second) = bytes.split_at(bytes.len().min(16));
            let greeting = greet(&mut Replay::of([first, second]))?;
            from.set_position(from.get_ref().len() as u64);
            Ok(greeting)
        },
        |(minor, version, trust)| Greeting {
            nix_version: version.clone(),
            trusted: match trust {
                1 if *minor >= 35 => Some(true),
                2 if *minor >= 35 => Some(false),
                _ => None,
            },
        },
    );
}
