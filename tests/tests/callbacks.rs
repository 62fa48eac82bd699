//! The built-in callbacks: what they write, record and end, against numbers that follow otherwise.

#![allow(clippy::cast_precision_loss, reason = "counts are small")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use modularml::experiment::{BuildCallback, Callback, EpochInfo, Moment, Next, StepInfo, Watched};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::record::{Every, Records};
use modularml_tests::numbers;
use serde_json::Value;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 4],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Sgd::lr(0.05))]
    graph Net(pulse: Pulse) {
        hidden = Linear::to([5])(pulse.voltage);
        #[allow(own_optimizer)]
        #[optimizer(Sgd::lr(0.02))]
        soh = Linear(hidden) -> pulse.soh;
    }
}

experiment! {
    experiment Followed for Net {
        seed = 3;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        scale pulse.soh = MinMax fitted on train;
        train regress {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            accumulate = 2;
            clip = ByNorm::of(0.3);
            rate = Exponential::factor(0.5) per epoch;
            validate on val every 2 epochs { loss; rmse = Rmse(soh, pulse.soh) in raw units; }
            callbacks = [Snapshots::every(3), PredictionsEvery::epochs(4), GradientNorms, LearningRates];
            epochs = 8;
        }
    }
}

experiment! {
    experiment Unclipped for Net {
        callbacks = [LearningRates.steps()];
        seed = 3;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        scale pulse.soh = MinMax fitted on train;
        train regress {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            accumulate = 2;
            callbacks = [GradientNorms, GradientNorms.every(1), WeightStatistics];
            epochs = 3;
        }
    }
}

experiment! {
    experiment Beside for Net {
        callbacks = [GradientNorms.every(4)];
        seed = 3;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        train warm {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            epochs = 1;
        }
        train regress {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            callbacks = [GradientNorms.every(4)];
            epochs = 1;
        }
    }
}

#[derive(SampleSchema)]
struct Dot {
    #[feat]
    place: [f32; 2],
    #[target]
    size: f32,
}

model_graph! {
    #[optimizer(Sgd::lr(0.05))]
    graph Pair(pulse: Pulse, dot: Dot) {
        soh = Linear(pulse.voltage) -> pulse.soh;
        size = Linear(dot.place) -> dot.size;
    }
}

experiment! {
    experiment OneOfTwo for Pair {
        seed = 3;
        split pulse = Random::ratios(train: 0.6, val: 0.4);
        split dot = Random::ratios(train: 0.5, val: 0.5);
        scale pulse.soh = MinMax fitted on train;
        train regress {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { loss; }
            callbacks = [PredictionsEvery::epochs(2)];
            epochs = 2;
        }
        eval again { feed pulse = val; rmse = Rmse(soh, pulse.soh) in raw units; }
        train other {
            feed dot = Batches::of(4).shuffled()(train);
            loss = Mse(size, dot.size);
            epochs = 1;
        }
    }
}

experiment! {
    experiment Rising for Net {
        seed = 3;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        scale pulse.soh = MinMax fitted on train;
        train warm {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            epochs = 2;
        }
        train regress {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            clip = ByNorm::of(0.5);
            validate on val every 1 epoch { loss; fit = R2(soh, pulse.soh); }
            callbacks = [Acts::how(4), Snapshots::every(1).best(2)(val.fit)];
            epochs = 10;
        }
    }
}

experiment! {
    experiment Ended for Net {
        callbacks = [StopFile::at("STOP")];
        seed = 3;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        train slow {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            callbacks = [Acts::how(1), TimeLimit::seconds(0.3)];
            epochs = 1000;
        }
        train stopped {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            callbacks = [Acts::how(2)];
            epochs = 1000;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    experiment Fails for Net {
        seed = 3;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        train warm {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            epochs = 2;
        }
        train regress {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            callbacks = [Acts::how(3)];
            epochs = 5;
        }
    }
}

/// Does what a test needs: 1 takes its time, 2 makes a file at step 4, 3 fails in the third epoch, 4 makes steps larger with
/// each epoch, so that it gets better and then worse.
#[derive(Callback, Clone, Copy)]
struct Acts {
    /// What it does.
    #[setting(first)]
    how: usize,
}

impl BuildCallback for Acts {
    fn build(&self, _: &[Watched]) -> Box<dyn Callback> {
        Box::new(Acting(self.how))
    }
}

struct Acting(usize);

impl Callback for Acting {
    fn on_epoch_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        if self.0 == 4 {
            moment.scale_rates(1.6f64.powi(i32::try_from(moment.epoch).unwrap()));
        }
        Ok(Next::Continue)
    }

    fn on_step_end(&mut self, moment: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        match self.0 {
            1 => std::thread::sleep(Duration::from_millis(20)),
            2 if step.step >= 3 => std::thread::sleep(Duration::from_millis(600)),
            3 if step.epoch == 2 => return Err(modularml::Error::own("no room")),
            _ => {}
        }
        if self.0 == 2 && step.epoch == 0 && step.step == 3 {
            fs::write(moment.run_folder().unwrap().join("STOP"), "").unwrap();
        }
        Ok(Next::Continue)
    }
}

fn pulses() -> FeatureSet<Pulse> {
    let row = |i: u8| {
        let x = f32::from(i);
        Pulse { voltage: [x.sin(), x.cos(), (x * 0.3).sin(), x / 60.0], soh: (x * 0.7).sin() + x / 40.0 }
    };
    FeatureSet::from_rows((0..60).map(row)).unwrap()
}

/// A folder that is removed behind a test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("callbacks-{name}-{}", std::process::id()));
        fs::remove_dir_all(&path).ok();
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// The names of the files in a folder.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn events(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("events.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The rows of `metrics.csv` of a name: epoch, step, value.
fn recorded(folder: &Path, name: &str) -> Vec<(usize, Option<usize>, f64)> {
    let text = fs::read_to_string(folder.join("metrics.csv")).unwrap();
    assert_eq!(text.lines().next(), Some("phase,epoch,name,value,step"));
    let rows = text.lines().map(|line| line.split(',').collect::<Vec<_>>()).filter(|row| row[2] == name);
    rows.map(|row| (row[1].parse().unwrap(), row[4].parse().ok(), row[3].parse().unwrap())).collect()
}

/// The weights before the first step, and behind each step and epoch.
#[derive(Default)]
struct Seen {
    steps: Vec<(usize, BTreeMap<String, Vec<f64>>)>,
    epochs: Vec<BTreeMap<String, Vec<f64>>>,
}

fn weights(moment: &Moment<'_>) -> BTreeMap<String, Vec<f64>> {
    let state = moment.session().graph().state().unwrap();
    state.iter().map(|(name, tensor)| (name.clone(), numbers(tensor))).collect()
}

impl Callback for Seen {
    fn on_phase_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        if self.steps.is_empty() {
            self.steps.push((0, weights(moment)));
        }
        Ok(Next::Continue)
    }

    fn on_step_end(&mut self, moment: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        if step.changed {
            self.steps.push((step.epoch, weights(moment)));
        }
        Ok(Next::Continue)
    }

    fn on_epoch_end(&mut self, moment: &mut Moment<'_>, _: &EpochInfo<'_>) -> Result<Next> {
        self.epochs.push(weights(moment));
        Ok(Next::Continue)
    }
}

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1e-3), "{found}, {expected} was expected");
}

/// All weights of a node.
fn of_node(weights: &BTreeMap<String, Vec<f64>>, node: &str) -> Vec<f64> {
    weights.iter().filter(|(name, _)| name.split('.').next() == Some(node)).flat_map(|(_, own)| own.clone()).collect()
}

/// A study that shows nothing.
macro_rules! silent {
    ($study:ident) => {{
        let mut study = $study::new(pulses()).unwrap();
        study.progress(Progress::Silent);
        study
    }};
}

#[test]
fn norms_of_gradients_and_statistics_of_weights_are_those_of_the_weights() {
    let (mut by_hand, mut study) = (silent!(Unclipped), silent!(Unclipped));
    let mut seen = Seen::default();
    by_hand.run_with(&mut seen).unwrap();
    let runs = Scratch::new("numbers");
    study.run_in(&*runs.0).unwrap();
    let folder = study.session().run_folder().unwrap();
    // 36 rows by 6 are 6 steps, by 2 are 3 changes.
    assert_eq!(seen.steps.len(), 1 + 3 * 3);
    for (node, lr) in [("hidden", 0.05), ("soh", 0.02)] {
        // What SGD changes is its rate times the gradient.
        let norm = |pair: &[(usize, BTreeMap<String, Vec<f64>>)]| {
            let (before, after) = (of_node(&pair[0].1, node), of_node(&pair[1].1, node));
            before.iter().zip(after).map(|(before, after)| ((before - after) / lr).powi(2)).sum::<f64>().sqrt()
        };
        let norms: Vec<f64> = seen.steps.windows(2).map(norm).collect();
        let rows = recorded(folder, &format!("gradient_norm.{node}"));
        let (by_step, by_epoch): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, step, _)| step.is_some());
        assert_eq!((by_step.len(), by_epoch.len()), (9, 3));
        for (change, (epoch, step, found)) in by_step.into_iter().enumerate() {
            assert_eq!((epoch, step), (change / 3, Some(change % 3 * 2 + 1)));
            near(found, norms[change], 1e-4);
        }
        for (epoch, (at, _, found)) in by_epoch.into_iter().enumerate() {
            assert_eq!(at, epoch);
            near(found, norms[3 * epoch..][..3].iter().sum::<f64>() / 3.0, 1e-4);
        }
        for (epoch, weights) in seen.epochs.iter().enumerate() {
            let mut own = of_node(weights, node);
            let count = f64::from(u32::try_from(own.len()).unwrap());
            let (mean, squares) =
                (own.iter().sum::<f64>() / count, own.iter().map(|weight| weight * weight).sum::<f64>());
            let found = |what: &str| recorded(folder, &format!("weight_{what}.{node}"))[epoch].2;
            near(found("mean"), mean, 1e-12);
            near(found("std"), (squares / count - mean * mean).sqrt(), 1e-9);
            near(found("norm"), squares.sqrt(), 1e-12);
            own.sort_by(f64::total_cmp);
            assert_eq!([found("min"), found("max")].map(f64::to_bits), [own[0], own[own.len() - 1]].map(f64::to_bits));
        }
        // Beside the phases and at each change.
        let rates = recorded(folder, if node == "soh" { "learning_rate.node.soh" } else { "learning_rate.graph" });
        assert_eq!(
            rates.iter().map(|(_, step, rate)| (*step, *rate)).collect::<Vec<_>>(),
            [1, 3, 5].repeat(3).into_iter().map(|step| (Some(step), lr)).collect::<Vec<_>>()
        );
    }
    // 6 steps an epoch, also where fewer of them record something.
    let epochs = events(folder).into_iter().filter(|event| event["event"] == "epoch");
    assert_eq!(epochs.map(|event| event["steps"].as_u64()).collect::<Vec<_>>(), [Some(6); 3]);
    // The events say the same as the table.
    let values = events(folder).into_iter().filter_map(|event| event["values"]["weight_norm.soh"].as_f64());
    let table: Vec<f64> = recorded(folder, "weight_norm.soh").into_iter().map(|row| row.2).collect();
    assert_eq!(values.collect::<Vec<_>>(), table);
}

#[test]
fn what_is_written_each_so_many_epochs_is_what_the_epoch_had() {
    let (mut by_hand, mut study) = (silent!(Followed), silent!(Followed));
    let runs = Scratch::new("written");
    let results = study.run_in(&*runs.0).unwrap();
    let folder = study.session().run_folder().unwrap();

    // The rates of the optimizers, halved with each epoch.
    for (name, lr) in [("learning_rate.graph", 0.05), ("learning_rate.node.soh", 0.02)] {
        let rates = recorded(folder, name);
        assert_eq!(rates.len(), 8);
        for ((at, step, rate), epoch) in rates.into_iter().zip(0i32..) {
            assert_eq!((at, step), (usize::try_from(epoch).unwrap(), None));
            near(rate, lr * 0.5f64.powi(epoch), 1e-15);
        }
    }
    // Behind epochs 4 and 8 the rows of `val`, whose error is the measured one.
    assert_eq!(files(&folder.join("predictions")), ["regress-0003.csv", "regress-0007.csv"]);
    for (file, evaluation) in [("regress-0003.csv", 1), ("regress-0007.csv", 3)] {
        let text = fs::read_to_string(folder.join("predictions").join(file)).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("id,targets.soh,predicted.soh"));
        let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
        let mut ids: Vec<&str> = rows.iter().map(|row| row[0]).collect();
        let val = study.session().split("pulse", "val").unwrap();
        let mut expected: Vec<String> = val.ids().into_iter().map(|id| id.to_string()).collect();
        ids.sort_unstable();
        expected.sort_unstable();
        assert_eq!(ids, expected);
        let number = |text: &str| text.parse::<f64>().unwrap();
        let squares = rows.iter().map(|row| (number(row[1]) - number(row[2])).powi(2)).sum::<f64>();
        near(
            (squares / f64::from(u32::try_from(rows.len()).unwrap())).sqrt(),
            results.regress.val.rmse[evaluation],
            1e-5,
        );
    }
    // The weights of epochs 3 and 6; a gradient is recorded as it was before clipping, and the run is the same with a folder.
    assert_eq!(files(&folder.join("snapshots")), ["regress-0002.safetensors", "regress-0005.safetensors"]);
    let mut seen = Seen::default();
    let refused = by_hand.run_with(&mut seen).unwrap_err().to_string();
    assert_eq!(
        refused,
        "callback `Snapshots`: has no folder to write to, as the run is not recorded; give it one, .to(\"snapshots\"), or \
         record the run: study.run_in(\"runs\")"
    );
    assert_eq!((seen.steps.len(), by_hand.session().results().len()), (0, 0));
    let mut plain = silent!(Clipped);
    plain.run_with(&mut seen).unwrap();
    for (file, epoch) in [("regress-0002.safetensors", 2), ("regress-0005.safetensors", 5)] {
        let found = snapshot(&folder.join("snapshots").join(file));
        assert_eq!(found, seen.epochs[epoch]);
    }
    let first = recorded(folder, "gradient_norm.hidden")[0].2.hypot(recorded(folder, "gradient_norm.soh")[0].2);
    assert!(first > 0.3, "nothing was clipped: {first}");
}

#[test]
fn norms_beside_the_phases_begin_anew_with_each() {
    let runs = Scratch::new("beside");
    let mut study = silent!(Beside);
    study.run_in(&*runs.0).unwrap();
    let folder = study.session().run_folder().unwrap();
    let text = fs::read_to_string(folder.join("metrics.csv")).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let rows: Vec<&Vec<&str>> = rows.iter().filter(|row| row[2] == "gradient_norm.soh").collect();
    // Of 6 changes a phase the fourth completes 4; the callback of the phase says the same as the one beside it.
    assert_eq!(
        rows.iter().map(|row| (row[0], row[4])).collect::<Vec<_>>(),
        [("warm", "3"), ("regress", "3"), ("regress", "3")]
    );
    assert_eq!(rows[1], rows[2]);
}

#[test]
fn predictions_are_written_of_the_inputs_that_a_phase_feeds() {
    let runs = Scratch::new("two");
    let dot = |i: u8| Dot { place: [f32::from(i), 1.0], size: f32::from(i) };
    let dots = FeatureSet::from_rows((0..20).map(dot)).unwrap();
    let mut study = OneOfTwo::new(PairData { pulse: pulses(), dot: dots }).unwrap();
    study.progress(Progress::Silent);
    study.run_in(&*runs.0).unwrap();
    let folder = study.session().run_folder().unwrap();
    assert_eq!(files(&folder.join("predictions")), ["regress-0001.csv"]);
    // The phase behind it changes nothing of what the node of pulses gives for the same rows.
    let expected = runs.0.join("expected.csv");
    study.session().predictions("again").unwrap().write_csv(&expected).unwrap();
    let written = fs::read_to_string(folder.join("predictions/regress-0001.csv")).unwrap();
    assert_eq!(written, fs::read_to_string(expected).unwrap());
    assert_eq!(written.lines().next(), Some("pulse.id,pulse.targets.soh,predicted.soh"));
    assert_eq!(written.lines().count(), 1 + 24);
}

// As `Followed`, without callbacks.
experiment! {
    experiment Clipped for Net {
        seed = 3;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        scale pulse.soh = MinMax fitted on train;
        train regress {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            accumulate = 2;
            clip = ByNorm::of(0.3);
            rate = Exponential::factor(0.5) per epoch;
            epochs = 8;
        }
    }
}

/// The tensors of a file.
fn snapshot(path: &Path) -> BTreeMap<String, Vec<f64>> {
    let tensors = candle_core::safetensors::load(path, &candle_core::Device::Cpu).unwrap();
    tensors.iter().map(|(name, tensor)| (name.clone(), numbers(tensor))).collect()
}

/// The positions of the two highest values, in order.
fn best_two(values: &[f64]) -> [usize; 2] {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]).then(a.cmp(b)));
    let mut best = [order[0], order[1]];
    best.sort_unstable();
    best
}

#[test]
fn the_best_are_kept_among_snapshots_and_checkpoints() {
    let runs = Scratch::new("best");
    let mut study = silent!(Rising);
    let records = Records::at(&runs.0).every(Every::Seconds(f64::INFINITY)).keep(1).keep_best(2, "regress.val.fit");
    let results = study.run_in(records).unwrap();
    let folder = study.session().run_folder().unwrap();
    let best = best_two(&results.regress.val.fit);
    assert!(best[1] < 9 && best[0] > 0, "the case tells nothing: {:?}", results.regress.val.fit);
    let expected: Vec<String> = best.iter().map(|epoch| format!("regress-{epoch:04}.safetensors")).collect();
    assert_eq!(files(&folder.join("snapshots")), expected);

    // From each of the checkpoints the run goes on behind the epoch that was measured.
    let checkpoints = files(&folder.join("checkpoints"));
    assert_eq!(checkpoints.len(), 3, "{checkpoints:?}");
    for (checkpoint, epoch) in checkpoints.iter().zip(best) {
        let copy = runs.0.join(format!("copy-{epoch}"));
        fs::create_dir_all(copy.join("checkpoints")).unwrap();
        for file in ["manifest.json", "events.jsonl", "metrics.csv"] {
            fs::copy(folder.join(file), copy.join(file)).unwrap();
        }
        fs::copy(folder.join("checkpoints").join(checkpoint), copy.join("checkpoints").join(checkpoint)).unwrap();
        let mut resumed = silent!(Rising);
        let again = resumed.resume_in(&copy).unwrap();
        assert_eq!(format!("{again:?}"), format!("{results:?}"));
        let after = events(&copy).into_iter().skip_while(|event| event["event"] != "resume");
        let first = after.skip(1).find(|event| event["event"] == "epoch").unwrap();
        assert_eq!(first["epoch"], epoch + 1);
        for later in best.iter().filter(|later| **later > epoch) {
            let file = format!("snapshots/regress-{later:04}.safetensors");
            assert_eq!(fs::read(copy.join(&file)).unwrap(), fs::read(folder.join(&file)).unwrap());
        }
        // The better ones that come later are kept then too.
        assert!(files(&copy.join("checkpoints")).len() <= 3);
    }
}

#[test]
fn a_misspelt_value_is_told_before_anything_runs() {
    let runs = Scratch::new("misspelt");
    let mut study = silent!(Rising);
    let error = study.run_in(Records::at(&runs.0).keep_best(2, "regress.val.los")).unwrap_err().to_string();
    let expected = "no measured value `regress.val.los` in experiment `Rising`; there are regress.val.loss, regress.val.fit; \
                    did you mean `regress.val.loss`?";
    assert_eq!(error, expected);
    assert!(files(&runs.0).is_empty());
    let mut study = silent!(Unclipped);
    let error = study.run_in(Records::at(&runs.0).keep_best(2, "regress.val.loss")).unwrap_err().to_string();
    assert!(error.ends_with("no phase of experiment `Unclipped` measures anything by `validate`"), "{error}");
}

#[test]
fn time_and_a_file_end_a_phase_and_those_behind_it_run() {
    let runs = Scratch::new("ended");
    let mut study = silent!(Ended);
    let began = Instant::now();
    let results = study.run_in(&*runs.0).unwrap();
    assert!(began.elapsed() < Duration::from_secs(30));
    let folder = study.session().run_folder().unwrap();
    // 6 steps an epoch: at most 15 in 0.3 s, and no epoch but the last is broken off.
    assert!((1..=3).contains(&results.slow.loss.len()), "{:?}", results.slow.loss);
    // The file is there from step 4 on; it is looked for once a second.
    assert_eq!(results.stopped.loss.len(), 1);
    assert!(results.test.rmse.is_finite());
    let warnings: Vec<Value> = events(folder).into_iter().filter(|event| event["event"] == "warning").collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert_eq!(
        (&warnings[0]["phase"], &warnings[0]["warning"]),
        (&"slow".into(), &"the limit of 0.3 seconds has passed: the phase ends".into())
    );
    assert_eq!((&warnings[1]["phase"], &warnings[1]["epoch"]), (&"stopped".into(), &0.into()));
    assert!((3..=5).contains(&warnings[1]["step"].as_u64().unwrap()), "{warnings:?}");
    assert!(warnings[1]["warning"].as_str().unwrap().ends_with("STOP is there: the phase ends"));
}

#[test]
fn time_before_a_resume_counts() {
    let (mut first, mut second) = (silent!(Ended), silent!(Ended));
    let mut run = first.session_mut().start().unwrap();
    // 20 ms a step.
    for _ in 0..10 {
        run.step().unwrap();
    }
    let state = run.state().unwrap();
    let mut run = second.session_mut().resume(&state).unwrap();
    let mut steps = 0;
    while run.results().is_empty() {
        run.step().unwrap();
        steps += 1;
    }
    // Of 0.3 s at most 0.1 were left.
    assert!(steps <= 6, "{steps} steps");
}

#[test]
fn a_callback_that_fails_is_named_and_leaves_the_run_whole() {
    let runs = Scratch::new("fails");
    let mut study = silent!(Fails);
    let error = study.run_in(Records::at(&runs.0).every(Every::Epochs(1)).keep(100)).unwrap_err().to_string();
    assert_eq!(error, "callback `Acts`: no room");
    let folder = study.session().run_folder().unwrap();
    let manifest: Value = serde_json::from_str(&fs::read_to_string(folder.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["outcome"], "failed: callback `Acts`: no room");
    let events = events(folder);
    assert_eq!(events.last().unwrap()["event"], "error");
    assert_eq!(events.last().unwrap()["error"], error);
    assert_eq!(events.iter().filter(|event| event["event"] == "epoch").count(), 4);
    // At the start and behind the phase; behind the epochs where the thread was not busy.
    assert!((2..=5).contains(&files(&folder.join("checkpoints")).len()));
    let epochs: Vec<usize> = study.session().results().iter().map(|result| result.trained().unwrap().epochs).collect();
    assert_eq!(epochs, [2, 2]);
    // It goes on from there, to fail again at the same step.
    let mut again = silent!(Fails);
    assert_eq!(again.resume_in(folder).unwrap_err().to_string(), error);
}
