//! Metrics of embeddings and labels against scikit-learn, and the definitions of pytorch-metric-learning;
//! `golden/retrieval.py` wrote what is expected.

use candle_core::{DType, Tensor};
use modularml::Registry;
use modularml::experiment::metric::{MeanAveragePrecision, MetricSpec, Neighbours, RecallAt, Silhouette};
use modularml_tests::golden::{each_case, left_out};
use modularml_tests::{array, difference, tensor};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    metric: Value,
    target: Value,
    prediction: Value,
    expected: Value,
}

/// The value over all rows, taken in batches of that size.
fn measured(spec: &MetricSpec, inputs: &[Tensor; 2], batch: usize) -> f64 {
    let mut measurement = spec.start().unwrap();
    let rows = inputs[1].dim(0).unwrap();
    for start in (0..rows).step_by(batch) {
        let part = |tensor: &Tensor| tensor.narrow(0, start, batch.min(rows - start)).unwrap();
        measurement.add(&inputs.each_ref().map(part)).unwrap();
    }
    measurement.value()
}

#[test]
fn golden_retrieval() {
    each_case("retrieval", |case: Case| {
        let read = Registry::new().read::<MetricSpec>(&case.metric.to_string());
        let spec = read.unwrap_or_else(|error| left_out(&error.to_string()));
        let inputs = [&case.prediction, &case.target].map(|value| tensor(value, DType::F64));
        for batch in [1, 7, 1000] {
            let off = difference(&[measured(&spec, &inputs, batch)], &array(&case.expected).0, 1e-3);
            assert!(off <= 1e-9, "off by {off:e} in batches of {batch}");
        }
    });
}

/// By hand: what is not defined is NaN, and rows at one place are a silhouette of 0, as in scikit-learn.
#[test]
fn what_is_not_defined_is_no_number() {
    let rows = |places: &[f64], labels: &[f64]| {
        let device = &candle_core::Device::Cpu;
        [Tensor::new(places, device).unwrap(), Tensor::new(labels, device).unwrap()]
    };
    let all: [MetricSpec; 4] =
        [RecallAt::k(1).into(), MeanAveragePrecision.into(), Neighbours::k(1).into(), Silhouette.into()];
    let values = |places: &[f64], labels: &[f64]| all.map(|spec| measured(&spec, &rows(places, labels), 2));
    assert!(values(&[0.0, f64::NAN, 1.0], &[0.0, 0.0, 1.0]).iter().all(|value| value.is_nan()));
    assert!(values(&[0.0], &[0.0]).iter().all(|value| value.is_nan()));
    // Each row has a label of its own: the classifier is wrong everywhere, and nothing can be found.
    let [recall, precision, voted, silhouette] = values(&[0.0, 1.0, 5.0], &[0.0, 1.0, 2.0]);
    assert!(recall.is_nan() && precision.is_nan() && silhouette.is_nan());
    assert!(voted.abs() < 1e-12);
    assert!(values(&[0.0, 1.0, 2.0], &[3.0, 3.0, 3.0])[3].is_nan());
    assert!(values(&[2.0; 4], &[0.0, 0.0, 1.0, 1.0])[3].abs() < 1e-12);
}
