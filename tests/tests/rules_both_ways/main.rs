//! One rule, two times: a mistake that does not compile in the macros is refused by `build()` in the same words when it
//! is written with the builders. The words are those of the messages in `ui-tests/cases`, so that neither can change
//! alone.
//!
//! Both times ask the rules of one table. What could still differ are the places: one that the macros or the running
//! program do not come by, or come by with other indices.

mod align;
mod augment;
mod built;
mod choices;
mod choose;
mod columns;
mod documents;
mod effects;
mod gradient;
mod labels;
mod layers;
mod losses;
mod metrics;
mod mix;
mod nodes;
mod own;
mod quantiles;
mod resampled;
mod roles;
mod scalers;
mod schemas;
mod sequences;
mod shapes;
mod shared;
mod splits;
mod streams;
mod thresholds;
mod times;
mod validations;
mod weights;
mod windows;

use std::path::Path;

use modularml::__private::rules::{self, Finding};
use modularml::__private::{Wiring, places};
use modularml::Error;
use modularml::data::{ResampledSpec, SchemaSpec, WindowsSpec};
use modularml::experiment::{ExperimentBuilder, ExperimentSpec, Session};
use modularml::graph::{GraphBuilder, GraphSpec};
use modularml::text::Verdict;

/// A mistake that is written with a builder.
struct Case {
    /// The case of the UI tests, or what is expected.
    name: String,
    expected: Vec<String>,
    /// What `build()` says.
    lines: Vec<String>,
    /// What the rules say, each under its name.
    findings: Vec<Finding>,
    /// The first refusal, as constants ask for it.
    first: Option<Verdict>,
}

/// A description that `build()` refuses.
trait Refused: Clone {
    fn lines(self) -> Vec<String>;
    fn findings(self) -> Vec<Finding>;
    /// The first refusal, as constants ask for it that try a value of a parameter; none of what has no parameters.
    fn first(self) -> Option<Verdict>;
}

fn lines<T>(built: modularml::Result<T>) -> Vec<String> {
    match built {
        Err(Error::Refused(lines)) => lines,
        Err(other) => vec![format!("not refused by a rule: {other}")],
        Ok(_) => Vec::new(),
    }
}

impl Refused for SchemaSpec {
    fn lines(self) -> Vec<String> {
        rules::schema::all(&self).iter().map(ToString::to_string).collect()
    }

    fn findings(self) -> Vec<Finding> {
        rules::schema::findings(&self)
    }

    fn first(self) -> Option<Verdict> {
        None
    }
}

impl Refused for WindowsSpec {
    fn lines(self) -> Vec<String> {
        rules::windows::all(&self).iter().map(ToString::to_string).collect()
    }

    fn findings(self) -> Vec<Finding> {
        rules::windows::findings(&self)
    }

    fn first(self) -> Option<Verdict> {
        None
    }
}

impl Refused for ResampledSpec {
    fn lines(self) -> Vec<String> {
        rules::resampled::all(&self).iter().map(ToString::to_string).collect()
    }

    fn findings(self) -> Vec<Finding> {
        rules::resampled::findings(&self)
    }

    fn first(self) -> Option<Verdict> {
        None
    }
}

impl Refused for GraphBuilder {
    fn lines(self) -> Vec<String> {
        lines(self.build(0))
    }

    fn findings(self) -> Vec<Finding> {
        let spec = self.spec();
        rules::graph::findings(&spec, &Wiring::of(&spec))
    }

    fn first(self) -> Option<Verdict> {
        let graph = self.spec();
        Some(first_of_graph(&graph, &Wiring::of(&graph)))
    }
}

fn first_of_graph(graph: &GraphSpec, wiring: &Wiring) -> Verdict {
    let context = places::graph::Context { graph, wiring };
    places::sound::inputs(context)?;
    places::sound::nodes(context, 0, graph.nodes.len())
}

impl Refused for ExperimentBuilder {
    fn lines(self) -> Vec<String> {
        self.spec().lines()
    }

    fn findings(self) -> Vec<Finding> {
        self.spec().findings()
    }

    fn first(self) -> Option<Verdict> {
        self.spec().first()
    }
}

impl Refused for ExperimentSpec {
    fn lines(self) -> Vec<String> {
        // Rules come before data, so that none is needed.
        lines(Session::new(self, Vec::new()))
    }

    fn findings(self) -> Vec<Finding> {
        let wiring = Wiring::of(&self.graph);
        let mut findings = rules::graph::findings(&self.graph, &wiring);
        findings.extend(rules::experiment::findings(&self, &wiring));
        findings
    }

    fn first(self) -> Option<Verdict> {
        let wiring = Wiring::of(&self.graph);
        let context = places::experiment::Context { experiment: &self, wiring: &wiring };
        let of_graph = first_of_graph(&self.graph, &wiring);
        let whole = of_graph.and_then(|()| places::sound_experiment::whole(context));
        Some(whole.and_then(|()| (0..self.phases.len()).try_for_each(|p| places::sound_experiment::phase(context, p))))
    }
}

/// What rustc says in a case of the UI tests: the words of the rules, each one error.
fn words(case: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui-tests/cases").join(case).with_extension("stderr");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().filter_map(|line| line.split_once("evaluation panicked: ")).map(|(_, words)| words.into()).collect()
}

/// Mistakes that are told in the words of cases of the UI tests.
fn same_words(cases: Vec<(&str, impl Refused)>) -> Vec<Case> {
    let case = |(name, builder)| Case::new(name, words(name), builder);
    cases.into_iter().map(case).collect()
}

/// A mistake that has no case: the macros refuse it in other words.
fn told(expected: &str, builder: impl Refused) -> Case {
    Case::new(expected, vec![expected.into()], builder)
}

impl Case {
    fn new(name: &str, expected: Vec<String>, builder: impl Refused) -> Self {
        let (lines, findings, first) = (builder.clone().lines(), builder.clone().findings(), builder.first());
        Self { name: name.into(), expected, lines, findings, first }
    }
}

fn cases() -> Vec<Case> {
    let areas = [
        align::alignments(),
        align::statements_about_rows_that_come_along(),
        align::columns_of_another_input(),
        augment::augments(),
        mix::mixes(),
        columns::sources_and_targets(),
        effects::operands(),
        effects::penalties_and_freezing(),
        effects::phases(),
        gradient::optimizers(),
        gradient::fitted(),
        gradient::fitted_models(),
        gradient::what_learns(),
        labels::labels(),
        quantiles::quantiles(),
        labels::balanced(),
        thresholds::thresholds(),
        layers::layers_of_layers_and_sequences(),
        layers::codes(),
        losses::losses(),
        metrics::phases_and_metrics(),
        metrics::terms(),
        metrics::changes_of_parameters(),
        metrics::results_that_are_no_numbers(),
        nodes::names_and_wiring(),
        sequences::padding_and_short_batches(),
        built::names(),
        built::more_names(),
        built::graphs(),
        built::settings(),
        built::descriptions(),
        choices::parameters_and_choices(),
        choices::ranges(),
        choose::values_and_searches(),
        choose::reported_rows_and_inner_folds(),
        roles::roles_and_streams(),
        scalers::scalers_and_leakage(),
        schemas::columns(),
        schemas::columns_at_run_time(),
        shapes::shapes_and_merges(),
        splits::folds(),
        splits::splits(),
        splits::joined_conditions(),
        splits::lists_of_values(),
        splits::permissions(),
        splits::splits_of_splits(),
        streams::samplers_of_ones_own(),
        streams::samplers_and_schedules(),
        times::schemas(),
        times::nodes(),
        times::experiments(),
        validations::names_and_periods(),
        validations::choices(),
        weights::weights(),
        own::layers_with_rules_of_their_own(),
        own::rules_inside_other_layers(),
        resampled::grids(),
        resampled::columns(),
        windows::whole(),
        windows::columns(),
    ];
    areas.into_iter().flatten().collect()
}

#[test]
fn the_same_words_refuse_the_same_mistake() {
    let mut differing = Vec::new();
    for Case { name, mut expected, mut lines, .. } in cases() {
        expected.sort();
        lines.sort();
        if expected.is_empty() || expected != lines {
            differing.push(format!("{name}\n  macro:   {expected:#?}\n  builder: {lines:#?}"));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// What is told with a value of a parameter is what the running program would tell: no rule that it asks is left out.
#[test]
fn a_value_that_may_be_chosen_passes_all_rules() {
    let places = rules::graph::table::PLACES.iter().chain(rules::experiment::table::PLACES);
    // Names are the same with all values, and choices are no part of what is chosen.
    let by_name: Vec<_> = places
        .flat_map(|place| place.rules.iter().filter(|rule| rule.is_field || ["choice", "chosen"].contains(&place.name)))
        .map(|rule| rule.name)
        .collect();
    let mut missed = Vec::new();
    let mut asked = 0;
    for Case { name, findings, first, .. } in cases() {
        let Some(first) = first else { continue };
        let findings: Vec<_> = findings.iter().filter(|finding| !by_name.contains(&finding.rule)).collect();
        asked += usize::from(!findings.is_empty());
        let is_one_of = |told: String| findings.iter().any(|finding| finding.message.to_string() == told);
        match first {
            Ok(()) if findings.is_empty() => {}
            Err(message) if is_one_of(message.to_string()) || findings.is_empty() => {}
            told => missed.push(format!("{name}\n  told: {told:?}\n  rules: {findings:#?}")),
        }
    }
    assert!(asked > 150, "only {asked} cases were asked");
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
