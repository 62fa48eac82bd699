//! Series by axes: selected, reduced, stacked, and what they refuse.

use modularml::experiment::{Key, Reduce, Series};
use modularml::prelude::*;

/// Losses of two folds and three epochs, of which the second fold has two.
fn losses() -> Series {
    let mut series = Series::new(["fold", "epoch"]).unwrap();
    for (fold, losses) in [vec![0.9, 0.5, 0.6], vec![0.7, 0.3]].into_iter().enumerate() {
        for (epoch, loss) in losses.into_iter().enumerate() {
            series.push([fold, epoch], loss).unwrap();
        }
    }
    series
}

fn values(series: &Series) -> Vec<f64> {
    series.values().copied().collect()
}

fn message<T>(result: Result<T>) -> String {
    result.err().map(|error| error.to_string()).unwrap()
}

#[test]
fn values_are_read_by_all_axes_in_any_order() {
    let series = losses();
    assert_eq!(series.at([("epoch", 2), ("fold", 0)]).ok(), Some(&0.6));
    assert_eq!(series.axes(), ["fold", "epoch"]);
    assert_eq!(series.axis_values("epoch").unwrap(), [0, 1, 2].map(Key::Number));
    assert_eq!((series.len(), series.is_empty()), (5, false));
    let places: Vec<(Vec<Key>, f64)> = series.iter().map(|(keys, value)| (keys.to_vec(), *value)).collect();
    assert_eq!(places[3], ([1, 0].map(Key::Number).to_vec(), 0.7));
}

#[test]
fn values_along_an_axis_become_one() {
    let series = losses();
    let by_epoch = |reduce| values(&series.collapse("fold", reduce).unwrap());
    assert_eq!(by_epoch(Reduce::First), [0.9, 0.5, 0.6]);
    assert_eq!(by_epoch(Reduce::Last), [0.7, 0.3, 0.6]);
    assert_eq!(by_epoch(Reduce::Mean), [f64::midpoint(0.9, 0.7), f64::midpoint(0.5, 0.3), 0.6]);
    assert_eq!(by_epoch(Reduce::Sum), [0.9 + 0.7, 0.5 + 0.3, 0.6]);
    assert_eq!(by_epoch(Reduce::Min), [0.7, 0.3, 0.6]);
    assert_eq!(by_epoch(Reduce::Max), [0.9, 0.5, 0.6]);
    assert_eq!(series.collapse("epoch", Reduce::Min).unwrap().axes(), ["fold"]);
    let counts = series.collapse_with("epoch", |values| values.len()).unwrap();
    assert_eq!(counts.values().copied().collect::<Vec<_>>(), [3, 2]);
    let all = series.collapse("fold", Reduce::Max).unwrap().collapse("epoch", Reduce::Max).unwrap();
    assert_eq!((all.axes().len(), all.one().unwrap()), (0, &0.9));

    let mut with_nan = losses();
    with_nan.push([1, 2], f64::NAN).unwrap();
    for reduce in [Reduce::Min, Reduce::Max, Reduce::Mean, Reduce::Sum] {
        let reduced = values(&with_nan.collapse("epoch", reduce).unwrap());
        assert!(!reduced[0].is_nan() && reduced[1].is_nan(), "{reduce:?}: {reduced:?}");
    }
}

#[test]
fn values_are_selected() {
    let series = losses();
    assert_eq!(values(&series.select("fold", 1).unwrap()), [0.7, 0.3]);
    assert_eq!(series.select("fold", 1).unwrap().squeeze().axes(), ["epoch"]);
    assert_eq!(values(&series.filter("epoch", |epoch| *epoch > Key::Number(0)).unwrap()), [0.5, 0.6, 0.3]);
    assert!(series.filter("epoch", |_| false).unwrap().is_empty());
    assert_eq!((series.first("epoch").unwrap(), series.last("epoch").unwrap()), (&0.9, &0.6));
    assert_eq!((series.first("fold").unwrap(), series.last("fold").unwrap()), (&0.9, &0.3));
    assert_eq!(series.squeeze(), series);
    // What has no epoch stands before what has one, and names behind numbers.
    assert!(Key::None < Key::from(0) && Key::from(9) < Key::from("a"));
}

#[test]
fn series_are_stacked_along_an_axis_more() {
    let of_fold = |fold: usize| losses().select("fold", fold).unwrap().squeeze();
    assert_eq!(Series::stack("fold", [(0, of_fold(0)), (1, of_fold(1))]).unwrap(), losses());
    let named = Series::stack("rate", [("low", of_fold(0)), ("high", of_fold(0))]).unwrap();
    assert_eq!(named.at([("rate", Key::from("high")), ("epoch", Key::from(1))]).ok(), Some(&0.5));
    assert_eq!(
        message(Series::stack("fold", [(0, of_fold(0)), (1, losses())])),
        "series are stacked along epoch; 1 has fold, epoch"
    );
    assert_eq!(
        message(Series::stack("epoch", [(0, of_fold(0))])),
        "axis `epoch` of a series is named twice; rename one"
    );
    assert_eq!(message(Series::<f64>::stack::<usize>("fold", [])), "no series is given to be stacked");
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let mut series = losses();
    for (found, expected) in [
        (
            message(series.at([("fold", 0), ("epoc", 1)])),
            "no axis `epoc` in the series; there are fold, epoch; did you mean `epoch`?",
        ),
        (message(series.at([("fold", 0)])), "a place in a series names all axes, and this one does not say `epoch`"),
        (message(series.at([("fold", 3), ("epoch", 1)])), "no value `3` on axis `fold`; there are 0, 1"),
        (message(series.at([("fold", 1), ("epoch", 2)])), "a series has no value at fold 1, epoch 2"),
        (message(series.select("fold", 3)), "no value `3` on axis `fold`; there are 0, 1"),
        (message(series.collapse("phase", Reduce::Mean)), "no axis `phase` in the series; there are fold, epoch"),
        (message(series.one()), "a series has 5 values where one is wanted; select one"),
        (message(series.push([0, 1], 0.1)), "a series has a value at fold 0, epoch 1 already"),
        (message(series.push([0], 0.1)), "a value of a series by fold, epoch has a key for each; found 1 keys"),
        (message(Series::<f64>::new(["a"]).unwrap().collapse("a", Reduce::Mean)), "a series by a has no value"),
        (message(Series::<f64>::new(["a"]).unwrap().first("a")), "a series by a has no value"),
    ] {
        assert_eq!(found, expected);
    }
    assert_eq!(series, losses(), "what was refused changed nothing");
}
