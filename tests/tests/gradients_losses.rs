//! Gradients of losses against finite differences, in f64: for several shapes, one row alone among them, and inputs
//! that are not contiguous.

use std::collections::BTreeSet;

use candle_core::{DType, Device, Tensor, Var};
use modularml::Registry;
use modularml::experiment::loss::LossSpec;
use modularml::graph::Activation;
use modularml::losses::*;
use modularml_tests::gradients::{Lies, compare, random};

/// A loss, the inputs that have gradients, and those behind them that have none.
type Row = (LossSpec, Vec<Tensor>, Vec<Tensor>);

/// Every loss on inputs of these dimensions, the rows first.
fn losses(dims: &[usize]) -> Vec<Row> {
    let [a, b, c] = [1, 2, 3].map(|seed| random(dims, seed));
    let apply = |activation: Activation, to: &Tensor| activation.apply(to).unwrap();
    let one = || vec![a.clone()];
    let two = || vec![a.clone(), b.clone()];
    let three = || vec![a.clone(), b.clone(), c.clone()];
    let targets = apply(Activation::Sigmoid, &b);
    let shares = || vec![targets.clone()];
    let [logarithms, other_logarithms] = [&a, &b].map(|logits| apply(Activation::LogSoftmax, logits));
    let distribution = apply(Activation::Softmax, &b);
    let yes_or_no = || vec![b.gt(0.0).unwrap().to_dtype(DType::F64).unwrap()];
    let together: Vec<f64> = (0..dims[0]).map(|row| f64::from(row % 2 == 0)).collect();
    let together = || vec![Tensor::new(together.as_slice(), &Device::Cpu).unwrap()];
    let classes: Vec<u32> = (0u32..).take(dims[..dims.len() - 1].iter().product()).map(|row| row * 2 % 3).collect();
    let classes = || vec![Tensor::from_slice(&classes, &dims[..dims.len() - 1], &Device::Cpu).unwrap()];
    let none = Vec::new;
    let weights = [("a", 0.5), ("b", 2.0), ("c", 1.0)];
    let weighted = CrossEntropy::new().class_weights(weights).label_smoothing(0.2);
    let labelled = BceWithLogits::new().positive_weights(weights);
    let flat = || vec![a.flatten_all().unwrap()];
    vec![
        (Mse.into(), two(), none()),
        (L1.into(), two(), none()),
        (Huber::delta(0.7).into(), two(), none()),
        (SmoothL1::beta(0.7).into(), two(), none()),
        (CrossEntropy::new().into(), one(), classes()),
        (CrossEntropy::new().label_smoothing(0.2).into(), one(), classes()),
        (if dims.last() == Some(&3) { weighted } else { CrossEntropy::new() }.into(), one(), classes()),
        (SoftCrossEntropy::new().label_smoothing(0.1).into(), one(), vec![distribution.clone()]),
        (Nll::new().into(), vec![logarithms.clone()], classes()),
        (MultiMargin::new().margin(9.0).into(), one(), classes()),
        (Bce.into(), vec![apply(Activation::Sigmoid, &a), targets.clone()], none()),
        (BceWithLogits::new().into(), vec![a.clone(), targets.clone()], none()),
        (BceWithLogits::new().positive_weight(3.0).into(), one(), shares()),
        (if dims.last() == Some(&3) { labelled } else { BceWithLogits::new() }.into(), one(), shares()),
        (KlDiv::new().into(), vec![logarithms.clone(), distribution], none()),
        (KlDiv::new().log_target().into(), vec![logarithms, other_logarithms], none()),
        (quantiles(dims).into(), one(), vec![b.narrow(dims.len() - 1, 0, 1).unwrap().squeeze(dims.len() - 1).unwrap()]),
        (PoissonNll::new().full().into(), one(), shares()),
        (PoissonNll::new().of_rates().full().into(), shares(), vec![(&targets + 2.0).unwrap()]),
        (NegativeBinomialNll::dispersion(0.7).into(), one(), vec![(&targets * 4.0).unwrap()]),
        (GaussianNll::new().into(), vec![a.clone(), b.clone(), (&targets + 0.5).unwrap()], none()),
        (SoftMargin.into(), one(), yes_or_no()),
        (HingeEmbedding::new().margin(2.5).into(), one(), yes_or_no()),
        (MarginRanking::new().margin(3.0).into(), two(), yes_or_no()),
        (Contrastive::margin(9.0).into(), two(), together()),
        (CosineEmbedding::new().margin(-1.0).into(), two(), together()),
        (TripletMargin::margin(9.0).into(), three(), none()),
        (TripletMargin::margin(9.0).swap().into(), three(), none()),
        (InfoNce::temperature(0.5).into(), two(), none()),
        (NtXent::temperature(0.5).into(), two(), none()),
        (L1Penalty.into(), flat(), none()),
        (L2Penalty.into(), flat(), none()),
    ]
}

/// As many levels as there are numbers along the last axis.
fn quantiles(dims: &[usize]) -> Quantiles {
    match dims.last() {
        Some(3) => Quantiles::levels([("low", 0.1), ("median", 0.5), ("high", 0.9)]),
        _ => Quantiles::levels([("a", 0.05), ("b", 0.25), ("c", 0.5), ("d", 0.8)]),
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    for (dims, lies) in [&[5, 3][..], &[1, 4], &[4, 2, 3]].iter().flat_map(|dims| Lies::ALL.map(|lies| (dims, lies))) {
        for (loss, inputs, rest) in losses(dims) {
            let variables: Vec<Var> = inputs.iter().map(|input| lies.variable(input)).collect();
            let what = format!("{} of {dims:?}, {lies:?}", loss.name);
            let gradients = compare(&what, &variables, || {
                let inputs = variables.iter().map(|input| lies.view(input)).chain(rest.iter().cloned());
                let rows = loss.evaluate(&inputs.collect::<Vec<_>>()).unwrap().0;
                let weights = random(rows.dims(), 11);
                (rows * weights).unwrap().sum_all().unwrap()
            });
            // A row that is compared with the others of its batch has nothing to learn alone.
            let is_alone = dims[0] == 1 && ["InfoNce", "NtXent"].contains(&loss.name);
            for found in gradients {
                assert_eq!(found.iter().any(|gradient| gradient.abs() > 1e-3), !is_alone, "{what}: {found:?}");
            }
        }
    }
}

#[test]
fn every_loss_is_compared() {
    let names: BTreeSet<&str> = losses(&[1, 3]).iter().map(|(loss, ..)| loss.name).collect();
    assert_eq!(names, Registry::new().losses().collect());
}

/// Inputs that lie in memory in another way give the same bits.
#[test]
fn losses_take_inputs_that_are_not_contiguous() {
    for (loss, inputs, rest) in losses(&[4, 3]) {
        let values = Lies::ALL.map(|lies| {
            let variables: Vec<Var> = inputs.iter().map(|input| lies.variable(input)).collect();
            let views = variables.iter().map(|input| lies.view(input)).chain(rest.iter().cloned());
            let value = loss.evaluate(&views.collect::<Vec<_>>()).unwrap().0;
            modularml_tests::numbers(&value)
        });
        assert!(values.iter().all(|value| *value == values[0]), "{}: {values:?}", loss.name);
    }
}

/// Rows that are alike have a distance of 0, whose gradient is 0 as PyTorch's, for every norm; small differences to a large
/// power are not lost.
#[test]
fn triplets_that_are_alike_have_finite_gradients() {
    for dtype in [DType::F32, DType::F64] {
        for (norm, eps) in [(3.0, 0.0), (8.0, 1e-6), (8.0, 0.0), (1.5, 0.0)] {
            let of = |values: &[f64]| {
                let rows = Tensor::new(values, &Device::Cpu).unwrap().reshape((2, 2)).unwrap();
                Var::from_tensor(&rows.to_dtype(dtype).unwrap()).unwrap()
            };
            let [anchor, positive, negative] = [[1.0, 2.0, 0.5, 0.5], [1.0, 2.0, 0.5, 0.5], [0.0, 3.0, 0.6, 0.7]];
            let inputs = [of(&anchor), of(&positive), of(&negative)];
            let loss: LossSpec = TripletMargin::margin(1.0).norm(norm).eps(eps).into();
            let given: Vec<Tensor> = inputs.iter().map(|input| input.as_tensor().clone()).collect();
            let value = loss.evaluate(&given).unwrap().0;
            let apart = |x: f64, y: f64| ((x + eps).abs().powf(norm) + (y + eps).abs().powf(norm)).powf(1.0 / norm);
            let alike = if eps > 0.0 { eps * 2f64.powf(1.0 / norm) } else { 0.0 };
            let expected =
                [1.0 + alike - apart(1.0, -1.0), 1.0 + alike - apart(-0.1, -0.2)].map(|value| value.max(0.0));
            let found = value.to_dtype(DType::F64).unwrap().to_vec1::<f64>().unwrap();
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-5, "norm {norm}: {found}, not {expected}");
            }
            let gradients = value.sum_all().unwrap().backward().unwrap();
            for input in &inputs {
                let gradient = gradients.get(input).unwrap().to_dtype(DType::F64).unwrap().flatten_all().unwrap();
                assert!(gradient.to_vec1::<f64>().unwrap().iter().all(|slope| slope.is_finite()), "norm {norm}");
            }
        }
    }
}
