//! Trees as layers: what they read, weights, and what they refuse.

use modularml::graph::{FitRows, LayerSpec};
use modularml::layers::*;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};

use crate::rows::{COLUMNS, THREE, Told, codes, data, fit, layer, numbers, predicted, tensor, try_layer};

#[test]
fn rows_that_weigh_more_count_as_equal_rows() {
    let rows = data(120, 5);
    let weights: Vec<f64> = (0..120).map(|row| f64::from(row % 3)).collect();
    let (mut x, mut y, mut classes) = (Vec::new(), Vec::new(), Vec::new());
    for (row, weight) in weights.iter().enumerate() {
        for _ in 0..*weight as usize {
            x.extend_from_slice(&rows.x[row * COLUMNS..(row + 1) * COLUMNS]);
            y.push(rows.y[row]);
            classes.push(rows.classes[row]);
        }
    }
    let many = tensor(&x, &[y.len(), COLUMNS]);
    // Of boosted trees the bins would be others where there were more values than bins.
    let cases: [(LayerSpec, Told); 4] = [
        (DecisionTree::depth(4).spec(), Told::Numbers(1)),
        (DecisionTree::depth(4).spec(), THREE),
        (GradientBoosting::rounds(5).at_least(1).leaves(4).spec(), Told::Numbers(1)),
        (GradientBoosting::rounds(5).at_least(1).leaves(4).spec(), THREE),
    ];
    for (spec, told) in cases {
        let (few, all) = match told {
            Told::Numbers(_) => (tensor(&rows.y, &[120]), tensor(&y, &[y.len()])),
            _ => (codes(&rows.classes), codes(&classes)),
        };
        let (mut weighed, mut repeated) = (layer(&spec, told), layer(&spec, told));
        fit(weighed.as_mut(), rows.inputs(), Some(few), Some(weights.clone()), 1);
        fit(repeated.as_mut(), vec![many.clone()], Some(all), None, 1);
        let pairs =
            predicted(weighed.as_ref(), &rows.inputs()).into_iter().zip(predicted(repeated.as_ref(), &rows.inputs()));
        for (found, expected) in pairs {
            assert!((found - expected).abs() < 1e-5, "{}: {found} is not {expected}", spec.name);
        }
    }
}

#[test]
fn weights_of_classes_are_weights_of_their_rows() {
    let rows = data(150, 5);
    let by_class = [2.0, 1.0, 3.0];
    let spec = DecisionTree::depth(4).class_weights([("low", 2.0), ("middle", 1.0), ("high", 3.0)]).spec();
    let mut by_setting = layer(&spec, THREE);
    fit(by_setting.as_mut(), rows.inputs(), Some(codes(&rows.classes)), None, 1);
    let mut by_rows = layer(&DecisionTree::depth(4).spec(), THREE);
    let weights = rows.classes.iter().map(|class| by_class[*class as usize]).collect();
    fit(by_rows.as_mut(), rows.inputs(), Some(codes(&rows.classes)), Some(weights), 1);
    assert_eq!(numbers(by_setting.as_ref(), "values"), numbers(by_rows.as_ref(), "values"));
    let error = |spec: LayerSpec, told| try_layer(&spec, told, &[]).map(|_| ()).unwrap_err().to_string();
    assert_eq!(
        error(DecisionTree::depth(4).class_weights([("low", 2.0), ("high", 1.0)]).spec(), THREE),
        "DecisionTree weighs the classes [\"low\", \"high\"], and those of `told` are [\"low\", \"middle\", \"high\"]"
    );
    assert_eq!(
        error(RandomForest::trees(4).balanced().spec(), Told::Numbers(1)),
        "RandomForest weighs classes, and predicts none; remove balanced and class_weights"
    );
    assert_eq!(
        error(GradientBoosting::rounds(4).balanced().class_weights([("low", 2.0)]).spec(), THREE),
        "GradientBoosting says balanced as well as class_weights; remove one of them"
    );
}

#[test]
fn boosting_ends_where_rows_held_out_are_told_no_better() {
    let rows = data(300, 6);
    let count = |spec: LayerSpec| {
        let mut trees = layer(&spec, Told::Numbers(1));
        fit(trees.as_mut(), rows.inputs(), Some(tensor(&rows.y, &[300])), None, 1);
        numbers(trees.as_ref(), "starts").len() - 1
    };
    let boosting = GradientBoosting::rounds(400).rate(0.3);
    let kept = count(boosting.held_out(0.3).patience(5).spec());
    assert!((2..200).contains(&kept), "{kept}");
    assert_eq!(count(GradientBoosting::rounds(40).spec()), 40);
}

#[test]
fn odd_rows_are_fitted() {
    let specs = [
        DecisionTree::depth(9).spec(),
        RandomForest::trees(3).spec(),
        ExtraTrees::trees(3).spec(),
        GradientBoosting::rounds(3).at_least(1).spec(),
    ];
    let huge = f64::MAX / 4.0;
    for spec in specs {
        // One row, equal rows, nothing but missing values, numbers as large as there are, and a target that is constant.
        let cases: [(Vec<f64>, Vec<f64>); 5] = [
            (vec![0.5; COLUMNS], vec![3.0]),
            (vec![0.5; 3 * COLUMNS], vec![1.0, 2.0, 6.0]),
            (vec![f64::NAN; 2 * COLUMNS], vec![1.0, 2.0]),
            ([[huge; COLUMNS], [-huge; COLUMNS]].concat(), vec![1.0, 2.0]),
            ((0..4 * COLUMNS).map(|x| x as f64).collect(), vec![7.0; 4]),
        ];
        for (x, y) in cases {
            let mut trees = layer(&spec, Told::Numbers(1));
            let inputs = vec![tensor(&x, &[y.len(), COLUMNS])];
            fit(trees.as_mut(), inputs.clone(), Some(tensor(&y, &[y.len()])), None, 1);
            let predicted = predicted(trees.as_ref(), &inputs);
            let (least, most) =
                (y.iter().copied().fold(f64::MAX, f64::min), y.iter().copied().fold(f64::MIN, f64::max));
            assert!(predicted.iter().all(|y| *y >= least - 1e-9 && *y <= most + 1e-9), "{}: {predicted:?}", spec.name);
        }
    }
    let mut lone = layer(&IsolationForest::trees(3).spec(), Told::Nothing);
    fit(lone.as_mut(), vec![tensor(&[0.5; COLUMNS], &[1, COLUMNS])], None, None, 1);
    assert_eq!(predicted(lone.as_ref(), &[tensor(&[0.5; COLUMNS], &[1, COLUMNS])]), [0.5]);
}

#[test]
fn a_class_that_no_row_has_is_not_probable() {
    let rows = data(60, 5);
    let few: Vec<u32> = rows.classes.iter().map(|class| class % 2).collect();
    for spec in [RandomForest::trees(5).spec(), GradientBoosting::rounds(5).spec()] {
        let mut trees = layer(&spec, THREE);
        fit(trees.as_mut(), rows.inputs(), Some(codes(&few)), None, 1);
        for row in predicted(trees.as_ref(), &rows.inputs()).chunks_exact(3) {
            assert!(row[2] < 1e-6 && (row.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{}: {row:?}", spec.name);
        }
    }
}

#[test]
fn what_cannot_be_fitted_says_so() {
    let rows = data(4, 5);
    let error = |spec: LayerSpec, x: &[f64]| {
        let rng = Rng::new(1, Purpose::Fit, Place::default());
        let target = Some(tensor(&rows.y[..x.len() / COLUMNS], &[x.len() / COLUMNS]));
        let inputs = vec![tensor(x, &[x.len() / COLUMNS, COLUMNS])];
        let mut trees = layer(&spec, Told::Numbers(1));
        trees.fit(FitRows { inputs, target, weights: None, rng }).unwrap_err().to_string()
    };
    let mut infinite = rows.x.clone();
    infinite[COLUMNS] = f64::INFINITY;
    assert_eq!(
        error(RandomForest::trees(2).spec(), &infinite),
        "RandomForest needs finite numbers, found inf in row 1"
    );
    assert_eq!(
        error(GradientBoosting::rounds(2).held_out(0.1).spec(), &rows.x[..COLUMNS]),
        "GradientBoosting holds a share of the rows out, found 1 row; add rows or remove held_out"
    );
}
