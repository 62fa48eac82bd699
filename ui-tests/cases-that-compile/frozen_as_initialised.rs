//! A random projection that is never trained, and a node that an earlier phase trained.

use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Sgd::lr(0.1))]
    graph Projected(pulse: Pulse) {
        #[frozen]
        mixed = Linear::to([32])(pulse.voltage);
        projection = Linear::to([16])(mixed);
        #[allow(own_optimizer)]
        #[optimizer(RmsProp::lr(1e-3))]
        soh = Linear::new()(projection) -> pulse.soh;
    }
}

experiment! {
    experiment ProjectedStudy for Projected {
        seed = 0;
        split pulse = Random::ratios(train: 1.0);
        train head {
            #[allow(untrained)]
            freeze = [projection];
            feed pulse = Batches::of(32)(train);
            loss = Huber::delta(1.0)(soh, pulse.soh);
            epochs = 5;
        }
        train projection {
            nodes = [projection];
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 5;
        }
        train again {
            freeze = [projection];
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 5;
        }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(Projected::new(1).map(drop), &ProjectedStudy::spec());
}
