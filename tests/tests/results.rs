//! Results that are more than numbers: confusion matrices, curves and values by class, predictions and losses of steps, as
//! a study gives them, and as they come back after it was stopped, saved and loaded.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use arrow::array::{Array as _, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use modularml::experiment::{Key, MetricValue, PhaseResult, PredictionTable, Reduce, Series};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::record::{Every, Records};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 4],
    #[target]
    soh: f32,
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
    #[target]
    #[classes("whole", "broken")]
    shell: Class,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(0.02))]
    graph Net(pulse: Pulse) {
        hidden = Mlp::hidden([16]).output([8])(pulse.voltage);
        soh = Linear(hidden) -> pulse.soh;
        state = Linear(hidden) -> pulse.state;
        shell = Linear(hidden) -> pulse.shell;
    }
}

experiment! {
    experiment Study for Net {
        seed = 7;
        split pulse = Random::ratios(train: 0.6, test: 0.4);
        scale pulse.soh = MinMax fitted on train;
        train warm {
            feed pulse = Batches::of(8).shuffled()(train);
            loss = Mse(soh, pulse.soh) + CrossEntropy(state, pulse.state);
            step_loss;
            epochs = 3;
        }
        eval middle { feed pulse = test; predictions; }
        train regress {
            feed pulse = Batches::of(16).shuffled()(train);
            loss = Mse(soh, pulse.soh) + CrossEntropy(state, pulse.state) + CrossEntropy(shell, pulse.shell);
            validate on test every 2 epochs { loss; accuracy = Accuracy(state, pulse.state); }
            epochs = 6;
        }
        eval test {
            feed pulse = test;
            predictions;
            rmse = Rmse(soh, pulse.soh) in raw units;
            confusion = Confusion(state, pulse.state);
            classes = PerClass(state, pulse.state);
            roc = Roc(shell, pulse.shell);
            of_dead = Roc.class(2)(state, pulse.state);
            recall = PrecisionRecall(shell, pulse.shell);
            calibration = Calibration.bins(4).from_logits()(shell, pulse.shell);
        }
    }
}

fn pulses() -> FeatureSet<Pulse> {
    let row = |i: u8| {
        let x = f32::from(i);
        Pulse {
            voltage: [x.sin(), x.cos(), (x * 0.3).sin(), x / 90.0],
            soh: 40.0 + (x * 0.7).sin(),
            state: Class::new(u32::from(i % 3)),
            shell: Class::new(u32::from((x * 0.9).sin() + x / 90.0 > 0.4)),
            cell: i64::from(i % 7),
        }
    };
    FeatureSet::from_rows((0..90).map(row)).unwrap()
}

/// A study of the same rows: a FeatureSet gives its rows ids of their own.
fn study() -> Study {
    static PULSES: LazyLock<FeatureSet<Pulse>> = LazyLock::new(pulses);
    study_of(&PULSES)
}

fn study_of(pulses: &FeatureSet<Pulse>) -> Study {
    let mut study = Study::new(pulses.clone()).unwrap();
    study.progress(Progress::Silent);
    study
}

/// A folder that is removed behind a test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("results-{name}-{}", std::process::id()));
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

fn text(table: &PredictionTable, name: &str) -> Vec<String> {
    let column = cast(table.batch().column_by_name(name).unwrap(), &DataType::Utf8).unwrap();
    column.as_string::<i32>().iter().map(|text| text.unwrap().to_owned()).collect()
}

fn numbers(table: &PredictionTable, name: &str) -> Vec<f64> {
    let column = cast(table.batch().column_by_name(name).unwrap(), &DataType::Float64).unwrap();
    assert_eq!(column.null_count(), 0);
    column.as_primitive::<Float64Type>().values().to_vec()
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found}, expected {expected}");
}

/// The same bits.
fn same(found: f64, expected: f64) {
    assert_eq!(found.to_bits(), expected.to_bits(), "{found}, expected {expected}");
}

#[allow(clippy::cast_precision_loss, reason = "few rows")]
fn count(rows: usize) -> f64 {
    rows as f64
}

#[test]
fn what_is_measured_is_what_the_predictions_show() {
    let mut study = study();
    let test = study.run().unwrap().test;
    let table = &test.predictions;
    assert_eq!(table, &study.session().predictions("test").unwrap());
    let rows = study.split(Study::SPLITS.pulse.test).unwrap();
    assert_eq!(text(table, "id"), rows.ids().iter().map(ToString::to_string).collect::<Vec<_>>());

    let (soh, predicted) = (numbers(table, "targets.soh"), numbers(table, "predicted.soh"));
    let squares: f64 = soh.iter().zip(&predicted).map(|(a, b)| (a - b).powi(2)).sum();
    let rmse = (squares / count(soh.len())).sqrt();
    assert!((rmse - test.rmse).abs() < 1e-5 * rmse, "{rmse}, measured {}", test.rmse);

    let mut taken: BTreeMap<(String, String), f64> = BTreeMap::new();
    for pair in text(table, "targets.state").into_iter().zip(text(table, "predicted.state")) {
        *taken.entry(pair).or_default() += 1.0;
    }
    let names = ["fresh", "worn", "dead"];
    let of = |right: &str, predicted: &str| taken.get(&(right.into(), predicted.into())).copied().unwrap_or(0.0);
    let expected: Vec<Vec<f64>> = names.map(|right| names.map(|predicted| of(right, predicted)).to_vec()).to_vec();
    assert_eq!(test.confusion.rows(Normalize::No), expected);
    assert_eq!(test.confusion.names(), names);
    for name in names {
        let values = test.classes.class(name).unwrap();
        let (rows, taken): (f64, f64) =
            (names.iter().map(|predicted| of(name, predicted)).sum(), names.iter().map(|right| of(right, name)).sum());
        near(values.rows, rows);
        near(values.recall, of(name, name) / rows);
        near(values.precision, if taken > 0.0 { of(name, name) / taken } else { 0.0 });
    }

    // The area is the chance that a broken shell scores higher than a whole one (Mann and Whitney, 1947).
    let (whole, broken) = (numbers(table, "scores.shell.whole"), numbers(table, "scores.shell.broken"));
    let score: Vec<f64> = whole.iter().zip(&broken).map(|(whole, broken)| broken - whole).collect();
    let shells = text(table, "targets.shell");
    let of_class = |class: &str| -> Vec<f64> {
        score.iter().zip(&shells).filter(|(_, shell)| *shell == class).map(|(score, _)| *score).collect()
    };
    let (negative, positive) = (of_class("whole"), of_class("broken"));
    let wins: usize = positive.iter().map(|p| negative.iter().filter(|n| p > *n).count()).sum();
    near(test.roc.area(), count(wins) / count(positive.len() * negative.len()));
    assert!(test.roc.thresholds[0].is_infinite());
    near(*test.recall.recall.first().unwrap(), 1.0);
    near(test.recall.precision[0], count(positive.len()) / count(shells.len()));
    assert!(test.of_dead.area() > 0.0 && test.of_dead.thresholds.len() > 2);

    let chances = score.iter().map(|score| 1.0 / (1.0 + (-score).exp()));
    let mut bins: BTreeMap<usize, Vec<(f64, bool)>> = BTreeMap::new();
    for (chance, shell) in chances.zip(&shells) {
        let bin = [0.25, 0.5, 0.75].iter().filter(|edge| chance > **edge).count();
        bins.entry(bin).or_default().push((chance, shell == "broken"));
    }
    assert_eq!(test.calibration.rows, bins.values().map(|rows| count(rows.len())).collect::<Vec<_>>());
    for (at, rows) in bins.values().enumerate() {
        near(test.calibration.predicted[at], rows.iter().map(|row| row.0).sum::<f64>() / count(rows.len()));
        near(test.calibration.observed[at], count(rows.iter().filter(|row| row.1).count()) / count(rows.len()));
    }
}

#[test]
fn predictions_are_those_of_the_time_at_which_they_were_kept() {
    let (mut study, mut other, mut of_new_ids) = (study(), study(), study_of(&pulses()));
    let mut middle = None;
    let mut run = study.session_mut().start().unwrap();
    let mut states = Vec::new();
    while run.step().unwrap() {
        if middle.is_none() && run.results().len() == 2 {
            middle = Some(run.session().predictions("middle").unwrap());
        }
        states.push(run.state().unwrap());
    }
    let results = run.results().to_vec();
    let kept = results[1].predictions().unwrap();
    assert_eq!(Some(kept), middle.as_ref());
    assert_ne!(kept, &study.session().predictions("middle").unwrap());
    // From any state the rest is the same, also from those behind the phase whose weights are gone.
    for state in states.iter().step_by(3).chain(states.last()) {
        let resumed = other.session_mut().resume(state).unwrap().finish().unwrap();
        assert_eq!(format!("{resumed:?}"), format!("{results:?}"));
    }
    // Rows that were read again have other ids, by which the table is to be joined with them.
    let resumed = of_new_ids.session_mut().resume(states.last().unwrap()).unwrap().finish().unwrap();
    let rows = of_new_ids.split(Study::SPLITS.pulse.test).unwrap();
    let table = resumed[1].predictions().unwrap();
    assert_eq!(text(table, "id"), rows.ids().iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_ne!(text(table, "id"), text(kept, "id"));
    assert_eq!(numbers(table, "predicted.soh"), numbers(kept, "predicted.soh"));
    let error = results[0].predictions().unwrap_err().to_string();
    assert_eq!(error, "`warm` is not an eval phase");
}

#[test]
fn a_recorded_run_keeps_all_of_it_and_goes_on() {
    let runs = Scratch::new("recorded");
    let mut first = study();
    let results = first.run_in(Records::at(&runs.0).every(Every::Seconds(f64::INFINITY)).keep(100)).unwrap();
    let folder = first.session().run_folder().unwrap().to_owned();
    assert_eq!(format!("{:?}", study().resume_in(&folder).unwrap()), format!("{results:?}"));
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let whole = read("results.json");
    let middle = read("predictions/middle.csv");
    assert_eq!(middle.lines().count(), 1 + results.middle.predictions.batch().num_rows());
    assert_eq!(read("predictions/test.csv").lines().count(), middle.lines().count());

    // As if it had been killed behind the phase in the middle.
    let mut checkpoints: Vec<_> =
        fs::read_dir(folder.join("checkpoints")).unwrap().map(|entry| entry.unwrap().path()).collect();
    checkpoints.sort();
    // One at the start, and one behind each phase.
    assert_eq!(checkpoints.len(), 5);
    checkpoints[3..].iter().for_each(|checkpoint| fs::remove_file(checkpoint).unwrap());
    let mut resumed = study();
    assert_eq!(format!("{:?}", resumed.resume_in(&folder).unwrap()), format!("{results:?}"));
    assert_eq!(read("results.json"), whole);
    assert_eq!(read("predictions/middle.csv"), middle);

    // What is written is read back bit for bit, the threshold at infinity too.
    let mut back: Vec<PhaseResult> = serde_json::from_str(&whole).unwrap();
    let numbers_alone = |results: &mut [PhaseResult]| {
        for result in results {
            if let PhaseResult::Eval(result) = result {
                result.predictions = None;
            }
        }
    };
    let mut own = resumed.session().results().to_vec();
    numbers_alone(&mut own);
    numbers_alone(&mut back);
    assert_eq!(format!("{back:?}"), format!("{own:?}"));

    let events: Vec<Value> = read("events.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str, phase: &str| -> Vec<&Value> {
        events.iter().filter(|event| event["event"] == kind && event["phase"] == phase).collect()
    };
    let train = study().split(Study::SPLITS.pulse.train).unwrap().len();
    for epoch in of("epoch", "regress") {
        assert_eq!(epoch["rows"], train);
        let (seconds, rate) = (epoch["seconds"].as_f64().unwrap(), epoch["rows_per_second"].as_f64().unwrap());
        assert!(seconds > 0.0 && (seconds * rate - count(train)).abs() < 1e-6 * count(train), "{epoch}");
    }
    assert_eq!(of("phase_end", "regress")[0]["rows"], 6 * train);
    assert_eq!(of("evaluation", "test")[0]["rows"], 90 - train);
    assert_eq!(of("evaluation", "test")[0]["others"][0]["name"], "confusion");
    assert_eq!(of("phase_end", "test")[0]["rows"], 90 - train);
}

#[test]
fn a_saved_study_gives_the_same_predictions() {
    let scratch = Scratch::new("saved");
    let mut study = study();
    let results = study.run().unwrap();
    let file = scratch.0.join("study.mml");
    study.save(&file).unwrap();
    let mut loaded = Study::load(&file).unwrap();
    loaded.progress(Progress::Silent);
    assert_eq!(loaded.session().predictions("test").unwrap(), results.test.predictions);
    let again = loaded.run_phase(Study::PHASES.test).unwrap();
    assert_eq!(format!("{again:?}"), format!("{:?}", results.test));
}

#[test]
fn predictions_of_a_train_phase_are_those_of_its_rows() {
    let mut study = study();
    study.run().unwrap();
    let table = study.session().predictions("regress").unwrap();
    let rows = study.split(Study::SPLITS.pulse.train).unwrap();
    assert_eq!(text(&table, "id"), rows.ids().iter().map(ToString::to_string).collect::<Vec<_>>());
    let predicted = modularml_tests::numbers(&study.predict(&rows).unwrap().soh);
    for (found, expected) in numbers(&table, "predicted.soh").iter().zip(&predicted) {
        near(*found, *expected);
    }
}

mod of_two_inputs {
    use super::*;

    #[derive(SampleSchema)]
    struct Pulse {
        #[feat]
        voltage: f32,
        #[target]
        soh: f32,
        #[tag]
        cell: i64,
    }

    #[derive(SampleSchema)]
    struct Image {
        #[feat]
        pixels: [f32; 2],
        #[tag]
        cell: i64,
    }

    #[derive(SampleSchema)]
    struct Sound {
        #[feat]
        pitch: f32,
        #[target]
        wear: f32,
    }

    model_graph! {
        #[optimizer(Adam::lr(0.05))]
        graph Net(pulse: Pulse, image: Image, sound: Sound) {
            align pulse with image by cell;
            fused = Concat::axis(-1)(image.pixels, of_pulse);
            of_pulse = Linear::to([3])(pulse.voltage);
            soh = Linear(fused) -> pulse.soh;
            wear = Linear(sound.pitch) -> sound.wear;
        }
    }

    experiment! {
        experiment Study for Net {
            seed = 3;
            #[allow(ungrouped)]
            split pulse = Random::ratios(train: 0.7, test: 0.3);
            split sound = Random::ratios(train: 0.5, test: 0.5);
            train learn {
                feed pulse = Batches::of(4)(train);
                feed sound = Batches::of(4)(train);
                schedule = Alternate::cycle();
                loss = Mse(soh, pulse.soh) + Mse(wear, sound.wear);
                epochs = 1;
            }
            eval pulses { feed pulse = test; predictions; mae = L1(soh, pulse.soh); }
            eval sounds { feed sound = test; predictions; mae = L1(wear, sound.wear); }
        }
    }

    #[test]
    fn a_table_has_the_rows_that_are_fed_and_what_is_predicted_of_them() {
        let cell = |i: u8| i64::from(i % 5);
        let pulses = (0..40u8).map(|i| Pulse { voltage: f32::from(i), soh: f32::from(i) / 40.0, cell: cell(i) });
        let images = (0..5u8).rev().map(|i| Image { pixels: [f32::from(i), 1.0], cell: cell(i) });
        let sounds = (0..16u8).map(|i| Sound { pitch: f32::from(i), wear: f32::from(i) });
        let mut study = Study::new(NetData {
            pulse: FeatureSet::from_rows(pulses).unwrap(),
            image: FeatureSet::from_rows(images).unwrap(),
            sound: FeatureSet::from_rows(sounds).unwrap(),
        })
        .unwrap();
        let results = study.progress(Progress::Silent).run().unwrap();
        let columns = |table: &PredictionTable| -> Vec<String> {
            table.batch().schema().fields().iter().map(|field| field.name().clone()).collect()
        };
        let of_pulses = &results.pulses.predictions;
        let expected =
            ["pulse.id", "pulse.targets.soh", "pulse.tags.cell", "image.id", "image.tags.cell", "predicted.soh"];
        assert_eq!(columns(of_pulses), expected);
        assert_eq!(numbers(of_pulses, "pulse.tags.cell"), numbers(of_pulses, "image.tags.cell"));
        let off = numbers(of_pulses, "predicted.soh").into_iter().zip(numbers(of_pulses, "pulse.targets.soh"));
        let off: Vec<f64> = off.map(|(predicted, soh)| (predicted - soh).abs()).collect();
        assert_eq!(off.len(), 12);
        near(off.iter().sum::<f64>() / 12.0, results.pulses.mae);
        assert_eq!(columns(&results.sounds.predictions), ["sound.id", "sound.targets.wear", "predicted.wear"]);
        assert_eq!(results.sounds.predictions.batch().num_rows(), 8);
        let error = study.session().predictions("learn").unwrap_err().to_string();
        assert!(error.contains("input `pulse` has 28 rows, `sound` has 8"), "{error}");
    }
}

mod names {
    use modularml::metrics::{Measure, Measurement};
    use modularml::{layers::Linear, losses::Mse, metrics, prelude::*};

    #[derive(SampleSchema)]
    struct Point {
        #[feat]
        x: f32,
        #[target]
        y: f32,
        #[target]
        #[classes("low", "high")]
        side: Class,
    }

    /// A number under the name of a curve.
    #[derive(Metric, Clone, Copy)]
    struct Roc;

    impl Measure for Roc {
        fn start(&self) -> Box<dyn Measurement> {
            Box::new(Rows(0))
        }
    }

    struct Rows(u32);

    impl Measurement for Rows {
        fn add(&mut self, inputs: &[Tensor]) -> Result<()> {
            self.0 += u32::try_from(inputs[0].dim(0)?).unwrap();
            Ok(())
        }

        fn value(&self) -> f64 {
            f64::from(self.0)
        }
    }

    model_graph! {
        #[optimizer(Adam::lr(0.1))]
        graph Line(point: Point) {
            y = Linear(point.x) -> point.y;
            side = Linear(point.x) -> point.side;
        }
    }

    experiment! {
        experiment Study for Line {
            seed = 1;
            split point = Random::ratios(train: 0.5, test: 0.5);
            train learn {
                feed point = Batches::of(4)(train);
                loss = Mse(y, point.y) + modularml::losses::CrossEntropy(side, point.side);
                epochs = 1;
            }
            eval test {
                feed point = test;
                rows = Roc(y, point.y);
                curve = metrics::Roc(side, point.side);
                bins = metrics::Calibration::new().from_logits()(side, point.side);
            }
        }
    }

    #[test]
    fn a_metric_of_ones_own_may_have_the_name_of_a_curve() {
        let row = |i: u8| Point { x: f32::from(i), y: f32::from(i), side: Class::new(u32::from(i.is_multiple_of(3))) };
        let mut study = Study::new(FeatureSet::from_rows((0..20).map(row)).unwrap()).unwrap();
        let test = study.progress(Progress::Silent).run().unwrap().test;
        super::same(test.rows, 10.0);
        assert_eq!(test.curve.thresholds.len(), 11);
        super::same(test.bins.rows.iter().sum(), 10.0);
    }
}

#[test]
fn a_table_is_written_as_parquet() {
    let scratch = Scratch::new("parquet");
    let table = study().session().predictions("test").unwrap();
    let file = scratch.0.join("test.parquet");
    table.write_parquet(&file).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(&file).unwrap()).unwrap().build().unwrap();
    assert_eq!(reader.map(|batch| batch.unwrap()).collect::<Vec<_>>(), [table.batch().clone()]);
}

#[test]
fn losses_of_steps_are_kept_where_they_are_asked_for() {
    let mut study = study();
    let results = study.run().unwrap();
    let train = study.split(Study::SPLITS.pulse.train).unwrap().len();
    let steps = train.div_ceil(8);
    assert_eq!(results.warm.step_loss.len(), 3 * steps);
    for (epoch, losses) in results.warm.step_loss.chunks(steps).enumerate() {
        let rows = |step: usize| count((train - 8 * step).min(8));
        let mean = losses.iter().enumerate().map(|(step, loss)| loss * rows(step)).sum::<f64>() / count(train);
        near(mean, results.warm.loss[epoch]);
    }
    let results = study.session().results();
    assert!(results[2].trained().unwrap().step_loss.is_empty());
    assert_eq!(Series::of_steps(results).unwrap().len(), 3 * steps);
}

#[test]
fn a_series_of_results_has_what_they_have() {
    let mut study = study();
    let results = study.run().unwrap();
    let series = Series::of(study.session().results()).unwrap();
    assert_eq!(series.axes(), ["phase", "name", "epoch"]);
    assert_eq!(series.axis_values("phase").unwrap(), ["warm", "regress", "test"].map(Key::from));
    let at = |phase: &'static str, name: &'static str, epoch: Key| {
        *series.at([("phase", Key::from(phase)), ("name", name.into()), ("epoch", epoch)]).unwrap()
    };
    same(at("regress", "loss", Key::from(4)), results.regress.loss[4]);
    same(at("regress", "val.accuracy", Key::from(3)), results.regress.val.accuracy[1]);
    same(at("test", "rmse", Key::None), results.test.rmse);
    let losses = series.select("phase", "regress").unwrap().select("name", "loss").unwrap().squeeze();
    assert_eq!(losses.axes(), ["epoch"]);
    assert_eq!(losses.values().copied().collect::<Vec<_>>(), results.regress.loss);
    let least = losses.collapse("epoch", Reduce::Min).unwrap();
    same(*least.one().unwrap(), results.regress.loss.iter().copied().fold(f64::INFINITY, f64::min));
    same(*losses.last("epoch").unwrap(), results.regress.loss[5]);
}

#[test]
fn what_is_read_as_another_kind_is_refused_in_words() {
    let mut study = study();
    study.run().unwrap();
    let test = study.session().results()[3].clone();
    assert_eq!(test.value::<RocCurve>("roc").unwrap().thresholds.len(), 37);
    for (error, expected) in [
        (
            test.measured("roc").unwrap_err(),
            "what `test` measured as `roc` is a ROC curve, and is read as something else",
        ),
        (
            test.value::<RocCurve>("rmse").unwrap_err(),
            "what `test` measured as `rmse` is a number, and is read as something else",
        ),
        (test.measured("rsme").unwrap_err(), "`test` measured no `rsme`"),
    ] {
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_score_that_is_nan_leaves_a_curve_without_points() {
    let device = &modularml::candle_core::Device::Cpu;
    let scores = Tensor::new(&[0.2f64, f64::NAN, 0.7], device).unwrap();
    let classes = Tensor::new(&[0u32, 1, 1], device).unwrap();
    for spec in [Roc::new().spec(), PrecisionRecall::new().spec(), Calibration::new().spec()] {
        let mut measurement = spec.start().unwrap();
        let empty = measurement.measured(&[]);
        measurement.add(&[scores.clone(), classes.clone()]).unwrap();
        assert_eq!(measurement.measured(&[]), empty, "{}", spec.name);
    }
    let rows = Tensor::new(&[[0.2f64, 0.8], [f64::NAN, 0.1], [0.7, 0.3]], device).unwrap();
    let matrix = ConfusionMatrix::of(&rows, &classes).unwrap().named(&["whole", "broken"]);
    assert_eq!((matrix.total(), matrix.undefined()), (2.0, 1.0));
    assert!(matrix.to_string().ends_with("1 rows have a score that is NaN, and no predicted class"));
    let mut report = PerClass::new().spec().start().unwrap();
    report.add(&[rows, classes]).unwrap();
    let MetricValue::PerClass(report) = report.measured(&["whole", "broken"]) else { panic!("another kind") };
    assert!(report.classes.iter().all(|values| values.precision.is_nan() && values.f1.is_nan()));
}
