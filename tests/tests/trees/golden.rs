//! Against scikit-learn.

use std::collections::BTreeMap;

use modularml::candle_core::{Device, Tensor};
use modularml::data::Shape;
use modularml::graph::LayerSpec;
use modularml::layers::*;
use serde::Deserialize;

use crate::rows::{
    COLUMNS, Data, THREE, Told, codes, data, fit, layer, numbers, predicted, tensor, try_layer, weights,
};

#[derive(Deserialize)]
struct Golden {
    trees: BTreeMap<String, Grown>,
    scores: BTreeMap<String, Spread>,
    boosted: Boosted,
    isolation: BTreeMap<String, Spread>,
}

#[derive(Deserialize)]
struct Grown {
    rows: u64,
    left: Vec<i64>,
    right: Vec<i64>,
    column: Vec<i64>,
    threshold: Vec<f64>,
    missing_left: Vec<u8>,
    value: Vec<Vec<f64>>,
    importances: Vec<f64>,
}

/// The scores under twenty seeds.
#[derive(Deserialize)]
struct Spread {
    least: f64,
    most: f64,
}

#[derive(Deserialize)]
struct Boosted {
    numbers: Vec<f64>,
    l2: Vec<f64>,
    weighed: Vec<f64>,
    few_rows: Vec<f64>,
    missing: Vec<f64>,
    classes: Vec<Vec<f64>>,
    two_classes: Vec<f64>,
    categories: Vec<f64>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/trees.json")).unwrap()
}

fn near(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let bound = tolerance * expected.abs().max(1.0);
        assert!((found - expected).abs() <= bound, "{what} at {at}: {found} is not {expected}");
    }
}

fn numbers_of(data: &Data) -> Tensor {
    tensor(&data.y, &[data.len()])
}

#[test]
fn a_tree_is_scikit_learns_node_for_node() {
    let of_numbers = DecisionTree::depth(6).at_least(8).spec();
    let of_classes = DecisionTree::depth(4).at_least(10).spec();
    let balanced = DecisionTree::depth(4).at_least(10).balanced().spec();
    for (name, grown) in golden().trees {
        let rows = data(400, grown.rows);
        let rows = if name.starts_with("missing") { rows.with_missing() } else { rows };
        let (spec, told, target) = match name.as_str() {
            "numbers" | "weighed" | "missing" => (&of_numbers, Told::Numbers(1), numbers_of(&rows)),
            "two_numbers" => {
                let two = rows.y.iter().zip(rows.x.chunks_exact(COLUMNS)).flat_map(|(y, x)| [*y, x[4] + y * 0.25]);
                (&of_numbers, Told::Numbers(2), tensor(&two.collect::<Vec<_>>(), &[400, 2]))
            }
            "balanced_classes" => (&balanced, THREE, codes(&rows.classes)),
            _ => (&of_classes, THREE, codes(&rows.classes)),
        };
        let mut tree = layer(spec, told);
        let weights = name.starts_with("weighed").then(|| weights(400, 3));
        fit(tree.as_mut(), rows.inputs(), Some(target), weights, 1);
        // Of a leaf scikit-learn has -1 and -2 where we have zeros.
        let whole = |numbers: &[i64]| numbers.iter().map(|number| (*number).max(0) as f64).collect::<Vec<_>>();
        let children = numbers(tree.as_ref(), "children");
        let side = |at: usize| children.iter().skip(at).step_by(2).copied().collect::<Vec<_>>();
        assert_eq!(side(0), whole(&grown.left), "{name}");
        assert_eq!(side(1), whole(&grown.right), "{name}");
        assert_eq!(numbers(tree.as_ref(), "columns"), whole(&grown.column), "{name}");
        let thresholds = grown.threshold.iter().map(|threshold| if *threshold == -2.0 { 0.0 } else { *threshold });
        assert_eq!(numbers(tree.as_ref(), "thresholds"), thresholds.collect::<Vec<_>>(), "{name}");
        let missing: Vec<f64> = grown.missing_left.iter().map(|left| f64::from(*left)).collect();
        assert_eq!(numbers(tree.as_ref(), "flags"), missing, "{name}");
        near(&numbers(tree.as_ref(), "values"), &grown.value.concat(), 1e-12, &name);
        near(&numbers(tree.as_ref(), "importances"), &grown.importances, 1e-12, &name);
    }
}

/// The share of the variance that is explained.
fn explained(y: &[f64], predicted: &[f64]) -> f64 {
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    let rest: f64 = y.iter().zip(predicted).map(|(y, p)| (y - p) * (y - p)).sum();
    1.0 - rest / y.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>()
}

fn log_loss(classes: &[u32], predicted: &[f64]) -> f64 {
    let right = classes.iter().zip(predicted.chunks_exact(3)).map(|(class, p)| {
        // As scikit-learn, which makes the clipped probabilities sum to 1 again.
        let clipped: Vec<f64> = p.iter().map(|p| p.max(1e-3)).collect();
        -(clipped[*class as usize] / clipped.iter().sum::<f64>()).ln()
    });
    right.sum::<f64>() / classes.len() as f64
}

/// The mean score of five seeds.
fn score(spec: &LayerSpec, of_classes: bool, missing: bool) -> f64 {
    let (rows, more) = (data(400, 1), data(1000, 2));
    let (rows, more) = if missing { (rows.with_missing(), more.with_missing()) } else { (rows, more) };
    let scores = (0..5).map(|seed| {
        let mut trees = layer(spec, if of_classes { THREE } else { Told::Numbers(1) });
        let target = if of_classes { codes(&rows.classes) } else { numbers_of(&rows) };
        fit(trees.as_mut(), rows.inputs(), Some(target), None, seed);
        let predicted = predicted(trees.as_ref(), &more.inputs());
        if of_classes { log_loss(&more.classes, &predicted) } else { explained(&more.y, &predicted) }
    });
    scores.sum::<f64>() / 5.0
}

#[test]
fn forests_score_as_those_of_scikit_learn() {
    let golden = golden().scores;
    let cases = [
        ("RandomForest", RandomForest::trees(50).spec(), false, false),
        ("RandomForest of classes", RandomForest::trees(50).at_least(3).spec(), true, false),
        ("RandomForest, missing", RandomForest::trees(50).spec(), false, true),
        ("ExtraTrees", ExtraTrees::trees(50).spec(), false, false),
        ("ExtraTrees of classes", ExtraTrees::trees(50).at_least(3).spec(), true, false),
        ("ExtraTrees, missing", ExtraTrees::trees(50).spec(), false, true),
    ];
    assert_eq!(cases.len(), golden.len());
    for (name, spec, of_classes, missing) in cases {
        let (found, Spread { least, most }) = (score(&spec, of_classes, missing), &golden[name]);
        println!("{name}: {found}, scikit-learn {least} to {most}");
        assert!(*least <= found && found <= *most, "{name}: {found} is not between {least} and {most}");
    }
}

#[test]
fn boosted_trees_predict_what_those_of_scikit_learn_predict() {
    let golden = golden().boosted;
    let (rows, more) = (data(400, 1), data(1000, 2));
    let boosting = GradientBoosting::rounds(30).at_least(10).leaves(9);
    let fitted = |spec: LayerSpec, told, rows: &Data, target| {
        let mut trees = layer(&spec, told);
        fit(trees.as_mut(), rows.inputs(), Some(target), None, 1);
        trees
    };
    let first = |data: &Data| vec![tensor(&data.x[..60 * COLUMNS], &[60, COLUMNS])];
    let numbers = |spec: LayerSpec, rows: &Data, more: &Data| {
        predicted(fitted(spec, Told::Numbers(1), rows, numbers_of(rows)).as_ref(), &first(more))
    };
    // Derivatives are summed from f32, as there.
    near(&numbers(boosting.spec(), &rows, &more), &golden.numbers, 1e-5, "numbers");
    let few = Data { x: rows.x[..250 * COLUMNS].to_vec(), y: rows.y[..250].to_vec(), classes: Vec::new() };
    near(&numbers(boosting.spec(), &few, &more), &golden.few_rows, 1e-5, "few rows");
    let mut weighed = layer(&boosting.spec(), Told::Numbers(1));
    fit(weighed.as_mut(), rows.inputs(), Some(numbers_of(&rows)), Some(weights(400, 3)), 1);
    near(&predicted(weighed.as_ref(), &first(&more)), &golden.weighed, 1e-5, "weighed");
    near(&numbers(boosting.l2(5.0).depth(3).spec(), &rows, &more), &golden.l2, 1e-5, "l2");
    // Of rows that were learned from: elsewhere, where no row of a node lacked the value, rounding decides in scikit-learn.
    let holed = rows.clone().with_missing();
    near(&numbers(boosting.spec(), &holed, &holed), &golden.missing, 1e-5, "missing");
    let classes = fitted(boosting.spec(), THREE, &rows, codes(&rows.classes));
    near(&predicted(classes.as_ref(), &first(&more)), &golden.classes.concat(), 1e-5, "classes");
    let two: Vec<u32> = rows.classes.iter().map(|class| u32::from(*class > 0)).collect();
    let two = fitted(boosting.spec(), Told::Bool, &rows, codes(&two));
    near(&predicted(two.as_ref(), &first(&more)), &golden.two_classes, 1e-5, "two classes");
}

#[test]
fn categories_are_parted_as_in_scikit_learn() {
    const SHIFTS: [f64; 12] = [0.0, 3.0, -2.0, 1.0, 5.0, -4.0, 2.0, 0.5, -1.0, 4.0, -3.0, 1.5];
    let rows = data(400, 1);
    let of_row: Vec<u32> = rows.x.chunks_exact(COLUMNS).map(|row| (row[5] * 12.0).floor() as u32).collect();
    let shifted: Vec<f64> = rows.y.iter().zip(&of_row).map(|(y, code)| y + SHIFTS[*code as usize]).collect();
    // The sixth number makes room for the category, which is an input of its own.
    let five: Vec<f64> = rows.x.chunks_exact(COLUMNS).flat_map(|row| [&row[..5], &[0.0]].concat()).collect();
    let inputs = |count: usize| {
        let codes = Tensor::from_slice(&of_row[..count], (count, 1), &Device::Cpu).unwrap();
        vec![tensor(&five[..count * COLUMNS], &[count, COLUMNS]), codes]
    };
    let spec = GradientBoosting::rounds(30).at_least(10).leaves(9).spec();
    let mut trees = try_layer(&spec, Told::Numbers(1), &[Shape::new(&[1])]).unwrap();
    fit(trees.as_mut(), inputs(400), Some(tensor(&shifted, &[400])), None, 1);
    near(&predicted(trees.as_ref(), &inputs(60)), &golden().boosted.categories, 1e-5, "categories");
    assert!(trees.state().unwrap()["categories"].dim(0).unwrap() > 0);
    // A category that no row had goes where missing values go.
    let (mut unseen, mut missing) = (inputs(1), inputs(1));
    unseen[1] = Tensor::from_slice(&[200u32], (1, 1), &Device::Cpu).unwrap();
    missing[1] = tensor(&[f64::NAN], &[1, 1]);
    assert_eq!(predicted(trees.as_ref(), &unseen), predicted(trees.as_ref(), &missing));
}

#[test]
fn rows_that_lie_apart_are_isolated_as_in_scikit_learn() {
    let golden = golden().isolation;
    let rows = data(400, 1);
    let score = |seed| {
        let mut trees = layer(&IsolationForest::trees(100).spec(), Told::Nothing);
        fit(trees.as_mut(), rows.inputs(), None, None, seed);
        predicted(trees.as_ref(), &[tensor(&[[0.5; COLUMNS], [2.0; COLUMNS]].concat(), &[2, COLUMNS])])
    };
    let scores: Vec<Vec<f64>> = (0..5).map(score).collect();
    for (at, name) in ["inside", "outside"].into_iter().enumerate() {
        let found = scores.iter().map(|scores| scores[at]).sum::<f64>() / 5.0;
        let Spread { least, most } = golden[name];
        assert!(least <= found && found <= most, "{name}: {found} is not between {least} and {most}");
    }
}
