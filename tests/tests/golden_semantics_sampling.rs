//! Sampling and schedules against the Python package modularml.

use std::collections::{BTreeMap, BTreeSet};

use modularml::data::FeatureSet;
use modularml::experiment::{Alternate, ScheduleSpec, Zip};
use modularml::prelude::*;
use modularml::process::Matches;
use modularml_tests::golden::{each_case_where, left_out};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    id: String,
    condition: Option<Value>,
    pairs: Option<Value>,
    policy: Option<String>,
    lengths: Option<Vec<usize>>,
    tags: Option<Value>,
    options: Option<Value>,
    values: Option<Value>,
    max_pairs_per_anchor: Option<usize>,
    choose_best_only: Option<bool>,
    #[serde(default)]
    expected: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionOf {
    mode: String,
    tolerance: f64,
    weight_mode: Option<String>,
    max_weight: Option<f64>,
    min_weight: Option<f64>,
    allow_fallback: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    batch_size: usize,
    stratify_by: Option<String>,
    strict_stratification: Option<bool>,
    group_by: Option<String>,
    #[serde(default)]
    drop_last: bool,
}

#[derive(SampleSchema)]
struct Tagged {
    #[tag]
    g: String,
}

#[derive(SampleSchema)]
struct Valued {
    #[tag]
    value: f64,
}

fn each_case(kind: &str, check: impl FnMut(Case)) {
    each_case_where("semantics", |case| case["kind"] == kind, check);
}

impl Options {
    /// The reference is strict unless told otherwise.
    fn is_strict(&self) -> bool {
        self.stratify_by.is_some() && self.strict_stratification.unwrap_or(true)
    }
}

/// Where we do better on purpose: a strict epoch of the reference still takes rows in the turn in which the first
/// stratum has run out, so that its last batches lack that stratum. Ours ends before that turn.
fn better(batches: Vec<Vec<u32>>, tags: &[String], options: &Options) -> Vec<Vec<u32>> {
    let all: BTreeSet<&String> = tags.iter().collect();
    let has_all = |batch: &Vec<u32>| batch.iter().map(|row| &tags[*row as usize]).collect::<BTreeSet<_>>() == all;
    batches.into_iter().take_while(|batch| !options.is_strict() || has_all(batch)).collect()
}

fn similar(condition: Option<Value>) -> Similar {
    let condition: ConditionOf = serde_json::from_value(condition.unwrap()).unwrap();
    let similar = Similar::new("value", condition.mode == "similar").within(condition.tolerance);
    let similar = match condition.weight_mode.as_deref() {
        Some("linear") => similar.weighting(Weighting::Linear),
        Some("exp") => similar.weighting(Weighting::Exponential),
        _ => similar,
    };
    let similar =
        similar.max_weight(condition.max_weight.unwrap_or(1.0)).min_weight(condition.min_weight.unwrap_or(0.0));
    if condition.allow_fallback { similar.allow_fallback() } else { similar }
}

#[test]
fn golden_similarity_scores() {
    each_case("similarity_score", |case| {
        let similar = similar(case.condition);
        let expected: Vec<f64> = serde_json::from_value(case.expected).unwrap();
        let pairs: Vec<(Value, Value)> = serde_json::from_value(case.pairs.unwrap()).unwrap();
        for ((a, b), expected) in pairs.iter().zip(expected) {
            let difference = match (a.as_f64(), b.as_f64()) {
                (Some(a), Some(b)) => similar.difference(a, b),
                _ if a == b => 0.0,
                _ => f64::INFINITY,
            };
            let found = similar.score(difference);
            assert!((found - expected).abs() <= 1e-15, "{}: {a}, {b}: {found}, expected {expected}", case.id);
        }
    });
}

#[test]
fn golden_pair_candidates() {
    each_case("pair_candidates", |case| {
        let values: Vec<f64> = serde_json::from_value(case.values.unwrap()).unwrap();
        let rows = FeatureSet::from_rows(values.into_iter().map(|value| Valued { value })).unwrap().view();
        let matches = Matches::find(&rows, &[similar(case.condition)]).unwrap();
        let tiers: Vec<BTreeMap<String, Vec<u32>>> = serde_json::from_value(case.expected["tiers"].clone()).unwrap();
        let counts: Vec<usize> = serde_json::from_value(case.expected["pairs_per_anchor"].clone()).unwrap();
        let (most, best) = (case.max_pairs_per_anchor.unwrap(), case.choose_best_only.unwrap());
        for (anchor, (tiers, count)) in (0u32..).zip(tiers.iter().zip(counts)) {
            let found = matches.tiers(anchor);
            assert_eq!(found.full, tiers["full"], "{} anchor {anchor}", case.id);
            assert_eq!([found.partial, found.none].concat(), tiers["other"], "{} anchor {anchor}", case.id);
            let mut rng = Rng::new(1, modularml::random::Purpose::Sample, modularml::random::Place::default());
            let drawn = matches.draw(anchor, most, best, &mut rng);
            assert_eq!(drawn.len(), count, "{} anchor {anchor}", case.id);
            assert!(drawn.iter().take(found.full.len()).all(|row| found.full.contains(row)), "{}", case.id);
            assert!(drawn.iter().skip(found.full.len()).all(|row| tiers["other"].contains(row)), "{}", case.id);
        }
    });
}

#[test]
fn golden_batch_schedules() {
    each_case("batch_schedule", |case| {
        // What the reference calls strict ends with the shortest feed; ours refuses unequal ones unless told so.
        let spec: ScheduleSpec = match case.policy.as_deref() {
            Some("zip_strict") => Zip::shortest().into(),
            Some("zip_cycle") => Zip::cycle().into(),
            Some("alternate_strict") => Alternate::shortest().into(),
            Some("alternate_cycle") => Alternate::cycle().into(),
            other => left_out(&format!("{other:?}")),
        };
        let feeds: Vec<(&str, usize)> = case.lengths.unwrap().into_iter().map(|length| ("feed", length)).collect();
        let schedule = spec.over(&feeds).unwrap();
        let step =
            |step| (0..feeds.len()).filter_map(|feed| Some((feed.to_string(), schedule.batch(feed, step)?))).collect();
        let found: Vec<BTreeMap<String, usize>> = (0..schedule.steps()).map(step).collect();
        let expected: Vec<BTreeMap<String, usize>> = serde_json::from_value(case.expected).unwrap();
        assert_eq!(found, expected, "{}", case.id);
    });
}

#[test]
fn golden_batches() {
    each_case("batches", |case| {
        let tags: Vec<String> = serde_json::from_value(case.tags.unwrap()).unwrap();
        let rows = FeatureSet::from_rows(tags.iter().map(|g| Tagged { g: g.clone() })).unwrap().view();
        let options: Options = serde_json::from_value(case.options.unwrap()).unwrap();
        let mut sampler = Batches::of(options.batch_size);
        if options.stratify_by.is_some() {
            sampler = sampler.stratify_by(Tagged::COLUMNS.g);
            if options.is_strict() {
                sampler = sampler.strict();
            }
        }
        if options.group_by.is_some() {
            sampler = sampler.group_by(Tagged::COLUMNS.g);
        }
        if options.drop_last {
            sampler = sampler.drop_last();
        }
        let mut rng = Rng::new(1, modularml::random::Purpose::Sample, modularml::random::Place::default());
        let found = sampler.spec().epoch(&rows, None, &mut rng).ok();
        let found = found.map(|batches| batches.into_iter().map(|batch| batch.roles.concat()).collect::<Vec<_>>());
        let expected: Option<Vec<Vec<u32>>> = serde_json::from_value(case.expected).unwrap();
        assert_eq!(found, expected.map(|batches| better(batches, &tags, &options)), "{}", case.id);
    });
}
