//! What holds for every scaler and all data.

use proptest::prelude::*;

use super::super::rows::TrainingRows;
use super::super::{
    Absolute, Imputer, KBins, MaxAbs, MinMax, Negate, Normalizer, OneHot, Ordinal, PerSampleMinMax, PerSampleZeroStart,
    Power, Quantile, Robust, ScalerSpec, Segmented, Standard, Winsorize,
};
use crate::text::Shape;

const WIDTH: usize = 3;

/// Scalers whose inverse gives back what was fitted.
fn with_inverse() -> Vec<ScalerSpec> {
    vec![
        Standard::new().spec(),
        Standard::new().over([0]).spec(),
        MinMax::new().low(-2.0).high(5.0).spec(),
        MaxAbs::new().spec(),
        Robust::new().spec(),
        Robust::new().unit_variance().over([0]).spec(),
        Quantile::new().spec(),
        Power::new().spec(),
        Negate.spec(),
        Absolute.spec(),
        PerSampleMinMax::new().spec(),
        PerSampleZeroStart.spec(),
        OneHot::new().spec(),
        Ordinal::new().spec(),
        Winsorize::new().lower(0.0).upper(100.0).spec(),
        Segmented::at([0, 1, 3], const { &Standard::new().spec() }).spec(),
        Segmented::at([0, 2, 3], const { &PerSampleMinMax::new().spec() }).spec(),
    ]
}

fn all() -> Vec<ScalerSpec> {
    let mut all = with_inverse();
    all.extend(vec![
        Normalizer::new().spec(),
        KBins::new().bins(3).spec(),
        KBins::new().one_hot().spec(),
        Winsorize::new().lower(10.0).upper(90.0).spec(),
        Quantile::new().normal().spec(),
        Imputer::new().indicator().spec(),
    ]);
    all
}

fn rows(most: usize) -> impl Strategy<Value = Vec<f64>> {
    // Few different values beside many, so that ties happen.
    let value = prop_oneof![-100.0..100.0f64, (-3..3i8).prop_map(f64::from)];
    prop::collection::vec(prop::collection::vec(value, WIDTH), 2..most).prop_map(|rows| rows.concat())
}

fn fitted(spec: &ScalerSpec, values: &[f64]) -> Box<dyn super::super::FittedScaler> {
    spec.fit(&TrainingRows::of(values, Shape::new(&[WIDTH])).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_inverse_undoes_the_transform(values in rows(20)) {
        for spec in with_inverse() {
            let fitted = fitted(&spec, &values);
            let mut scaled = values.clone();
            fitted.transform(&mut scaled).unwrap();
            let once = scaled.clone();
            fitted.inverse(&mut scaled, &values).unwrap();
            let mut again = scaled.clone();
            fitted.transform(&mut again).unwrap();
            for (index, (back, value)) in scaled.iter().zip(&values).enumerate() {
                // Outliers of a power with a bound have scaled values that 64 bits do not tell apart.
                let same = spec.name == "Power" && (again[index] - once[index]).abs() <= 1e-14 * once[index].abs();
                prop_assert!(same || (back - value).abs() <= 1e-6, "{}: {value} comes back as {back}", spec.name);
            }
        }
    }

    #[test]
    fn a_restored_scaler_gives_the_same_bits(values in rows(20)) {
        for spec in all() {
            let fitted = fitted(&spec, &values);
            let again = spec.restore(&fitted.state(), Shape::new(&[WIDTH])).unwrap();
            let (mut one, mut other) = (values.clone(), values.clone());
            fitted.transform(&mut one).unwrap();
            again.transform(&mut other).unwrap();
            let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&one), bits(&other), "{}", spec.name);
            prop_assert_eq!(fitted.shape(Shape::new(&[WIDTH])), again.shape(Shape::new(&[WIDTH])));
        }
    }

    #[test]
    fn a_row_becomes_the_same_alone_and_among_others(values in rows(12)) {
        for spec in all() {
            let fitted = fitted(&spec, &values);
            let mut together = values.clone();
            fitted.transform(&mut together).unwrap();
            let mut alone = Vec::new();
            for row in values.chunks(WIDTH) {
                let mut row = row.to_vec();
                fitted.transform(&mut row).unwrap();
                alone.extend(row);
            }
            prop_assert_eq!(together, alone, "{}", spec.name);
        }
    }
}

/// Many chunks give what one pass over all values gives: repeating rows changes neither means nor ranges.
#[test]
fn chunks_are_fitted_as_a_whole() {
    let few: Vec<f64> = (0..30).map(|index| f64::from(index * index % 17) - 5.0).collect();
    let many = few.repeat(20_000);
    #[allow(clippy::useless_vec, reason = "an array of them is large for the stack")]
    for spec in vec![
        Standard::new().spec(),
        Standard::new().over([0]).spec(),
        MinMax::new().spec(),
        MaxAbs::new().spec(),
        Robust::new().lower(0.0).upper(100.0).without_centering().spec(),
    ] {
        let (few, many) = (fitted(&spec, &few).state().concat(), fitted(&spec, &many).state().concat());
        for (few, many) in few.iter().zip(&many) {
            assert!((few - many).abs() <= 1e-12 * few.abs().max(1.0), "{}: {few} is not {many}", spec.name);
        }
    }
}
