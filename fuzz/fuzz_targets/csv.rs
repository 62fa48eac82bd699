//! Rows of text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use modularml::data::{Dialect, Reader};
use modularml_fuzz::{Reading, ways, with_file};

/// How the rows may be written, by the first byte.
const DIALECTS: [Dialect; 8] = [
    Dialect::new(),
    Dialect::guessed(),
    Dialect::new().separator(';').decimal_comma().thousands('.'),
    Dialect::new().separator('\t').quote('\'').comment('#').skip_lines(1),
    Dialect::new().separator('|').escape('\\').without_header(),
    Dialect::new().without_quotes().encoding("latin1"),
    Dialect::new().encoding("utf-16le"),
    Dialect::new().encoding("shift_jis"),
];

fuzz_target!(|bytes: &[u8]| {
    // Rows begin with no control character: what does is the number of a dialect, and rows behind it.
    let (dialect, bytes) = match bytes.split_first() {
        Some((&first, rest)) if usize::from(first) < DIALECTS.len() => (DIALECTS[usize::from(first)], rest),
        _ => (Dialect::new(), bytes),
    };
    with_file("csv", bytes, |path| {
        drop(Reader::<Reading>::new().dialect(dialect).csv(path));
        drop(Reader::<Reading>::new().dialect(dialect).summary().csv(path));
        ways().into_iter().for_each(|way| drop(way.dialect(dialect).csv(path)));
    });
});
