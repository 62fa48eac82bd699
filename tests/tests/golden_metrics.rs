//! Metrics against scikit-learn.

use std::collections::{BTreeMap, BTreeSet};

use candle_core::{Device, Tensor};
use modularml::experiment::metric::{Accuracy, Mae, MetricSpec, R2, Rmse};
use modularml_tests::{array, difference, golden};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    id: String,
    metric: String,
    params: BTreeMap<String, Value>,
    inputs: BTreeMap<String, Value>,
    expected: Value,
    error: Option<String>,
}

/// Metrics that are not there yet.
const MISSING: &[&str] = &[
    "average_precision",
    "balanced_accuracy",
    "brier",
    "cohen_kappa",
    "confusion_matrix",
    "explained_variance",
    "f1",
    "fbeta",
    "hamming",
    "jaccard",
    "log_loss",
    "mape",
    "max_error",
    "mcc",
    "medae",
    "mse",
    "msle",
    "pinball",
    "precision",
    "precision_recall_curve",
    "recall",
    "roc_auc",
    "roc_curve",
    "top_k_accuracy",
];
/// Options that the metrics which are there do not have yet.
const MISSING_OPTIONS: &[&str] = &["sample_weight", "normalize", "force_finite"];

fn metric(case: &Case) -> Option<MetricSpec> {
    let averaged = case.params.get("multioutput").is_none_or(|average| average == "uniform_average");
    let missing = |name: &String| MISSING_OPTIONS.contains(&name.as_str());
    if !averaged || case.params.keys().chain(case.inputs.keys()).any(missing) {
        return None;
    }
    match case.metric.as_str() {
        "accuracy" => Some(Accuracy.spec()),
        "mae" => Some(Mae.spec()),
        "r2" => Some(R2.spec()),
        "rmse" => Some(Rmse.spec()),
        other => {
            assert!(MISSING.contains(&other), "{}: unknown metric {other}", case.id);
            None
        }
    }
}

#[test]
fn golden_metrics() {
    let mut tried = BTreeSet::new();
    for case in golden::<Case>("metrics") {
        let Some(metric) = metric(&case) else { continue };
        let tensor = |name: &str| {
            let (numbers, shape) = array(&case.inputs[name]);
            Tensor::from_vec(numbers, shape, &Device::Cpu).unwrap()
        };
        let (prediction, target) = (tensor("y_pred"), tensor("y_true"));
        // In batches of every size: the value is that of all rows.
        let rows = target.dim(0).unwrap();
        for batch in 1..=rows {
            let mut measurement = (metric.start)(&metric.settings);
            for start in (0..rows).step_by(batch) {
                let rows = batch.min(rows - start);
                let inputs = [&prediction, &target].map(|all| all.narrow(0, start, rows).unwrap());
                measurement.add(&inputs).unwrap();
            }
            assert!(case.error.is_none(), "{}: the reference refuses: {:?}", case.id, case.error);
            let off = difference(&[measurement.value()], &array(&case.expected).0, 1e-3);
            assert!(off <= 1e-9, "{} {} in batches of {batch}: off by {off:e}", case.id, case.metric);
        }
        tried.insert(case.metric);
    }
    assert!(!tried.is_empty(), "no case is for a metric that is there");
}
