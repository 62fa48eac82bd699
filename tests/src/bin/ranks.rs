//! A study for several ranks, which `cluster/mpi.sh` starts.

use std::process::ExitCode;
use std::time::Duration;

use modularml::experiment::{BuildCallback, Callback, Moment, Next, StepInfo, Watched};
use modularml::layers::{Linear, Mlp};
use modularml::losses::Mse;
use modularml::metrics::Rmse;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 4],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(0.01))]
    graph SohNet(pulse: Pulse) {
        hidden = Mlp::hidden([32]).output([16]).dropout(0.2)(pulse.voltage);
        soh = Linear(hidden) -> pulse.soh;
    }
}

/// Does what the variable `RANKS_TEST` says, `RANK:WHAT`, on one of the ranks: fails, panics, or takes long over each step.
#[derive(modularml::Callback, Clone, Copy)]
struct Asked;

struct Doing(Option<String>);

impl BuildCallback for Asked {
    fn build(&self, _: &[Watched]) -> Box<dyn Callback> {
        Box::new(Doing(std::env::var("RANKS_TEST").ok()))
    }
}

impl Callback for Doing {
    fn on_step_end(&mut self, moment: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        let Some((rank, what)) = self.0.as_deref().and_then(|asked| asked.split_once(':')) else {
            return Ok(Next::Continue);
        };
        if rank == moment.session().rank().to_string() {
            match what {
                "slow" => std::thread::sleep(Duration::from_millis(20)),
                "fail" if step.epoch == 1 => return Err(Error::own("no space left on this rank")),
                "panic" if step.epoch == 1 => panic!("this rank panics"),
                _ => {}
            }
        }
        Ok(Next::Continue)
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 5;
        split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15);
        scale pulse.soh = Standard fitted on train;
        train regress {
            feed pulse = Batches::of(64).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { loss; }
            stop = EarlyStopping::patience(9).restore_best()(val.loss);
            callbacks = [Asked];
            epochs = 12;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh) in raw units; }
    }
}

fn main() -> ExitCode {
    SohStudy::main(|_| {
        FeatureSet::from_rows((0..2000u16).map(|row| {
            let x = f32::from(row) / 2000.0;
            Pulse { voltage: [x, x * x, (20.0 * x).sin(), 1.0 - x], soh: (5.0 * x).cos() }
        }))
    })
}
