//! Folds, scalers and predictions out of fold, against scikit-learn on the data of `examples/folds`; `golden/folds.py` has made
//! the numbers.

use arrow::array::AsArray as _;
use arrow::datatypes::Float64Type;
use modularml::process::FoldsSpec;
use modularml::random::{Place, Purpose};
use modularml::{layers::*, metrics::*, prelude::*};
use serde::Deserialize;

#[derive(SampleSchema)]
struct Year {
    #[feat]
    value: f32,
    #[feat]
    capital: f32,
    #[target]
    invest: f32,
    #[tag(group)]
    firm: String,
}

model_graph! {
    graph RidgeNet(year: Year) {
        both = Stack::axis(-1)(year.value, year.capital);
        invest = Ridge::penalty(1.0)(both) -> year.invest;
    }
}

experiment! {
    experiment RidgeStudy for RidgeNet {
        seed = 0;
        folds year = KFold::of(5).group_by(year.firm) into train, left_out;
        scale year.value = Standard fitted on train;
        scale year.capital = Standard fitted on train;
        scale year.invest = Standard fitted on train;
        fit learn { nodes = [invest]; feed year = train; }
        eval test { feed year = left_out; rmse = Rmse(invest, year.invest) in raw units; predictions; }
    }
}

#[derive(Deserialize)]
struct Golden {
    group_k_fold: Vec<Vec<u32>>,
    stratified_k_fold: Vec<Vec<u32>>,
    /// By fold: mean and scale of value and capital, then those of invest.
    scalers: Vec<Vec<Vec<f64>>>,
    predicted: Vec<f64>,
    rmse: GoldenRmse,
}

#[derive(Deserialize)]
struct GoldenRmse {
    by_fold: Vec<f64>,
    pooled: f64,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden/folds.json")).unwrap()
}

fn years() -> FeatureSet<Year> {
    FeatureSet::from_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/grunfeld.csv")).unwrap()
}

fn near(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 2e-5 * expected.abs().max(1.0), "{what}: {found} and not {expected}");
}

#[test]
fn rows_are_those_of_group_k_fold_and_stratified_k_fold() {
    let (golden, years) = (golden(), years());
    let tests = |spec: FoldsSpec| -> Vec<Vec<u32>> {
        let mut rng = Rng::new(0, Purpose::Split, Place::default());
        spec.positions(&years.view(), &mut rng).unwrap().into_iter().map(|fold| fold.test).collect()
    };
    assert_eq!(tests(KFold::of(5).group_by(Year::COLUMNS.firm).spec()), golden.group_k_fold);
    assert_eq!(tests(KFold::of(5).stratify_by(Year::COLUMNS.firm).spec()), golden.stratified_k_fold);
}

#[test]
fn predictions_of_firms_that_a_fold_has_not_seen_are_those_of_cross_val_predict() {
    let (golden, study) = (golden(), RidgeStudy::new(years()).unwrap());
    for (fold, expected) in golden.scalers.iter().enumerate() {
        let fold_of = study.fold(u32::try_from(fold).unwrap()).unwrap();
        let train = fold_of.session().split("year", "train").unwrap();
        for (column, mean, scale) in [
            ("value", expected[0][0], expected[1][0]),
            ("capital", expected[0][1], expected[1][1]),
            ("invest", expected[2][0], expected[3][0]),
        ] {
            let numbers = |form| {
                let array = train.array(column, form, modularml::data::Dtype::F64).unwrap();
                let modularml::data::Numbers::F64(numbers) = array.numbers else { panic!("{column}") };
                numbers
            };
            let (raw, scaled) = (numbers(Representation::Raw), numbers(Representation::Transformed));
            for (raw, scaled) in raw.iter().zip(&scaled) {
                near(*scaled, (raw - mean) / scale, &format!("{column} of fold {fold}"));
            }
        }
    }
    let folds = study.run_folds().unwrap();
    for (fold, expected) in golden.rmse.by_fold.iter().enumerate() {
        near(folds.test.rmse.by_fold[fold], *expected, &format!("rmse of fold {fold}"));
    }
    near(folds.test.rmse.pooled.unwrap(), golden.rmse.pooled, "rmse over all rows");
    let table = folds.test.predictions.batch();
    let predicted = table.column_by_name("predicted.invest").unwrap();
    let predicted = arrow::compute::cast(predicted, &arrow::datatypes::DataType::Float64).unwrap();
    let rows = golden.group_k_fold.iter().flatten();
    for (row, found) in rows.zip(predicted.as_primitive::<Float64Type>().values()) {
        near(*found, golden.predicted[*row as usize], &format!("row {row}"));
    }
}
