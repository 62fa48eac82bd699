//! Splits by lists of ids, which are a part of the data of a run.

use modularml::experiment::{ExperimentBuilder, Session};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml::record::Records;
use modularml_tests::file::File;

#[derive(SampleSchema)]
struct Point {
    #[feat]
    x: f32,
    #[target]
    y: f32,
    #[tag]
    serial: String,
}

fn study(files: &[File; 2]) -> Session {
    let [train, test] = files.each_ref().map(|file| &*file.0.to_string_lossy().into_owned().leak());
    let lists: &'static [(&str, &str)] = vec![("train", train), ("test", test)].leak();
    let y = Reads::of(["point.x"]).predicts("point.y");
    let graph = GraphBuilder::new("Line").input("point", Point::SCHEMA).optimizer(Adam::lr(1e-2));
    let study = ExperimentBuilder::new("LineStudy", graph.node("y", Linear::new(), y).spec())
        .split("point", ByIds::files(lists).in_column(Point::COLUMNS.serial))
        .train("first", |phase| phase.feed("point", Batches::of(2), "train").loss(Mse, ["y", "point.y"]).epochs(2))
        .eval("check", |phase| phase.feed("point", "test").loss(Mse, ["y", "point.y"]));
    let rows = (0u8..6).map(|row| Point { x: row.into(), y: row.into(), serial: format!("p{}", row / 2) });
    let mut study = study.build(vec![FeatureSet::from_rows(rows).unwrap().view()]).unwrap();
    study.progress(Progress::Silent);
    study
}

#[test]
fn a_run_does_not_go_on_with_other_lists() {
    let files = [File::of("train.txt", "p0\np2\n"), File::of("test.txt", "p1\n")];
    let runs = File::named("runs");
    let mut first = study(&files);
    assert_eq!(first.split("point", "train").unwrap().rows(), [0, 1, 4, 5]);
    first.run_in(Records::at(&runs.0)).unwrap();
    let folder = first.run_folder().unwrap().to_owned();
    study(&files).resume_in(&folder).unwrap();

    std::fs::write(&files[0].0, "p0\n").unwrap();
    std::fs::write(&files[1].0, "p1\np2\n").unwrap();
    let error = study(&files).resume_in(&folder).unwrap_err().to_string();
    std::fs::remove_dir_all(&runs.0).unwrap();
    assert!(error.contains("is of other data: point.ids of test, point.ids of train have changed"), "{error}");
}
