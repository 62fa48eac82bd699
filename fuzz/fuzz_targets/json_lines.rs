//! Objects of text, one a line or in an array.
#![no_main]

use libfuzzer_sys::fuzz_target;
use modularml::data::Reader;
use modularml_fuzz::{Reading, ways, with_file};

fuzz_target!(|bytes: &[u8]| {
    with_file("json_lines", bytes, |path| {
        drop(Reader::<Reading>::new().json_lines(path));
        drop(Reader::<Reading>::new().json(path));
        for way in ways() {
            drop(way.json_lines(path));
            drop(way.json(path));
        }
    });
});
