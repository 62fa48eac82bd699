//! Rows of a file with types.
#![no_main]

use libfuzzer_sys::fuzz_target;
use modularml::data::Reader;
use modularml_fuzz::{Reading, ways, with_file};

fuzz_target!(|bytes: &[u8]| {
    with_file("arrow", bytes, |path| {
        drop(Reader::<Reading>::new().arrow(path));
        ways().into_iter().for_each(|way| drop(way.arrow(path)));
    });
});
