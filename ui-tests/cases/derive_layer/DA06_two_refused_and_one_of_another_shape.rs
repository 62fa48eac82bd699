// DA06

use modularml::candle_nn::VarBuilder;
use modularml::data::Shape;
use modularml::{layers::*, prelude::*};
use modularml::text::Message;

/// All products of a number of one vector with a number of the other, mixed into so many.
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

struct Crossed;

impl MergeModule for Crossed {
    fn forward(&self, inputs: &[Tensor], _: bool) -> Result<Tensor> {
        Ok((&inputs[0] * &inputs[1])?)
    }
}

impl BuildMerge for CrossProduct {
    type Module = Crossed;

    fn build(&self, _: &[Shape], _: &Shape, _: VarBuilder<'_>) -> Result<Crossed> {
        Ok(Crossed)
    }
}

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 8],
    #[feat]
    image: [[f32; 4]; 4],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Net(pulse: Pulse) {
        crossed = CrossProduct::rank(4)(narrow, wide);
        soh = Linear(again) -> pulse.soh;
        again = CrossProduct::rank(4)(pulse.image, wide);
        narrow = Linear::to([2, 2])(pulse.voltage);
        wide = Linear::to([3])(pulse.voltage);
        predicts = CrossProduct::rank(4)(wide, pulse.voltage) -> pulse.soh;
        #[output] out = Flatten(crossed);
    }
}

fn main() {}
