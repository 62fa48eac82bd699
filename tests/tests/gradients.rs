//! Gradients of losses against finite differences, in f64.

use candle_core::{DType, Device, Tensor, Var};
use modularml::experiment::loss::{Bce, BceWithLogits, CrossEntropy, Huber, L1, L2, LossSpec, Mse, Nll, TripletMargin};
use modularml::graph::Activation;
use modularml_tests::gradients::{check, random};
use modularml_tests::numbers;

fn check_loss(what: &str, loss: impl Into<LossSpec>, differentiable: &[Tensor], rest: &[Tensor]) {
    let loss = loss.into();
    let variables: Vec<Var> = differentiable.iter().map(|input| Var::from_tensor(input).unwrap()).collect();
    check(what, &variables, || {
        let mut inputs: Vec<Tensor> = variables.iter().map(|input| input.as_tensor().clone()).collect();
        inputs.extend(rest.iter().cloned());
        let rows = (loss.evaluate)(&loss.settings, &inputs).unwrap().0;
        let weights = random(rows.dims(), 11);
        (rows * weights).unwrap().sum_all().unwrap()
    });
}

#[test]
fn losses_pass_exact_gradients() {
    let (a, b, c) = (random(&[5, 3], 1), random(&[5, 3], 2), random(&[5, 3], 3));
    let classes = Tensor::new(&[0u32, 2, 1, 1, 2], &Device::Cpu).unwrap();
    let [probabilities, targets] = [&a, &b].map(|logits| Activation::Sigmoid.apply(logits).unwrap());
    let logarithms = Activation::LogSoftmax.apply(&a).unwrap();
    let one = std::slice::from_ref;
    check_loss("Mse", Mse, &[a.clone(), b.clone()], &[]);
    check_loss("L1", L1, &[a.clone(), b.clone()], &[]);
    check_loss("Huber", Huber::delta(0.7), &[a.clone(), b.clone()], &[]);
    check_loss("CrossEntropy", CrossEntropy::new(), one(&a), one(&classes));
    let smoothed = CrossEntropy::new().label_smoothing(0.2);
    check_loss("CrossEntropy with smoothing", smoothed, one(&a), one(&classes));
    check_loss("Nll", Nll, one(&logarithms), one(&classes));
    check_loss("Bce", Bce, &[probabilities, targets.clone()], &[]);
    check_loss("BceWithLogits", BceWithLogits, &[a.clone(), targets], &[]);
    check_loss("TripletMargin", TripletMargin::margin(2.0), &[a.clone(), b.clone(), c.clone()], &[]);
    check_loss("TripletMargin with swap", TripletMargin::margin(2.0).swap(), &[a.clone(), b, c], &[]);
    check_loss("L2", L2, one(&a.flatten_all().unwrap()), &[]);
}

#[test]
fn gradients_at_kinks_are_those_of_pytorch() {
    let zero = || Var::from_tensor(&Tensor::zeros(1, DType::F64, &Device::Cpu).unwrap()).unwrap();
    let x = zero();
    let gradients = Activation::Relu.apply(&x).unwrap().sum_all().unwrap().backward().unwrap();
    assert_eq!(numbers(gradients.get(&x).unwrap()), [0.0]);
    let (x, loss) = (zero(), L1.spec());
    let rows = (loss.evaluate)(&loss.settings, &[x.as_tensor().clone(), zero().as_tensor().clone()]).unwrap().0;
    assert_eq!(numbers(rows.sum_all().unwrap().backward().unwrap().get(&x).unwrap()), [0.0]);
}
