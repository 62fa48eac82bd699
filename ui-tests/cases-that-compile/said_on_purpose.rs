//! What is probably a mistake, and meant here: rows of one group apart, a code taken as an amount, an input joined
//! twice, an optimizer beside the graph's, trained rows measured, a cycle beside an optimizer without momentum.

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[feat]
    cycles: u16,
    #[target]
    soh: f32,
    #[tag(group)]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Meant(pulse: Pulse) {
        shape = Linear::to([4])(pulse.voltage);
        age = Linear::to([4])(pulse.cycles.as_number());
        #[allow(repeat)]
        fused = Concat::axis(0)(shape, age, shape);
        #[allow(own_optimizer)]
        #[optimizer(Adagrad::lr(0.01))]
        soh = Linear::new()(fused) -> pulse.soh;
    }
}

experiment! {
    experiment MeantStudy for Meant {
        seed = 0;
        #[allow(ungrouped)]
        split pulse = Random::ratios(train: 0.5, test: 0.5);
        scale pulse.soh = [MinMax::new()] fitted on train;
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh);
            #[allow(training_rows)]
            validate on train every 2 epochs {
                loss = Mse(soh, pulse.soh);
                rmse = Rmse(soh, pulse.soh) in scaled units;
            }
            stop = EarlyStopping::patience(3).min_delta(1e-3)(val.rmse);
            rate = OneCycle::over(20).keep_momentum() per epoch;
            epochs = 20;
        }
        #[allow(training_rows)]
        eval learned { feed pulse = train; r2 = R2(soh, pulse.soh); }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh) in raw units; }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(Meant::new(1).map(drop), &MeantStudy::spec());
}
