//! Mapped stores.
#![no_main]

use libfuzzer_sys::fuzz_target;
use modularml::data::{Dynamic, FeatureSet, Representation};
use modularml_fuzz::{Reading, with_file};

fuzz_target!(|bytes: &[u8]| {
    with_file("store.arrow", bytes, |path| {
        if let Ok(set) = FeatureSet::<Reading>::open(path) {
            drop(set.view().numbers("volts", Representation::Raw));
            drop(set.view().texts("note"));
            drop(set.to_arrow());
        }
        drop(FeatureSet::<Dynamic>::open_dynamic(path));
    });
});
