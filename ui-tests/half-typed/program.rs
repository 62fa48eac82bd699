use modularml::{layers::*, losses::*, metrics::*, prelude::*};

/// One voltage pulse.
#[derive(SampleSchema)]
pub struct Pulse {
    #[feat]
    pub temperature: f32,
    #[feat(rename = "volts")]
    pub voltage: [f32; 32],
    /// State of health.
    #[target]
    pub soh: f32,
    #[target]
    #[classes("fresh", "worn")]
    pub state: Class,
    #[tag(group)]
    pub cell: i64,
}

model_graph! {
    /// Two heads over one code.
    #[optimizer(Adam::lr(1e-3))]
    pub graph SohNet(pulse: Pulse) {
        #[allow(own_optimizer)]
        #[optimizer(Sgd::lr(0.1))]
        thermal = Linear::to([4])(pulse.temperature);
        encoder = Mlp::hidden([64, 32]).output([16])(pulse.voltage);
        fused = Concat::axis(-1)(encoder, thermal);
        soh = Linear(fused) -> pulse.soh;
        state = Mlp::hidden([8])(fused) -> pulse.state;
    }
}

experiment! {
    /// Trains on some cells.
    pub experiment SohStudy for SohNet {
        seed = 42;
        split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15).group_by(pulse.cell);
        scale pulse.voltage = [PerSampleZeroStart, MinMax.low(-1.0)] fitted on train;
        scale pulse.soh = Standard fitted on train;

        train warm {
            nodes = [encoder, fused, soh, thermal];
            feed pulse = Batches::of(32).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            epochs = 2;
        }
        train regress {
            freeze = [thermal];
            feed pulse = Batches::of(32).shuffled()(train);
            loss = Mse(soh, pulse.soh) + 0.5 * CrossEntropy(state, pulse.state);
            accumulate = 2;
            clip = ByNorm::of(1.0);
            rate = [Ramp::over(5), Cosine::over(95)] per epoch;
            validate on val every 1 epoch { loss; rmse = Rmse(soh, pulse.soh) in raw units; }
            validate far on test every 10 epochs { error = L1(soh, pulse.soh) in scaled units; }
            stop = EarlyStopping::patience(10).restore_best()(val.loss);
            skip_non_finite;
            step_loss;
            epochs = 100;
        }
        eval test {
            feed pulse = test;
            rmse = Rmse(soh, pulse.soh) in raw units;
            predictions;
            roc = Roc.class(1)(state, pulse.state);
            accuracy = Accuracy(state, pulse.state);
        }
    }
}

/// Trains, and uses every name that is generated.
pub fn run(pulses: FeatureSet<Pulse>) -> Result<f64> {
    let worn = pulses.view().filter(Pulse::COLUMNS.soh.lt(0.8).and(Pulse::COLUMNS.cell.eq(7)))?;
    let _ = (Pulse::COLUMNS.voltage, Pulse::COLUMNS.temperature, SohNet::NAMES.encoder, SohNet::NAMES.pulse.voltage);
    let code = SohNet::new(1)?.forward(worn)?.thermal;
    let mut study = SohStudy::new(pulses)?;
    let results = study.run()?;
    let regress = study.run_phase(SohStudy::PHASES.regress)?;
    let rows = study.split(SohStudy::SPLITS.pulse.test)?;
    let outputs = study.predict(rows)?;
    println!("{:?} {:?} {:?} {}", code, outputs.soh, outputs.state, regress.epochs);
    println!("{:?} {:?}", results.regress.val.loss, results.regress.val.rmse);
    println!("{:?}", results.regress.far.error);
    println!("{:?} {}", results.warm.loss, results.test.accuracy);
    println!("{:?} {}", results.regress.step_loss, results.test.predictions.batch().num_rows());
    println!("{}", results.test.roc.area());
    Ok(results.test.rmse)
}
