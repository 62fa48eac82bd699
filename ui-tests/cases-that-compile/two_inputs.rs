//! Two inputs of one graph, each with rows, splits and phases of its own, and one phase over both.

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

#[derive(SampleSchema)]
struct Cell {
    #[feat]
    capacity: f32,
    #[target]
    life: f32,
}

/// How far the means of two sets of rows are apart; their rows do not belong together.
#[derive(Loss, Clone, Copy)]
#[inputs(first: Output, second: Output)]
#[shape(unpaired)]
struct Apart;

impl Formula for Apart {
    fn forward(&self, inputs: ApartInputs<'_>) -> Result<PerSample> {
        Ok(PerSample((inputs.first.mean(0)? - inputs.second.mean(0)?)?.sqr()?.reshape(1)?))
    }
}

model_graph! {
    #[optimizer(AdamW::lr(1e-3))]
    graph Battery(pulse: Pulse, cell: Cell) {
        soh = Mlp::hidden([32])(pulse.voltage) -> pulse.soh;
        life = Linear::new()(cell.capacity) -> cell.life;
    }
}

experiment! {
    experiment BatteryStudy for Battery {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        split cell = Random::ratios(old: 0.6, new: 0.4).seed(3);
        train pulses {
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 2;
        }
        train cells {
            feed cell = Batches::of(8)(old);
            loss = L1(life, cell.life);
            epochs = 2;
        }
        train both {
            feed pulse = Batches::of(8)(train);
            feed cell = Batches::of(8)(old);
            schedule = Zip::shortest();
            loss = Mse(soh, pulse.soh) + L1(life, cell.life) + 0.1 * Apart(soh, life);
            epochs = 2;
        }
        eval test { feed pulse = test; mae = L1(soh, pulse.soh); mse = Mse(soh, pulse.soh); huber = Huber::delta(0.1)(soh, pulse.soh); }
        eval lives { feed cell = new; mae = L1(life, cell.life); r2 = R2(life, cell.life); }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(Battery::new(1).map(drop), &BatteryStudy::spec());
}
