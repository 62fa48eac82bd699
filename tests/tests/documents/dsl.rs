//! The examples of `docs/dsl.md`.

mod own;

use super::*;

pub(crate) mod notation {
    use super::*;

    /// One voltage pulse of one cell.
    #[derive(SampleSchema)]
    pub(crate) struct Pulse {
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

    /// What is measured at once.
    #[derive(NamedArray)]
    struct Signals {
        voltage: f32,
        #[column(rename = "I (A)")]
        current: f32,
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

    fn edits(graph: &ModelGraph) -> Result<()> {
        let edited = graph.edited(|graph| {
            graph
                .insert_after("encoder", "norm", LayerNorm::new()) // whatever read the encoder reads `norm`
                .replace("soh", Mlp::hidden([16])) // another layer, the same inputs and target
                .freeze(["encoder"])
        })?;
        edited.kept; // ["encoder"]
        edited.drawn; // ["norm", "soh"]
        let mut graph = edited.graph;
        graph.reset(["norm"], 7)?; // its weights as seed 7 draws them
        Ok(())
    }
}

// Several evaluations, in an experiment.
mod evaluations {
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
        graph Net(pulse: Pulse) { soh = Linear(pulse.voltage) -> pulse.soh; }
    }

    experiment! {
        experiment Study for Net {
            seed = 1;
            split pulse = Random::ratios(train: 0.6, val: 0.2, shifted: 0.2);
            train regress {
                feed pulse = Batches::of(32).shuffled()(train);
                loss = Mse(soh, pulse.soh);
                validate on val every 1 epoch { loss; }
                validate far on shifted every 5 epochs { rmse = Rmse(soh, pulse.soh); }
                reduce = ReduceOnPlateau::patience(5)(val.loss);
                stop = EarlyStopping::patience(4).restore_best()(far.rmse);
                epochs = 200;
            }
        }
    }

    fn told(results: StudyResults) {
        results.regress.val.loss; // Vec<f64>, one value an epoch
        results.regress.far.rmse; // Vec<f64>, one value every fifth epoch
    }
}

// Terms of a loss, in an experiment.
mod terms {
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
            #[allow(reconstruct)]
            copy = Mlp::hidden([4])(pulse.voltage) -> pulse.voltage;
        }
    }

    experiment! {
        experiment Study for Both {
            seed = 1;
            split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
            scale pulse.voltage = Standard fitted on train;
            augment pulse.voltage = [Noise::deviation(0.01), Scaling::by(0.1), Shift::up_to(5)];
            train regress {
                feed pulse = Batches::of(32).shuffled()(train);
                loss = recon: 0.5 * Mse(copy, pulse.voltage) + Mse(soh, pulse.soh) + 0.01 * L2Penalty(soh);
                validate on val every 1 epoch { loss; }
                stop = EarlyStopping::patience(10).restore_best()(val.terms.recon);
                step_loss;
                epochs = 200;
            }
            eval test {
                feed pulse = test;
                loss = recon: Mse(copy, pulse.voltage);
            }
        }
    }

    fn told(results: StudyResults) {
        results.regress.terms.recon; // Vec<f64>, one value an epoch
        results.regress.val.terms.mse; // Vec<f64>, one value an evaluation
        results.regress.step_terms.l2_penalty; // Vec<f64>, one value a step
        results.test.terms.recon; // f64
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
            augment pulse.voltage = Flip::axis(0);
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

mod labels {
    use super::*;

    #[derive(SampleSchema)]
    pub struct Clip {
        #[feat]
        x: [f32; 8],
        #[target]
        sounds: [bool; 3],
    }

    model_graph! {
        #[optimizer(Adam::lr(1e-3))]
        graph Sounds(clip: Clip) {
            sounds = Linear(clip.x) -> clip.sounds;
        }
    }

    experiment! {
        experiment Study for Sounds {
            seed = 1;
            split clip = Random::ratios(train: 0.8, test: 0.2);
            train learn {
                feed clip = Batches::of(32)(train);
                loss = BceWithLogits.positive_weights(hum: 1.0, click: 2.0, hiss: 4.0)(sounds, clip.sounds);
                epochs = 1;
            }
            eval test {
                feed clip = test;
                f1 = F1.average(Average::Macro)(sounds, clip.sounds);
                all_right = Accuracy(sounds, clip.sounds);
            }
        }
    }
}

mod thresholds {
    use super::*;

    #[derive(SampleSchema)]
    pub struct Clip {
        #[feat]
        x: [f32; 8],
        #[target]
        loud: bool,
    }

    model_graph! {
        #[optimizer(Adam::lr(1e-3))]
        graph Net(clip: Clip) {
            loud = Linear(clip.x) -> clip.loud;
        }
    }

    experiment! {
        experiment Study for Net {
            seed = 1;
            split clip = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
            train learn {
                feed clip = Batches::of(32)(train);
                loss = BceWithLogits(loud, clip.loud);
                epochs = 1;
            }
            eval test {
                feed clip = test;
                threshold cut = F1(loud, clip.loud) on val;
                f1 = F1(loud, clip.loud);
                precision = Precision(loud, clip.loud);
                at_half = F1.threshold(0.5)(loud, clip.loud);
                predictions;
            }
        }
    }

    fn results(mut study: Study) -> Result<()> {
        let results = study.run()?;
        results.test.cut; // f64, a probability, as `.threshold(..)` takes it
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
