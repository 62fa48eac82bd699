//! Every macro and derive, outside of rustc: the first byte says which one, the rest is the program.
#![no_main]
#![allow(dead_code, unused_imports, reason = "the modules of the macros, without what calls them in rustc")]

extern crate proc_macro;

#[path = "../../modularml-macros/src/component/mod.rs"]
mod component;
#[path = "../../modularml-macros/src/declaration.rs"]
mod declaration;
#[path = "../../modularml-macros/src/errors.rs"]
mod errors;
#[path = "../../modularml-macros/src/expand.rs"]
mod expand;
#[path = "../../modularml-macros/src/experiment/mod.rs"]
mod experiment;
#[path = "../../modularml-macros/src/layer/mod.rs"]
mod layer;
#[path = "../../modularml-macros/src/limits.rs"]
mod limits;
#[path = "../../modularml-macros/src/loss/mod.rs"]
mod loss;
#[path = "../../modularml-macros/src/model_graph/mod.rs"]
mod model_graph;
#[path = "../../modularml-macros/src/names.rs"]
mod names;
#[path = "../../modularml-macros/src/notation/mod.rs"]
mod notation;
#[path = "../../modularml-macros/src/sample_schema/mod.rs"]
mod sample_schema;
#[path = "../../modularml-macros/src/sampler/mod.rs"]
mod sampler;
#[path = "../../modularml-macros/src/settings/mod.rs"]
mod settings;
#[path = "../../modularml-macros/src/splitter/mod.rs"]
mod splitter;

use libfuzzer_sys::fuzz_target;
use proc_macro2::TokenStream;

const NAMES: [&str; 15] = [
    "model_graph", "experiment", "SampleSchema", "Settings", "Loss", "Layer", "Sampler", "Splitter", "Metric",
    "Optimizer", "Scaler", "Rate", "Clip", "Schedule", "Callback",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((which, program)) = bytes.split_first() else { return };
    let Ok(program) = std::str::from_utf8(program) else { return };
    // rustc reads tokens without recursion, and the reader that stands for it here does not.
    let (mut depth, mut deepest) = (0usize, 0usize);
    for letter in program.chars() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    if deepest > 200 {
        return;
    }
    let Ok(tokens) = program.parse::<TokenStream>() else { return };
    drop(expand::expand(NAMES[usize::from(*which) % NAMES.len()], tokens));
});
