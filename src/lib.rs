//! # nixvox
//!
//! An offline, voice-driven assistant for Nix and NixOS: it hears a spoken command, understands it,
//! acts on the Nix store in process, and answers aloud.
//!
//! ## The journey of a command
//!
//! | value | what it is | made by |
//! | --- | --- | --- |
//! | [`Utterance`](domain::Utterance) | one stretch of speech | [`audio`]; cut from a stream by [`dsp`] |
//! | [`Transcript`](domain::Transcript) | words with their probabilities | [`stt`] |
//! | [`Hearing`](domain::Hearing) | a command, an unclear one, or nothing | [`grammar`], judged by [`engine`] |
//! | [`Plan`](domain::Plan) | typed steps, their risk, their inverse | [`dialogue`] (pure; a dry run prints it) |
//! | [`Outcome`](domain::Outcome) | what did change, or a [`Fault`](domain::Fault) | [`engine`], over [`nix`] |
//! | [`Reply`](domain::Reply) | what to say and to show | [`dialogue`] |
//! | [`Speech`](domain::Speech) | sound, clause by clause | [`tts`] |
//!
//! ## Rooms and floors
//!
//! A room imports lower floors only; rooms on one floor do not see each other. The test
//! `architecture` reads this table and every import, and fails where one climbs.
//!
//! | floor | room | holds |
//! | --- | --- | --- |
//! | 0 | `domain` | the values above; std and serde only |
//! | 1 | `ports` | every trait between rooms |
//! | 1 | `lines` | lines of JSON over a Unix socket |
//! | 1 | `files` | files that are written whole or not at all |
//! | 1 | `digest` | SHA-256 in hexadecimal |
//! | 1 | `notation` | names and strings as the Nix language writes them |
//! | 2 | `dsp` | resampling, voice activity, endpointing, echo guard |
//! | 2 | `grammar` | sentence templates, the word network, its matcher; knows no intent by name |
//! | 2 | `dialogue` | the session, the planner, phrasing; pure: `now` is an argument |
//! | 3 | `gist` | what was meant where the grammar has no sentence for it, as people were seen to mean it |
//! | 3 | `audio` | sound files and devices |
//! | 3 | `stt` | whisper.cpp: recognition and its loop guard |
//! | 3 | `tts` | Piper: text in words, clauses, phonemes, sound; speech-dispatcher's client |
//! | 3 | `nix` | worker protocol, profiles, closures, the practice store |
//! | 3 | `nixos` | the NixOS configuration: read, queried, checked, edited |
//! | 3 | `catalogue` | packages that can be installed: look-up and search |
//! | 3 | `models` | model files: fetched, converted, verified |
//! | 3 | `bus` | polkit, systemd, desktop notifications |
//! | 3 | `hotkey` | a key of the whole session: portal, X11, devices |
//! | 4 | `privilege` | what takes the rights of the machine's owner, and the helper that has them |
//! | 5 | `engine` | the ear, a turn from hearing to reply, the journal of changes |
//! | 6 | `config` | the configuration file |
//! | 6 | `service` | the companion service: its socket, protocol and client |
//! | 7 | `cli` | the command line |
//!
//! ## Errors
//!
//! Each room has one error type. What is worth saying aloud is a [`Fault`](domain::Fault), of which
//! there are few; causes go to the log. Not understanding is a value, not an error.

pub mod audio;
pub mod bus;
pub mod catalogue;
pub mod cli;
pub mod config;
pub mod dialogue;
pub mod digest;
pub mod domain;
pub mod dsp;
pub mod engine;
pub mod files;
pub mod gist;
pub mod grammar;
pub mod hotkey;
pub mod lines;
pub mod models;
pub mod nix;
pub mod nixos;
pub mod notation;
pub mod ports;
pub mod privilege;
pub mod service;
pub mod stt;
pub mod tts;
