//! Rows that a formula gives, the same as in `golden/trees.py`, and layers that are fitted to them.

use modularml::candle_core::{DType, Device, Tensor};
use modularml::data::{ColumnSpec, Domain, Dtype, Shape};
use modularml::graph::{FitRows, Layer, LayerBuild, LayerSpec, Mode};
use modularml::prelude::*;
use modularml::random::{Place, Purpose};

/// How many numbers a row has.
pub const COLUMNS: usize = 6;

/// Numbers in `[0, 1)` of 16 bits.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> f64 {
        self.0 = (self.0 * 1_103_515_245 + 12345) % (1 << 31);
        (self.0 >> 15) as f64 / 65536.0
    }
}

/// Rows, and a number and a class of three for each.
#[derive(Clone)]
pub struct Data {
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    pub classes: Vec<u32>,
}

pub fn data(count: usize, seed: u64) -> Data {
    let mut numbers = Numbers(seed);
    let (mut x, mut y, mut classes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        let row: Vec<f64> = (0..COLUMNS).map(|_| numbers.next()).collect();
        let noise = numbers.next() + numbers.next() - 1.0;
        let value = 10.0 * row[0] * row[1] + 20.0 * (row[2] - 0.5) * (row[2] - 0.5) + 5.0 * row[3] + noise;
        x.extend(row);
        y.push(value);
        classes.push(if value < 4.5 { 0 } else { u32::from(value >= 7.5) + 1 });
    }
    Data { x, y, classes }
}

pub fn weights(count: usize, seed: u64) -> Vec<f64> {
    let mut numbers = Numbers(seed);
    (0..count).map(|_| 1.0 + (numbers.next() * 3.0).floor()).collect()
}

impl Data {
    pub fn len(&self) -> usize {
        self.y.len()
    }

    /// Of every fifth row one value is missing, where the target is high.
    pub fn with_missing(mut self) -> Self {
        for row in 0..self.len() {
            if row % 5 == 0 && self.y[row] > 6.0 {
                self.x[row * COLUMNS + row % 3] = f64::NAN;
            }
        }
        self
    }

    pub fn inputs(&self) -> Vec<Tensor> {
        vec![tensor(&self.x, &[self.len(), COLUMNS])]
    }
}

pub fn tensor(numbers: &[f64], dims: &[usize]) -> Tensor {
    Tensor::from_slice(numbers, dims, &Device::Cpu).unwrap()
}

pub fn codes(codes: &[u32]) -> Tensor {
    Tensor::from_slice(codes, codes.len(), &Device::Cpu).unwrap()
}

/// What a layer predicts.
#[derive(Clone, Copy, PartialEq)]
pub enum Told {
    Nothing,
    Numbers(usize),
    Classes(&'static [&'static str]),
    Bool,
}

pub const THREE: Told = Told::Classes(&["low", "middle", "high"]);

/// A layer that reads rows of [`COLUMNS`] numbers, and in another input so many classes.
pub fn try_layer(spec: &LayerSpec, told: Told, more_inputs: &[Shape]) -> Result<Box<dyn Layer>> {
    let column = |dtype, shape| ColumnSpec::new("told", Domain::Target, dtype, shape);
    let shape = |width: usize| if width == 1 { Shape::SCALAR } else { Shape::new(&[width]) };
    let (target, output) = match told {
        Told::Nothing => (None, Shape::SCALAR),
        Told::Numbers(width) => (Some(column(Dtype::F64, shape(width))), shape(width)),
        Told::Classes(classes) => {
            let column = ColumnSpec { classes, ..column(Dtype::Class, Shape::SCALAR) };
            (Some(column), Shape::new(&[classes.len()]))
        }
        Told::Bool => (Some(column(Dtype::Bool, Shape::SCALAR)), Shape::SCALAR),
    };
    let rng = Rng::new(5, Purpose::Weights, Place::default());
    let inputs = [&[Shape::new(&[COLUMNS])], more_inputs].concat();
    spec.build(LayerBuild { inputs, column: None, target, output, dtype: DType::F64, device: Device::Cpu, rng })
}

pub fn layer(spec: &LayerSpec, told: Told) -> Box<dyn Layer> {
    try_layer(spec, told, &[]).unwrap()
}

/// Fits a layer to rows that weigh something, by a seed.
pub fn fit(layer: &mut dyn Layer, inputs: Vec<Tensor>, target: Option<Tensor>, weights: Option<Vec<f64>>, seed: u64) {
    let rng = Rng::new(seed, Purpose::Fit, Place::default());
    layer.fit(FitRows { inputs, target, weights, rng }).unwrap();
}

pub fn predicted(layer: &dyn Layer, inputs: &[Tensor]) -> Vec<f64> {
    layer.forward(inputs, &mut Mode::Eval).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

/// An array of a state.
pub fn numbers(layer: &dyn Layer, name: &str) -> Vec<f64> {
    layer.state().unwrap()[name].to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}
