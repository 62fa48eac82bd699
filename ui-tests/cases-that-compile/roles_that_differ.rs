//! Losses over roles that look like mistakes: two roles of a node that are pulled together, pairs across two nodes, a
//! label of either row, one role left unused, a role in another's place on purpose.

use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 8],
    #[feat]
    current: [f32; 8],
    #[target]
    soh: f32,
    #[target]
    together: f32,
    #[tag]
    cell: i64,
}

/// A loss of one's own over a prediction, a target and a neighbour of it.
#[derive(Loss, Clone, Copy)]
#[inputs(prediction: Output, target: Numbers, neighbour: Output)]
#[shape(prediction == target == neighbour)]
struct Smooth;

impl Formula for Smooth {
    fn forward(&self, inputs: SmoothInputs<'_>) -> Result<PerSample> {
        let off = (inputs.prediction - inputs.target)?.sqr()?;
        PerSample::mean_of(&(off + (inputs.prediction - inputs.neighbour)?.sqr()?)?)
    }
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Net(pulse: Pulse) {
        encoder = Linear::to([4])(pulse.voltage);
        #[output]
        other = Linear::to([4])(pulse.current);
        soh = Linear(encoder) -> pulse.soh;
        spread = Linear(encoder) -> pulse.soh;
    }
}

experiment! {
    experiment Pulled for Net {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        train consistent {
            feed pulse = Triplets::of(8).same(pulse.cell)(train);
            loss = Mse(encoder.anchor, encoder.positive) + 0.1 * L1(encoder.anchor, other.negative);
            epochs = 1;
        }
        train crossed {
            feed pulse = Triplets::of(8).same(pulse.cell)(train);
            loss = InfoNce::temperature(0.1)(encoder.anchor, other.positive) + NtXent::temperature(0.1)(other.anchor, other.positive);
            epochs = 1;
        }
        train labelled {
            feed pulse = Triplets::of(8).same(pulse.cell)(train);
            loss = CosineEmbedding(encoder.anchor, encoder.positive, pulse.together.anchor)
                + Contrastive::margin(1.0)(encoder.anchor, encoder.negative, pulse.together.negative)
                + MarginRanking(soh.anchor, soh.negative, pulse.together.negative);
            epochs = 1;
        }
        train each_row {
            feed pulse = Triplets::of(8).same(pulse.cell)(train);
            loss = Mse(soh.anchor, pulse.soh.anchor)
                + Mse(soh.positive, pulse.soh.positive)
                + GaussianNll(soh.negative, pulse.soh.negative, spread.negative);
            epochs = 1;
        }
        train meant {
            feed pulse = Triplets::of(8).same(pulse.cell)(train);
            loss = Mse(soh.anchor, pulse.soh.positive as target)
                + Smooth(soh.anchor, pulse.soh.anchor, soh.positive as neighbour)
                + TripletMargin::margin(0.2)(encoder.anchor, encoder.negative as positive, encoder.positive as negative);
            epochs = 1;
        }
    }
}

experiment! {
    experiment OfOneRole for Net {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        train views {
            feed pulse = Batches::of(8)(train);
            loss = InfoNce::temperature(0.1)(encoder, other) + TripletMargin::margin(0.2)(encoder, other, other as negative)
                + Mse(soh as prediction, pulse.soh as target);
            epochs = 1;
        }
        eval test { feed pulse = test; loss = InfoNce::temperature(0.1)(encoder, other); near = CosineEmbedding(encoder, other, pulse.together); }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(Net::new(1).map(drop), &Pulled::spec());
    crate::accepted(Net::new(1).map(drop), &OfOneRole::spec());
}
