//! Several evaluations of one train phase, each with a name, a period and a split of its own.

use std::fs;
use std::path::{Path, PathBuf};

use modularml::experiment::{
    EvalBuilder, ExperimentBuilder, ExperimentSpec, PhaseResult, Series, Session, TrainResult, ValidationResult,
};
use modularml::graph::{GraphBuilder, Reads};
use modularml::record::{Every, Records, RunRecord, Until};
use modularml::{layers::*, losses::*, metrics::*, prelude::*};

#[derive(SampleSchema, Clone)]
struct Pulse {
    #[feat]
    voltage: [f32; 2],
    #[target]
    soh: f32,
    #[tag(group)]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(lr))]
    graph Net(pulse: Pulse; lr: f64 = 0.05) {
        soh = Mlp::hidden([6])(pulse.voltage) -> pulse.soh;
    }
}

/// A study of one train phase over the same splits, and what it measures in between.
macro_rules! study {
    ($(#[doc = $doc:literal])* $name:ident $([$($head:tt)*])? { $($body:tt)* }) => {
        experiment! {
            $(#[doc = $doc])*
            experiment $name for Net {
                seed = 3;
                $($($head)*)?
                split pulse = ByCondition::splits(train: pulse.cell.lt(6), val: pulse.cell.eq(6), shifted: pulse.cell.ge(7));
                train regress {
                    feed pulse = Batches::of(5).shuffled()(train);
                    loss = fit: Mse(soh, pulse.soh) + 0.01 * L2Penalty(soh);
                    epochs = 19;
                    $($body)*
                }
            }
        }
    };
}

study!(Both {
    validate on val every 1 epoch { loss; rmse = Rmse(soh, pulse.soh); }
    validate far on shifted every 2 epochs { loss; rmse = Rmse(soh, pulse.soh); most = MaxError(soh, pulse.soh); }
});

study!(Near { validate on val every 1 epoch { loss; rmse = Rmse(soh, pulse.soh); } });

study!(Far {
    validate far on shifted every 2 epochs { loss; rmse = Rmse(soh, pulse.soh); most = MaxError(soh, pulse.soh); }
});

study!(
    /// Ends by the second of three.
    Stops {
        validate on val every 1 epoch { loss; }
        validate far on shifted every 2 epochs { rmse = Rmse(soh, pulse.soh); }
        validate drawn on shifted every 3 epochs { feed pulse = Batches::of(4)(shifted); rmse = Rmse(soh, pulse.soh); }
        reduce = ReduceOnPlateau::patience(1).factor(0.5)(val.terms.fit);
        stop = EarlyStopping::patience(2).restore_best()(far.rmse);
    }
);

study!(
    /// The same, and writes what it has.
    Written {
        validate on val every 1 epoch { loss; }
        validate far on shifted every 2 epochs { rmse = Rmse(soh, pulse.soh); }
        validate drawn on shifted every 3 epochs { feed pulse = Batches::of(4)(shifted); rmse = Rmse(soh, pulse.soh); }
        reduce = ReduceOnPlateau::patience(1).factor(0.5)(val.terms.fit);
        stop = EarlyStopping::patience(2).restore_best()(far.rmse);
        callbacks = [Snapshots::every(1).best(1)(far.rmse), PredictionsEvery::epochs(4)];
    }
);

study!(
    Chosen [vary lr in [1e-4, 0.05, 0.3]; choose GridSearch by regress.far.rmse;] {
        validate on val every 1 epoch { rmse = Rmse(soh, pulse.soh); }
        validate far on shifted every 3 epochs { rmse = Rmse(soh, pulse.soh); }
    }
);

experiment! {
    experiment Folded for Net {
        seed = 3;
        folds pulse = KFold::of(3).group_by(pulse.cell) into train, left_out;
        split pulse.train = Random::ratios(fit: 0.8, stop: 0.2).group_by(pulse.cell);
        train regress {
            feed pulse = Batches::of(5).shuffled()(fit);
            loss = Mse(soh, pulse.soh);
            validate on stop every 1 epoch { loss; }
            validate far on left_out every 2 epochs { rmse = Rmse(soh, pulse.soh); }
            epochs = 4;
        }
        eval unseen { feed pulse = left_out; rmse = Rmse(soh, pulse.soh); }
    }
}

/// Cells that age faster the higher their number is, so that the far ones are another distribution.
fn pulses() -> FeatureSet<Pulse> {
    let row = |i: u8| {
        let (cell, x) = (i / 5, f32::from(i % 5) / 5.0);
        let wear = f32::from(cell) * 0.08;
        Pulse { voltage: [x.sin() + wear, x * wear], soh: 1.0 - x * wear - 0.3 * wear * wear, cell: i64::from(cell) }
    };
    FeatureSet::from_rows((0..50).map(row)).unwrap()
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// A folder that is removed behind a test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("modularml-validations-{}-{name}", std::process::id()));
        fs::remove_dir_all(&path).ok();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

macro_rules! run {
    ($study:ident) => {{
        let mut study = $study::new(pulses()).unwrap();
        study.progress(Progress::Silent).run().unwrap().regress
    }};
}

#[test]
fn two_evaluations_measure_what_each_measures_alone() {
    let (both, near, far) = (run!(Both), run!(Near), run!(Far));
    assert_eq!((both.val.loss.len(), both.far.loss.len()), (19, 9));
    assert_eq!(bits(&both.loss), bits(&near.loss));
    assert_eq!(bits(&both.val.loss), bits(&near.val.loss));
    assert_eq!(bits(&both.val.terms.fit), bits(&near.val.terms.fit));
    assert_eq!(bits(&both.val.rmse), bits(&near.val.rmse));
    assert_eq!(bits(&both.far.loss), bits(&far.far.loss));
    assert_eq!(bits(&both.far.terms.l2_penalty), bits(&far.far.terms.l2_penalty));
    assert_eq!(bits(&both.far.rmse), bits(&far.far.rmse));
    assert_eq!(bits(&both.far.most), bits(&far.far.most));
    assert_ne!(both.val.rmse[1].to_bits(), both.far.rmse[0].to_bits());
}

/// The same study from the builders.
fn built() -> ExperimentSpec {
    let graph = GraphBuilder::new("Net")
        .input("pulse", Pulse::SCHEMA)
        .optimizer(Adam::lr(0.05))
        .node("soh", Mlp::hidden([6]), Reads::of(["pulse.voltage"]).predicts("pulse.soh"))
        .spec();
    let of = ["soh", "pulse.soh"];
    let splits = ByCondition::splits(
        const {
            let cell = Pulse::COLUMNS.cell;
            &[("train", cell.lt(6)), ("val", cell.eq(6)), ("shifted", cell.ge(7))]
        },
    );
    ExperimentBuilder::new("Both", graph)
        .seed(3)
        .split("pulse", splits)
        .train("regress", |phase| {
            let phase = phase.feed("pulse", Batches::of(5).shuffled(), "train").epochs(19);
            let phase = phase.labelled_loss("fit", 1.0, Mse, of).add_loss(0.01, L2Penalty, ["soh"]);
            let loss = |eval: EvalBuilder| {
                eval.labelled_loss("fit", 1.0, Mse, of).add_loss(0.01, L2Penalty, ["soh"]).metric("rmse", Rmse, of)
            };
            phase.val(1, "val", loss).validate("far", 2, "shifted", |eval| loss(eval).metric("most", MaxError, of))
        })
        .spec()
}

#[test]
fn builders_describe_and_measure_the_same() {
    let mut study = Both::new(pulses()).unwrap();
    study.progress(Progress::Silent).run().unwrap();
    let mut session = Session::new(built(), vec![pulses().view()]).unwrap();
    session.progress(Progress::Silent).run().unwrap();
    assert_eq!(study.session().results(), session.results());
    let phases = |session: &Session| serde_json::to_value(&session.spec().phases).unwrap();
    assert_eq!(phases(study.session()), phases(&session));
    let read: ExperimentSpec =
        serde_json::from_value(serde_json::to_value(built()).unwrap()).unwrap_or_else(|_| built());
    assert_eq!(read.phases.items()[0].kind.train().unwrap().validations.items()[1].name, "far");
}

fn trained(results: &[PhaseResult]) -> &TrainResult {
    results[0].trained().unwrap()
}

#[test]
fn a_run_goes_on_from_every_step_with_both() {
    let mut study = Stops::new(pulses()).unwrap();
    study.progress(Progress::Silent);
    let mut other = study.session().again(3, 0).unwrap();
    let mut run = study.session_mut().start().unwrap();
    let mut states = vec![run.state().unwrap()];
    while run.step().unwrap() {
        states.push(run.state().unwrap());
    }
    let results = run.results().to_vec();
    assert!(states.len() > 20);
    for state in &states {
        let results_again = other.start().unwrap().resume(state).unwrap().finish().unwrap();
        assert_eq!(trained(&results_again), trained(&results));
    }
}

#[test]
fn a_phase_ends_by_the_second_of_two() {
    let stopped = run!(Stops);
    // By hand: the phase ends where two evaluations in a row, four epochs, have brought no better value.
    let (mut best, mut waited, mut ended) = ((f64::INFINITY, 0), 0, 19);
    for (at, value) in stopped.far.rmse.iter().enumerate() {
        let epoch = 2 * at + 1;
        if *value < best.0 {
            (best, waited) = ((*value, epoch), 0);
        } else {
            waited += 1;
        }
        if waited == 2 {
            ended = epoch + 1;
            break;
        }
    }
    assert!(ended < 19, "the case tells nothing: {:?}", stopped.far.rmse);
    assert_eq!((stopped.epochs, stopped.best_epoch), (ended, Some(best.1)));
    assert_eq!(stopped.val.loss.len(), ended);
    // The evaluation that draws from the far rows measures the same as the one that takes them all, in the sixth epoch.
    assert_eq!(stopped.drawn.rmse.len(), ended / 3);
    if let (Some(drawn), Some(far)) = (stopped.drawn.rmse.get(1), stopped.far.rmse.get(2)) {
        assert!((drawn - far).abs() < 1e-12, "{drawn} {far}");
    }
}

#[test]
fn a_record_has_each_under_its_name() {
    let runs = Scratch::new("record");
    let mut study = Written::new(pulses()).unwrap();
    study.progress(Progress::Silent);
    let records = Records::at(&runs.0).every(Every::Seconds(f64::INFINITY)).keep(1).keep_best(1, "regress.far.rmse");
    let results = study.run_in(records).unwrap().regress;
    let folder = study.session().run_folder().unwrap();
    let run = RunRecord::open(folder).unwrap();

    let of = |name: &str| -> Vec<(usize, f64)> {
        let all = run.metrics().unwrap().map(Result::unwrap).filter(|it| it.name == name);
        all.map(|it| (it.epoch.unwrap(), it.value)).collect()
    };
    let each = |every: usize, values: &[f64]| -> Vec<(usize, f64)> {
        (1..).map(|it| it * every - 1).zip(values.iter().copied()).collect()
    };
    assert_eq!(of("val.loss"), each(1, &results.val.loss));
    assert_eq!(of("val.terms.fit"), each(1, &results.val.terms.fit));
    assert_eq!(of("far.rmse"), each(2, &results.far.rmse));
    assert_eq!(of("drawn.rmse"), each(3, &results.drawn.rmse));
    let until = Until { phase: "regress".to_owned(), epochs: 4 };
    assert_eq!(run.validated("far", "rmse", &until).unwrap(), each(2, &results.far.rmse[..2]));
    let events: Vec<String> = run
        .events()
        .unwrap()
        .map(Result::unwrap)
        .filter_map(|event| Some(event.text("evaluation")?.to_owned()))
        .collect();
    assert_eq!(events[..4], ["val", "val", "far", "val"]);

    let series = Series::of(study.session().results()).unwrap();
    assert_eq!(series.select("name", "far.rmse").unwrap().values().copied().collect::<Vec<_>>(), results.far.rmse);

    // What is kept because `far.rmse` was best.
    let best = format!("regress-{:04}.safetensors", results.best_epoch.unwrap());
    assert_eq!(files(&folder.join("snapshots")), [best]);
    let predictions = ["regress-0003.csv", "regress-drawn-0003.csv", "regress-far-0003.csv"];
    let written = files(&folder.join("predictions"));
    assert!(predictions.iter().all(|file| written.iter().any(|known| known == file)), "{written:?}");
    let rows = |file: &str| fs::read_to_string(folder.join("predictions").join(file)).unwrap().lines().count() - 1;
    assert_eq!((rows("regress-0003.csv"), rows("regress-far-0003.csv")), (5, 15));
    let checkpoints = files(&folder.join("checkpoints"));
    assert_eq!(checkpoints.len(), 2, "the newest and the best: {checkpoints:?}");

    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    for told in ["far.rmse", "validate far on", "shifted, every 2 epochs", "drawn.feed pulse", "with val.loss"] {
        assert!(page.contains(told), "{told}");
    }

    // A name that nothing measures is told before the run begins.
    let error = study.run_in(Records::at(&runs.0).keep_best(1, "regress.fra.rmse")).unwrap_err().to_string();
    assert!(error.contains("did you mean `regress.far.rmse`?"), "{error}");
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

#[test]
fn a_choice_is_made_by_the_last_value_of_its_evaluation() {
    let of = |lr: f64| {
        let mut study = Chosen::with(|p| p.lr = lr).new(pulses()).unwrap();
        study.progress(Progress::Silent).run().unwrap().regress
    };
    let by_hand: Vec<f64> = [1e-4, 0.05, 0.3].map(|lr| *of(lr).far.rmse.last().unwrap()).into();
    let runs = Scratch::new("choice");
    let study = Chosen::new(pulses()).unwrap();
    let found = study.search_in(&*runs.0).unwrap();
    let values: Vec<f64> = found.choices[0].choice.trials.iter().map(|trial| trial.value).collect();
    assert_eq!(values, by_hand);
}

#[test]
fn folds_have_each_evaluation() {
    let mut study = Folded::new(pulses()).unwrap();
    study.progress(Progress::Silent);
    let all = study.run_folds().unwrap();
    for (fold, unseen) in all.regress.iter().zip(&all.unseen.rmse.by_fold) {
        assert_eq!((fold.val.loss.len(), fold.far.rmse.len()), (4, 2));
        // The last epoch measures the rows that the eval phase measures behind it.
        assert_eq!(fold.far.rmse[1].to_bits(), unseen.to_bits());
    }
}

#[test]
fn a_result_is_read_by_both_names() {
    let mut session = Session::new(built(), vec![pulses().view()]).unwrap();
    session.progress(Progress::Silent).run().unwrap();
    let result = trained(session.results());
    let epochs: Vec<usize> = result.validated("far").map(|ValidationResult { epoch, .. }| *epoch).collect();
    assert_eq!(epochs, (0..9).map(|it| 2 * it + 1).collect::<Vec<_>>());
    assert_eq!(result.history("far", "rmse").unwrap().len(), 9);
    let error = result.history("far", "mape").unwrap_err().to_string();
    assert!(error.contains("`regress` measured no `far.mape`"), "{error}");
    assert_eq!(result.validated("fra").count(), 0);
}
