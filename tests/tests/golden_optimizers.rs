//! Optimizers against PyTorch.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor, Var};
use modularml::graph::{
    Adadelta, Adagrad, Adam, AdamW, Adamax, Asgd, Change, Lbfgs, Lion, NAdam, OptimizerSpec, RAdam, RmsProp, Rprop, Sgd,
};
use modularml_tests::golden::{each_case, each_case_where, left_out};
use modularml_tests::{difference, numbers, tensor};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    id: String,
    optimizer: Option<String>,
    #[serde(default)]
    params: Value,
    #[serde(default)]
    init: Value,
    #[serde(default)]
    grads: Value,
    expected: Value,
}

/// The optimizer of a case.
fn optimizer(case: &Case) -> OptimizerSpec {
    let name = case.optimizer.as_deref().unwrap();
    let options = case.params.as_object().unwrap();
    let lr = options.get("lr").and_then(Value::as_f64);
    macro_rules! set {
        ($optimizer:ident, $lr:literal, [$($number:ident),*], [$($flag:ident),*] $(, $betas:literal)?) => {{
            let mut optimizer = $optimizer::lr(lr.unwrap_or($lr));
            for (option, value) in options {
                optimizer = match option.as_str() {
                    // Our optimizers always make small; the gradients are turned round instead.
                    "lr" | "maximize" => optimizer,
                    "decoupled_weight_decay" | "initial_accumulator_value" | "etas" | "lambd" => optimizer,
                    $(stringify!($number) => optimizer.$number(value.as_f64().unwrap()),)*
                    $(stringify!($flag) => if value.as_bool().unwrap() { optimizer.$flag() } else { optimizer },)*
                    $($betas => optimizer.beta1(value[0].as_f64().unwrap()).beta2(value[1].as_f64().unwrap()),)?
                    other => left_out(other),
                };
            }
            optimizer.spec()
        }};
    }
    let is_decoupled = options.get("decoupled_weight_decay").is_some_and(|is| is.as_bool().unwrap());
    let number = |name| options.get(name).and_then(Value::as_f64);
    match name {
        "ASGD" => {
            let settings = set!(Asgd, 1e-2, [weight_decay], []).settings;
            Asgd::from_settings(&settings).decay(number("lambd").unwrap_or(1e-4)).spec()
        }
        "Adadelta" => set!(Adadelta, 1.0, [rho, eps, weight_decay], []),
        "Adagrad" => {
            let settings = set!(Adagrad, 1e-2, [lr_decay, eps, weight_decay], []).settings;
            Adagrad::from_settings(&settings).initial(number("initial_accumulator_value").unwrap_or(0.0)).spec()
        }
        "Adamax" => set!(Adamax, 2e-3, [eps, weight_decay], [], "betas"),
        "NAdam" => {
            let nadam = set!(NAdam, 2e-3, [eps, weight_decay, momentum_decay], [], "betas");
            if is_decoupled { NAdam::from_settings(&nadam.settings).decoupled().spec() } else { nadam }
        }
        "RAdam" => {
            let radam = set!(RAdam, 1e-3, [eps, weight_decay], [], "betas");
            if is_decoupled { RAdam::from_settings(&radam.settings).decoupled().spec() } else { radam }
        }
        "Rprop" => {
            let rprop = Rprop::lr(lr.unwrap_or(1e-2));
            match options.get("etas") {
                Some(etas) => rprop.shrink(etas[0].as_f64().unwrap()).grow(etas[1].as_f64().unwrap()).spec(),
                None => rprop.spec(),
            }
        }
        "SGD" => set!(Sgd, 1e-3, [momentum, dampening, weight_decay], [nesterov]),
        "Adam" => set!(Adam, 1e-3, [eps, weight_decay], [amsgrad], "betas"),
        "AdamW" => set!(AdamW, 1e-3, [eps, weight_decay], [amsgrad], "betas"),
        "RMSprop" => set!(RmsProp, 1e-2, [alpha, eps, weight_decay, momentum], [centered]),
        other => left_out(other),
    }
}

#[test]
fn golden_optimizers() {
    // Rates and clipping are compared in golden_rates.rs.
    each_case_where(
        "optimizers",
        |case| case["kind"] == "optimizer",
        |case: Case| {
            let spec = optimizer(&case);
            for (dtype, expected, tolerance) in [(DType::F64, "float64", 1e-9), (DType::F32, "float32", 1e-5)] {
                let expected: BTreeMap<String, Vec<f64>> =
                    serde_json::from_value(case.expected[expected].clone()).unwrap();
                let parameter = Var::from_tensor(&tensor(&case.init, dtype)).unwrap();
                let mut optimizer = spec.build().unwrap();
                for (step, gradient) in case.grads.as_array().unwrap().iter().enumerate() {
                    let sign = if case.params.get("maximize") == Some(&Value::Bool(true)) { -1.0 } else { 1.0 };
                    let gradient = (tensor(gradient, dtype) * sign).unwrap();
                    optimizer.step(&[Change { name: "p", parameter: &parameter, gradient: &gradient }]).unwrap();
                    // The state goes through its saved form at every step.
                    let state = optimizer.state().unwrap();
                    optimizer = spec.build().unwrap();
                    optimizer.set_state(&state).unwrap();
                    if let Some(expected) = expected.get(&(step + 1).to_string()) {
                        let off = difference(&numbers(&parameter), expected, 1e-2);
                        assert!(off <= tolerance, "{} {dtype:?} step {}: off by {off:e}", case.id, step + 1);
                    }
                }
            }
        },
    );
}

/// The optimizer of a case of two groups, of which biases do not decay.
fn of_groups(name: &str, options: &Value) -> OptimizerSpec {
    let number = |name: &str, default| options.get(name).map_or(default, |value| value.as_f64().unwrap());
    let says = |name: &str| options.get(name).is_some();
    let (lr, decay) = (number("lr", f64::NAN), number("weight_decay", f64::NAN));
    macro_rules! groups {
        ($optimizer:ident $(, $flag:ident: $is:expr)?) => {{
            let optimizer = $optimizer::lr(lr).weight_decay(decay).no_decay_on_biases();
            $(let optimizer = if $is { optimizer.$flag() } else { optimizer };)?
            optimizer
        }};
    }
    match name {
        "SGD" => groups!(Sgd).momentum(number("momentum", 0.0)).spec(),
        "Adam" => groups!(Adam).spec(),
        "AdamW" => groups!(AdamW, amsgrad: says("amsgrad")).spec(),
        "NAdam" => groups!(NAdam, decoupled: says("decoupled_weight_decay")).spec(),
        "RAdam" => groups!(RAdam, decoupled: says("decoupled_weight_decay")).spec(),
        "Adamax" => groups!(Adamax).spec(),
        "ASGD" => groups!(Asgd).decay(number("lambd", 1e-4)).spec(),
        "Adagrad" => groups!(Adagrad).spec(),
        "Adadelta" => groups!(Adadelta).spec(),
        "RMSprop" => groups!(RmsProp, centered: says("centered")).spec(),
        other => left_out(other),
    }
}

/// Biases that are left out of the decay are a parameter group of their own in PyTorch; `golden/groups.py` wrote the numbers.
#[test]
fn golden_groups() {
    #[derive(Deserialize)]
    struct Case {
        optimizer: String,
        options: Value,
        init: BTreeMap<String, Value>,
        gradients: Vec<BTreeMap<String, Value>>,
        expected: Vec<BTreeMap<String, Value>>,
    }
    each_case("groups", |case: Case| {
        let spec = of_groups(&case.optimizer, &case.options);
        let variable = |value| Var::from_tensor(&tensor(value, DType::F64)).unwrap();
        let parameters: BTreeMap<_, _> = case.init.iter().map(|(name, value)| (name, variable(value))).collect();
        let mut optimizer = spec.build().unwrap();
        for (step, (gradients, expected)) in case.gradients.iter().zip(&case.expected).enumerate() {
            for (name, parameter) in &parameters {
                let gradient = &tensor(&gradients[*name], DType::F64);
                optimizer.step(&[Change { name: name.as_str(), parameter, gradient }]).unwrap();
                let expected = numbers(&tensor(&expected[*name], DType::F64));
                let off = difference(&numbers(parameter), &expected, 1e-2);
                assert!(off <= 1e-9, "{} {} {name} step {}: off by {off:e}", case.optimizer, case.options, step + 1);
            }
        }
    });
}

/// What decays is told by the axes of a parameter: with gradients of 0, Lion takes the decay alone.
#[test]
fn parameters_of_one_axis_are_left_out_of_the_decay() {
    let gradient = |dims: &[usize]| Tensor::zeros(dims, DType::F64, &Device::Cpu).unwrap();
    for (dims, decays) in
        [(&[][..], false), (&[1], false), (&[4], false), (&[1, 4], true), (&[4, 1], true), (&[2, 3, 4], true)]
    {
        let parameter = Var::ones(dims, DType::F64, &Device::Cpu).unwrap();
        let mut lion = Lion::lr(0.5).weight_decay(0.2).no_decay_on_biases().spec().build().unwrap();
        lion.step(&[Change { name: "p", parameter: &parameter, gradient: &gradient(dims) }]).unwrap();
        let expected = if decays { 0.9 } else { 1.0 };
        assert!(numbers(&parameter).iter().all(|p| (p - expected).abs() < 1e-12), "{dims:?}: {parameter}");
    }
}

/// Lion is not in PyTorch: its first steps by hand, with lr 0.5, decay 0.2, beta1 0.5 and beta2 0.75.
#[test]
fn lion_steps_by_the_sign_of_its_moment() {
    let spec = Lion::lr(0.5).weight_decay(0.2).beta1(0.5).beta2(0.75).spec();
    let mut lion = spec.build().unwrap();
    let parameter = Var::new(&[1.0f64, -1.0, 0.0], &Device::Cpu).unwrap();
    // Moments after a step: a quarter of the gradient, then 0.75 of the moment and a quarter of the gradient.
    let steps = [
        ([4.0, -8.0, 0.0], [0.9 - 0.5, -0.9 + 0.5, 0.0]),
        // Moments 1, -2, 0: directions 0.5 - 1, -1 + 1.5, 0.
        ([-2.0, 3.0, 0.0], [0.36 + 0.5, -0.36 - 0.5, 0.0]),
        // Moments 0.25, -0.75, 0: directions 0.125, -0.375 + 0.5, 1.
        ([0.0, 1.0, 2.0], [0.774 - 0.5, -0.774 - 0.5, -0.5]),
    ];
    for (gradient, expected) in steps {
        let gradient = &Tensor::new(&gradient, &Device::Cpu).unwrap();
        lion.step(&[Change { name: "p", parameter: &parameter, gradient }]).unwrap();
        assert!(difference(&numbers(&parameter), &expected, 1.0) < 1e-12, "{:?}", numbers(&parameter));
    }
}

/// The places of a parameter after three steps, each with a momentum, or with the optimizer's own.
fn places(spec: &OptimizerSpec, momenta: [Option<f64>; 3]) -> Vec<Vec<f64>> {
    let parameter = Var::new(&[1.0f64, -1.0], &Device::Cpu).unwrap();
    let mut optimizer = spec.build().unwrap();
    let gradients = [[1.0, -2.0], [-0.05, 0.1], [0.5, 3.0]];
    let steps = gradients.iter().zip(momenta).map(|(gradient, momentum)| {
        let gradient = &Tensor::new(gradient, &Device::Cpu).unwrap();
        optimizer.set_momentum(momentum);
        optimizer.step(&[Change { name: "p", parameter: &parameter, gradient }]).unwrap();
        numbers(&parameter)
    });
    steps.collect()
}

/// Those that say that they have a momentum take the one that is set, 0 as well, and take up their own again.
#[test]
fn momenta_are_set_where_there_are_any() {
    let all = vec![
        (Sgd::lr(0.1).momentum(0.9).nesterov().spec(), true),
        (RmsProp::lr(0.1).momentum(0.9).spec(), true),
        (Adam::lr(0.1).spec(), true),
        (AdamW::lr(0.1).amsgrad().spec(), true),
        (RAdam::lr(0.1).spec(), true),
        (Adamax::lr(0.1).spec(), true),
        (Lion::lr(0.1).spec(), true),
        (Sgd::lr(0.1).spec(), false),
        (NAdam::lr(0.1).spec(), false),
        (Adagrad::lr(0.1).spec(), false),
        (Adadelta::lr(0.1).spec(), false),
        (Asgd::lr(0.1).spec(), false),
        (Rprop::lr(0.1).spec(), false),
        (Lbfgs::lr(0.1).spec(), false),
    ];
    for (spec, has_momentum) in all {
        assert_eq!(spec.has_momentum, has_momentum, "{}", spec.name);
        let own = places(&spec, [None; 3]);
        assert_eq!(places(&spec, [Some(0.5); 3]) != own, has_momentum, "{}", spec.name);
        assert_eq!(places(&spec, [Some(0.0); 3]) != own, has_momentum, "{}", spec.name);
        if has_momentum {
            let back = places(&spec, [Some(0.9), None, Some(0.9)]);
            assert_eq!(back, own, "{}: its own momentum is 0.9", spec.name);
        }
    }
    assert!(!RmsProp::lr(0.1).spec().has_momentum, "a momentum of 0 is none");
}

/// Adam along a gradient of 1, by hand: m = b m + 1 - b, divided by 1 - b^t with the b of the step; v is 1.
#[test]
fn adam_steps_with_the_momentum_that_is_set() {
    let spec = Adam::lr(0.1).eps(0.0).spec();
    let mut adam = spec.build().unwrap();
    let parameter = Var::new(&[0.0f64], &Device::Cpu).unwrap();
    let gradient = &Tensor::new(&[1.0f64], &Device::Cpu).unwrap();
    let (mut place, mut moment) = (0.0, 0.0);
    for (step, momentum) in (1..).zip([Some(0.95), Some(0.85), Some(0.5), None, Some(0.95)]) {
        adam.set_momentum(momentum);
        adam.step(&[Change { name: "p", parameter: &parameter, gradient }]).unwrap();
        let b: f64 = momentum.unwrap_or(0.9);
        moment = b * moment + 1.0 - b;
        place -= 0.1 * moment / (1.0 - b.powi(step));
        assert!(difference(&numbers(&parameter), &[place], 1.0) < 1e-12, "step {step}");
    }
}

/// The gradient of 100 (b - a^2)^2 + (1 - a)^2, the sum over neighbours, which Rosenbrock's valley is.
fn rosenbrock(x: &[f64]) -> Vec<f64> {
    let mut gradient = vec![0.0; x.len()];
    for (place, pair) in x.windows(2).enumerate() {
        let off = pair[1] - pair[0] * pair[0];
        gradient[place] += -400.0 * pair[0] * off - 2.0 * (1.0 - pair[0]);
        gradient[place + 1] += 200.0 * off;
    }
    gradient
}

#[test]
fn golden_lbfgs() {
    #[derive(Deserialize)]
    struct Case {
        lr: f64,
        history: usize,
        /// Two parameters, the second ones behind the first.
        init: [Vec<f64>; 2],
        expected: Vec<Vec<f64>>,
    }
    let vector = |values: &[f64]| Tensor::new(values, &Device::Cpu).unwrap();
    each_case("lbfgs", |case: Case| {
        let spec = Lbfgs::lr(case.lr).history(case.history).spec();
        let mut optimizer = spec.build().unwrap();
        let parameters = case.init.each_ref().map(|init| Var::from_tensor(&vector(init)).unwrap());
        for (step, expected) in case.expected.iter().enumerate() {
            let place = parameters.each_ref().map(|parameter| numbers(parameter)).concat();
            let gradient = rosenbrock(&place);
            let (first, second) = gradient.split_at(case.init[0].len());
            let gradients = [vector(first), vector(second)];
            // The state goes through its saved form at every step, and the order of parameters does not matter.
            let state = optimizer.state().unwrap();
            optimizer = spec.build().unwrap();
            optimizer.set_state(&state).unwrap();
            let change = |name, at: usize| Change { name, parameter: &parameters[at], gradient: &gradients[at] };
            let [a, b] = [change("a.weight", 0), change("b.weight", 1)];
            optimizer.step(&if step % 2 == 0 { [a, b] } else { [b, a] }).unwrap();
            let found = parameters.each_ref().map(|parameter| numbers(parameter)).concat();
            let off = difference(&found, expected, 1e-2);
            assert!(off <= 1e-9, "step {}: off by {off:e}", step + 1);
        }
    });
}

/// A saved state that was changed is refused, and the one that is there stays.
#[test]
fn lbfgs_refuses_states_that_do_not_fit() {
    let spec = Lbfgs::lr(0.1).spec();
    let mut optimizer = spec.build().unwrap();
    let parameter = Var::new(&[1.0f64, -1.0], &Device::Cpu).unwrap();
    for gradient in [[1.0f64, 2.0], [0.5, 1.0]] {
        let gradient = &Tensor::new(&gradient, &Device::Cpu).unwrap();
        optimizer.step(&[Change { name: "p", parameter: &parameter, gradient }]).unwrap();
    }
    let state = optimizer.state().unwrap();
    assert_eq!(state.keys().collect::<Vec<_>>(), ["p/gradient", "p/moved", "p/pair.0.moved", "p/pair.0.turned"]);
    for key in state.keys() {
        let mut lacking = state.clone();
        lacking.remove(key);
        assert!(optimizer.set_state(&lacking).is_err(), "without {key}");
        let mut shorter = state.clone();
        shorter.insert(key.clone(), Tensor::new(&[1.0f64], &Device::Cpu).unwrap());
        assert!(optimizer.set_state(&shorter).is_err(), "with a shorter {key}");
    }
    let unknown = [("p/pairs".to_owned(), state["p/moved"].clone())];
    assert!(optimizer.set_state(&state.clone().into_iter().chain(unknown).collect()).is_err());
    assert_eq!(optimizer.state().unwrap().len(), 4);
    optimizer.set_state(&state).unwrap();
}
