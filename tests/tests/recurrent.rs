//! Recurrent layers: what must hold of directions, layers and states.

use candle_core::{DType, Device, Tensor, Var};
use modularml::data::Shape;
use modularml::graph::{LayerBuild, Mode, Recurrence};
use modularml::layers::*;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml_tests::gradients::random;
use modularml_tests::numbers;

fn build(inputs: &[usize], output: &[usize]) -> LayerBuild {
    let rng = Rng::new(5, Purpose::Weights, Place::default());
    LayerBuild {
        inputs: vec![Shape::new(inputs)],
        column: None,
        target: None,
        output: Shape::new(output),
        dtype: DType::F64,
        device: Device::Cpu,
        rng,
    }
}

#[test]
fn the_backward_direction_is_the_forward_one_of_the_reversed_sequence() {
    let x = random(&[2, 5, 3], 1);
    let reversed = x.flip(&[1]).unwrap();
    let both = Gru::hidden(4).bidirectional().recurrence(build(&[5, 3], &[5, 8])).unwrap();
    let (outputs, states) = both.run(&x, None, &mut Mode::Eval).unwrap();
    let mut one = Gru::hidden(4).recurrence(build(&[5, 3], &[5, 4])).unwrap();
    let state = modularml::graph::Layer::state(&both).unwrap();
    let backward =
        state.into_iter().filter_map(|(name, value)| Some((name.strip_suffix("_reverse")?.to_owned(), value)));
    modularml::graph::Layer::set_state(&mut one, &backward.collect()).unwrap();
    let (expected, last) = one.run(&reversed, None, &mut Mode::Eval).unwrap();
    let found = outputs.narrow(2, 4, 4).unwrap();
    assert_eq!(numbers(&found), numbers(&expected.flip(&[1]).unwrap()));
    assert_eq!(numbers(&states[1]), numbers(&last[0]));
}

#[test]
fn a_sequence_goes_on_where_its_states_end() {
    let whole = |layer: Recurrence| {
        let x = random(&[3, 7, 2], 4);
        let (expected, ends) = layer.run(&x, None, &mut Mode::Eval).unwrap();
        let (first, middle) = layer.run(&x.narrow(1, 0, 3).unwrap(), None, &mut Mode::Eval).unwrap();
        let (second, last) = layer.run(&x.narrow(1, 3, 4).unwrap(), Some(&middle), &mut Mode::Eval).unwrap();
        assert_eq!(numbers(&Tensor::cat(&[first, second], 1).unwrap()), numbers(&expected));
        assert_eq!(numbers(&Tensor::stack(&last, 0).unwrap()), numbers(&Tensor::stack(&ends, 0).unwrap()));
        let error = layer.run(&x, Some(&[]), &mut Mode::Eval).unwrap_err().to_string();
        assert_eq!(error, "2 layers and directions were given 0 states");
        let states = ends.iter().map(|state| state.narrow(0, 0, 2).unwrap()).collect::<Vec<_>>();
        let error = layer.run(&x, Some(&states), &mut Mode::Eval).unwrap_err().to_string();
        assert!(error.starts_with("a state of [2, ") && error.ends_with("is needed"), "{error}");
    };
    whole(Lstm::hidden(3).layers(2).recurrence(build(&[7, 2], &[7, 3])).unwrap());
    whole(Gru::hidden(3).layers(2).recurrence(build(&[7, 2], &[7, 3])).unwrap());
    whole(Rnn::hidden(3).layers(2).recurrence(build(&[7, 2], &[7, 3])).unwrap());
}

/// A forward pass of a running layer may be differentiated after another one.
#[test]
fn two_passes_do_not_mix() {
    let layer = Lstm::hidden(3).recurrence(build(&[4, 2], &[4, 3])).unwrap();
    let inputs = [random(&[2, 4, 2], 1), random(&[2, 4, 2], 2)].map(|x| Var::from_tensor(&x).unwrap());
    let run = |x: &Var| layer.run(x, None, &mut Mode::Eval).unwrap().0.sum_all().unwrap();
    let gradient = |of: &Tensor, x: &Var| numbers(of.backward().unwrap().get(x).unwrap());
    let alone = gradient(&run(&inputs[0]), &inputs[0]);
    let together = inputs.each_ref().map(run);
    assert_eq!(gradient(&together[0], &inputs[0]), alone);
    let _ = gradient(&together[1], &inputs[1]);
}

/// Rows go through all steps a few at a time, or all at once where the weights are many.
#[test]
fn rows_do_not_know_of_each_other() {
    let check = |layer: Recurrence, hidden: usize| {
        let x = Var::from_tensor(&random(&[19, 3, 2], 4)).unwrap();
        let weights = random(&[19, 3, hidden], 5);
        let run = |x: &Tensor, weights: &Tensor| {
            let h = layer.run(x, None, &mut Mode::Eval).unwrap().0;
            let gradients = (&h * weights).unwrap().sum_all().unwrap().backward().unwrap();
            (h, gradients)
        };
        let (all, gradients) = run(x.as_tensor(), &weights);
        let mut of_parameters: Vec<f64> = Vec::new();
        for row in 0..19 {
            let one = Var::from_tensor(&x.narrow(0, row, 1).unwrap()).unwrap();
            let (h, of_one) = run(one.as_tensor(), &weights.narrow(0, row, 1).unwrap());
            assert_close(&numbers(&h), &numbers(&all.narrow(0, row, 1).unwrap()));
            let of_x = gradients.get(&x).unwrap().narrow(0, row, 1).unwrap();
            assert_close(&numbers(of_one.get(&one).unwrap()), &numbers(&of_x));
            let parts = parameters(&layer).iter().flat_map(|it| numbers(of_one.get(it).unwrap())).collect::<Vec<_>>();
            of_parameters.resize(parts.len(), 0.0);
            of_parameters.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
        }
        let expected = parameters(&layer).iter().flat_map(|it| numbers(gradients.get(it).unwrap())).collect::<Vec<_>>();
        assert_close(&of_parameters, &expected);
    };
    for hidden in [5, 100] {
        check(Lstm::hidden(hidden).recurrence(build(&[3, 2], &[3, hidden])).unwrap(), hidden);
        check(Gru::hidden(hidden + 10).recurrence(build(&[3, 2], &[3, hidden + 10])).unwrap(), hidden + 10);
        check(Rnn::hidden(2 * hidden).recurrence(build(&[3, 2], &[3, 2 * hidden])).unwrap(), 2 * hidden);
    }
}

fn parameters(layer: &Recurrence) -> Vec<Var> {
    modularml::graph::Layer::parameters(layer).into_iter().map(|(_, parameter)| parameter).collect()
}

fn assert_close(found: &[f64], expected: &[f64]) {
    let off = found.iter().zip(expected).map(|(a, b)| (a - b).abs() / (1.0 + b.abs())).fold(0.0, f64::max);
    assert!(found.len() == expected.len() && off < 1e-12, "off by {off:e}");
}
