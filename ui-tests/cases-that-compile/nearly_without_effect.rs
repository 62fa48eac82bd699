//! Statements that look as if they had no effect and have one.

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
    life: f32,
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Net(pulse: Pulse) {
        encoder = Mlp::hidden([16]).output([4])(pulse.voltage);
        noise = Dropout::probability(0.1)(encoder);
        soh = Linear(noise) -> pulse.soh;
        ridge = Ridge::penalty(1.0)(encoder) -> pulse.life;
        #[output]
        copy = Linear::to([])(encoder);
        #[output]
        state = Linear(encoder) -> pulse.state;
        #[optimizer(Sgd::lr(0.1))]
        #[allow(own_optimizer)]
        norm = BatchNorm(encoder);
        of_norm = Linear(norm) -> pulse.soh;
    }
}

experiment! {
    experiment Penalties for Net {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        train listed {
            nodes = [encoder, soh];
            feed pulse = Batches::of(8)(train);
            loss = Mse(soh, pulse.soh) + 0.1 * L2Penalty(encoder) + 0.1 * L1Penalty(soh);
            epochs = 1;
        }
        train one_of_two {
            freeze = [encoder];
            feed pulse = Batches::of(8)(train);
            loss = Mse(soh, pulse.soh) + 0.1 * L2Penalty(soh);
            epochs = 1;
        }
        train still {
            freeze = [encoder, noise];
            feed pulse = Batches::of(8)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 1;
        }
    }
}

experiment! {
    experiment Rates for Net {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        train to_the_end {
            feed pulse = Batches::of(8)(train);
            loss = Mse(soh, pulse.soh);
            rate = [Ramp::over(5), Cosine::over(15)] per epoch;
            epochs = 20;
        }
        train falls_last { feed pulse = Batches::of(8)(train); loss = Mse(soh, pulse.soh); rate = Milestones::at([10, 19]) per epoch; epochs = 20; }
        train falls_once { feed pulse = Batches::of(8)(train); loss = Mse(soh, pulse.soh); rate = StepDecay::every(19) per epoch; epochs = 20; }
        train by_step { feed pulse = Batches::of(8)(train); loss = Mse(soh, pulse.soh); rate = Cosine::over(5000) per step; epochs = 20; }
        train cut_short {
            feed pulse = Batches::of(8)(train);
            loss = Mse(soh, pulse.soh);
            #[allow(unfinished)]
            rate = Cosine::over(100) per epoch;
            epochs = 20;
        }
        train level {
            feed pulse = Batches::of(8)(train);
            loss = Mse(soh, pulse.soh);
            rate = Triangle::up(5).base_momentum(0.9).max_momentum(0.9).keep_momentum() per epoch;
            epochs = 20;
        }
    }
}

experiment! {
    experiment Units for Net {
        seed = 0;
        split pulse = Random::ratios(train: 0.5, tune: 0.2, test: 0.3);
        scale pulse.soh = Power fitted on train;
        scale pulse.life = MinMax fitted on tune;
        scale pulse.voltage = Standard fitted on tune;
        train regress { feed pulse = Batches::of(8)(train); loss = Mse(soh, pulse.soh); epochs = 1; }
        fit linear { nodes = [ridge]; feed pulse = train; }
        eval test {
            feed pulse = test;
            scaled = Rmse(soh, pulse.soh) in scaled units;
            raw = Mape(soh, pulse.soh) in raw units;
            curved = R2(soh, pulse.soh) in raw units;
            straight = R2(ridge, pulse.life);
            life = MaxError(ridge, pulse.life) in raw units;
        }
    }
}

experiment! {
    experiment Splits for Net {
        seed = 0;
        split pulse = Ordered::by(pulse.cell).ratios(past: 0.8, future: 0.2);
        split pulse.past = Random::ratios(train: 0.8, val: 0.2);
        split pulse.future = Random::ratios(near: 0.5, held_out: 0.5);
        train regress { feed pulse = Batches::of(8)(train); loss = Mse(soh, pulse.soh); epochs = 1; }
        eval test { feed pulse = near; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    experiment Batched for Net {
        seed = 0;
        split pulse = Random::ratios(train: 0.8, val: 0.2);
        train of_three { feed pulse = Batches::of(3).stratify_by(pulse.state)(train); loss = Mse(soh, pulse.soh); epochs = 1; }
        train of_two { feed pulse = Batches::of(2).stratify_by(pulse.cell)(train); loss = Mse(soh, pulse.soh); epochs = 1; }
        train of_one { feed pulse = Batches::of(1)(train); loss = Mse(soh, pulse.soh); epochs = 1; }
        train normed { feed pulse = Batches::of(2)(train); loss = Mse(of_norm, pulse.soh); epochs = 1; }
        train stopped {
            feed pulse = Batches::of(8)(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 5 epochs { loss; }
            stop = EarlyStopping::patience(3)(val.loss);
            reduce = ReduceOnPlateau::patience(1)(val.loss);
            average = Ema::decay(0.9);
            clip = ByNorm::of(1.0);
            accumulate = 1;
            skip_non_finite;
            epochs = 20;
        }
    }
}

const fn best(results: &BatchedResults) -> (Option<usize>, usize) {
    (results.stopped.best_epoch, results.of_one.epochs)
}

#[test]
fn is_accepted_at_run_time_too() {
    let _: fn(&BatchedResults) -> (Option<usize>, usize) = best;
    for spec in [Penalties::spec, Rates::spec, Units::spec, Splits::spec, Batched::spec] {
        crate::accepted(Net::new(1).map(drop), &spec());
    }
}
