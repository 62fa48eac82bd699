//! The examples of `docs/dsl.md`, `docs/data.md`, `docs/folds.md`, `docs/ranks.md` and `docs/runs.md`, as they stand there, so that they
//! compile.

#![allow(dead_code, unused_variables, unused_mut, unused_must_use, path_statements, clippy::all, clippy::pedantic)]

use std::fs;
use std::path::Path;

use modularml::data::{Condition, Domain, FeatureSet, Reader, View, column};
use modularml::experiment::{ExperimentBuilder, Reduce, Series, Session};
use modularml::graph::{Graph as _, GraphSpec};
use modularml::process;
#[rustfmt::skip]
use modularml::{layers::*, losses::*, metrics::*, prelude::*};

mod notation {
    use super::*;

    /// One voltage pulse of one cell.
    #[derive(SampleSchema)]
    pub(super) struct Pulse {
        /// Volts over time.
        #[feat]
        voltage: [f32; 101],
        /// Degrees Celsius; the file calls it `temp`.
        #[feat(rename = "temp")]
        temperature: f32,
        /// State of health.
        #[target]
        soh: f32,
        /// What the cell looks like.
        #[target]
        #[classes("fresh", "worn", "dead")]
        state: Class,
        /// Rows of one cell belong together: a random split must keep them whole.
        #[tag(group)]
        cell: i64,
        /// Who measured, where it is known.
        #[tag]
        operator: Option<String>,
    }

    #[derive(SampleSchema)]
    struct Cell {
        #[feat(length = 50)]
        current: Vec<f32>, // shape [50]: padded with zeros at the end
        #[feat(length = 50, longer = truncate)]
        path: Vec<[f32; 3]>, // shape [50, 3]: of longer rows the first 50 values
        #[target]
        soh: f32,
    }

    fn conditions(pulses: FeatureSet<Pulse>) -> Result<()> {
        let worn = Pulse::COLUMNS.soh.lt(0.8).and(!Pulse::COLUMNS.cell.is_in(&[3, 7]));
        let rows = pulses.view().filter(worn)?;
        Ok(())
    }

    fn reading() -> Result<()> {
        let pulses = FeatureSet::<Pulse>::from_parquet("pulses.parquet")?; // with the feature `parquet`
        let pulses = Reader::<Pulse>::new().missing("NA").drop_rows_with_missing().csv("pulses.csv")?;

        let pulses = Reader::<Pulse>::new().to_store("pulses.arrow").csv("pulses.csv")?;
        let pulses = FeatureSet::<Pulse>::open("pulses.arrow")?;

        let pulses = Reader::<Pulse>::new().parquet(["monday.parquet", "tuesday.parquet"])?;
        let cells = Reader::<Cell>::new().group_by("cell").sort_by("time").csv("rows.csv")?;
        Ok(())
    }

    model_graph! {
        /// State of health from one pulse.
        #[optimizer(Adam::lr(1e-3))]
        pub graph SohNet(pulse: Pulse) {
            #[allow(own_optimizer)]
            #[optimizer(Sgd::lr(0.1))]
            encoder = Mlp::hidden([64, 32]).output([16])(pulse.voltage);
            #[frozen]
            thermal = Linear::to([4])(pulse.temperature);
            fused = Concat::axis(-1)(encoder, thermal);
            soh = Linear(fused) -> pulse.soh;
            #[allow(reconstruct)]
            copy = Mlp::hidden([32])(encoder) -> pulse.voltage;
            #[output]
            code = Linear::to([2])(encoder);
        }
    }

    experiment! {
        /// Trains on some cells and tests on others.
        pub experiment SohStudy for SohNet {
            seed = 42;
            split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15).group_by(pulse.cell).seed(7);
            scale pulse.voltage = [Standard, MinMax] fitted on train;
            scale pulse.soh = MinMax fitted on train;

            train compress {
                nodes = [encoder, copy];
                feed pulse = Batches::of(32).shuffled()(train);
                loss = Mse(copy, pulse.voltage);
                epochs = 20;
            }
            train regress {
                freeze = [encoder];
                feed pulse = Batches::of(32).shuffled()(train);
                loss = Mse(soh, pulse.soh) + 0.01 * L2Penalty(soh);
                validate on val every 1 epoch { loss = Mse(soh, pulse.soh); }
                stop = EarlyStopping::patience(10).restore_best()(val.loss);
                epochs = 200;
            }
            eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh) in raw units; }
        }
    }

    fn results(pulses: FeatureSet<Pulse>) -> Result<()> {
        let mut study = SohStudy::new(pulses)?;
        let results = study.run()?;
        results.regress.loss; // Vec<f64>, one value an epoch
        results.regress.val.loss; // Vec<f64>, one value an evaluation
        results.regress.best_epoch; // Option<usize>, counted from 0
        results.test.rmse; // f64
        study.save("soh.mml")?;

        let mut study = SohStudy::load("soh.mml")?;
        let rows = study.split(SohStudy::SPLITS.pulse.test)?;
        study.predict(&rows)?.soh; // the output of the node, in raw units where it predicts a scaled target

        let again = study.run_phase(SohStudy::PHASES.regress)?; // one phase alone, typed as its field of the results
        again.loss;
        Ok(())
    }

    fn steps(mut study: SohStudy, mut other: SohStudy) -> Result<()> {
        let mut run = study.session_mut().start()?;
        while run.step()? {
            let state = run.state()?; // weights, optimizers, position, gathered gradients, callbacks, results
        }
        let state = run.state()?;
        other.session_mut().resume(&state)?.finish()?;
        let fold = study.session().again(42, 3)?; // the same description and data in fold 3
        Ok(())
    }

    fn study(rate: f64, epochs: usize, pulses: &FeatureSet<Pulse>) -> Result<Session> {
        let graph = GraphSpec { optimizer: Some(Adam::lr(rate).spec()), ..SohNet::SPEC };
        ExperimentBuilder::new("SohStudy", graph)
            .seed(42)
            .split("pulse", Random::ratios([("train", 0.8), ("test", 0.2)]))
            .train("regress", |train| {
                let train = train.feed("pulse", Batches::of(32).shuffled(), "train");
                train.loss(Mse, ["soh", "pulse.soh"]).epochs(epochs)
            })
            .eval("test", |eval| eval.feed("pulse", "test").metric("rmse", Rmse, ["soh", "pulse.soh"]))
            .build(vec![pulses.view()])
    }
}

// The statements of phases, in an experiment.
mod phases {
    use super::*;

    #[derive(SampleSchema)]
    struct Pulse {
        #[feat]
        voltage: [f32; 8],
        #[target]
        soh: f32,
    }

    model_graph! {
        #[optimizer(Adam::lr(1e-3))]
        graph Both(pulse: Pulse) {
            soh = Linear(pulse.voltage) -> pulse.soh;
            #[output]
            ridge = Ridge::penalty(1.0)(pulse.voltage) -> pulse.soh;
        }
    }

    experiment! {
        experiment Study for Both {
            seed = 1;
            split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
            scale pulse.voltage = [PerSampleZeroStart, MinMax] fitted on train;
            scale pulse.soh = Standard fitted on train;
            train regress {
                feed pulse = Batches::of(32)(train);
                loss = Mse(soh, pulse.soh);
                validate on val every 1 epoch { loss; }
                callbacks = [Enough::at(0.01)(val.loss)];
                epochs = 1;
            }
            fit baseline { nodes = [ridge]; feed pulse = train; }
            eval test {
                feed pulse = test;
                loss = Mse(soh, pulse.soh);
                rmse = Rmse(soh, pulse.soh) in raw units;
                predictions;
            }
        }
    }

    fn predictions(pulses: FeatureSet<Pulse>) -> Result<()> {
        let mut study = Study::new(pulses)?;
        let results = study.run()?;
        results.test.predictions.write_csv("test.csv")?; // where it is declared; also `write_arrow`, `write_parquet`
        let series = Series::of(study.session().results())?;
        let best = series.select("name", "val.loss")?.collapse("epoch", Reduce::Min)?; // by phase and name
        Ok(())
    }

    use modularml::experiment::{BuildCallback, Callback, Watched};

    /// Ends a phase when a value is good enough.
    #[derive(Callback, Clone, Copy)]
    #[spec(watches = 1)]
    struct Enough {
        /// The value at which the phase ends.
        #[setting(first)]
        at: f64,
    }

    impl BuildCallback for Enough {
        fn build(&self, watched: &[Watched]) -> Box<dyn Callback> {
            Box::new(Waits { at: self.at, watched: watched[0] })
        }
    }

    struct Waits {
        at: f64,
        watched: Watched,
    }

    impl Callback for Waits {}
}

// Metrics that give no number.
mod classes {
    use super::*;

    #[derive(SampleSchema)]
    struct Pulse {
        #[feat]
        voltage: [f32; 8],
        #[target]
        #[classes("fresh", "worn", "dead")]
        state: Class,
    }

    model_graph! {
        #[optimizer(Adam::lr(1e-3))]
        graph States(pulse: Pulse) { state = Linear(pulse.voltage) -> pulse.state; }
    }

    experiment! {
        experiment Study for States {
            seed = 1;
            split pulse = Random::ratios(train: 0.8, test: 0.2);
            train learn {
                feed pulse = Batches::of(32)(train);
                loss = CrossEntropy(state, pulse.state);
                step_loss;
                epochs = 1;
            }
            eval test {
                feed pulse = test;
                confusion = Confusion(state, pulse.state);
                worn = Roc.class(1)(state, pulse.state);
            }
        }
    }

    fn results(mut study: Study) -> Result<()> {
        let results = study.run()?;
        println!("{}", results.test.confusion); // ConfusionMatrix: a table with the names of the classes
        results.test.worn.area(); // RocCurve
        Ok(())
    }
}

mod own {
    use super::*;
    use modularml::candle_nn::{self, Module as _, VarBuilder};
    use modularml::data::Shape;
    use modularml::text::Message;

    #[derive(Sampler, Clone, Copy)]
    #[roles(anchor, pair)]
    struct Neighbours {
        /// How many draws make a batch.
        #[setting(first, at_least = 1)]
        batch: usize,
        /// The column that both share.
        #[setting(default = None, condition = same)]
        same: Option<Name>,
    }

    impl Draw for Neighbours {
        fn draw(&self, rows: &View, rng: &mut Rng) -> Result<Vec<NeighboursDraw>> {
            // positions in `rows`; all randomness comes from `rng`
            Ok(vec![NeighboursDraw { anchor: 0, pair: 1 }])
        }
    }

    #[derive(Layer, Clone, Copy)]
    #[layer(shape = width)]
    struct Pointwise {
        /// How many numbers each position becomes.
        #[setting(first, at_least = 1)]
        width: usize,
    }

    impl BuildModule for Pointwise {
        type Module = candle_nn::Linear;

        fn build(&self, input: &Shape, _output: &Shape, vars: VarBuilder<'_>) -> Result<candle_nn::Linear> {
            Ok(candle_nn::linear(input.axis(input.rank() - 1), self.width, vars)?)
        }
    }

    #[derive(Layer, Clone, Copy)]
    #[layer(shape = own, inputs = 2)]
    struct CrossProduct {
        /// How many numbers come out.
        #[setting(first, at_least = 1)]
        rank: usize,
    }

    impl CrossProduct {
        const fn infer(&self, inputs: &[Shape]) -> Result<Shape, Message> {
            if inputs[0].rank() != 1 || inputs[1].rank() != 1 {
                let message = Message::new().text("crosses two vectors, not ").shape(&inputs[0]);
                return Err(message.text(" and ").shape(&inputs[1]));
            }
            Ok(Shape::new(&[self.rank]))
        }
    }

    struct Crossed(candle_nn::Linear);

    impl MergeModule for Crossed {
        fn forward(&self, inputs: &[Tensor], _: bool) -> Result<Tensor> {
            let products = inputs[0].unsqueeze(2)?.broadcast_mul(&inputs[1].unsqueeze(1)?)?;
            Ok(self.0.forward(&products.flatten_from(1)?)?)
        }
    }

    impl BuildMerge for CrossProduct {
        type Module = Crossed;

        fn build(&self, inputs: &[Shape], _: &Shape, vars: VarBuilder<'_>) -> Result<Crossed> {
            Ok(Crossed(candle_nn::linear(inputs[0].axis(0) * inputs[1].axis(0), self.rank, vars)?))
        }
    }

    #[derive(Splitter, Clone, Copy)]
    #[splits(train, test)]
    struct EveryNth {
        /// One row of so many is tested.
        #[setting(first, at_least = 2)]
        n: usize,
    }

    impl Assign for EveryNth {
        fn assign(&self, rows: &View, rng: &mut Rng) -> Result<EveryNthSplits> {
            let (test, train) = (0..rows.len() as u32).partition(|row| *row as usize % self.n == 0);
            Ok(EveryNthSplits { train, test })
        }
    }

    #[derive(Loss, Clone, Copy)]
    #[inputs(prediction: Output, target: Numbers)]
    #[shape(prediction == target)]
    struct LogCosh;

    impl Formula for LogCosh {
        fn forward(&self, inputs: LogCoshInputs<'_>) -> Result<PerSample> {
            let error = (inputs.prediction - inputs.target)?;
            // One value a row, from tensors whose first axis counts the rows.
            let each = (((error.exp()? + error.neg()?.exp()?)? / 2.0)?.log())?;
            Ok(PerSample(each.reshape((each.dim(0)?, ()))?.mean(1)?))
        }
    }
}

mod data {
    use super::*;

    #[derive(SampleSchema)]
    struct Pulse {
        #[feat]
        voltage: [f32; 8],
        #[target]
        soh: f32,
        #[tag]
        cell: i64,
    }

    struct Measured {
        volts: [f32; 8],
        soh: f32,
        id: i64,
    }

    fn reading(measured: &[Measured]) -> Result<()> {
        let pulses = FeatureSet::<Pulse>::from_parquet("pulses.parquet")?; // with the feature `parquet`
        let pulses = Reader::<Pulse>::new().missing("NA").drop_rows_with_missing().csv(["mon.csv", "tue.csv"])?;

        let pulses =
            FeatureSet::from_rows(measured.iter().map(|it| Pulse { voltage: it.volts, soh: it.soh, cell: it.id }))?;

        let pulses = Reader::<Pulse>::new().to_store("pulses.arrow").csv("pulses.csv")?; // converts in bounded memory
        let pulses = FeatureSet::<Pulse>::open("pulses.arrow")?; // the next time: opens at once
        Ok(())
    }

    fn looking(pulses: FeatureSet<Pulse>) -> Result<()> {
        const WORN: Condition = Pulse::COLUMNS.soh.lt(0.8);
        let rows = pulses.view().filter(WORN.and(Pulse::COLUMNS.cell.is_in(&[1, 2])))?;
        let rows = pulses.view().filter(column("soh").between(0.5, 0.8))?; // by name, checked when it runs
        let high = rows.filter_by(Pulse::COLUMNS.voltage, |voltage| voltage[0] > 3.5)?;
        Ok(())
    }

    #[derive(SampleSchema)]
    struct Encoded {
        #[feat]
        state_hot: [f32; 3],
    }

    fn scaling(train: View, cells: FeatureSet) -> Result<()> {
        let chain = process::FittedChain::fit(&[Standard::new().spec()], "voltage", &train)?;

        let chain = process::FittedChain::fit(&[OneHot::new().spec()], "state", &train)?;
        let cells = cells.with_transformed("state_hot", Domain::Feature, "state", &chain)?.typed::<Encoded>()?;
        Ok(())
    }

    fn batches(view: View) -> Result<()> {
        let mut loader = Batches::of(32).shuffled().spec().loader(&view, 42);
        let position = loader.position(); // to be saved
        let loader = Batches::of(32).shuffled().spec().loader(&view, 42).resume(position);
        Ok(())
    }
}

mod runs {
    use super::notation::{Pulse as Measured, SohStudy as Study};
    use super::*;
    use modularml::experiment::{Callback, EpochInfo, Moment, Next};
    use modularml::record::{Every, Records};

    type Outcome = std::result::Result<(), Box<dyn std::error::Error>>;

    mod command_line {
        use std::process::ExitCode;

        use super::super::notation::{Pulse, SohStudy};
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
}

mod ranks {
    use super::notation::Pulse;
    use super::*;
    use modularml::data::Paths;
    use modularml::experiment::{Ranks, Threads};

    #[cfg(feature = "mpi")]
    fn on_mpi(mut study: super::notation::SohStudy) -> Result<()> {
        use modularml::experiment::Mpi;

        let mpi = Mpi::start()?;
        study.session_mut().share_out(Ranks::of(mpi.clone()).shares(4))?;
        let results = study.run_in("runs")?;
        Ok(())
    }

    fn on_threads(session: impl Fn() -> Result<Session> + Sync) -> Result<()> {
        let of_two = Threads::run(2, |rank| {
            let mut session = session()?;
            session.share_out(Ranks::of(rank).shares(4))?.run()
        })?;
        Ok(())
    }

    fn of_an_engine() -> Result<()> {
        let pulses = Reader::<Pulse>::new().to_store("pulses.arrow").parquet(Paths::folder("pulses", "parquet")?)?;
        Ok(())
    }
}

mod parameters {
    use super::notation::Pulse;
    use super::*;

    model_graph! {
        #[optimizer(Adam::lr(lr))]
        pub graph SohNet(pulse: Pulse; width: usize = 64, dropout: f64 = 0.1, lr: f64 = 1e-3) {
            soh = Mlp::hidden([width, width / 2]).dropout(dropout)(pulse.voltage) -> pulse.soh;
        }
    }

    experiment! {
        pub experiment SohStudy(patience: usize = 10, weight: f64 = 0.01) for SohNet {
            seed = 42;
            vary width in [32, 64, 128], lr in LogUniform::between(1e-4, 1e-2), seed in [1, 2, 3];
            #[allow(ungrouped)]
            split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15);
            train regress {
                feed pulse = Batches::of(32).shuffled()(train);
                loss = Mse(soh, pulse.soh) + weight * L2Penalty(soh);
                validate on val every 1 epoch { loss; }
                stop = EarlyStopping::patience(patience)(val.loss);
                epochs = 200;
            }
            eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
        }
    }

    fn with(pulses: FeatureSet<Pulse>) -> Result<()> {
        let mut study = SohStudy::with(|p| {
            p.width = 128;
            p.patience = 20;
        })
        .new(pulses)?;
        Ok(())
    }
}

mod folds {
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
}

/// The lines of a text that say something.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// A text without what a formatter may change in it.
fn squeezed(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// Whether a line is one of a grammar: a name, an equals sign and what may stand there, or what goes on with it.
fn is_grammar(line: &str) -> bool {
    let of_name = line.split_once(" = ").is_some_and(|(name, rest)| {
        let is_name = name.trim().chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
        is_name && (line.contains("   ") || rest.starts_with('\'') || rest.starts_with('('))
    });
    of_name || line.starts_with('|') || line.starts_with("'{'")
}

/// The indented blocks of a document, each as its lines above the first of a grammar.
fn examples(document: &str) -> Vec<String> {
    let (mut blocks, mut block, mut fenced) = (Vec::new(), String::new(), false);
    for line in document.lines() {
        // What stands between fences is of another language.
        fenced ^= line.starts_with("```");
        if line.starts_with("    ") && !fenced {
            block.push_str(line);
            block.push('\n');
        } else if !line.is_empty() && !block.is_empty() {
            blocks.push(std::mem::take(&mut block));
        }
    }
    blocks.push(block);
    let code = |block: String| {
        let code = block.lines().take_while(|line| !is_grammar(line));
        code.map(|line| format!("{line}\n")).collect::<String>()
    };
    blocks.into_iter().map(code).filter(|block| !lines(block).is_empty()).collect()
}

#[test]
fn examples_of_the_documents_stand_here() {
    let source = squeezed(include_str!("documents.rs"));
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let (mut found, mut missing) = (0, Vec::new());
    for name in ["dsl.md", "data.md", "folds.md", "ranks.md", "runs.md"] {
        let document = fs::read_to_string(docs.join(name)).unwrap();
        for example in examples(&document) {
            found += 1;
            let absent = lines(&example).into_iter().filter(|line| !source.contains(&squeezed(line)));
            missing.extend(absent.map(|line| format!("{name}: {line}")));
        }
    }
    assert!(found > 25, "only {found} examples were found");
    assert!(missing.is_empty(), "put these examples into tests/tests/documents.rs:\n{}", missing.join("\n"));
}
