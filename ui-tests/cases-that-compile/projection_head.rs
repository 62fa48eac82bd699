//! Metric learning through a head that only the loss reads, with two roles exchanged on purpose.

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Contrast(pulse: Pulse) {
        encoder = Mlp::hidden([64]).output([16])(pulse.voltage);
        #[output]
        head = Linear::to([8])(encoder);
        state = Linear::new()(encoder) -> pulse.state;
    }
}

experiment! {
    experiment ContrastStudy for Contrast {
        seed = 0;
        split pulse = Random::ratios(train: 0.8, test: 0.2).stratify_by(pulse.state);
        train together {
            feed pulse = Triplets::of(64).same(pulse.state)(train);
            loss = TripletMargin::margin(0.2)(head.anchor, head.positive, head.negative);
            epochs = 20;
        }
        train apart {
            nodes = [encoder, head];
            feed pulse = Triplets::of(64).same(pulse.cell)(train);
            loss = TripletMargin::margin(0.2)(
                encoder.anchor,
                encoder.negative as positive,
                encoder.positive as negative,
            ) + 0.1 * TripletMargin::margin(1.0)(head.anchor, head.positive, head.negative);
            epochs = 20;
        }
        train classify {
            freeze = [encoder];
            feed pulse = Batches::of(32)(train);
            loss = CrossEntropy::new()(state, pulse.state);
            epochs = 20;
        }
        eval test { feed pulse = test; accuracy = Accuracy(state, pulse.state); f1 = F1.average(Average::Macro)(state, pulse.state); }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(Contrast::new(1).map(drop), &ContrastStudy::spec());
}
