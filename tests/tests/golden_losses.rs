//! Losses and their gradients against PyTorch.

use std::collections::{BTreeMap, BTreeSet};

use candle_core::{DType, Tensor, Var};
use modularml::experiment::loss::{Bce, BceWithLogits, CrossEntropy, Huber, L1, LossSpec, Mse, Nll, TripletMargin};
use modularml_tests::{array, difference, golden, is_missing, numbers, tensor};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    id: String,
    loss: String,
    params: BTreeMap<String, Value>,
    reduction: String,
    inputs: BTreeMap<String, Value>,
    cotangent: Value,
    expected: Expected,
}

#[derive(Deserialize)]
struct Expected {
    value: Value,
    grad: BTreeMap<String, Value>,
}

/// Losses and options that are not there yet.
const MISSING: &[&str] = &[
    // Losses.
    "applied_loss",
    "contrastive",
    "cosine_embedding",
    "cross_entropy_ncl",
    "cross_entropy_prob_targets",
    "gaussian_nll",
    "hinge_embedding",
    "info_nce",
    "kl_div",
    "margin_ranking",
    "multi_margin",
    "multilabel_soft_margin",
    "nt_xent",
    "poisson_nll",
    "smooth_l1",
    "soft_margin",
    // Options.
    "ignore_index",
    "pos_weight",
    "weight",
];
const LOSSES: &[&str] = &["bce", "bce_with_logits", "cross_entropy", "huber", "l1", "mse", "nll", "triplet_margin"];
/// `edge` is a remark; `p` and `eps` are given with their only values.
const OPTIONS: &[&str] = &["delta", "edge", "eps", "label_smoothing", "margin", "p", "swap"];

/// The loss of a case with the names of its inputs, and whether it compares element by element.
fn loss(case: &Case) -> Option<(LossSpec, &'static [&'static str], bool)> {
    if is_missing(&case.loss, LOSSES, MISSING) || case.params.keys().any(|name| is_missing(name, OPTIONS, MISSING)) {
        return None;
    }
    let number = |name, default| case.params.get(name).map_or(default, |value: &Value| value.as_f64().unwrap());
    if number("p", 2.0).to_bits() != 2f64.to_bits() || number("eps", 1e-6).to_bits() != 1e-6f64.to_bits() {
        return None;
    }
    let pair: &[&str] = &["input", "target"];
    Some(match case.loss.as_str() {
        "bce" => (Bce.spec(), pair, true),
        "bce_with_logits" => (BceWithLogits.spec(), pair, true),
        "cross_entropy" => {
            let smoothing = number("label_smoothing", 0.0);
            (CrossEntropy::new().label_smoothing(smoothing).spec(), pair, false)
        }
        "huber" => (Huber::delta(number("delta", 1.0)).spec(), pair, true),
        "l1" => (L1.spec(), pair, true),
        "mse" => (Mse.spec(), pair, true),
        "nll" => (Nll.spec(), pair, false),
        _ => {
            let loss = TripletMargin::margin(number("margin", 1.0));
            let swap = case.params.get("swap").is_some_and(|swap| swap.as_bool().unwrap());
            let loss = if swap { loss.swap() } else { loss };
            (loss.spec(), &["anchor", "positive", "negative"], false)
        }
    })
}

#[test]
fn golden_losses() {
    let mut tried = BTreeSet::new();
    for case in golden::<Case>("losses") {
        let Some((loss, names, elementwise)) = loss(&case) else { continue };
        // PyTorch's "none" gives one value an element: a row each for us.
        let flat = elementwise && case.reduction == "none";
        let variables: BTreeMap<&str, Var> = names
            .iter()
            .map(|name| {
                let value = tensor(&case.inputs[*name], DType::F64);
                let value = if flat { value.flatten_all().unwrap() } else { value };
                (*name, Var::from_tensor(&value).unwrap())
            })
            .collect();
        let inputs: Vec<Tensor> = names.iter().map(|name| variables[name].as_tensor().clone()).collect();
        let rows = (loss.evaluate)(&loss.settings, &inputs).unwrap_or_else(|error| panic!("{}: {error}", case.id)).0;
        assert_eq!(rows.dims(), [inputs[0].dim(0).unwrap()], "{}: not one value a row", case.id);
        let width = if elementwise { inputs[0].elem_count() / rows.elem_count() } else { 1 };
        #[allow(clippy::cast_precision_loss, reason = "a few elements")]
        let (value, objective) = match case.reduction.as_str() {
            "mean" => (rows.mean_all().unwrap(), rows.mean_all().unwrap()),
            "sum" => {
                let sum = (rows.sum_all().unwrap() * width as f64).unwrap();
                (sum.clone(), sum)
            }
            "none" => {
                let cotangent = tensor(&case.cotangent, DType::F64).flatten_all().unwrap();
                (rows.clone(), (&rows * cotangent).unwrap().sum_all().unwrap())
            }
            other => panic!("{}: unknown reduction {other}", case.id),
        };
        let off = difference(&numbers(&value), &array(&case.expected.value).0, 1e-6);
        assert!(off <= 1e-9, "{} {}: value off by {off:e}", case.id, case.loss);
        let gradients = objective.backward().unwrap();
        assert!(!case.expected.grad.is_empty(), "{}: no gradient", case.id);
        for (name, expected) in &case.expected.grad {
            let found = gradients.get(&variables[name.as_str()]).unwrap();
            let off = difference(&numbers(found), &array(expected).0, 1e-6);
            assert!(off <= 1e-9, "{} {}: gradient of {name} off by {off:e}", case.id, case.loss);
        }
        tried.insert(case.loss);
    }
    assert!(!tried.is_empty(), "no case is for a loss that is there");
}
