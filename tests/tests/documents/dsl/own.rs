//! Components of one's own.

use super::super::*;
use modularml::candle_nn::{self, Module as _, VarBuilder};
use modularml::data::Shape;
use modularml::text::Message;

#[derive(Sampler, Clone, Copy)]
#[roles(anchor, pair)]
struct Neighbours {
    /// How many draws make a batch.
    #[setting(first, at_least = 1)]
    batch: usize,
    /// The column that both share.
    #[setting(default = None, condition = same)]
    same: Option<Name>,
}

impl Draw for Neighbours {
    fn draw(&self, rows: &View, rng: &mut Rng) -> Result<Vec<NeighboursDraw>> {
        // positions in `rows`; all randomness comes from `rng`
        Ok(vec![NeighboursDraw { anchor: 0, pair: 1 }])
    }
}

#[derive(Layer, Clone, Copy)]
#[layer(shape = width)]
struct Pointwise {
    /// How many numbers each position becomes.
    #[setting(first, at_least = 1)]
    width: usize,
}

impl BuildModule for Pointwise {
    type Module = candle_nn::Linear;

    fn build(&self, input: &Shape, _output: &Shape, vars: VarBuilder<'_>) -> Result<candle_nn::Linear> {
        Ok(candle_nn::linear(input.axis(input.rank() - 1), self.width, vars)?)
    }
}

#[derive(Layer, Clone, Copy)]
#[layer(shape = own, inputs = 2)]
struct CrossProduct {
    /// How many numbers come out.
    #[setting(first, at_least = 1)]
    rank: usize,
}

impl CrossProduct {
    const fn infer(&self, inputs: &[Shape]) -> Result<Shape, Message> {
        if inputs[0].rank() != 1 || inputs[1].rank() != 1 {
            let message = Message::new().text("crosses two vectors, not ").shape(&inputs[0]);
            return Err(message.text(" and ").shape(&inputs[1]));
        }
        Ok(Shape::new(&[self.rank]))
    }
}

struct Crossed(candle_nn::Linear);

impl MergeModule for Crossed {
    fn forward(&self, inputs: &[Tensor], _: bool) -> Result<Tensor> {
        let products = inputs[0].unsqueeze(2)?.broadcast_mul(&inputs[1].unsqueeze(1)?)?;
        Ok(self.0.forward(&products.flatten_from(1)?)?)
    }
}

impl BuildMerge for CrossProduct {
    type Module = Crossed;

    fn build(&self, inputs: &[Shape], _: &Shape, vars: VarBuilder<'_>) -> Result<Crossed> {
        Ok(Crossed(candle_nn::linear(inputs[0].axis(0) * inputs[1].axis(0), self.rank, vars)?))
    }
}

#[derive(Splitter, Clone, Copy)]
#[splits(train, test)]
struct EveryNth {
    /// One row of so many is tested.
    #[setting(first, at_least = 2)]
    n: usize,
}

impl Assign for EveryNth {
    fn assign(&self, rows: &View, rng: &mut Rng) -> Result<EveryNthSplits> {
        let (test, train) = (0..rows.len() as u32).partition(|row| *row as usize % self.n == 0);
        Ok(EveryNthSplits { train, test })
    }
}

#[derive(Loss, Clone, Copy)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(prediction == target)]
struct LogCosh;

impl Formula for LogCosh {
    fn forward(&self, inputs: LogCoshInputs<'_>) -> Result<PerSample> {
        let error = (inputs.prediction - inputs.target)?;
        // One value a row, from tensors whose first axis counts the rows.
        let each = (((error.exp()? + error.neg()?.exp()?)? / 2.0)?.log())?;
        Ok(PerSample(each.reshape((each.dim(0)?, ()))?.mean(1)?))
    }
}
