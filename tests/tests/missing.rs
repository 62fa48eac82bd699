//! Missing values that a graph fills and tells, as scikit-learn does with an indicator.

use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml_tests::{difference, numbers};
use serde::Deserialize;

#[derive(SampleSchema)]
struct Pulse {
    #[feat(missing = allow)]
    signals: [f64; 3],
    #[target]
    soh: f64,
    #[tag]
    number: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-2))]
    #[precision(F64)]
    graph SohNet(pulse: Pulse) {
        filled = FillMissing::with(0.0)(pulse.signals);
        missing = IsMissing(pulse.signals);
        both = Concat::axis(-1)(filled, missing);
        soh = Linear(both) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 1;
        split pulse = ByCondition::splits(train: pulse.number.lt(6), test: pulse.number.ge(6));
        scale pulse.signals = Standard fitted on train;
        train all {
            feed pulse = Batches::of(6)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 2;
        }
        eval test { feed pulse = test; error = L1(soh, pulse.soh); }
    }
}

/// What scikit-learn makes of rows.
#[derive(Deserialize)]
struct Case {
    train: Vec<[Option<f64>; 3]>,
    other: Vec<[Option<f64>; 3]>,
    found: Vec<Vec<f64>>,
}

#[test]
fn values_and_indicators_are_those_of_scikit_learn() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/missing.json");
    let case: Case = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let rows = case.train.iter().chain(&case.other).zip(0..);
    let rows =
        rows.map(|(row, number)| Pulse { signals: row.map(|value| value.unwrap_or(f64::NAN)), soh: 0.5, number });
    let mut study = SohStudy::new(FeatureSet::from_rows(rows).unwrap()).unwrap();
    study.progress(Progress::Silent);
    let results = study.run().unwrap();
    assert!(results.test.error.is_finite());
    let outputs = study.predict(study.session().split("pulse", "test").unwrap()).unwrap();
    assert!(difference(&numbers(&outputs.both), &case.found.concat(), 1.0) < 1e-12);
}
