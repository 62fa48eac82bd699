//! Against scikit-learn 1.9.1 (cases of the golden file `scalers`), and chains.
#![allow(clippy::large_types_passed_by_value, reason = "a component's description is made for each call")]

use super::{FittedChain, MinMax, ScalerSpec, Standard};
use crate::SampleSchema;
use crate::data::{Class, FeatureSet, Representation, View};

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{found} is not {expected}");
    }
}

fn transformed(spec: ScalerSpec, train: &[f64], test: &[f64], width: usize) -> Vec<f64> {
    let mut values = test.to_vec();
    (spec.fit)(&spec.settings, train, width).unwrap().transform(&mut values, width).unwrap();
    values
}

/// The middle column of `scalers-005`, which has no NaN, beside the first, which has.
const TRAIN: [f64; 24] = [
    0.562_117,
    12.801_003,
    -0.009_815,
    10.002_69,
    f64::NAN,
    8.580_767,
    -0.458_087,
    15.180_042,
    -0.088_239,
    14.402_836,
    f64::NAN,
    19.074_699,
    0.950_832,
    11.654_971,
    -0.347_517,
    6.889_347,
    1.390_916,
    9.956_502,
    1.573_206,
    2.980_621,
    1.157_95,
    7.638_918,
    -0.451_823,
    14.235_797,
];

#[test]
fn standard_ignores_nan_as_scikit_learn_does() {
    let values = transformed(Standard::new().spec(), &TRAIN, &[1.336_493, 18.492_535, 0.936_634, 9.369_093], 2);
    close(
        &values,
        &[1.205_323_428_642_316_7, 1.768_799_552_169_747_7, 0.674_846_012_864_361, -0.419_039_213_723_691_96],
    );
}

#[test]
fn a_constant_is_only_centred() {
    // The middle column of `scalers-004`.
    close(&transformed(Standard::new().spec(), &[4.25; 12], &[4.25, 5.0, -1.0], 1), &[0.0, 0.75, -5.25]);
    // 0.1 is not exact, and neither is the mean of ten of them.
    close(&transformed(Standard::new().spec(), &[0.1; 10], &[0.6], 1), &[0.5]);
    close(&transformed(MinMax::new().low(-1.0).spec(), &[4.25; 12], &[4.25, 4.75], 1), &[-1.0, 0.0]);
}

#[test]
fn parts_of_standard_can_be_left_out() {
    // Mean 2, variance 2/3.
    let train = [1.0, 2.0, 3.0];
    close(&transformed(Standard::new().without_std().spec(), &train, &[5.0], 1), &[3.0]);
    close(&transformed(Standard::new().without_mean().spec(), &train, &[5.0], 1), &[5.0 * 1.5f64.sqrt()]);
}

#[test]
fn min_max_extrapolates_unless_it_clips() {
    let train = [2.0, f64::NAN, 6.0];
    close(&transformed(MinMax::new().spec(), &train, &[2.0, 4.0, 8.0], 1), &[0.0, 0.5, 1.5]);
    let clipped = transformed(MinMax::new().low(-1.0).clip().spec(), &train, &[0.0, 3.0, 8.0, f64::NAN], 1);
    close(&clipped[..3], &[-1.0, -0.5, 1.0]);
    assert!(clipped[3].is_nan());
}

#[derive(SampleSchema)]
struct Row {
    #[feat(missing = allow)]
    pair: [f32; 2],
    #[target]
    #[classes("a", "b")]
    class: Class,
}

fn view(pairs: &[[f32; 2]]) -> View {
    FeatureSet::from_rows(pairs.iter().map(|&pair| Row { pair, class: Class::new(0) })).unwrap().view()
}

#[test]
fn a_chain_learns_from_its_rows_only_and_comes_back() {
    let all = view(&[[1.0, 10.0], [3.0, 30.0], [1000.0, -1000.0]]);
    let train = all.take(&[0, 1]).unwrap();
    let specs = [Standard::new().spec(), MinMax::new().high(3.0).spec()];
    let chain = FittedChain::fit(&specs, "pair", &train).unwrap();
    // Two training rows become the two ends of the range, whatever lies elsewhere.
    let scaled = chain.transform(&train).unwrap();
    close(&scaled.numbers("pair", Representation::Transformed).unwrap(), &[0.0, 0.0, 3.0, 3.0]);
    let mut values = scaled.all_rows().numbers("pair", Representation::Transformed).unwrap();
    chain.inverse(&mut values).unwrap();
    close(&values, &[1.0, 10.0, 3.0, 30.0, 1000.0, -1000.0]);

    let again = FittedChain::restore(&specs, "pair", &all, &chain.state()).unwrap();
    assert_eq!(
        again.transform(&all).unwrap().numbers("pair", Representation::Transformed).unwrap(),
        chain.transform(&all).unwrap().numbers("pair", Representation::Transformed).unwrap()
    );
}

#[test]
fn what_cannot_be_scaled_is_refused() {
    let all = view(&[[1.0, f32::NAN], [2.0, f32::NAN]]);
    let fit = |specs: &[ScalerSpec], column: &str| FittedChain::fit(specs, column, &all).unwrap_err().to_string();
    assert_eq!(
        fit(&[Standard::new().spec()], "pair"),
        "scaling column `pair`: Standard: position 1 has no number in 2 rows to learn from"
    );
    assert_eq!(fit(&[Standard::new().spec()], "class"), "column `class` is Class; only numbers can be scaled");
    assert!(fit(&[Standard::new().spec()], "pear").contains("did you mean `pair`?"));
    let all = view(&[[1.0, 2.0]]);
    let message = FittedChain::fit(&[MinMax::new().low(2.0).spec()], "pair", &all).unwrap_err().to_string();
    assert_eq!(message, "scaling column `pair`: MinMax: low(2) must be below high(1)");
    let message = FittedChain::fit(&[MinMax::new().low(f64::NAN).spec()], "pair", &all).unwrap_err().to_string();
    assert_eq!(message, "low(NaN) of `MinMax`: must be a number");
    let chain = FittedChain::fit(&[Standard::new().spec()], "pair", &all).unwrap();
    let message = chain.inverse(&mut [1.0, 2.0, 3.0]).unwrap_err().to_string();
    assert_eq!(message, "scaling column `pair`: Standard: 3 values are no whole rows of 2");
    let damaged = [vec![vec![1.0], vec![1.0]]];
    let message = FittedChain::restore(&[Standard::new().spec()], "pair", &all, &damaged).unwrap_err().to_string();
    assert_eq!(message, "scaling column `pair`: Standard was fitted to 1 values a row and is given 2");
}
