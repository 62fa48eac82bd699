//! One schema for two inputs, several experiments on one graph, evaluations before anything is trained, weights as
//! expressions, columns that only some experiments compare.

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 8],
    #[feat]
    temperature: f32,
    #[target]
    soh: f32,
    #[target]
    #[classes("fresh", "worn")]
    state: Class,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Twins(left: Pulse, right: Pulse) {
        align left with right by cell;
        one = Linear::to([4])(left.voltage);
        other = Linear::to([4])(right.voltage);
        both = Concat::axis(-1)(one, other);
        soh = Linear(both) -> left.soh;
        mirrored = Linear(both) -> right.soh;
    }
}

experiment! {
    experiment Compared for Twins {
        seed = 0;
        split left = Random::ratios(train: 0.6, val: 0.2, test: 0.2).group_by(left.cell);
        scale left.voltage = Standard fitted on train;
        scale right.voltage = Standard fitted on train;
        train regress {
            feed left = Batches::of(8)(train);
            loss = Mse(soh, left.soh) + Mse(mirrored, right.soh) + 0.1 * InfoNce::temperature(0.1)(one, other);
            validate on val every 1 epoch { loss; apart = Rmse(soh, right.soh); }
            epochs = 2;
        }
        eval test { feed left = test; rmse = Rmse(soh, left.soh); }
    }
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Apart(old: Pulse, new: Pulse) {
        soh = Linear(old.voltage) -> old.soh;
        again = Linear(new.voltage) -> new.soh;
    }
}

experiment! {
    experiment Together for Apart {
        seed = 0;
        split old = Random::ratios(train: 0.6, test: 0.4);
        split new = Random::ratios(train: 0.6, test: 0.4);
        train one { feed old = Batches::of(8)(train); loss = Mse(soh, old.soh); epochs = 1; }
        train both {
            feed old = Batches::of(8)(train);
            feed new = Batches::of(8)(train);
            schedule = Zip::cycle();
            loss = Mse(soh, old.soh) + Mse(again, new.soh);
            epochs = 1;
        }
        eval test { feed old = test; rmse = Rmse(soh, old.soh); }
        eval again { feed new = test; rmse = Rmse(again, new.soh); }
    }
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Heads(pulse: Pulse) {
        #[allow(own_optimizer)]
        #[optimizer(Sgd::lr(0.1))]
        encoder = Mlp::hidden([16]).output([8])(pulse.voltage);
        soh = Linear(encoder) -> pulse.soh;
        state = Linear(encoder) -> pulse.state;
        warm = Linear(pulse.temperature) -> pulse.soh;
    }
}

experiment! {
    experiment OfOneHead for Heads {
        seed = 0;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        eval before { feed pulse = test; rmse = Rmse(soh, pulse.soh); accuracy = Accuracy(state, pulse.state); }
        train regress { feed pulse = Batches::of(8)(train); loss = Mse(soh, pulse.soh); epochs = 2; }
        eval between { feed pulse = test; rmse = Rmse(soh, pulse.soh); accuracy = Accuracy(state, pulse.state); }
        train classify {
            freeze = [encoder];
            feed pulse = Batches::of(8)(train);
            loss = CrossEntropy(state, pulse.state);
            epochs = 2;
        }
        eval after { feed pulse = test; rmse = Rmse(soh, pulse.soh); accuracy = Accuracy(state, pulse.state); }
    }
}

const SHARE: f64 = 0.25;

mod weights {
    pub(super) const SMALL: f64 = 1e-3;

    pub(super) const fn half(of: f64) -> f64 {
        of / 2.0
    }
}

experiment! {
    experiment Weighted for Heads {
        seed = 40 + 2;
        split pulse = Random::ratios(train: 0.5 + 0.1, test: 1.0 - 0.6);
        train regress {
            feed pulse = Batches::of(4 * 2)(train);
            loss = SHARE * Mse(soh, pulse.soh)
                + (1.0 - SHARE) * L1(soh, pulse.soh)
                + 2 * (weights::half(3.0)) * Huber::delta(1.0)(soh, pulse.soh)
                + weights::SMALL * L2Penalty(soh)
                + 0.5 * 0.5 * Mse(warm, pulse.soh);
            epochs = if cfg!(debug_assertions) { 1 } else { 2 };
        }
        eval test { feed pulse = test; loss = 2.0 * Mse(soh, pulse.soh) + Mse(warm, pulse.soh); }
    }
}

experiment! {
    experiment OnLoadedWeights for Heads {
        seed = 0;
        split pulse = Random::ratios(test: 1.0);
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); accuracy = Accuracy(state, pulse.state); }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(Twins::new(1).map(drop), &Compared::spec());
    crate::accepted(Apart::new(1).map(drop), &Together::spec());
    crate::accepted(Heads::new(1).map(drop), &OfOneHead::spec());
    crate::accepted(Heads::new(1).map(drop), &Weighted::spec());
    crate::accepted(Heads::new(1).map(drop), &OnLoadedWeights::spec());
}
