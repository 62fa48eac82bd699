//! What is left of a sequence: its mean, its largest values, its end.

use candle_core::Tensor;

use super::affine::unflat;
use super::{BuildLayer, Layer, LayerBuild, Mode, OnPadding, ShapeRule, only, only_value, padded};
use crate::Result;
use crate::graph::mask::{LOWEST, Mask, Masked};
use crate::graph::window::{Grid, Pooling, Windows, pool};
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;

/// Writes layers that leave out the axis of positions.
macro_rules! of_sequence {
    ($($(#[$documentation:meta])* $name:ident $keeps:ident)*) => { $(
        $(#[$documentation])*
        ///
        /// The input is `[length, ..]`, the output `[..]`. A row that is shorter than others ends where its own values end;
        /// one without any value gives 0.
        #[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
        #[spec(shape = ShapeRule::WithoutPositions, padding = OnPadding::Reduces)]
        pub struct $name;

        impl BuildLayer for $name {
            fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
                Ok(Box::new(Running { keeps: Keeps::$keeps, output: build.output }))
            }
        }
    )* };
}

of_sequence! {
    /// The mean over the positions of a sequence.
    ///
    /// ```
    /// use modularml::graph::layer::{LayerSpec, Lstm, MeanOfSequence, Sequential};
    ///
    /// const CODE: Sequential = Sequential::of(&[Lstm::hidden(16).spec(), MeanOfSequence.spec()]);
    /// ```
    MeanOfSequence Mean
    /// The sum over the positions of a sequence.
    ///
    /// ```
    /// use modularml::graph::layer::{Embedding, SumOfSequence};
    ///
    /// // Two nodes, which together are PyTorch's `EmbeddingBag`: the vectors of a list of codes, and their sum.
    /// let (vectors, bag) = (Embedding::size(8).entries(100), SumOfSequence);
    /// ```
    SumOfSequence Sum
    /// The largest value over the positions of a sequence; where several are equal, the first one gets the gradient.
    MaxOfSequence Largest
    /// The last position of a sequence.
    LastOfSequence Last
}

enum Keeps {
    Mean,
    Sum,
    Largest,
    Last,
}

struct Running {
    keeps: Keeps,
    output: Shape,
}

impl Running {
    /// The mean or the largest of the positions of `[rows, length, ..]`, as `[rows, numbers]`.
    fn pooled(x: &Tensor, pooling: Pooling) -> Result<Tensor> {
        let (rows, length) = (x.dim(0)?, x.dim(1)?);
        let lines = x.reshape((rows, length, ()))?.transpose(1, 2)?.contiguous()?;
        let grid = Grid::of(vec![Windows::covering(length, 1)]);
        Ok(pool(&lines, &grid, pooling)?.reshape((rows, ()))?)
    }
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        let x = only(inputs)?;
        let y = match self.keeps {
            Keeps::Mean => Self::pooled(x, Pooling::Mean)?,
            Keeps::Sum => x.sum(1)?,
            Keeps::Largest => Self::pooled(x, Pooling::Max)?,
            Keeps::Last => x.narrow(1, x.dim(1)?.saturating_sub(1), 1)?.reshape((x.dim(0)?, ()))?,
        };
        Ok(unflat(&y, &self.output)?)
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], _: &mut Mode) -> Result<Masked> {
        let (x, mask) = padded::only(inputs, masks)?;
        let y = match self.keeps {
            Keeps::Mean => {
                let counts = mask.numbers(x)?.sum(1)?.maximum(1.0)?;
                (mask.zero(x)?.sum(1)? / counts)?
            }
            Keeps::Sum => mask.zero(x)?.sum(1)?,
            Keeps::Largest => {
                let largest = unflat(&Self::pooled(&mask.fill(x, LOWEST)?, Pooling::Max)?, &self.output)?;
                let has_values = mask.numbers(x)?.max(1)?;
                (largest * has_values)?
            }
            Keeps::Last => mask.last_positions(x.dim(1)?)?.zero(x)?.sum(1)?,
        };
        Ok((unflat(&y, &self.output)?, None))
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let x = only_value(inputs)?;
        let y = match self.keeps {
            Keeps::Mean => graph.reduce("ReduceMean", x, &[0], false),
            Keeps::Sum => graph.reduce("ReduceSum", x, &[0], false),
            Keeps::Largest => graph.reduce("ReduceMax", x, &[0], false),
            Keeps::Last => {
                let length = x.axes().first().copied().unwrap_or(1);
                graph.slice(x, 0, length.saturating_sub(1), length)
            }
        };
        Ok(graph.reshape(&y, self.output.axes()))
    }
}
