//! Optimizers against PyTorch.

use std::collections::{BTreeMap, BTreeSet};

use candle_core::{DType, Var};
use modularml::graph::{Adam, AdamW, OptimizerSpec, RmsProp, Sgd};
use modularml_tests::{difference, golden, is_missing, numbers, tensor};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    id: String,
    kind: String,
    optimizer: Option<String>,
    #[serde(default)]
    params: Value,
    #[serde(default)]
    init: Value,
    #[serde(default)]
    grads: Value,
    expected: Value,
}

/// Kinds of cases, optimizers and options that are not there yet.
const MISSING: &[&str] = &[
    // Kinds.
    "clip",
    "scheduler",
    // Optimizers.
    "ASGD",
    "Adadelta",
    "Adagrad",
    "Adamax",
    "NAdam",
    "RAdam",
    "Rprop",
    // Options.
    "maximize",
];
const OPTIONS: &[&str] =
    &["alpha", "amsgrad", "betas", "centered", "dampening", "eps", "lr", "momentum", "nesterov", "weight_decay"];

/// The optimizer of a case.
fn optimizer(case: &Case) -> Option<OptimizerSpec> {
    if is_missing(&case.kind, &["optimizer"], MISSING) {
        return None;
    }
    let name = case.optimizer.as_deref().unwrap();
    let options = case.params.as_object().unwrap();
    if is_missing(name, &["SGD", "Adam", "AdamW", "RMSprop"], MISSING)
        || options.keys().any(|option| is_missing(option, OPTIONS, MISSING))
    {
        return None;
    }
    let lr = options.get("lr").and_then(Value::as_f64);
    macro_rules! set {
        ($optimizer:ident, $lr:literal, [$($number:ident),*], [$($flag:ident),*] $(, $betas:literal)?) => {{
            let mut optimizer = $optimizer::lr(lr.unwrap_or($lr));
            for (option, value) in options {
                optimizer = match option.as_str() {
                    "lr" => optimizer,
                    $(stringify!($number) => optimizer.$number(value.as_f64().unwrap()),)*
                    $(stringify!($flag) => if value.as_bool().unwrap() { optimizer.$flag() } else { optimizer },)*
                    $($betas => optimizer.beta1(value[0].as_f64().unwrap()).beta2(value[1].as_f64().unwrap()),)?
                    other => panic!("{}: unknown option {other}", case.id),
                };
            }
            optimizer.spec()
        }};
    }
    Some(match name {
        "SGD" => set!(Sgd, 1e-3, [momentum, dampening, weight_decay], [nesterov]),
        "Adam" => set!(Adam, 1e-3, [eps, weight_decay], [amsgrad], "betas"),
        "AdamW" => set!(AdamW, 1e-3, [eps, weight_decay], [amsgrad], "betas"),
        "RMSprop" => set!(RmsProp, 1e-2, [alpha, eps, weight_decay, momentum], [centered]),
        other => panic!("{}: unknown optimizer {other}", case.id),
    })
}

#[test]
fn golden_optimizers() {
    let mut tried = BTreeSet::new();
    for case in golden::<Case>("optimizers") {
        let Some(spec) = optimizer(&case) else { continue };
        for (dtype, expected, tolerance) in [(DType::F64, "float64", 1e-9), (DType::F32, "float32", 1e-5)] {
            let expected: BTreeMap<String, Vec<f64>> = serde_json::from_value(case.expected[expected].clone()).unwrap();
            let parameter = Var::from_tensor(&tensor(&case.init, dtype)).unwrap();
            let mut optimizer = (spec.build)(&spec.settings);
            for (step, gradient) in case.grads.as_array().unwrap().iter().enumerate() {
                optimizer.step("p", &parameter, &tensor(gradient, dtype)).unwrap();
                // The state goes through its saved form at every step.
                let state = optimizer.state().unwrap();
                optimizer = (spec.build)(&spec.settings);
                optimizer.set_state(&state).unwrap();
                if let Some(expected) = expected.get(&(step + 1).to_string()) {
                    let off = difference(&numbers(&parameter), expected, 1e-2);
                    assert!(off <= tolerance, "{} {dtype:?} step {}: off by {off:e}", case.id, step + 1);
                }
            }
        }
        tried.insert(case.optimizer);
    }
    assert!(!tried.is_empty(), "no case is for an optimizer that is there");
}
