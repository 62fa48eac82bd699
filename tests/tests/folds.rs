//! Cross-validation: what is the same in each fold, what is another one, and what the folds come to together.

#![allow(clippy::cast_precision_loss, clippy::float_cmp, reason = "small whole numbers, and bits that must be equal")]

use modularml::experiment::{ExperimentBuilder, FoldsResult, Session};
use modularml::graph::{GraphBuilder, Reads};
use modularml::{layers::*, losses::*, metrics::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 3],
    #[target]
    soh: f32,
    #[tag(group)]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-2))]
    graph SohNet(pulse: Pulse) {
        soh = Mlp::hidden([8])(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 7;
        split pulse = Random::ratios(pool: 0.8, test: 0.2).group_by(pulse.cell);
        folds pulse.pool = KFold::of(4).group_by(pulse.cell) into train, held_out;
        split pulse.train = Random::ratios(fit: 0.75, stop: 0.25).group_by(pulse.cell);
        scale pulse.voltage = Standard fitted on fit;
        scale pulse.soh = Standard fitted on fit;
        train regress {
            feed pulse = Batches::of(8).shuffled()(fit);
            loss = Mse(soh, pulse.soh);
            validate on stop every 1 epoch { loss; }
            stop = EarlyStopping::patience(3).restore_best()(val.loss);
            epochs = 12;
        }
        eval left_out {
            feed pulse = held_out;
            loss = Mse(soh, pulse.soh);
            rmse = Rmse(soh, pulse.soh) in raw units;
            predictions;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh) in raw units; }
    }
}

/// 20 cells of unequal numbers of rows, 170 in all.
fn pulses() -> FeatureSet<Pulse> {
    let rows = (0..20i64).flat_map(|cell| (0..5 + cell % 8).map(move |row| (cell, row)));
    let rows = rows.map(|(cell, row)| {
        let x = (cell as f32 * 0.37).sin() + 0.1 * row as f32;
        Pulse { voltage: [x, x * x, 1.0 - x], soh: 0.5 * x - 0.2 * x * x + 3.0, cell }
    });
    FeatureSet::from_rows(rows).unwrap()
}

fn study() -> SohStudy {
    let mut study = SohStudy::new(pulses()).unwrap();
    study.progress(Progress::Silent);
    study
}

fn ids(study: &SohStudy, split: &str) -> Vec<String> {
    let ids = study.session().split("pulse", split).unwrap().ids();
    ids.into_iter().map(|id| id.to_string()).collect()
}

fn cells(study: &SohStudy, split: &str) -> Vec<u32> {
    let rows = study.session().split("pulse", split).unwrap().rows().to_vec();
    let all = pulses().view().groups("cell").unwrap();
    let mut cells: Vec<u32> = rows.into_iter().map(|row| all[row as usize]).collect();
    cells.sort_unstable();
    cells.dedup();
    cells
}

#[test]
fn each_row_of_the_pool_is_left_out_once_and_groups_stay_whole() {
    let study = study();
    assert_eq!(study.session().folds().unwrap(), Some(4));
    let mut left_out = Vec::new();
    for fold in 0..4 {
        let of_fold = study.fold(fold).unwrap();
        // What the folds are made of, and what stands beside them, is the same in each.
        assert_eq!(
            of_fold.session().split("pulse", "pool").unwrap().rows(),
            study.session().split("pulse", "pool").unwrap().rows()
        );
        assert_eq!(cells(&of_fold, "test"), cells(&study, "test"));
        let parts = ["fit", "stop", "held_out", "test"].map(|split| cells(&of_fold, split));
        let mut all = parts.concat();
        all.sort_unstable();
        assert_eq!(all, (0..20).collect::<Vec<_>>(), "every cell is in one part of fold {fold}");
        left_out.extend(of_fold.session().split("pulse", "held_out").unwrap().rows().iter().copied());
    }
    left_out.sort_unstable();
    let mut pool = study.session().split("pulse", "pool").unwrap().rows().to_vec();
    pool.sort_unstable();
    assert_eq!(left_out, pool);
    let refused = study.fold(4).map(drop).unwrap_err().to_string();
    assert!(refused.contains("there is no fold 4: KFold makes 4, counted from 0"), "{refused}");
}

#[test]
fn a_fold_alone_has_the_bits_of_that_fold_among_others() {
    let study = study();
    let all = study.run_folds().unwrap();
    for fold in [2, 0] {
        let mut alone = study.fold(fold).unwrap();
        let results = alone.progress(Progress::Silent).run().unwrap();
        let at = fold as usize;
        assert_eq!(results.test.rmse.to_bits(), all.test.rmse.by_fold[at].to_bits());
        assert_eq!(results.left_out.rmse.to_bits(), all.left_out.rmse.by_fold[at].to_bits());
        assert_eq!(results.regress.loss, all.regress[at].loss);
        assert_eq!(results.regress.best_epoch, all.regress[at].best_epoch);
    }
    assert_ne!(all.test.rmse.by_fold[0].to_bits(), all.test.rmse.by_fold[1].to_bits());
}

#[test]
fn folds_on_threads_and_folds_that_are_recorded_have_the_same_bits() {
    let study = study();
    let all = study.run_folds().unwrap();
    let on_threads = study.run_folds_on(3).unwrap();
    let folder = std::env::temp_dir().join(format!("modularml-fold-items-{}", std::process::id()));
    let recorded = study.run_folds_in(&folder).unwrap();
    // Nothing is run again: what an item has left is read.
    let read = study.run_folds_in(&folder).unwrap();
    for other in [on_threads, recorded, read] {
        let bits = |value: &modularml::experiment::OverFolds| {
            value.by_fold.iter().chain(&value.pooled).map(|value| value.to_bits()).collect::<Vec<_>>()
        };
        assert_eq!(bits(&other.left_out.rmse), bits(&all.left_out.rmse));
        assert_eq!(bits(&other.left_out.loss), bits(&all.left_out.loss));
        assert_eq!(bits(&other.test.rmse), bits(&all.test.rmse));
        assert_eq!(other.left_out.predictions.batch().num_rows(), all.left_out.predictions.batch().num_rows());
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_value_over_folds_is_the_mean_and_over_all_rows_that_of_the_predictions() {
    let folds = study().run_folds().unwrap();
    let rmse = &folds.left_out.rmse;
    let mean = rmse.by_fold.iter().sum::<f64>() / 4.0;
    let told = folds.test.rmse.interval(0.95).unwrap_err().to_string();
    assert!(told.contains("all folds measure the same rows"), "{told}");
    let squares: f64 = rmse.by_fold.iter().map(|value| (value - mean).powi(2)).sum();
    assert!((rmse.mean - mean).abs() < 1e-12 && (rmse.deviation - (squares / 3.0).sqrt()).abs() < 1e-12);

    let table = folds.left_out.predictions.batch();
    let column = |name: &str| {
        let column = table.column_by_name(name).unwrap_or_else(|| panic!("{:?}", table.schema()));
        let column = arrow::compute::cast(column, &arrow::datatypes::DataType::Float64).unwrap();
        arrow::array::AsArray::as_primitive::<arrow::datatypes::Float64Type>(&column).values().to_vec()
    };
    let (predicted, target, fold) = (column("predicted.soh"), column("targets.soh"), column("fold"));
    let of = |wanted: Option<f64>| {
        let rows = predicted.iter().zip(&target).zip(&fold).filter(|(_, fold)| wanted.is_none_or(|it| it == **fold));
        let squares: Vec<f64> = rows.map(|((x, y), _)| (x - y).powi(2)).collect();
        (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
    };
    // The table holds targets as the data does, in f32.
    let near = |a: f64, b: f64| (a - b).abs() < 1e-6 * b;
    for (at, value) in rmse.by_fold.iter().enumerate() {
        assert!(near(of(Some(at as f64)), *value), "fold {at}");
    }
    assert!(near(of(None), rmse.pooled.unwrap()));
    // The rows of test are the same in each fold, so there is nothing to put together.
    assert_eq!(folds.test.rmse.pooled, None);
    let loss = &folds.left_out.loss;
    let counts = (0..4).map(|at| fold.iter().filter(|fold| **fold == f64::from(at)).count() as f64);
    let weighted: f64 = loss.by_fold.iter().zip(counts).map(|(loss, count)| loss * count).sum();
    assert!((loss.pooled.unwrap() - weighted / fold.len() as f64).abs() < 1e-9);
}

#[test]
fn scalers_and_weights_are_made_anew_in_each_fold() {
    let study = study();
    let mut means = Vec::new();
    for fold in 0..2 {
        let of_fold = study.fold(fold).unwrap();
        let fit = of_fold.session().split("pulse", "fit").unwrap();
        let scaled = fit.array("soh", Representation::Transformed, modularml::data::Dtype::F64).unwrap();
        let modularml::data::Numbers::F64(scaled) = scaled.numbers else { panic!() };
        let mean = scaled.iter().sum::<f64>() / scaled.len() as f64;
        assert!(mean.abs() < 1e-6, "fold {fold}: {mean}");
        let weights = of_fold.session().graph().state().unwrap();
        means.push(weights["soh.0.weight"].flatten_all().unwrap().to_vec1::<f32>().unwrap());
    }
    assert_ne!(means[0], means[1]);
}

#[test]
fn refit_trains_on_the_whole_pool_for_the_mean_of_the_best_epochs() {
    let study = study();
    let folds = study.run_folds().unwrap();
    let best: f64 = folds.regress.iter().map(|fold| fold.best_epoch.unwrap() as f64 + 1.0).sum::<f64>() / 4.0;
    let model = study.refit(&folds).unwrap();
    let trained = model.session().results()[0].trained().unwrap();
    assert_eq!(trained.epochs as f64, best.round());
    let scaled = model.session().split("pulse", "pool").unwrap();
    let scaled = scaled.array("soh", Representation::Transformed, modularml::data::Dtype::F64).unwrap();
    let modularml::data::Numbers::F64(scaled) = scaled.numbers else { panic!() };
    assert!((scaled.iter().sum::<f64>() / scaled.len() as f64).abs() < 1e-6, "scaled by all rows of the pool");
    // What stands beside the folds is still measured, and the model predicts.
    assert_eq!(model.session().results().len(), 2);
    let test = model.session().split("pulse", "test").unwrap();
    assert_eq!(model.predict(&test).unwrap().soh.dims(), [test.len()]);
}

/// All rows in folds, without a tag that groups, and a rate that ends with the phase.
#[test]
fn refit_of_all_rows_goes_as_far_as_the_folds_went() {
    let graph = GraphBuilder::new("Net").input("row", Row::SCHEMA);
    let graph = graph.node("y", Linear::new(), Reads::of(["row.x"]).predicts("row.y")).optimizer(Sgd::lr(0.1));
    let rows = FeatureSet::from_rows((0..40u8).map(|at| Row { x: f32::from(at), y: 40.0 - f32::from(at) })).unwrap();
    let study = ExperimentBuilder::new("Study", graph.spec())
        .seed(1)
        .folds("row", KFold::of(4).shuffled(), ["train", "left_out"])
        .split("row.train", Random::ratios([("fit", 0.8), ("stop", 0.2)]))
        .scale("row.x", [Standard::new()], "fit")
        .scale("row.y", [Standard::new()], "fit")
        .train("learn", |phase| {
            let phase = phase.feed("row", Batches::of(8).shuffled(), "fit").loss(Mse, ["y", "row.y"]).epochs(60);
            let phase = phase.rate([Ramp::over(5).spec(), Cosine::over(55).spec()], Per::Epoch);
            phase
                .val(1, "stop", |eval| eval.loss(Mse, ["y", "row.y"]))
                .callback(EarlyStopping::patience(2).restore_best(), ["val.loss"])
        })
        .eval("unseen", |eval| {
            eval.feed("row", "left_out").metric_in(modularml::experiment::Units::Raw, "rmse", Rmse, ["y", "row.y"])
        })
        .build(vec![rows.view()]);
    let mut study = study.unwrap();
    study.progress(Progress::Silent);
    let folds = study.run_folds().unwrap();
    let model = study.refit(&folds).unwrap();
    assert_eq!(model.results().len(), 1);
    assert_eq!(model.split("row", "train").unwrap().len(), 40);
    assert!(model.results()[0].trained().unwrap().epochs < 60);
}

#[derive(SampleSchema)]
struct Row {
    #[feat]
    x: f32,
    #[target]
    y: f32,
}

#[test]
fn a_fold_is_saved_and_loaded() {
    let folder = std::env::temp_dir().join(format!("modularml-folds-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut fold = study().fold(3).unwrap();
    let results = fold.progress(Progress::Silent).run().unwrap();
    fold.save(folder.join("fold.mml")).unwrap();
    for mut loaded in [
        SohStudy::load(folder.join("fold.mml")).unwrap(),
        // By names alone.
        SohStudy { session: Session::load(folder.join("fold.mml"), &modularml::Registry::new()).unwrap() },
    ] {
        assert_eq!(loaded.session().fold(), 3);
        assert_eq!(ids(&loaded, "held_out").len(), ids(&fold, "held_out").len());
        assert_eq!(loaded.session().folds().unwrap(), Some(4));
        let again = loaded.progress(Progress::Silent).run_phase(SohStudy::PHASES.left_out).unwrap();
        assert_eq!(again.rmse.to_bits(), results.left_out.rmse.to_bits());
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_run_in_a_fold_goes_on_from_any_step_with_what_it_measured() {
    let study = study();
    let whole = study.run_folds().unwrap();
    let mut fold = study.fold(1).unwrap();
    let mut run = fold.session_mut().start().unwrap();
    let mut state = run.state().unwrap();
    // As far as behind the phase whose rows are left out.
    while run.results().len() < 2 {
        assert!(run.step().unwrap());
        state = run.state().unwrap();
    }
    drop(run);
    let mut wrong = study.fold(2).unwrap();
    let refused = wrong.session_mut().resume(&state).err().unwrap().to_string();
    assert!(refused.ends_with("this is `SohStudy`, seed 7, fold 2"), "{refused}");
    let mut other = study.fold(1).unwrap();
    let resumed = other.session_mut().resume(&state).unwrap().finish().unwrap();
    let mut by_fold: Vec<_> = (0..4).map(|at| study.fold(at).unwrap().session_mut().run().unwrap()).collect();
    by_fold[1] = resumed;
    let folds: FoldsResult = study.session().over_folds(by_fold).unwrap();
    let pooled = folds.measured("left_out", "rmse").unwrap().pooled.unwrap();
    assert_eq!(pooled.to_bits(), whole.left_out.rmse.pooled.unwrap().to_bits());
}

#[test]
fn intervals_are_those_of_the_corrected_test() {
    // Each fold tests a quarter of the rows: scipy.stats.t.ppf(0.975, 3) = 3.182446305284263.
    let rows =
        FeatureSet::from_rows((0..40i64).map(|cell| Pulse { voltage: [0.0; 3], soh: cell as f32, cell })).unwrap();
    let graph = GraphBuilder::new("Net").input("pulse", Pulse::SCHEMA);
    let graph = graph.node("soh", Ridge::penalty(1.0), Reads::of(["pulse.voltage"]).predicts("pulse.soh"));
    let study = ExperimentBuilder::new("Study", graph.spec())
        .seed(0)
        .folds("pulse", KFold::of(4).group_by(Pulse::COLUMNS.cell), ["train", "held_out"])
        .fit("fit", |fit| fit.feed("pulse", "train").nodes(["soh"]))
        .eval("left_out", |eval| eval.feed("pulse", "held_out").metric("rmse", Rmse, ["soh", "pulse.soh"]))
        .build(vec![rows.view()])
        .unwrap();
    let rmse = study.run_folds().unwrap().measured("left_out", "rmse").unwrap();
    let (low, high) = rmse.interval(0.95).unwrap();
    let wide = 3.182_446_305_284_263 * rmse.deviation * (1.0_f64 / 4.0 + 10.0 / 30.0).sqrt();
    assert!((low - (rmse.mean - wide)).abs() < 1e-9 && (high - (rmse.mean + wide)).abs() < 1e-9);
    // The same study, worse by what differs from fold to fold: scipy.stats.t.sf(t, 3) * 2.
    let same = rmse.minus(&rmse).unwrap();
    assert_eq!((same.mean, same.p_value().unwrap()), (0.0, 1.0));
    let other = study.again(1, 0).unwrap().run_folds().unwrap().measured("left_out", "rmse").unwrap();
    // Unshuffled folds are the same under each seed, and so is a ridge.
    assert_eq!(other.minus(&rmse).unwrap().by_fold, [0.0; 4]);
    assert!(rmse.interval(95.0).unwrap_err().to_string().contains("between 0 and 1"));
}

#[test]
fn studies_are_compared_in_the_same_folds_alone() {
    let graph = |penalty| {
        let graph = GraphBuilder::new("Net").input("pulse", Pulse::SCHEMA);
        graph.node("soh", Ridge::penalty(penalty), Reads::of(["pulse.voltage"]).predicts("pulse.soh"))
    };
    let rmse = |penalty, folds: KFold| {
        let study = ExperimentBuilder::new("Study", graph(penalty).spec())
            .seed(3)
            .folds("pulse", folds.group_by(Pulse::COLUMNS.cell), ["train", "held_out"])
            .fit("fit", |fit| fit.feed("pulse", "train").nodes(["soh"]))
            .eval("left_out", |eval| eval.feed("pulse", "held_out").metric("rmse", Rmse, ["soh", "pulse.soh"]))
            .build(vec![pulses().view()])
            .unwrap();
        study.run_folds().unwrap().measured("left_out", "rmse").unwrap()
    };
    let (light, heavy) = (rmse(1e-6, KFold::of(5)), rmse(1e3, KFold::of(5)));
    let difference = light.minus(&heavy).unwrap();
    assert!(difference.mean < 0.0);
    // t of Nadeau and Bengio with folds of a fifth: n2 / n1 = 1 / 4, and 4 degrees of freedom, whose distribution is closed.
    let deviation = difference.deviation * (1.0_f64 / 5.0 + 0.25).sqrt();
    let t = difference.mean / deviation;
    let x = t.abs() / (4.0 + t * t).sqrt();
    let p = 1.0 - 1.5 * (x - x * x * x / 3.0);
    assert!((difference.p_value().unwrap() - p).abs() < 1e-6, "{} {p}", difference.p_value().unwrap());
    for other in [rmse(1e-6, KFold::of(4)), rmse(1e-6, KFold::of(5).shuffled())] {
        let refused = light.minus(&other).unwrap_err().to_string();
        assert!(refused.contains("compare studies of the same data, seed, splits and folds"), "{refused}");
    }
}

#[test]
fn an_experiment_without_folds_has_none() {
    let graph = GraphBuilder::new("Net").input("pulse", Pulse::SCHEMA);
    let graph = graph.node("soh", Ridge::penalty(1.0), Reads::of(["pulse.voltage"]).predicts("pulse.soh"));
    let study = ExperimentBuilder::new("Study", graph.spec())
        .seed(0)
        .split("pulse", Random::ratios([("train", 0.5), ("test", 0.5)]).group_by(Pulse::COLUMNS.cell))
        .fit("fit", |fit| fit.feed("pulse", "train").nodes(["soh"]))
        .eval("test", |eval| eval.feed("pulse", "test").metric("rmse", Rmse, ["soh", "pulse.soh"]))
        .build(vec![pulses().view()])
        .unwrap();
    assert_eq!(study.folds().unwrap(), None);
    let refused = study.run_folds().unwrap_err().to_string();
    assert!(refused.contains("folds pulse = KFold::of(5) into train, val;"), "{refused}");
    let refused = study.again(0, 1).map(drop).unwrap_err().to_string();
    assert!(refused.contains("there is no fold 1"), "{refused}");
}
