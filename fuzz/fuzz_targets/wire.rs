//! A daemon that says anything at all. What is driven here, tests/suite/wire.rs drives as well.

#![no_main]

#[path = "../conversation.rs"]
mod conversation;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| conversation::hold(bytes));
