//! Classes in an order: the proportional odds model of statsmodels.

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml_tests::{difference, numbers};
use serde::Deserialize;

#[derive(SampleSchema)]
struct Cell {
    #[feat]
    signs: [f64; 2],
    #[target]
    #[classes("new", "good", "worn", "dead")]
    state: Class,
    #[tag]
    number: i64,
}

model_graph! {
    #[optimizer(Lbfgs::lr(1.0))]
    #[precision(F64)]
    graph CellNet(cell: Cell) {
        state = ProportionalOdds(cell.signs) -> cell.state;
    }
}

experiment! {
    experiment CellStudy for CellNet {
        seed = 1;
        split cell = ByCondition::splits(train: cell.number.lt(120), rest: cell.number.ge(120));
        train all {
            feed cell = Batches::of(120)(train);
            loss = Nll(state, cell.state);
            epochs = 60;
        }
        eval rest { feed cell = rest; distance = ClassDistance(state, cell.state); }
    }
}

/// What statsmodels found.
#[derive(Deserialize)]
struct Fitted {
    x: Vec<[f64; 2]>,
    y: Vec<u32>,
    log_likelihood: f64,
    probabilities: Vec<Vec<f64>>,
}

#[test]
fn what_is_likeliest_is_what_statsmodels_finds() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/ordinal.json");
    let fitted: Fitted = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let rows = fitted.x.iter().zip(&fitted.y).cycle().take(130).zip(0..);
    let rows = rows.map(|((signs, state), number)| Cell { signs: *signs, state: Class::new(*state), number });
    let mut study = CellStudy::new(FeatureSet::from_rows(rows).unwrap()).unwrap();
    study.progress(Progress::Silent);
    let results = study.run().unwrap();
    let predicted = study.predict(study.session().split("cell", "train").unwrap()).unwrap();
    let probabilities: Vec<f64> = numbers(&predicted.state).into_iter().map(f64::exp).collect();
    let expected = fitted.probabilities.concat();
    assert!(difference(&probabilities, &expected, 1.0) < 1e-5, "{}", difference(&probabilities, &expected, 1.0));
    let right = probabilities.chunks(4).zip(&fitted.y).map(|(row, state)| row[*state as usize].ln());
    assert!((right.sum::<f64>() - fitted.log_likelihood).abs() < 1e-6);
    let likeliest = |row: &[f64]| (0u32..).zip(row).max_by(|one, other| one.1.total_cmp(other.1)).unwrap().0;
    let apart = |(row, state): (&Vec<f64>, &u32)| f64::from(likeliest(row).abs_diff(*state));
    let distance = fitted.probabilities.iter().zip(&fitted.y).take(10).map(apart).sum::<f64>() / 10.0;
    assert!((results.rest.distance - distance).abs() < 1e-12);
}
