//! Saved predicates.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use modularml::data::{FeatureSet, Predicate};
use modularml::prelude::Class;
use modularml_fuzz::Reading;

static ROWS: OnceLock<FeatureSet<Reading>> = OnceLock::new();

fuzz_target!(|bytes: &[u8]| {
    let rows = ROWS.get_or_init(|| {
        let row = |i: u8| Reading {
            volts: [f32::from(i), -1.0],
            steps: vec![0.5; usize::from(i % 4)],
            state: Class::new(u32::from(i % 3)),
            cell: i.into(),
            note: "fine".to_owned(),
        };
        FeatureSet::from_rows((0..5).map(row)).expect("rows")
    });
    if let Ok(predicate) = serde_json::from_slice::<Predicate>(bytes) {
        drop(rows.view().filter(&predicate));
    }
});
