//! Metrics that give no number against scikit-learn; `golden/curves.py` wrote what is expected.

use candle_core::{DType, Tensor};
use modularml::Registry;
use modularml::experiment::metric::{MetricSpec, MetricValue, Normalize};
use modularml::text::intern;
use modularml_tests::golden::{each_case, left_out};
use modularml_tests::{array, difference, tensor};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    metric: Value,
    classes: usize,
    target: Value,
    prediction: Value,
    weights: Option<Value>,
    expected: Value,
}

/// The value over all rows, taken in batches of that size.
fn measured(spec: &MetricSpec, case: &Case, batch: usize) -> MetricValue {
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
    assert!(measurement.value().is_nan(), "what is no number has no value as one");
    let names: Vec<_> = (0..case.classes).map(|class| intern(&format!("class {class}"))).collect();
    measurement.measured(&names)
}

/// The lists of numbers that a value holds, in the order in which scikit-learn gives them.
fn lists(value: &MetricValue) -> Vec<Vec<f64>> {
    match value {
        MetricValue::Confusion(matrix) => matrix.rows(Normalize::No),
        MetricValue::Roc(roc) => {
            [&roc.false_positive_rate, &roc.true_positive_rate, &roc.thresholds].map(Clone::clone).into()
        }
        MetricValue::PrecisionRecall(curve) => {
            [&curve.precision, &curve.recall, &curve.thresholds].map(Clone::clone).into()
        }
        MetricValue::Calibration(curve) => [&curve.predicted, &curve.observed, &curve.rows].map(Clone::clone).into(),
        MetricValue::PerClass(report) => {
            let column =
                |value: fn(&modularml::metrics::ClassValues) -> f64| report.classes.iter().map(value).collect();
            vec![column(|it| it.precision), column(|it| it.recall), column(|it| it.f1), column(|it| it.rows)]
        }
        MetricValue::Number(number) => panic!("{number} is a number"),
    }
}

#[test]
fn golden_curves() {
    each_case("curves", |case: Case| {
        let read = Registry::new().read::<MetricSpec>(&case.metric.to_string());
        let spec = read.unwrap_or_else(|error| left_out(&error.to_string()));
        for batch in [1, 7, 1000] {
            let value = measured(&spec, &case, batch);
            assert_eq!(value.kind(), spec.gives);
            let expected = case.expected.as_array().unwrap();
            let found = lists(&value);
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                let off = difference(found, &array(expected).0, 1e-3);
                assert!(off <= 1e-9, "off by {off:e}");
            }
        }
    });
}
