//! What layers, losses, metrics and optimizers refuse, and in which words.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor, Var};
use modularml::experiment::loss::{CrossEntropy, Huber, LossSpec, Mse, PerSample};
use modularml::experiment::metric::{Accuracy, MetricSpec, R2, Rmse};
use modularml::graph::{Activation, Adam, Change, Concat, Linear, Mlp, Optimizer, OptimizerSpec, Ridge, Sgd};
use modularml_tests::numbers;

fn tensor(values: &[f64], dims: &[usize]) -> Tensor {
    Tensor::from_vec(values.to_vec(), dims, &Device::Cpu).unwrap()
}

fn evaluate(loss: impl Into<LossSpec>, inputs: &[Tensor]) -> modularml::Result<PerSample> {
    let loss = loss.into();
    loss.evaluate(inputs)
}

#[test]
fn settings_out_of_range_are_named_with_their_range() {
    for (settings, message) in vec![
        (Adam::lr(0.0).settings(), "lr(0) of `it`: must be above 0"),
        (Adam::lr(-1e-3).settings(), "lr(-0.001) of `it`: must be above 0"),
        (Adam::lr(1.0).beta2(1.0).settings(), "beta2(1) of `it`: must be at least 0 and below 1"),
        (Sgd::lr(0.1).momentum(-0.5).settings(), "momentum(-0.5) of `it`: must be at least 0"),
        (Mlp::hidden([8]).dropout(1.5).settings(), "dropout(1.5) of `it`: must be at least 0 and below 1"),
        (Mlp::hidden([8, 0]).settings(), "hidden([8, 0]) of `it`: must be at least 1"),
        (Linear::to([0]).settings(), "output([0]) of `it`: must be at least 1"),
        (Ridge::penalty(-1.0).settings(), "penalty(-1) of `it`: must be at least 0"),
        (Huber::delta(f64::NAN).settings(), "delta(NaN) of `it`: must be above 0"),
        (
            CrossEntropy::new().label_smoothing(2.0).settings(),
            "label_smoothing(2) of `it`: must be at least 0 and at most 1",
        ),
    ] {
        assert_eq!(settings.check_all("it").unwrap_err().as_str(), message);
    }
    Mlp::hidden([8]).output([]).dropout(0.0).settings().check_all("it").unwrap();
}

#[test]
fn settings_are_read_back_as_they_were() {
    let mlp = Mlp::hidden([64, 32]).output([16, 2]).dropout(0.1).output_activation(Activation::LogSoftmax);
    assert_eq!(Mlp::from_settings(&mlp.settings()), mlp);
    let concat = Concat::axis(-1).allow_repeat();
    assert_eq!(Concat::from_settings(&concat.settings()), concat);
    for activation in Activation::ALL {
        assert_eq!(Activation::from_name(activation.name()), Some(activation));
    }
}

#[test]
fn losses_refuse_shapes_and_classes_that_do_not_fit() {
    let logits = tensor(&[0.0; 6], &[2, 3]);
    let classes = Tensor::new(&[1u32, 3], &Device::Cpu).unwrap();
    assert_eq!(
        evaluate(CrossEntropy::new(), &[logits.clone(), classes.clone()]).unwrap_err().to_string(),
        "row 1 is of class 3, but there are scores of 3 classes (0 to 2)"
    );
    assert!(evaluate(CrossEntropy::new(), &[tensor(&[0.0; 2], &[2]), classes]).is_err());
    // [rows, 1] against [rows] is refused, not broadcast.
    assert!(evaluate(Mse, &[tensor(&[0.0; 2], &[2, 1]), tensor(&[0.0; 2], &[2])]).is_err());
    assert!(evaluate(Mse, &[logits]).is_err(), "one input of two");
}

#[test]
fn metrics_refuse_shapes_that_do_not_fit_and_have_no_value_without_rows() {
    let start = |metric: MetricSpec| metric.start().unwrap();
    for metric in [MetricSpec::from(Rmse), R2.into(), Accuracy::new().into()] {
        assert!(start(metric).value().is_nan(), "{}", metric.name);
        assert!(start(metric).add(&[tensor(&[0.0; 3], &[3]), tensor(&[0.0; 2], &[2])]).is_err(), "{}", metric.name);
        assert!(start(metric).add(&[tensor(&[0.0; 3], &[3])]).is_err(), "{}", metric.name);
    }
    // One row does not vary.
    let mut r2 = start(R2.into());
    r2.add(&[tensor(&[1.0], &[1]), tensor(&[1.0], &[1])]).unwrap();
    assert!(r2.value().is_nan());
    let mut accuracy = start(Accuracy::new().into());
    let classes = Tensor::new(&[1u32, 0], &Device::Cpu).unwrap();
    accuracy.add(&[tensor(&[0.1, 0.9, 0.2, 0.8], &[2, 2]), classes.clone()]).unwrap();
    accuracy.add(&[tensor(&[1.0, 0.0], &[2]), classes]).unwrap();
    assert_eq!(numbers(&tensor(&[accuracy.value()], &[1])), [0.75]);
}

#[test]
fn optimizers_refuse_gradients_and_states_that_do_not_fit() {
    let spec: OptimizerSpec = Adam::lr(0.1).into();
    let mut adam = spec.build().unwrap();
    let parameter = Var::from_tensor(&tensor(&[1.0, 2.0], &[2])).unwrap();
    let message = |result: modularml::Result<()>| result.unwrap_err().to_string();
    let step = |adam: &mut Box<dyn Optimizer>, name: &str, gradient: &Tensor| {
        adam.step(&[Change { name, parameter: &parameter, gradient }])
    };
    assert_eq!(
        message(step(&mut adam, "a.0.weight", &tensor(&[1.0], &[1]))),
        "the gradient of `a.0.weight` has shape [1], the parameter [2]"
    );
    assert!(step(&mut adam, "b", &tensor(&[1.0, 1.0], &[2]).to_dtype(DType::F32).unwrap()).is_err());
    assert_eq!(numbers(&parameter), [1.0, 2.0], "a refused step changed the parameter");
    step(&mut adam, "a.0.weight", &tensor(&[1.0, -1.0], &[2])).unwrap();
    let state = adam.state().unwrap();
    let change = |change: &dyn Fn(&mut BTreeMap<String, Tensor>)| {
        let mut changed = state.clone();
        change(&mut changed);
        let mut adam = spec.build().unwrap();
        message(adam.set_state(&changed))
    };
    let moment = "a.0.weight/first_moment";
    assert!(change(&|state| drop(state.remove(moment))).ends_with("`first_moment` is missing"));
    assert!(change(&|state| drop(state.insert(moment.to_owned(), tensor(&[0.0], &[1])))).contains("differ in shape"));
    assert!(change(&|state| drop(state.insert("oops".to_owned(), tensor(&[0.0], &[1])))).starts_with("`oops` is not"));
    let negative = Tensor::new(-1i64, &Device::Cpu).unwrap();
    assert!(
        change(&|state| drop(state.insert("a.0.weight/steps".to_owned(), negative.clone()))).contains("at least 0")
    );
}
