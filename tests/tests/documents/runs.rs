//! The examples of `docs/runs.md`.

use super::dsl::notation::{Pulse as Measured, SohStudy as Study};
use super::*;
use modularml::experiment::{Callback, EpochInfo, Moment, Next};
use modularml::record::{Every, Records};

type Outcome = std::result::Result<(), Box<dyn std::error::Error>>;

mod command_line {
    use std::process::ExitCode;

    use super::super::dsl::notation::{Pulse, SohStudy};
    use super::super::*;

    fn main() -> ExitCode {
        SohStudy::main(|source| FeatureSet::<Pulse>::from_parquet(source.or("pulses.parquet")?))
    }
}

fn running(pulses: FeatureSet<Measured>) -> Outcome {
    type SohStudy = Study;
    let mut study = SohStudy::new(pulses)?;
    let results = study.resume_in("runs/2026-11-30T04-10-32Z-4f1c2a")?;
    let results = study.run_in("runs")?;
    study.run_in(Records::at("runs").every(Every::Epochs(5)).keep(3).keep_every(10))?;

    let table = study.session().predictions("test")?;
    table.write_csv("test.csv")?; // or `write_arrow`, `write_parquet`; `table.batch()` is the Arrow record batch
    Ok(())
}

fn by_hand(mut study: Study, mut fresh: Study, rows: View) -> Outcome {
    use modularml::record::RunRecord;

    study.session_mut().rehearse()?; // one step of each phase, of which nothing stays
    let measured = study.session_mut().measure("test", vec![rows.clone()])?; // what the phase `test` measures of other rows
    study.session().prediction_table(&[rows])?.write_csv("new.csv")?;
    let runs = RunRecord::all("runs")?;
    for difference in runs[0].differences(&runs[1])? {
        println!("{difference}"); // settings: seed: 5 | 6
    }
    let differences = fresh.session_mut().verify(runs[0].path())?; // of a study that has not run; none where all is the same
    Ok(())
}

fn reports() -> Outcome {
    use modularml::record::RunRecord;

    let run = RunRecord::open("runs/2026-11-30T04-10-32Z-4f1c2a")?;
    run.write_report()?; // report.html in the folder; `run.report()` is the page as a text
    std::fs::write("card.md", run.card())?;
    for phase in run.analyses()? {
        // the numbers behind the pictures
        println!("{}: {} rows", phase.phase, phase.rows);
    }
    Ok(())
}

fn elsewhere(run: modularml::record::RunRecord) -> Outcome {
    use modularml::export::TensorBoard;
    use modularml::record::RunRecord;

    for run in RunRecord::all("runs")? {
        run.write_tensorboard("logs")?; // then: tensorboard --logdir logs
    }
    run.write_tensorboard(TensorBoard::at("logs").weights())?; // with histograms of the weights

    let upload = run.upload_to_mlflow("http://127.0.0.1:5000", None)?; // with the feature `mlflow`
    println!("{upload}"); // the id of the run, what was sent, and its page
    Ok(())
}

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 8],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Line(pulse: Pulse) {
        soh = Linear(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    experiment Followed for Line {
        seed = 1;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        train regress {
            feed pulse = Batches::of(32).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { loss; }
            callbacks = [
                Snapshots::every(1).best(3)(val.loss),
                PredictionsEvery::epochs(10),
                GradientNorms,
                WeightStatistics,
                LearningRates,
                TimeLimit::minutes(30.0),
                StopFile::at("STOP")
            ];
            epochs = 200;
        }
    }
}

struct Spread;

impl Callback for Spread {
    fn on_epoch_end(&mut self, moment: &mut Moment<'_>, epoch: &EpochInfo<'_>) -> Result<Next> {
        let numbers = moment.session().graph().parameters(0).len();
        moment.record("parameters.encoder", numbers as f64)?;
        if epoch.loss > 1e3 {
            moment.warn(format!("the loss is {}", epoch.loss)); // an event, and a warning of `tracing`
        }
        Ok(Next::Continue)
    }
}
