//! Optimizers against PyTorch.

use std::collections::{BTreeMap, BTreeSet};

use candle_core::{DType, Device, Tensor, Var};
use modularml::graph::{Adam, AdamW, OptimizerSpec, RmsProp, Sgd};
use modularml_tests::{array, difference, golden};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    id: String,
    kind: String,
    optimizer: Option<String>,
    #[serde(default)]
    params: Value,
    init: Option<Vec<f64>>,
    #[serde(default)]
    grads: Value,
    expected: Value,
}

/// Kinds of cases, optimizers and options that are not there yet.
const MISSING_KINDS: &[&str] = &["scheduler", "clip"];
const MISSING: &[&str] = &["Adagrad", "Adadelta", "NAdam", "RAdam", "Adamax", "Rprop", "ASGD"];
const MISSING_OPTIONS: &[&str] = &["maximize"];

/// The optimizer of a case; every option must be one that is known.
fn optimizer(case: &Case) -> Option<OptimizerSpec> {
    let name = case.optimizer.as_deref().unwrap();
    let options = case.params.as_object().unwrap();
    if MISSING.contains(&name) || options.keys().any(|option| MISSING_OPTIONS.contains(&option.as_str())) {
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
        if case.kind != "optimizer" {
            assert!(MISSING_KINDS.contains(&case.kind.as_str()), "{}: unknown kind {}", case.id, case.kind);
            continue;
        }
        let Some(spec) = optimizer(&case) else { continue };
        let tensor = |numbers: Vec<f64>, dtype| {
            let count = numbers.len();
            Tensor::from_vec(numbers, count, &Device::Cpu).unwrap().to_dtype(dtype).unwrap()
        };
        for (dtype, expected, tolerance) in [(DType::F64, "float64", 1e-9), (DType::F32, "float32", 1e-5)] {
            let expected: BTreeMap<String, Vec<f64>> = serde_json::from_value(case.expected[expected].clone()).unwrap();
            let parameter = Var::from_tensor(&tensor(case.init.clone().unwrap(), dtype)).unwrap();
            let mut optimizer = (spec.build)(&spec.settings);
            for (step, gradient) in case.grads.as_array().unwrap().iter().enumerate() {
                optimizer.step("p", &parameter, &tensor(array(gradient).0, dtype)).unwrap();
                // The state goes through its saved form at every step.
                let state = optimizer.state().unwrap();
                optimizer = (spec.build)(&spec.settings);
                optimizer.set_state(&state).unwrap();
                if let Some(expected) = expected.get(&(step + 1).to_string()) {
                    let found = parameter.to_dtype(DType::F64).unwrap().to_vec1::<f64>().unwrap();
                    let off = difference(&found, expected, 1e-2);
                    assert!(off <= tolerance, "{} {dtype:?} step {}: off by {off:e}", case.id, step + 1);
                }
            }
        }
        tried.insert(case.optimizer);
    }
    assert!(!tried.is_empty(), "no case is for an optimizer that is there");
}
