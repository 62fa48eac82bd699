//! Gradients of losses against finite differences, in f64.

use candle_core::{DType, Device, Tensor, Var};
use modularml::experiment::loss::{
    Bce, BceWithLogits, Contrastive, CosineEmbedding, CrossEntropy, GaussianNll, HingeEmbedding, Huber, InfoNce, KlDiv,
    L1, L1Penalty, L2Penalty, LossSpec, MarginRanking, Mse, MultiMargin, Nll, NtXent, PoissonNll, SmoothL1,
    SoftCrossEntropy, SoftMargin, TripletMargin,
};
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
    check_loss("Nll", Nll::new(), one(&logarithms), one(&classes));
    check_loss("Bce", Bce, &[probabilities, targets.clone()], &[]);
    check_loss("BceWithLogits", BceWithLogits::new(), &[a.clone(), targets], &[]);
    check_loss("TripletMargin", TripletMargin::margin(2.0), &[a.clone(), b.clone(), c.clone()], &[]);
    check_loss("TripletMargin with swap", TripletMargin::margin(2.0).swap(), &[a.clone(), b, c], &[]);
    check_loss("L1Penalty", L1Penalty, one(&a.flatten_all().unwrap()), &[]);
    check_loss("L2Penalty", L2Penalty, one(&a.flatten_all().unwrap()), &[]);
}

/// Several shapes, one row alone among them.
#[test]
fn losses_pass_exact_gradients_in_every_shape() {
    for dims in [&[5, 3][..], &[1, 4], &[4, 2, 3]] {
        let [a, b, c] = [1, 2, 3].map(|seed| random(dims, seed));
        let one = std::slice::from_ref;
        let two = [a.clone(), b.clone()];
        let apply = |activation: Activation, to: &Tensor| activation.apply(to).unwrap();
        let targets = apply(Activation::Sigmoid, &b);
        let yes_or_no = b.gt(0.0).unwrap().to_dtype(DType::F64).unwrap();
        let rows = dims[0];
        let together = Tensor::from_vec((0..rows).map(|row| f64::from(row % 2 == 0)).collect(), rows, &Device::Cpu);
        let together: Tensor = together.unwrap();
        let what = |name: &str| format!("{name} of {dims:?}");
        check_loss(&what("SmoothL1"), SmoothL1::beta(0.7), &two, &[]);
        check_loss(&what("weighted BceWithLogits"), BceWithLogits::new().positive_weight(3.0), one(&a), one(&targets));
        let distributions = [apply(Activation::LogSoftmax, &a), apply(Activation::Softmax, &b)];
        check_loss(&what("KlDiv"), KlDiv::new(), &distributions, &[]);
        let logarithms = [apply(Activation::LogSoftmax, &a), apply(Activation::LogSoftmax, &b)];
        check_loss(&what("KlDiv of logarithms"), KlDiv::new().log_target(), &logarithms, &[]);
        let soft = SoftCrossEntropy::new().label_smoothing(0.1);
        check_loss(&what("SoftCrossEntropy"), soft, one(&a), one(&distributions[1]));
        check_loss(&what("PoissonNll"), PoissonNll::new().full(), one(&a), one(&targets));
        let rates = PoissonNll::new().of_rates().full();
        check_loss(&what("PoissonNll of rates"), rates, one(&targets), &[(&targets + 2.0).unwrap()]);
        check_loss(&what("GaussianNll"), GaussianNll::new(), &[a.clone(), b.clone(), (targets + 0.5).unwrap()], &[]);
        check_loss(&what("SoftMargin"), SoftMargin, one(&a), one(&yes_or_no));
        check_loss(&what("HingeEmbedding"), HingeEmbedding::new().margin(2.5), one(&a), one(&yes_or_no));
        check_loss(&what("MarginRanking"), MarginRanking::new().margin(3.0), &two, one(&yes_or_no));
        check_loss(&what("Contrastive"), Contrastive::margin(9.0), &two, one(&together));
        check_loss(&what("CosineEmbedding"), CosineEmbedding::new().margin(-1.0), &two, one(&together));
        check_loss(&what("TripletMargin"), TripletMargin::margin(9.0), &[a.clone(), b.clone(), c], &[]);
        if rows > 1 {
            check_loss(&what("InfoNce"), InfoNce::temperature(0.5), &two, &[]);
            check_loss(&what("NtXent"), NtXent::temperature(0.5), &two, &[]);
        }
        let classes = Tensor::zeros(&dims[..dims.len() - 1], DType::U32, &Device::Cpu).unwrap();
        let weighted = CrossEntropy::new().class_weights([("a", 0.5), ("b", 2.0), ("c", 1.0)]).label_smoothing(0.2);
        if dims.last() == Some(&3) {
            check_loss(&what("weighted CrossEntropy"), weighted, one(&a), one(&classes));
        }
        check_loss(&what("Nll"), Nll::new(), one(&logarithms[0]), one(&classes));
        check_loss(&what("MultiMargin"), MultiMargin::new().margin(9.0), one(&a), one(&classes));
    }
}

/// Inputs that lie in memory in another order give the same bits.
#[test]
fn losses_take_inputs_that_are_not_contiguous() {
    let rows = Tensor::new(&[1.0, 0.0, 1.0, 0.0], &Device::Cpu).unwrap();
    let classes = Tensor::new(&[0u32, 2, 1, 1], &Device::Cpu).unwrap();
    let losses: Vec<(LossSpec, u64, Option<&Tensor>)> = vec![
        (Mse.into(), 2, None),
        (L1.into(), 2, None),
        (SmoothL1::beta(1.0).into(), 2, None),
        (Huber::delta(1.0).into(), 2, None),
        (BceWithLogits::new().into(), 2, None),
        (SoftCrossEntropy::new().into(), 2, None),
        (PoissonNll::new().full().into(), 2, None),
        (GaussianNll::new().into(), 3, None),
        (SoftMargin.into(), 2, None),
        (HingeEmbedding::new().into(), 2, None),
        (MarginRanking::new().into(), 3, None),
        (InfoNce::temperature(0.5).into(), 2, None),
        (NtXent::temperature(0.5).into(), 2, None),
        (TripletMargin::margin(1.0).into(), 3, None),
        (Contrastive::margin(1.0).into(), 2, Some(&rows)),
        (CosineEmbedding::new().into(), 2, Some(&rows)),
        (CrossEntropy::new().into(), 1, Some(&classes)),
        (Nll::new().into(), 1, Some(&classes)),
        (MultiMargin::new().into(), 1, Some(&classes)),
    ];
    for (loss, count, last) in losses {
        let run = |is_turned: bool| {
            let turn = |tensor: &Tensor| if is_turned { tensor.t().unwrap() } else { tensor.clone() };
            let variable = |seed| Var::from_tensor(&turn(&random(&[4, 3], seed)).contiguous().unwrap()).unwrap();
            let variables: Vec<Var> = (1..=count).map(variable).collect();
            let mut inputs: Vec<Tensor> = variables.iter().map(|variable| turn(variable)).collect();
            assert_eq!(inputs[0].is_contiguous(), !is_turned);
            inputs.extend(last.cloned());
            let value = (loss.evaluate)(&loss.settings, &inputs).unwrap().0;
            let gradients = value.sum_all().unwrap().backward().unwrap();
            (numbers(&value), numbers(&turn(gradients.get(&variables[0]).unwrap())))
        };
        assert_eq!(run(true), run(false), "{}", loss.name);
    }
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
