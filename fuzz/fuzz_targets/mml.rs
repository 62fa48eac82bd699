//! Saved studies.
#![no_main]

use libfuzzer_sys::fuzz_target;
use modularml::Registry;
use modularml::experiment::Session;

fuzz_target!(|bytes: &[u8]| {
    modularml_fuzz::with_file("study.mml", bytes, |path| drop(Session::load(path, &Registry::new())));
});
