//! Rows of text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use modularml::data::Reader;
use modularml_fuzz::{Reading, ways, with_file};

fuzz_target!(|bytes: &[u8]| {
    with_file("json_lines", bytes, |path| {
        drop(Reader::<Reading>::new().json_lines(path));
        ways().into_iter().for_each(|way| drop(way.json_lines(path)));
    });
});
