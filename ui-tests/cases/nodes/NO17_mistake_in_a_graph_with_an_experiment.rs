// NO17

use modularml::{layers::*, losses::*, metrics::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
    #[tag(group)]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        encoder = Mlp::hidden([32])(pulse.voltage);
        soh = Linear(encoder) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 42;
        split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15).group_by(pulse.cell);
        scale pulse.voltage = Standard fitted on train;
        train regress {
            feed pulse = Batches::of(32).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { loss; }
            epochs = 20;
        }
        eval test {
            feed pulse = test;
            rmse = Rmse(soh, pulse.soh);
        }
    }
}

fn main() -> Result<()> {
    let pulses = FeatureSet::<Pulse>::from_csv("pulses.csv")?;
    let results = SohStudy::new(pulses)?.run()?;
    println!("{} {:?}", results.test.rmse, results.regress.val.loss);
    Ok(())
}
