//! One rule, two times: a mistake that does not compile in the macros is refused by `build()` in the same words when it
//! is written with the builders. The words are those of the messages in `ui-tests/cases`, so that neither can change
//! alone.

mod align;
mod columns;
mod gradient;
mod layers;
mod losses;
mod metrics;
mod nodes;
mod roles;
mod scalers;
mod shapes;
mod shared;
mod splits;
mod streams;

use std::path::Path;

use modularml::Error;
use modularml::experiment::ExperimentBuilder;
use modularml::graph::GraphBuilder;

/// What `build()` says.
trait Mistakes {
    fn mistakes(self) -> Vec<String>;
}

fn lines<T>(built: modularml::Result<T>) -> Vec<String> {
    match built {
        Err(Error::Refused(lines)) => lines,
        Err(other) => vec![format!("not refused by a rule: {other}")],
        Ok(_) => Vec::new(),
    }
}

impl Mistakes for GraphBuilder {
    fn mistakes(self) -> Vec<String> {
        lines(self.build(0))
    }
}

impl Mistakes for ExperimentBuilder {
    fn mistakes(self) -> Vec<String> {
        // Rules come before data, so that none is needed.
        lines(self.build(Vec::new()))
    }
}

/// What rustc says in a case of the UI tests: the words of the rules, each one error.
fn words(case: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui-tests/cases").join(case).with_extension("stderr");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().filter_map(|line| line.split_once("evaluation panicked: ")).map(|(_, words)| words.into()).collect()
}

#[track_caller]
fn same_words(cases: Vec<(&str, impl Mistakes)>) {
    let mut differing = Vec::new();
    for (case, builder) in cases {
        let (mut at_compile_time, mut at_run_time) = (words(case), builder.mistakes());
        at_compile_time.sort();
        at_run_time.sort();
        if at_compile_time.is_empty() || at_compile_time != at_run_time {
            differing.push(format!("{case}\n  macro:   {at_compile_time:#?}\n  builder: {at_run_time:#?}"));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}
