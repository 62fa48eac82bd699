//! Outputs that are the right kind of numbers by another way than their last layer: behind layers that only reshape, of
//! merges, of layers of one's own.

use modularml::candle_nn::VarBuilder;
use modularml::data::Shape;
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 8],
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
    #[target]
    #[classes("no", "yes")]
    broken: Class,
    #[target]
    chance: f32,
    #[target]
    shares: [f32; 3],
    #[target]
    broke: bool,
}

/// A layer of one's own, of which nothing is known.
#[derive(Layer, Clone, Copy)]
#[layer(shape = width)]
struct Mixed {
    /// How many numbers come out.
    #[setting(first, at_least = 1)]
    width: usize,
}

impl BuildModule for Mixed {
    type Module = modularml::candle_nn::Linear;

    fn build(&self, input: &Shape, _: &Shape, vars: VarBuilder<'_>) -> Result<modularml::candle_nn::Linear> {
        Ok(modularml::candle_nn::linear(input.axis(input.rank() - 1), self.width, vars)?)
    }
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Net(pulse: Pulse) {
        scores = Linear::to([3])(pulse.voltage);
        log = LogSoftmax(scores);
        #[output]
        flat = Flatten(log);
        #[output]
        inside = Sequential::of([Linear::to([3]), LogSoftmax])(pulse.voltage);
        #[output]
        turned = Sequential::of([Linear::to([3, 1]), Reshape::to([3]), LogSoftmax, Flatten])(pulse.voltage);
        own = Mixed::width(3)(pulse.voltage);
        first = Softmax(scores);
        second = Softmax(own);
        #[output]
        mean = Mean(first, second);
        one = Mlp::hidden([4]).output_activation(Activation::Sigmoid)(pulse.voltage) -> pulse.chance;
        two = Sequential::of([Linear::to([]), Hardsigmoid])(pulse.voltage) -> pulse.chance;
        #[output]
        between = Mean(one, two);
        drawn = Mixed::width(1)(pulse.voltage);
        #[output]
        single = Reshape::to([])(drawn);
        logit = Linear(pulse.voltage) -> pulse.chance;
        halves = Linear(pulse.voltage) -> pulse.broken;
    }
}

experiment! {
    experiment Study for Net {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        train logarithms {
            feed pulse = Batches::of(8)(train);
            loss = Nll(log, pulse.state)
                + Nll(flat, pulse.state)
                + Nll(inside, pulse.state)
                + Nll(turned, pulse.state)
                + Nll(own, pulse.state)
                + KlDiv(log, pulse.shares);
            epochs = 1;
        }
        train chances {
            feed pulse = Batches::of(8)(train);
            loss = Bce(one, pulse.chance)
                + Bce(two, pulse.chance)
                + Bce(between, pulse.chance)
                + Bce(single, pulse.chance)
                + BceWithLogits(logit, pulse.chance)
                + Mse(one, pulse.chance)
                + CrossEntropy::new().ignored_class(2)(scores, pulse.state)
                + CrossEntropy(halves, pulse.broken);
            epochs = 1;
        }
        eval test {
            feed pulse = test;
                mean = LogLoss(mean, pulse.state);
            brier = Brier.from_logits()(scores, pulse.state);
            own = LogLoss(own, pulse.state);
            ranks = RocAuc(scores, pulse.state);
            broken = RocAuc(logit, pulse.broken);
            broke = AveragePrecision(one, pulse.broke);
            top = TopKAccuracy::k(2)(scores, pulse.state);
            of_one = F1.class(2)(scores, pulse.state);
            over = Jaccard.average(Average::Micro)(scores, pulse.state);
            of_two = F1(halves, pulse.broken);
            yes = Precision.class(1)(halves, pulse.broken);
            nll = Nll(log, pulse.state);
        }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(Net::new(1).map(drop), &Study::spec());
}
