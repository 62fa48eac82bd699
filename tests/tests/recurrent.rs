//! Recurrent layers: what must hold of directions, layers and states.

use candle_core::{DType, Device, Tensor, Var};
use modularml::data::Shape;
use modularml::graph::{LayerBuild, Mode, Recurrence};
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml_tests::gradients::random;
use modularml_tests::numbers;

fn build(inputs: &[usize], output: &[usize]) -> LayerBuild {
    let rng = Rng::new(5, Purpose::Weights, Place::default());
    LayerBuild {
        inputs: vec![Shape::new(inputs)],
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
