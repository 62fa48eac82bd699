//! Terms of a loss: each is told by itself, by step, epoch and split, before its weight.

use std::fs;
use std::path::Path;

use modularml::experiment::{Callback, EpochInfo, Moment, Next, Ranks, Series, Session, StepInfo, Threads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::record::{Records, RunRecord};

#[derive(SampleSchema)]
struct Point {
    #[feat]
    x: [f32; 2],
    #[target]
    y: f32,
    #[target]
    z: f32,
}

#[derive(SampleSchema)]
struct Other {
    #[feat]
    x: [f32; 2],
    #[target]
    y: f32,
}

model_graph! {
    #[optimizer(Adam::lr(0.02))]
    graph Net(point: Point, other: Other) {
        hidden = Mlp::hidden([5]).output([3])(point.x);
        y = Linear(hidden) -> point.y;
        z = Linear(hidden) -> point.z;
        far = Linear(other.x) -> other.y;
    }
}

experiment! {
    experiment Told for Net {
        seed = 5;
        folds point = KFold::of(3) into train, val;
        split point.train = Random::ratios(fit: 0.8, stop: 0.2);
        split other = Random::ratios(train: 1.0);
        train fit {
            feed point = Batches::of(6).shuffled()(fit);
            loss = recon: 0.5 * Mse(y, point.y) + Mse(z, point.z) + Mse(y, point.z) + 0.01 * L2Penalty(hidden);
            validate on stop every 2 epochs {
                loss;
                mse = Mse(y, point.y);
                rmse = Rmse(z, point.z);
            }
            stop = EarlyStopping::patience(1).restore_best()(val.terms.recon);
            step_loss;
            epochs = 4;
        }
        train apart {
            feed point = Batches::of(6)(train);
            feed other = Batches::of(10)(train);
            schedule = Alternate::cycle();
            loss = near: Mse(y, point.y) + far: 2.0 * L1(far, other.y);
            step_loss;
            epochs = 2;
        }
        train one {
            feed point = Batches::of(6)(train);
            loss = r#match: 0.25 * Mse(y, point.y);
            epochs = 1;
        }
        train whole {
            feed point = Batches::of(6)(train);
            loss = 0.25 * Mse(y, point.y);
            epochs = 1;
        }
        eval test {
            feed point = val;
            loss = 3.0 * Mse(y, point.y) + penalty: L1Penalty(hidden);
            same = Mse(y, point.y);
        }
    }
}

fn points() -> FeatureSet<Point> {
    let rows = (0..40u8).map(|row| f32::from(row) / 40.0);
    FeatureSet::from_rows(rows.map(|x| Point { x: [x, 1.0 - x * x], y: 3.0 * x - 1.0, z: x * x })).unwrap()
}

fn others() -> FeatureSet<Other> {
    let rows = (0..30u8).map(|row| f32::from(row) / 30.0);
    FeatureSet::from_rows(rows.map(|x| Other { x: [x, 1.0], y: x })).unwrap()
}

fn study() -> Told {
    let mut study = Told::new(NetData { point: points(), other: others() }).unwrap();
    study.progress(Progress::Silent);
    study
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-5 * expected.abs().max(1e-2)
}

#[test]
fn the_loss_is_the_sum_of_weights_times_terms() {
    let results = study().run().unwrap();
    let fit = &results.fit;
    let (terms, val) = (&fit.terms, &fit.val.terms);
    assert_eq!(fit.step_loss.len(), fit.step_terms.recon.len());
    for (epoch, loss) in fit.loss.iter().enumerate() {
        let rest = terms.mse_z[epoch] + terms.mse_y[epoch] + 0.01 * terms.l2_penalty[epoch];
        assert!(close(0.5 * terms.recon[epoch] + rest, *loss), "{fit:?}");
    }
    for (step, loss) in fit.step_loss.iter().enumerate() {
        let of = &fit.step_terms;
        let sum = 0.5 * of.recon[step] + of.mse_z[step] + of.mse_y[step] + 0.01 * of.l2_penalty[step];
        assert!(close(sum, *loss), "step {step}: {sum} {loss}");
    }
    for (at, loss) in fit.val.loss.iter().enumerate() {
        let rest = val.mse_z[at] + val.mse_y[at] + 0.01 * val.l2_penalty[at];
        assert!(close(0.5 * val.recon[at] + rest, *loss));
        // Before its weight a term is what the metric of that loss is.
        assert!(close(val.recon[at], fit.val.mse[at]));
        assert!(close(val.mse_z[at].sqrt(), fit.val.rmse[at]));
    }
    let test = &results.test;
    assert!(close(3.0 * test.terms.mse + test.terms.penalty, test.loss) && close(test.terms.mse, test.same));
    assert!(close(0.25 * results.one.terms.r#match[0], results.one.loss[0]));
}

#[test]
fn a_step_tells_the_terms_that_it_takes() {
    let apart = study().run().unwrap().apart;
    assert_eq!(apart.step_loss.len(), apart.step_terms.near.len());
    for (step, loss) in apart.step_loss.iter().enumerate() {
        let (near, far) = (apart.step_terms.near[step], apart.step_terms.far[step]);
        assert!(near.is_nan() != far.is_nan(), "each step takes one");
        let taken = if near.is_nan() { 2.0 * far } else { near };
        assert!(close(taken, *loss));
    }
    // The value of an epoch is that of the steps that took the term, each by its rows.
    let of_epoch = &apart.step_terms.far[..apart.step_loss.len() / 2];
    assert!(apart.terms.far.iter().chain(&apart.terms.near).all(|value| value.is_finite()));
    let taken: Vec<f64> = of_epoch.iter().copied().filter(|value| !value.is_nan()).collect();
    assert!(taken.len() > 1 && taken.iter().any(|value| *value >= apart.terms.far[0]));
}

/// Follows what steps and epochs tell.
#[derive(Default)]
struct Follows {
    steps: Vec<Vec<(&'static str, u64)>>,
    epochs: Vec<Vec<(&'static str, u64)>>,
}

fn bits(terms: &[(&'static str, f64)]) -> Vec<(&'static str, u64)> {
    terms.iter().map(|(label, value)| (*label, value.to_bits())).collect()
}

impl Callback for Follows {
    fn on_step_end(&mut self, _: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        self.steps.push(bits(step.terms));
        Ok(Next::Continue)
    }

    fn on_epoch_end(&mut self, _: &mut Moment<'_>, epoch: &EpochInfo<'_>) -> Result<Next> {
        self.epochs.push(bits(epoch.terms));
        Ok(Next::Continue)
    }
}

#[test]
fn callbacks_and_series_have_them_and_a_loss_of_one_term_is_told_as_a_whole() {
    let (mut study, mut follows) = (study(), Follows::default());
    study.session_mut().run_with(&mut follows).unwrap();
    let results = study.session().results();
    let fit = results[0].trained().unwrap();
    let labels: Vec<_> = fit.terms.iter().map(|term| (term.label, term.weight)).collect();
    assert_eq!(labels, [("recon", 0.5), ("mse_z", 1.0), ("mse_y", 1.0), ("l2_penalty", 0.01)]);
    for (step, told) in follows.steps.iter().enumerate().take(fit.step_loss.len()) {
        let kept: Vec<_> = fit.terms.iter().map(|term| (term.label, term.steps[step].to_bits())).collect();
        assert_eq!(*told, kept);
    }
    let kept: Vec<_> = fit.terms.iter().map(|term| (term.label, term.values[0].to_bits())).collect();
    assert_eq!(follows.epochs[0], kept);
    assert!(results[3].trained().unwrap().terms.is_empty() && follows.epochs.last().is_some_and(Vec::is_empty));
    let series = Series::of(results).unwrap();
    let recon = series.select("phase", "fit").unwrap().select("name", "terms.recon").unwrap();
    assert_eq!(recon.values().copied().collect::<Vec<_>>(), fit.terms[0].values);
    assert!(series.select("name", "val.terms.recon").is_ok());
    let unknown = fit.term("recom").err().map(|error| error.to_string()).unwrap();
    assert_eq!(
        unknown,
        "no term `recom` in the loss of `fit`; there are recon, mse_z, mse_y, l2_penalty; did you mean `recon`?"
    );
}

#[test]
fn folds_pool_them_as_metrics() {
    let folds = study().run_folds().unwrap();
    let test = &folds.test;
    assert_eq!(test.terms.mse.by_fold.len(), 3);
    let (term, metric) = (test.terms.mse.pooled.unwrap(), test.same.pooled.unwrap());
    assert!(close(term, metric), "{term} {metric}");
    assert_eq!(folds.fit[0].terms.recon.len(), folds.fit[0].loss.len());
}

#[test]
fn they_are_recorded_and_gone_on_with_to_the_same_bits() {
    let runs = Path::new(env!("CARGO_TARGET_TMPDIR")).join("terms");
    let _ = fs::remove_dir_all(&runs);
    let mut whole = study();
    whole.run_in(Records::at(&runs).keep_best(1, "fit.val.terms.recon")).unwrap();
    let kept = whole.session().results().to_vec();
    let folder = whole.session().run_folder().unwrap();
    let record = RunRecord::open(folder).unwrap();
    let metrics: Vec<_> = record.metrics().unwrap().map(|it| it.unwrap()).collect();
    for name in ["terms.recon", "val.terms.recon", "terms.far", "terms.penalty"] {
        assert!(metrics.iter().any(|it| it.name == name), "{name}");
    }
    let step = record.events().unwrap().map(|it| it.unwrap()).find(|event| event.event == "step").unwrap();
    assert_eq!(step.numbers("terms").len(), 4);
    let report = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(report.contains("terms.recon") && report.contains("recon: 0.5"));
    // Stopped in the middle of an epoch, in whatever phase.
    for stop in [3, 8, 40] {
        let (mut first, mut second) = (study(), study());
        let mut run = first.session_mut().start().unwrap();
        for _ in 0..stop {
            assert!(run.step().unwrap());
        }
        let state = run.state().unwrap();
        let resumed = second.session_mut().resume(&state).unwrap().finish().unwrap();
        assert_eq!(format!("{resumed:?}"), format!("{kept:?}"), "stopped after {stop}");
    }
}

#[test]
fn ranks_tell_the_same_terms() {
    let run = |ranks: usize| {
        let mut all = Threads::run(ranks, |rank| {
            let mut study = study();
            let session: &mut Session = study.session_mut();
            let results = session.share_out(Ranks::of(rank).shares(4))?.run()?;
            Ok(format!("{results:?}"))
        })
        .unwrap();
        assert!(all.iter().all(|results| *results == all[0]));
        all.remove(0)
    };
    let two = run(2);
    assert_eq!(two, run(1));
    assert!(two.contains("mse_z"));
}

/// The labels of the loss of the first phase.
fn labels(spec: &modularml::experiment::ExperimentSpec) -> Vec<Option<&'static str>> {
    let train = spec.phases.items()[0].kind.train().unwrap();
    train.loss.iter().map(|term| term.label).collect()
}

#[test]
fn builders_and_files_without_labels_give_the_same_ones() {
    use modularml::Registry;
    use modularml::experiment::{ExperimentBuilder, ExperimentSpec, TrainBuilder};

    let expected = ["recon", "mse_z", "mse_y", "l2_penalty"].map(Some);
    assert_eq!(labels(study().session().spec()), expected);
    let spec = |train: fn(TrainBuilder) -> TrainBuilder| {
        ExperimentBuilder::new("Told", study().session().spec().graph.clone()).train("fit", train).spec()
    };
    let built = spec(|t| {
        let t = t.labelled_loss("recon", 0.5, Mse, ["y", "point.y"]).loss(Mse, ["z", "point.z"]);
        t.loss(Mse, ["y", "point.z"]).add_loss(0.01, L2Penalty, ["hidden"])
    });
    assert_eq!(labels(&built), expected);
    let twice = spec(|t| {
        let t =
            t.loss(Mse, ["y", "point.y"]).loss(Mse, ["y", "point.z"]).labelled_loss("l1", 1.0, Mse, ["z", "point.z"]);
        t.loss(L1, ["z", "point.z"]).labelled_loss("mse_y", 1.0, Huber::delta(1.0), ["z", "point.z"])
    });
    assert_eq!(labels(&twice), ["mse_y_2", "mse_y_3", "l1", "l1_z", "mse_y"].map(Some));
    assert_eq!(labels(&spec(|t| t.loss(Mse, ["y", "point.y"]))), [None]);
    // As a file has it that was written before there were labels.
    let json = serde_json::to_string(&built).unwrap();
    let older = ["recon", "mse_z", "mse_y", "l2_penalty"]
        .iter()
        .fold(json.clone(), |json, label| json.replace(&format!("\"label\":\"{label}\","), ""));
    assert_ne!(older, json);
    let read: ExperimentSpec = Registry::new().read(&older).unwrap();
    assert_eq!(labels(&read), ["mse_y", "mse_z", "mse_y_2", "l2_penalty"].map(Some));
    assert_eq!(labels(&Registry::new().read(&json).unwrap()), expected);
}

#[test]
fn a_saved_study_keeps_labels() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("terms.mml");
    let mut study = study();
    study.run().unwrap();
    study.save(&file).unwrap();
    let loaded = Told::load(&file).unwrap();
    assert_eq!(labels(loaded.session().spec()), labels(study.session().spec()));
}
