//! Metrics against scikit-learn.

use std::collections::BTreeMap;

use candle_core::{DType, Tensor};
use modularml::experiment::loss::{L1, Mse};
use modularml::experiment::metric::{
    Accuracy, Average, AveragePrecision, BalancedAccuracy, Brier, CohenKappa, Comparison, ConfusionMatrix,
    Disagreement, ExplainedVariance, F1, FBeta, HammingLoss, Jaccard, LogLoss, Mape, MaxError, Mcc,
    MedianAbsoluteError, MetricSpec, Msle, Normalize, Pinball, Precision, PrecisionRecallCurve, R2, Recall, Rmse,
    RocAuc, RocCurve, TopKAccuracy, VarianceWeightedR2,
};
use modularml_tests::golden::{each_case, left_out};
use modularml_tests::{array, difference, numbers, tensor};
use serde::Deserialize;
use serde_json::Value;

const TOLERANCE: f64 = 1e-9;

#[derive(Deserialize)]
struct Case {
    id: String,
    metric: String,
    params: BTreeMap<String, Value>,
    inputs: BTreeMap<String, Value>,
    expected: Value,
    error: Option<String>,
}

impl Case {
    fn input(&self, names: &[&str]) -> Tensor {
        let value = names.iter().find_map(|name| self.inputs.get(*name));
        tensor(value.unwrap_or_else(|| panic!("{}: no input {names:?}", self.id)), DType::F64)
    }

    fn prediction(&self) -> Tensor {
        self.input(&["y_pred", "y_score", "y_proba", "y2"])
    }

    fn target(&self) -> Tensor {
        self.input(&["y_true", "y1"])
    }

    fn weights(&self) -> Option<Tensor> {
        self.inputs.get("sample_weight").map(|weights| tensor(weights, DType::F64))
    }

    fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).and_then(Value::as_str)
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.params.get(name).and_then(Value::as_f64)
    }

    fn average(&self) -> Average {
        match self.param("average") {
            None | Some("macro" | "binary") => Average::Macro,
            Some("micro") => Average::Micro,
            Some("weighted") => Average::Weighted,
            Some("samples") => Average::Samples,
            Some(other) => left_out(other),
        }
    }

    /// What a metric of classes reports: one class where scikit-learn's `average` is "binary".
    fn class(&self) -> Option<usize> {
        let position = self.params.get("pos_label").map_or(Some(1), Value::as_u64).unwrap();
        (self.param("average") == Some("binary")).then(|| usize::try_from(position).unwrap())
    }
}

/// A metric of classes with the settings of a case.
macro_rules! per_class {
    ($start:expr, $case:ident, $class:expr) => {{
        let metric = $start.average($case.average());
        let metric = metric.zero_division($case.number("zero_division").unwrap_or(0.0));
        match $class {
            Some(class) => metric.class(class).spec(),
            None => metric.spec(),
        }
    }};
}

fn metric(case: &Case, class: Option<usize>) -> MetricSpec {
    match case.metric.as_str() {
        "accuracy" => Accuracy::new().spec(),
        "average_precision" => AveragePrecision::new().spec(),
        "balanced_accuracy" if case.params.contains_key("adjusted") => BalancedAccuracy::new().adjusted().spec(),
        "balanced_accuracy" => BalancedAccuracy::new().spec(),
        "brier" => Brier::new().spec(),
        "cohen_kappa" => {
            let disagreement = match case.param("weights") {
                Some("linear") => Disagreement::Linear,
                Some("quadratic") => Disagreement::Quadratic,
                _ => Disagreement::Equal,
            };
            CohenKappa::new().disagreement(disagreement).spec()
        }
        "explained_variance" => ExplainedVariance.spec(),
        "f1" => per_class!(F1::new(), case, class),
        "fbeta" => per_class!(FBeta::beta(case.number("beta").unwrap()), case, class),
        "hamming" => HammingLoss::new().spec(),
        "jaccard" => per_class!(Jaccard::new(), case, class),
        "log_loss" => LogLoss::new().spec(),
        "mae" => L1.spec().as_metric(),
        "mape" => Mape.spec(),
        "max_error" => MaxError.spec(),
        "mcc" => Mcc::new().spec(),
        "medae" => MedianAbsoluteError.spec(),
        "mse" => Mse.spec().as_metric(),
        "msle" => Msle.spec(),
        "pinball" => Pinball::alpha(case.number("alpha").unwrap_or(0.5)).spec(),
        "precision" => per_class!(Precision::new(), case, class),
        "r2" if case.param("multioutput") == Some("variance_weighted") => VarianceWeightedR2.spec(),
        "r2" => R2.spec(),
        "recall" => per_class!(Recall::new(), case, class),
        "rmse" => Rmse.spec(),
        "roc_auc" => {
            let one_vs_one = case.param("multi_class") == Some("ovo");
            let comparison = if one_vs_one { Comparison::OneVsOne } else { Comparison::OneVsRest };
            let metric = RocAuc::new().comparison(comparison).average(case.average());
            case.number("max_fpr").map_or(metric, |most| metric.max_fpr(most)).spec()
        }
        "top_k_accuracy" => TopKAccuracy::k(usize::try_from(case.params["k"].as_u64().unwrap()).unwrap()).spec(),
        other => left_out(other),
    }
}

/// The value over all rows, taken in batches of that size.
fn measure(
    metric: MetricSpec,
    prediction: &Tensor,
    target: &Tensor,
    weights: Option<&Tensor>,
    batch: usize,
) -> modularml::Result<f64> {
    let mut measurement = metric.start().unwrap();
    let all = target.dim(0).unwrap();
    for start in (0..all).step_by(batch) {
        let part = |tensor: &Tensor| tensor.narrow(0, start, batch.min(all - start)).unwrap();
        let inputs = [part(prediction), part(target)];
        match weights {
            Some(weights) => measurement.add_weighted(&inputs, &part(weights))?,
            None => measurement.add(&inputs)?,
        }
    }
    Ok(measurement.value())
}

/// The values that a case expects, of rows taken in batches of that size.
fn found(case: &Case, batch: usize) -> modularml::Result<Vec<f64>> {
    let (prediction, target, weights) = (case.prediction(), case.target(), case.weights());
    let value = |class, prediction: &Tensor, target: &Tensor| {
        measure(metric(case, class), prediction, target, weights.as_ref(), batch)
    };
    if case.params.get("average").is_some_and(Value::is_null) {
        let classes = array(&case.expected).0.len();
        return (0..classes).map(|class| value(Some(class), &prediction, &target)).collect();
    }
    // scikit-learn's weights of outputs: each output is measured alone.
    if let Some(Value::Array(shares)) = case.params.get("multioutput") {
        let mut sum = 0.0;
        for (output, share) in shares.iter().enumerate() {
            let column = |tensor: &Tensor| tensor.narrow(1, output, 1).unwrap();
            sum += share.as_f64().unwrap() * value(None, &column(&prediction), &column(&target))?;
        }
        return Ok(vec![sum]);
    }
    let value = value(case.class(), &prediction, &target)?;
    // scikit-learn's sum in place of the mean.
    let rows = if case.params.get("normalize") == Some(&Value::Bool(false)) { target.dim(0).unwrap() } else { 1 };
    #[allow(clippy::cast_precision_loss, reason = "a few rows")]
    Ok(vec![value * rows as f64])
}

fn confusion(case: &Case) -> Vec<f64> {
    let matrix = match case.weights() {
        Some(weights) => ConfusionMatrix::of_weighted(&case.prediction(), &case.target(), &weights),
        None => ConfusionMatrix::of(&case.prediction(), &case.target()),
    };
    let matrix = matrix.unwrap();
    if let Some(Value::Array(labels)) = case.params.get("labels") {
        let labels: Vec<usize> = labels.iter().map(|label| usize::try_from(label.as_u64().unwrap()).unwrap()).collect();
        return labels.iter().flat_map(|a| labels.iter().map(|b| matrix.count(*a, *b))).collect();
    }
    let normalize = match case.param("normalize") {
        None => Normalize::No,
        Some("true") => Normalize::ByClass,
        Some("pred") => Normalize::ByPrediction,
        Some("all") => Normalize::ByAll,
        Some(other) => left_out(other),
    };
    matrix.rows(normalize).concat()
}

fn curve(case: &Case) -> [Vec<f64>; 3] {
    if case.metric == "roc_curve" {
        let curve = RocCurve::of(&case.prediction(), &case.target()).unwrap();
        [curve.false_positive_rate, curve.true_positive_rate, curve.thresholds]
    } else {
        let curve = PrecisionRecallCurve::of(&case.prediction(), &case.target()).unwrap();
        [curve.precision, curve.recall, curve.thresholds]
    }
}

#[test]
fn golden_metrics() {
    each_case("metrics", |case: Case| {
        let check = |found: &[f64], expected: &Value, how: &str| {
            let off = difference(found, &array(expected).0, 1e-3);
            assert!(off <= TOLERANCE, "{} {} {how}: off by {off:e}", case.id, case.metric);
        };
        match case.metric.as_str() {
            "confusion_matrix" => check(&confusion(&case), &case.expected, "as a matrix"),
            "roc_curve" | "precision_recall_curve" => {
                for (found, expected) in curve(&case).iter().zip(case.expected.as_array().unwrap()) {
                    check(found, expected, "as a curve");
                }
            }
            // Ours is finite, on purpose: 0 where scikit-learn's option gives minus infinity.
            _ if case.params.contains_key("force_finite") => {
                assert_eq!(
                    numbers(&Tensor::from_vec(found(&case, 1).unwrap(), 1, case.target().device()).unwrap()),
                    [0.0]
                );
            }
            _ => {
                // In batches of every size: the value is that of all rows.
                for batch in 1..=case.target().dim(0).unwrap() {
                    match (found(&case, batch), &case.error) {
                        (Ok(found), None) => check(&found, &case.expected, &format!("in batches of {batch}")),
                        (Err(_), Some(_)) => {}
                        (found, error) => panic!("{}: found {found:?}, the reference {error:?}", case.id),
                    }
                }
            }
        }
    });
}
