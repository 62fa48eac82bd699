//! Metrics of yes and no, of rows with several labels, of quantiles, counts and ordered classes, against scikit-learn;
//! `golden/labels.py` and `golden/quantiles_and_counts.py` wrote what is expected.

use candle_core::{DType, Tensor};
use modularml::Registry;
use modularml::experiment::metric::MetricSpec;
use modularml_tests::golden::{each_case, left_out};
use modularml_tests::{array, difference, tensor};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    metric: Value,
    target: Value,
    prediction: Value,
    weights: Option<Value>,
    expected: Value,
}

/// The value over all rows, taken in batches of that size.
fn measured(spec: &MetricSpec, case: &Case, batch: usize) -> f64 {
    let mut measurement = spec.start().unwrap();
    let tensors = [&case.prediction, &case.target].map(|value| tensor(value, DType::F64));
    let weights = case.weights.as_ref().map(|weights| tensor(weights, DType::F64));
    let rows = tensors[1].dim(0).unwrap();
    for start in (0..rows).step_by(batch) {
        let part = |tensor: &Tensor| tensor.narrow(0, start, batch.min(rows - start)).unwrap();
        let inputs = tensors.each_ref().map(part);
        match &weights {
            Some(weights) => measurement.add_weighted(&inputs, &part(weights)).unwrap(),
            None => measurement.add(&inputs).unwrap(),
        }
    }
    measurement.value()
}

#[test]
fn golden_labels() {
    compare_with("labels");
}

#[test]
fn golden_quantiles_and_counts() {
    compare_with("quantiles_and_counts");
}

fn compare_with(file: &str) {
    each_case(file, |case: Case| {
        let read = Registry::new().read::<MetricSpec>(&case.metric.to_string());
        let spec = read.unwrap_or_else(|error| left_out(&error.to_string()));
        for batch in [1, 7, 1000] {
            let off = difference(&[measured(&spec, &case, batch)], &array(&case.expected).0, 1e-3);
            assert!(off <= 1e-9, "off by {off:e} in batches of {batch}");
        }
    });
}
