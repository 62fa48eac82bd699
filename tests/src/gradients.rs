//! Gradients against finite differences.

use std::collections::BTreeSet;

use candle_core::{DType, Device, Tensor, Var};
use modularml::data::Shape;
use modularml::graph::{Layer, LayerBuild, LayerSpec, Mode};
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

/// How a tensor lies in the memory of the variable that it is a view of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lies {
    /// All of it, row by row.
    Whole,
    /// Its first axis last.
    Transposed,
    /// Between numbers that belong to no row.
    Narrowed,
}

impl Lies {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Whole, Self::Transposed, Self::Narrowed];

    /// A variable that [`Lies::view`] sees these numbers in.
    ///
    /// # Panics
    /// When candle fails.
    #[must_use]
    pub fn variable(self, values: &Tensor) -> Var {
        let last = values.rank() - 1;
        let stored = match self {
            Self::Whole => Ok(values.clone()),
            Self::Transposed => values.transpose(0, last).and_then(|turned| turned.contiguous()),
            Self::Narrowed => values.pad_with_zeros(last, 1, 2),
        };
        Var::from_tensor(&stored.unwrap()).unwrap()
    }

    /// The numbers in their own shape.
    ///
    /// # Panics
    /// When candle fails.
    #[must_use]
    pub fn view(self, stored: &Tensor) -> Tensor {
        let last = stored.rank() - 1;
        match self {
            Self::Whole => Ok(stored.clone()),
            Self::Transposed => stored.transpose(0, last),
            Self::Narrowed => stored.narrow(last, 1, stored.dims()[last] - 3),
        }
        .unwrap()
    }
}

/// Compares the gradient of a scalar with central differences, variable by variable.
///
/// # Panics
/// When they differ, or a variable has no influence.
pub fn check(what: &str, variables: &[Var], scalar: impl Fn() -> Tensor) {
    for (position, found) in compare(what, variables, scalar).into_iter().enumerate() {
        let has_influence = found.iter().any(|gradient| gradient.abs() > 1e-3);
        assert!(has_influence, "{what}: variable {position} has no influence: {found:?}");
    }
}

/// Compares the gradient of a scalar with central differences, and gives it by variable.
///
/// # Panics
/// When they differ.
pub fn compare(what: &str, variables: &[Var], scalar: impl Fn() -> Tensor) -> Vec<Vec<f64>> {
    const STEP: f64 = 1e-6;
    let gradients = scalar().backward().unwrap();
    let compare = |(position, variable): (usize, &Var)| {
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
        found
    };
    variables.iter().enumerate().map(compare).collect()
}

/// Compares the gradients of a layer with central differences, for inputs of these dimensions without the rows, in
/// batches of so many rows; each time as they are and as views that lie otherwise.
///
/// # Panics
/// When they differ, or an input or parameter has no influence.
#[track_caller]
pub fn check_layer(what: &str, layer: impl Into<LayerSpec>, inputs: &[&[usize]], output: &[usize], rows: &[usize]) {
    let spec = layer.into();
    for (&rows, lies) in rows.iter().flat_map(|rows| Lies::ALL.map(|lies| (rows, lies))) {
        let rng = Rng::new(5, Purpose::Weights, Place::default());
        let shapes = inputs.iter().map(|dims| Shape::new(dims)).collect();
        let build = LayerBuild {
            inputs: shapes,
            column: None,
            target: None,
            output: Shape::new(output),
            dtype: DType::F64,
            device: Device::Cpu,
            rng,
        };
        let layer = spec.build(build).unwrap();
        let batch = |dims: &[usize]| -> Vec<usize> { std::iter::once(rows).chain(dims.iter().copied()).collect() };
        let seeded = inputs.iter().zip(21..);
        let inputs: Vec<Var> = seeded.map(|(dims, seed)| lies.variable(&random(&batch(dims), seed))).collect();
        let weights = random(&batch(output), 9);
        let mut variables = inputs.clone();
        variables.extend(layer.parameters().into_iter().map(|(_, parameter)| parameter));
        let what = format!("{what}, {rows} rows, {lies:?}");
        check(&what, &variables, || {
            // The same generator every time: the same elements are dropped.
            let mut mode = Mode::Train(Rng::new(3, Purpose::Noise, Place::default()));
            let inputs: Vec<Tensor> = inputs.iter().map(|input| lies.view(input)).collect();
            let result = layer.forward(&inputs, &mut mode).unwrap();
            assert_eq!(result.dims(), batch(output), "{what}");
            (result * &weights).unwrap().sum_all().unwrap()
        });
    }
}

/// Checks that a layer whose parameters are of half precision computes the very bits that it computes in f32 with the
/// same numbers, and that its gradients are those in f32, rounded.
///
/// # Panics
/// When they differ.
#[track_caller]
pub fn check_halves(what: &str, layer: impl Into<LayerSpec>, inputs: &[&[usize]], output: &[usize], rows: &[usize]) {
    let spec = layer.into();
    let build = |dtype| {
        let rng = Rng::new(5, Purpose::Weights, Place::default());
        let inputs = inputs.iter().map(|dims| Shape::new(dims)).collect();
        spec.build(LayerBuild {
            inputs,
            column: None,
            target: None,
            output: Shape::new(output),
            dtype,
            device: Device::Cpu,
            rng,
        })
        .unwrap()
    };
    let x = |rows: usize| -> Vec<Tensor> {
        let batch = |dims: &[usize], seed| random(&[&[rows], dims].concat(), seed).to_dtype(DType::F32).unwrap();
        inputs.iter().zip(21..).map(|(dims, seed)| batch(dims, seed)).collect()
    };
    // The output and the gradients by parameter, in the type that is given.
    let run = |layer: &dyn Layer, rows: usize, dtype: DType| -> Vec<(String, Vec<f64>)> {
        let mut mode = Mode::Train(Rng::new(3, Purpose::Noise, Place::default()));
        let y = layer.forward(&x(rows), &mut mode).unwrap();
        assert_eq!(y.dtype(), DType::F32, "{what}");
        let mut found = vec![("output".to_owned(), numbers(&y))];
        let parameters = layer.parameters();
        if !parameters.is_empty() {
            let gradients = y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            found.extend(parameters.into_iter().map(|(name, parameter)| {
                (name, numbers(&gradients.get(&parameter).unwrap().to_dtype(dtype).unwrap()))
            }));
        }
        found
    };
    for (&rows, half) in rows.iter().flat_map(|rows| [DType::BF16, DType::F16].map(|half| (rows, half))) {
        let (halved, mut wide) = (build(half), build(DType::F32));
        wide.set_state(&halved.state().unwrap()).unwrap();
        assert!(halved.parameters().iter().all(|(_, parameter)| parameter.dtype() == half), "{what}");
        assert_eq!(run(&*halved, rows, half), run(&*wide, rows, half), "{what}, {rows} rows, {half:?}");
    }
}

/// What a table of layers is gone through for.
pub enum Layers {
    /// To compare their gradients.
    Compared,
    /// To know their names.
    Named(BTreeSet<&'static str>),
}

impl Layers {
    /// A layer with the dimensions of its inputs and output without the rows, and numbers of rows.
    ///
    /// # Panics
    /// As [`check_layer`].
    #[track_caller]
    pub fn row(
        &mut self,
        what: &str,
        layer: impl Into<LayerSpec>,
        inputs: &[&[usize]],
        output: &[usize],
        rows: &[usize],
    ) {
        match self {
            Self::Compared => {
                let layer = layer.into();
                check_layer(what, layer, inputs, output, rows);
                check_halves(what, layer, inputs, output, rows);
            }
            Self::Named(names) => drop(names.insert(layer.into().name)),
        }
    }
}
