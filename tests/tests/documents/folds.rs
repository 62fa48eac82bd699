//! The examples of `docs/folds.md`.

use modularml::process::fold::Divide;
use modularml::process::{FoldPositions, FoldsSpec};

use super::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 8],
    #[target]
    soh: f32,
    #[tag(group)]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    pub graph SohNet(pulse: Pulse) {
        soh = Mlp::hidden([8])(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    pub experiment SohStudy for SohNet {
        seed = 42;
        split pulse = Random::ratios(pool: 0.85, test: 0.15).group_by(pulse.cell);
        folds pulse.pool = KFold::of(5).group_by(pulse.cell) into train, left_out;
        split pulse.train = Random::ratios(fit: 0.9, stop: 0.1).group_by(pulse.cell);
        scale pulse.soh = Standard fitted on fit;
        train regress {
            feed pulse = Batches::of(32).shuffled()(fit);
            loss = Mse(soh, pulse.soh);
            validate on stop every 1 epoch { loss; }
            stop = EarlyStopping::patience(10).restore_best()(val.loss);
            epochs = 200;
        }
        eval unseen { feed pulse = left_out; rmse = Rmse(soh, pulse.soh) in raw units; predictions; }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh) in raw units; }
    }
}

experiment! {
    experiment RidgeStudy for SohNet {
        seed = 42;
        #[allow(ungrouped)]
        folds pulse = EveryNth::of(5) into train, left_out;
        train regress { feed pulse = Batches::of(32)(train); loss = Mse(soh, pulse.soh); epochs = 1; }
        eval unseen { feed pulse = left_out; rmse = Rmse(soh, pulse.soh); }
    }
}

fn over_folds(pulses: FeatureSet<Pulse>) -> Result<()> {
    let study = SohStudy::new(pulses)?;
    let folds = study.run_folds()?;
    folds.test.rmse.mean; // and .deviation, .by_fold
    folds.unseen.rmse.interval(0.95)?; // where the mean of other folds lies
    folds.unseen.rmse.pooled; // over the rows of all folds, each by the model that has not seen it
    folds.unseen.predictions.write_csv("unseen.csv")?; // with a column `fold`
    folds.regress[2].val.loss.len(); // what a train phase reports, by fold
    Ok(())
}

fn compared(study: SohStudy, folds: SohStudyFolds, pulses: FeatureSet<Pulse>) -> Result<()> {
    let ridge = RidgeStudy::new(pulses)?.run_folds()?;
    let difference = folds.unseen.rmse.minus(&ridge.unseen.rmse)?;
    difference.p_value()?; // whether it may be chance

    use modularml::experiment::Comparison;
    let comparison = Comparison::of("mlp", &folds.unseen.rmse)?
        .with("ridge", &ridge.unseen.rmse)?
        .titled("RMSE of cells that were left out");
    println!("{comparison}"); // also `.write_csv(path)`, `.to_markdown()` and `.write_html(path)`

    folds.write_report("folds.html")?; // a page
    let model = study.refit(&folds)?; // one model of the whole pool
    model.save("soh.mml")?;
    Ok(())
}

#[derive(Settings, Clone, Copy)]
struct EveryNth {
    /// How many folds there are.
    #[setting(first = of, at_least = 2)]
    folds: usize,
}

impl EveryNth {
    const fn spec(self) -> FoldsSpec {
        FoldsSpec::new("EveryNth", self.settings(), modularml::code!(Divide, divide))
    }
}

fn divide(settings: &modularml::spec::Settings, rows: &View, _rng: &mut Rng) -> Result<Vec<FoldPositions>> {
    let folds = EveryNth::from_settings(settings).folds;
    let part = |fold: usize| {
        let (test, train) = (0..rows.len() as u32).partition(|row| *row as usize % folds == fold);
        FoldPositions { train, test }
    };
    Ok((0..folds).map(part).collect())
}

mod choosing {
    use super::*;

    model_graph! {
        #[optimizer(Adam::lr(lr))]
        pub graph SohNet(pulse: Pulse; width: usize = 64, lr: f64 = 1e-3) {
            soh = Mlp::hidden([width])(pulse.voltage) -> pulse.soh;
        }
    }

    experiment! {
        pub experiment SohStudy for SohNet {
            seed = 42;
            vary width in [32, 64, 128], lr in LogUniform::between(1e-4, 1e-2);
            choose RandomSearch::trials(40) by regress.val.rmse;
            split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15).group_by(pulse.cell);
            train regress {
                feed pulse = Batches::of(32).shuffled()(train);
                loss = Mse(soh, pulse.soh);
                validate on val every 1 epoch { rmse = Rmse(soh, pulse.soh); }
                epochs = 20;
            }
            eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
        }
    }

    fn chosen(study: SohStudy) -> Result<()> {
        let found = study.search_in("runs")?;
        found.choices[0].parameters; // and .choice.value, .choice.trials
        found.results.test.rmse; // of a run with what was chosen; of folds as `run_folds` gives it
        let chosen = study.chosen(&found.choices[0].choice)?; // the study with it, to run or to refit
        Ok(())
    }
}
