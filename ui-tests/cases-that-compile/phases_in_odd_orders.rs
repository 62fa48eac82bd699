//! Phases in orders that look like mistakes: fitted before what does not change it, fitted anew, read in between; heads
//! that keep their weights; rows that scalers may see.

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
    #[classes("fresh", "worn", "dead")]
    state: Class,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Net(pulse: Pulse) {
        encoder = Mlp::hidden([16]).output([4])(pulse.voltage);
        soh = Linear(encoder) -> pulse.soh;
        ridge = Ridge::penalty(1.0)(encoder) -> pulse.soh;
        plain = Ridge::penalty(1.0)(pulse.voltage) -> pulse.soh;
        #[frozen]
        random = Linear::to([32])(pulse.voltage);
        of_random = Ridge::penalty(1.0)(random) -> pulse.soh;
        state = Linear(encoder) -> pulse.state;
        #[output]
        chance = Softmax(state);
        #[output]
        #[frozen]
        loaded = Linear(encoder) -> pulse.soh;
    }
}

experiment! {
    experiment FittedFirst for Net {
        seed = 0;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        fit baselines { nodes = [plain, of_random]; feed pulse = train; }
        train regress { feed pulse = Batches::of(8)(train); loss = Mse(soh, pulse.soh); epochs = 2; }
        fit after { nodes = [ridge]; feed pulse = train; }
        eval test {
            feed pulse = test;
            of_steps = Rmse(soh, pulse.soh);
            of_fit = Rmse(ridge, pulse.soh);
            baseline = Rmse(plain, pulse.soh);
            random = Rmse(of_random, pulse.soh);
            loaded = Rmse(loaded, pulse.soh);
        }
    }
}

experiment! {
    experiment FittedTwice for Net {
        seed = 0;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        fit before { nodes = [ridge]; feed pulse = train; }
        eval untrained { feed pulse = test; rmse = Rmse(ridge, pulse.soh); }
        train regress { feed pulse = Batches::of(8)(train); loss = Mse(soh, pulse.soh); epochs = 2; }
        fit after { nodes = [ridge]; feed pulse = train; }
        eval trained { feed pulse = test; rmse = Rmse(ridge, pulse.soh); }
    }
}

experiment! {
    experiment FittedForABaseline for Net {
        seed = 0;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        fit before { nodes = [ridge]; feed pulse = train; }
        eval untrained { feed pulse = test; rmse = Rmse(ridge, pulse.soh); }
        train regress { feed pulse = Batches::of(8)(train); loss = Mse(soh, pulse.soh); epochs = 2; }
        eval trained { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    experiment HeadsInTurn for Net {
        seed = 0;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        train regress {
            feed pulse = Batches::of(8)(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { loss; likely = LogLoss(chance, pulse.state); }
            epochs = 2;
        }
        train classify {
            freeze = [encoder];
            feed pulse = Batches::of(8)(train);
            loss = CrossEntropy(state, pulse.state);
            epochs = 2;
        }
        eval test { feed pulse = test; likely = LogLoss(chance, pulse.state); top = TopKAccuracy::k(2)(state, pulse.state); }
    }
}

experiment! {
    experiment KeptRandom for Net {
        seed = 0;
        split pulse = Random::ratios(train: 0.6, test: 0.4);
        train regress {
            #[allow(untrained)]
            freeze = [encoder];
            feed pulse = Batches::of(8)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 2;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); code = Mse(encoder, encoder as target); }
    }
}

experiment! {
    experiment ScaledOnAPart for Net {
        seed = 0;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        split pulse.train = Random::ratios(few: 0.5, more: 0.5);
        scale pulse.voltage = Standard fitted on few;
        scale pulse.soh = MinMax fitted on train;
        train regress {
            feed pulse = Batches::of(8)(more);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { loss; }
            epochs = 2;
        }
        train again { feed pulse = Batches::of(8)(train); loss = Mse(soh, pulse.soh); epochs = 1; }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh) in raw units; }
        #[allow(training_rows)]
        eval seen { feed pulse = train; rmse = Rmse(soh, pulse.soh) in raw units; }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    for spec in [
        FittedFirst::spec,
        FittedTwice::spec,
        FittedForABaseline::spec,
        HeadsInTurn::spec,
        KeptRandom::spec,
        ScaledOnAPart::spec,
    ] {
        crate::accepted(Net::new(1).map(drop), &spec());
    }
}
