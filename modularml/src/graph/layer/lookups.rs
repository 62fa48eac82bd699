//! Several columns of classes or codes that one node looks up: each by a layer of its own, their outputs side by side.

use candle_core::{Tensor, Var};

use super::{Layer, LayerBuild, LayerSpec, Mode};
use crate::error::At as _;
use crate::random::{Place, Purpose, Rng};
use crate::spec::{ColumnSpec, ShapeRule};
use crate::text::Shape;
use crate::{Error, Result};

/// Builds the layer of a node that looks up these columns, each with a generator of its own.
///
/// # Errors
/// When a column does not say how many codes it has, or its layer cannot be built.
pub(in crate::graph) fn build(
    spec: &LayerSpec,
    columns: &[Option<ColumnSpec>],
    mut build: LayerBuild,
) -> Result<Box<dyn Layer>> {
    let ShapeRule::Embedded { entries, size } = spec.shape else {
        return Err(Error::Component(format!("{} does not look up several columns", spec.name)));
    };
    let seed = build.rng.bits();
    let mut layers = Vec::with_capacity(columns.len());
    for (item, (column, &input)) in (0..).zip(columns.iter().zip(&build.inputs)) {
        let classes = column.map(|column| column.classes.len()).filter(|classes| *classes > 0);
        let output = size.or(entries).or(classes).and_then(|last| followed_by(input, last));
        let Some(output) = output else {
            return Err(Error::Component(format!("{} needs to know how many codes there are", spec.name)));
        };
        let rng = Rng::new(seed, Purpose::Weights, Place { item, ..Place::default() });
        let one = LayerBuild {
            inputs: vec![input],
            column: *column,
            target: None,
            output,
            dtype: build.dtype,
            device: build.device.clone(),
            rng,
        };
        let place = format!("input {}", item + 1);
        layers.push((spec.build(one).at(|| place.clone())?, place));
    }
    Ok(Box::new(Lookups { layers, size }))
}

/// A shape with one more axis at its end.
fn followed_by(shape: Shape, last: usize) -> Option<Shape> {
    Shape::fits(shape.rank() + 1).then(|| Shape::new(&[shape.axes(), &[last]].concat()))
}

struct Lookups {
    /// The layer of each column, and what errors call it.
    layers: Vec<(Box<dyn Layer>, String)>,
    /// How many numbers a vector holds; none of places, which differ in number.
    size: Option<usize>,
}

impl Lookups {
    fn named<T>(&self, of: impl Fn(&dyn Layer) -> Vec<(String, T)>) -> Vec<(String, T)> {
        let named = |(position, (layer, _)): (usize, &(Box<dyn Layer>, String))| {
            of(layer.as_ref()).into_iter().map(move |(name, it)| (format!("{position}.{name}"), it))
        };
        self.layers.iter().enumerate().flat_map(named).collect()
    }
}

impl Layer for Lookups {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        if inputs.len() != self.layers.len() {
            let (found, expected) = (inputs.len(), self.layers.len());
            return Err(Error::Component(format!("a layer of {expected} inputs was given {found}")));
        }
        let mut found = Vec::with_capacity(inputs.len());
        for (x, (layer, place)) in inputs.iter().zip(&self.layers) {
            let y = layer.forward(std::slice::from_ref(x), mode).at(|| place.clone())?;
            found.push(match self.size {
                Some(size) => y.reshape((y.dim(0)?, (), size))?,
                None => y.reshape((y.dim(0)?, ()))?,
            });
        }
        Ok(Tensor::cat(&found, 1)?)
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        self.named(|layer| layer.parameters())
    }

    fn buffers(&self) -> Vec<(String, Var)> {
        self.named(|layer| layer.buffers())
    }
}
