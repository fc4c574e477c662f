//! Everything that is tested from outside: the program as its users run it, with real models, a real
//! Nix daemon and a real sound server, which `scripts/test` sets up.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod allocation;
mod architecture;
mod bus;
mod coffee;
mod command_line;
mod companion;
mod concurrency;
mod configuration;
#[path = "../../fuzz/conversation.rs"]
mod conversation;
mod daemon;
mod deletion;
mod echo;
mod evaluator;
mod faults;
mod harness;
mod helper;
mod hesitation;
mod hotkey;
mod journey;
mod kill;
mod log;
mod long;
mod machine;
mod notifications;
mod offline;
mod packages;
mod profiles;
mod rebuild;
mod recovery;
mod service;
mod settings;
mod sound;
mod sound_server;
mod spawn;
mod speech_dispatcher;
mod spoken_stop;
mod spoken_system;
mod stats;
mod status;
mod system;
mod uncut;
mod update;
mod voice;
mod voice_loop;
mod wire;
mod wordings;
