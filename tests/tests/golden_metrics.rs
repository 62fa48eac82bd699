//! Metrics against scikit-learn.

use std::collections::{BTreeMap, BTreeSet};

use candle_core::DType;
use modularml::experiment::metric::{Accuracy, Mae, MetricSpec, R2, Rmse};
use modularml_tests::{array, difference, golden, is_missing, tensor};
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

/// What is not there yet.
const MISSING: &[&str] = &[
    // Metrics.
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
    // Options.
    "force_finite",
    "normalize",
    "sample_weight",
];

fn metric(case: &Case) -> Option<MetricSpec> {
    let missing = |name: &String, there: &[&str]| is_missing(name, there, MISSING);
    // Of the ways to average several outputs only the default is there.
    if case.params.get("multioutput").is_some_and(|average| average != "uniform_average")
        || missing(&case.metric, &["accuracy", "mae", "r2", "rmse"])
        || case.params.keys().any(|name| missing(name, &["multioutput"]))
        || case.inputs.keys().any(|name| missing(name, &["y_true", "y_pred"]))
    {
        return None;
    }
    Some(match case.metric.as_str() {
        "accuracy" => Accuracy.spec(),
        "mae" => Mae.spec(),
        "r2" => R2.spec(),
        _ => Rmse.spec(),
    })
}

#[test]
fn golden_metrics() {
    let mut tried = BTreeSet::new();
    for case in golden::<Case>("metrics") {
        let Some(metric) = metric(&case) else { continue };
        let [prediction, target] = ["y_pred", "y_true"].map(|name| tensor(&case.inputs[name], DType::F64));
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
