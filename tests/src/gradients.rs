//! Gradients against finite differences.

use candle_core::{DType, Device, Tensor, Var};
use modularml::data::Shape;
use modularml::graph::{LayerBuild, LayerSpec, Mode};
use modularml::random::{Place, Purpose, Rng};

use crate::{difference, numbers};

/// Numbers between -2 and 2.
///
/// # Panics
/// When candle fails.
#[must_use]
pub fn random(shape: &[usize], seed: u64) -> Tensor {
    let mut rng = Rng::new(seed, Purpose::Sample, Place::default());
    let numbers: Vec<f64> = (0..shape.iter().product()).map(|_| 4.0 * rng.unit() - 2.0).collect();
    Tensor::from_vec(numbers, shape, &Device::Cpu).unwrap()
}

/// Compares the gradient of a scalar with central differences, variable by variable.
///
/// # Panics
/// When they differ, or a variable has no influence.
pub fn check(what: &str, variables: &[Var], scalar: impl Fn() -> Tensor) {
    const STEP: f64 = 1e-6;
    let gradients = scalar().backward().unwrap();
    for (position, variable) in variables.iter().enumerate() {
        let found = numbers(gradients.get(variable).unwrap_or_else(|| panic!("{what}: no gradient of {position}")));
        let at = numbers(variable);
        let shifted = |element: usize, by: f64| {
            let mut values = at.clone();
            values[element] += by;
            variable.set(&Tensor::from_vec(values, variable.dims(), &Device::Cpu).unwrap()).unwrap();
            numbers(&scalar())[0]
        };
        let slope = |element| (shifted(element, STEP) - shifted(element, -STEP)) / (2.0 * STEP);
        let expected: Vec<f64> = (0..at.len()).map(slope).collect();
        variable.set(&Tensor::from_vec(at, variable.dims(), &Device::Cpu).unwrap()).unwrap();
        let off = difference(&found, &expected, 1.0);
        assert!(off < 1e-7, "{what}: gradient of variable {position} off by {off:e}");
        assert!(
            found.iter().any(|gradient| gradient.abs() > 1e-3),
            "{what}: variable {position} has no influence: {found:?} at {:?}",
            numbers(variable)
        );
    }
}

/// Compares the gradients of a layer with central differences, for inputs of these dimensions without the rows, in
/// batches of so many rows; each time as they are and as transposed views.
///
/// # Panics
/// When they differ, or an input or parameter has no influence.
#[track_caller]
pub fn check_layer(what: &str, layer: impl Into<LayerSpec>, inputs: &[&[usize]], output: &[usize], rows: &[usize]) {
    let spec = layer.into();
    for (&rows, transposed) in rows.iter().flat_map(|rows| [(rows, false), (rows, true)]) {
        let rng = Rng::new(5, Purpose::Weights, Place::default());
        let shapes = inputs.iter().map(|dims| Shape::new(dims)).collect();
        let build = LayerBuild { inputs: shapes, output: Shape::new(output), dtype: DType::F64, rng };
        let layer = (spec.build)(&spec.settings, build).unwrap();
        let batch = |dims: &[usize]| -> Vec<usize> { std::iter::once(rows).chain(dims.iter().copied()).collect() };
        let seeded = inputs.iter().zip(21..);
        let variables = seeded.map(|(dims, seed)| {
            let input = random(&batch(dims), seed);
            let last = input.rank() - 1;
            let input = if transposed { input.transpose(0, last).unwrap().contiguous().unwrap() } else { input };
            Var::from_tensor(&input).unwrap()
        });
        let inputs: Vec<Var> = variables.collect();
        let weights = random(&batch(output), 9);
        let mut variables = inputs.clone();
        variables.extend(layer.parameters().into_iter().map(|(_, parameter)| parameter));
        let what = format!("{what}, {rows} rows{}", if transposed { ", transposed" } else { "" });
        check(&what, &variables, || {
            // The same generator every time: the same elements are dropped.
            let mut mode = Mode::Train(Rng::new(3, Purpose::Noise, Place::default()));
            let view = |input: &Var| -> Tensor {
                let last = input.rank() - 1;
                if transposed { input.transpose(0, last).unwrap() } else { input.as_tensor().clone() }
            };
            let inputs: Vec<Tensor> = inputs.iter().map(view).collect();
            let result = layer.forward(&inputs, &mut mode).unwrap();
            assert_eq!(result.dims(), batch(output), "{what}");
            (result * &weights).unwrap().sum_all().unwrap()
        });
    }
}
