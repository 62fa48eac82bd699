//! The page of all folds of a study.

use std::fs;

use modularml::experiment::{ExperimentBuilder, FoldsResult, Units};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

use super::markup;
use super::studies::{Point, Scratch, points};

/// Three folds, with rows beside them.
pub fn of_three() -> FoldsResult {
    let graph = GraphBuilder::new("Line").input("point", Point::SCHEMA).optimizer(Adam::lr(0.05));
    let graph = graph.node("y", Linear::new(), Reads::of(["point.x"]).predicts("point.y"));
    let study = ExperimentBuilder::new("Divided", graph.spec())
        .seed(9)
        .split("point", Random::ratios([("pool", 0.8), ("test", 0.2)]))
        .folds("point.pool", KFold::of(3), ["train", "left_out"])
        .split("point.train", Random::ratios([("fit", 0.8), ("stop", 0.2)]))
        .scale("point.y", [Standard::new()], "fit")
        .train("learn", |phase| {
            let phase = phase.feed("point", Batches::of(8).shuffled(), "fit").loss(Mse, ["y", "point.y"]).epochs(6);
            let phase = phase.val(1, "stop", |eval| eval.loss(Mse, ["y", "point.y"]));
            phase.callback(EarlyStopping::patience(2).restore_best(), ["val.loss"])
        })
        .eval("unseen", |eval| {
            let eval = eval.feed("point", "left_out").metric_in(Units::Raw, "rmse", Rmse, ["y", "point.y"]);
            eval.metric("r2", R2, ["y", "point.y"])
        })
        .eval("test", |eval| eval.feed("point", "test").metric_in(Units::Raw, "rmse", Rmse, ["y", "point.y"]));
    let mut study = study.build(vec![points(60).view()]).unwrap();
    study.progress(Progress::Silent);
    study.run_folds().unwrap()
}

#[test]
fn a_page_tells_what_folds_measured() {
    let scratch = Scratch::new("folds");
    let folds = of_three();
    let path = scratch.0.join("folds.html");
    folds.write_report(&path).unwrap();
    let page = fs::read_to_string(&path).unwrap();
    assert_eq!(page, folds.report());
    markup::check(&page);
    let texts = markup::texts(&page);
    for expected in ["Report of 3 folds Divided Seed 9.", "All folds fold rows rmse r2 0 16", "unseen.rmse, mean"] {
        assert!(texts.contains(expected), "{expected}: {texts}");
    }
    // Numbers stand with all digits behind those that are seen.
    let rmse = folds.measured("unseen", "rmse").unwrap();
    for number in [rmse.mean, rmse.deviation, rmse.pooled.unwrap()] {
        assert!(page.contains(&format!("title=\"{number:?}\"")), "{number}");
    }
    let (low, high) = rmse.interval(0.95).unwrap();
    assert!(page.contains(&format!("title=\"{low:?} to {high:?}\"")));
    let beside = folds.measured("test", "rmse").unwrap();
    assert!(page.contains(&format!("title=\"{:?}\"", beside.mean)));
    assert!(texts.contains("All folds measure the same rows here"), "{texts}");
    // What was trained, by fold.
    let trained: Vec<_> = folds.by_fold().iter().map(|results| results[0].trained().unwrap()).collect();
    let best = trained[2].best_epoch.unwrap();
    assert!(texts.contains(&format!("2 {} {best} ", trained[2].epochs)), "{texts}");
}
