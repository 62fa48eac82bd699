//! Against scikit-learn 1.9.1 and numpy 2.4.6 (numbers beside the calls that gave them), chains, and properties. More
//! numbers stand in the golden file `scalers`.
#![allow(clippy::large_types_passed_by_value, reason = "a component's description is made for each call")]

use super::{
    BinQuantile, BinWidth, Imputer, KBins, Log1p, MaxAbs, MinMax, Norm, Normalizer, OneHot, Ordinal, Power,
    Replacement, Robust, ScalerSpec, Segmented, Standard, TrainingRows, Winsorize, normal,
};
use crate::text::Shape;

mod chains;
mod powers;
mod properties;

fn near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let same = found.is_nan() && expected.is_nan();
        assert!(same || (found - expected).abs() <= tolerance * expected.abs().max(1.0), "{found} is not {expected}");
    }
}

fn close(found: &[f64], expected: &[f64]) {
    near(found, expected, 1e-12);
}

fn transformed(spec: ScalerSpec, train: &[f64], test: &[f64], axes: &[usize]) -> Vec<f64> {
    let mut values = test.to_vec();
    let rows = TrainingRows::of(train, Shape::new(axes)).unwrap();
    spec.fit(&rows).unwrap().transform(&mut values).unwrap();
    values
}

fn refused(spec: ScalerSpec, train: &[f64], axes: &[usize]) -> String {
    spec.fit(&TrainingRows::of(train, Shape::new(axes)).unwrap()).unwrap_err().to_string()
}

#[test]
fn a_constant_is_only_centred() {
    // The middle column of `scalers-004`.
    close(&transformed(Standard::new().spec(), &[4.25; 12], &[4.25, 5.0, -1.0], &[]), &[0.0, 0.75, -5.25]);
    // 0.1 is not exact, and neither is the mean of ten of them.
    close(&transformed(Standard::new().spec(), &[0.1; 10], &[0.6], &[]), &[0.5]);
    close(&transformed(MinMax::new().low(-1.0).spec(), &[4.25; 12], &[4.25, 4.75], &[]), &[-1.0, 0.0]);
    close(&transformed(MaxAbs::new().spec(), &[0.0; 3], &[2.0], &[]), &[2.0]);
    close(&transformed(Robust::new().spec(), &[3.0; 3], &[5.0], &[]), &[2.0]);
    close(&transformed(Power::new().spec(), &[3.0; 3], &[5.0], &[]), &[2.0]);
}

#[test]
fn statistics_are_shared_over_axes() {
    // Two channels of three values, two rows: numpy's `a.reshape(2, 2, 3)`, `a.mean(axis)`, `a.std(axis)`.
    let train = [0.0, 1.0, 2.0, 10.0, 20.0, 30.0, 3.0, 4.0, 5.0, 40.0, 50.0, 60.0];
    let with = |over: Option<&[usize]>| match over {
        None => transformed(Standard::new().without_std().spec(), &train, &train[..6], &[2, 3]),
        Some([0]) => transformed(Standard::new().without_std().over([0]).spec(), &train, &train[..6], &[2, 3]),
        Some([1]) => transformed(Standard::new().without_std().over([1]).spec(), &train, &train[..6], &[2, 3]),
        _ => transformed(Standard::new().without_std().over([0, 1]).spec(), &train, &train[..6], &[2, 3]),
    };
    close(&with(None), &[-1.5, -1.5, -1.5, -15.0, -15.0, -15.0]);
    close(&with(Some(&[1])), &[-2.5, -1.5, -0.5, -25.0, -15.0, -5.0]);
    close(&with(Some(&[0])), &[-13.25, -17.75, -22.25, -3.25, 1.25, 5.75]);
    close(&with(Some(&[0, 1])), &[-18.75, -17.75, -16.75, -8.75, 1.25, 11.25]);
    let medians = transformed(Robust::new().without_scaling().over([1]).spec(), &train, &train[..6], &[2, 3]);
    close(&medians, &[-2.5, -1.5, -0.5, -25.0, -15.0, -5.0]);
    let largest = transformed(MaxAbs::new().over([0, 1]).spec(), &train, &train[..6], &[2, 3]);
    close(&largest, &[0.0, 1.0 / 60.0, 2.0 / 60.0, 1.0 / 6.0, 2.0 / 6.0, 0.5]);
    let message = refused(Standard::new().over([2]).spec(), &train, &[2, 3]);
    assert_eq!(
        message,
        "over([2]) of `Standard`: the value has shape [2, 3], so that there is no axis 2; axes are counted from 0, \
         without the batch"
    );
}

#[test]
fn the_normal_distribution() {
    // scipy.stats.norm.ppf and .cdf
    let shares = [1e-300, 1e-12, 1e-7, 0.02, 0.3, 0.925, 0.999];
    let expected = [
        -37.047_096_299_361_2,
        -7.034_483_825_301_131,
        -5.199_337_582_192_816_5,
        -2.053_748_910_631_823,
        -0.524_400_512_708_040_9,
        1.439_531_470_938_456_3,
        3.090_232_306_167_813,
    ];
    near(&shares.map(normal::quantile), &expected, 1e-15);
    near(
        &[-8.0, -1.5, 0.3].map(normal::cdf),
        &[6.220_960_574_271_74e-16, 0.066_807_201_268_858_07, 0.617_911_422_188_952_6],
        1e-16,
    );
    assert!(normal::quantile(0.0) == f64::NEG_INFINITY && normal::quantile(1.0) == f64::INFINITY);
    assert!(normal::quantile(1.5).is_nan());
}

#[test]
fn norms() {
    let values = [3.0, -4.0, 0.0, 0.0];
    close(&transformed(Normalizer::new().norm(Norm::Max).spec(), &values, &values, &[2]), &[0.75, -1.0, 0.0, 0.0]);
    close(
        &transformed(Normalizer::new().norm(Norm::L1).spec(), &values, &values, &[2]),
        &[3.0 / 7.0, -4.0 / 7.0, 0.0, 0.0],
    );
    assert_eq!(
        refused(Normalizer::new().spec(), &[1.0, f64::NAN], &[1]),
        "Normalizer: row 1, position 0 holds NaN, expected a number"
    );
}

#[test]
fn outliers_are_moved_to_quantiles() {
    // numpy: np.nanquantile(train, [0.1, 0.9]) is [-5.2, 56.4], [0.01, 0.99] gives [-27.52, 230.64]
    let train = [-30.0, 1.0, 2.5, 3.0, f64::NAN, 4.0, 4.5, 7.0, 8.0, 250.0];
    let given = [-40.0, -1.0, 3.0, f64::NAN, 20.0, 999.0];
    let wide = Winsorize::new().lower(10.0).upper(90.0).spec();
    close(&transformed(wide, &train, &given, &[]), &[-5.2, -1.0, 3.0, f64::NAN, 20.0, 56.4]);
    close(&transformed(Winsorize::new().spec(), &train, &[-40.0, 999.0], &[]), &[-27.52, 230.64]);
    // np.quantile(a, [0.25, 0.75], axis=0) of four rows, and over all of them
    let rows = [0.0, 10.0, 1.0, 20.0, 2.0, 30.0, 3.0, 40.0];
    let quarters = Winsorize::new().lower(25.0).upper(75.0);
    close(&transformed(quarters.spec(), &rows, &[-9.0, -9.0, 99.0, 99.0], &[2]), &[0.75, 17.5, 2.25, 32.5]);
    close(&transformed(quarters.over([0]).spec(), &rows, &[-9.0, 99.0], &[2]), &[1.75, 22.5]);
    // One row, and a constant, have both quantiles in one place.
    assert_eq!(transformed(wide, &[3.0], &[1.0, 9.0], &[]), [3.0, 3.0]);
    assert_eq!(
        refused(wide, &[f64::NAN, f64::NAN], &[]),
        "Winsorize: position 0 has no number in 2 rows to learn from"
    );
    assert_eq!(refused(quarters.lower(80.0).spec(), &train, &[]), "Winsorize: lower(80) must be below upper(75)");
    let state = |state: &[Vec<f64>]| wide.restore(state, Shape::SCALAR).map(drop).unwrap_err().to_string();
    assert!(state(&[vec![2.0], vec![1.0]]).contains("lower quantiles that are not above the upper ones"));
    assert!(state(&[vec![f64::NAN], vec![1.0]]).contains("2 lists of 1 finite numbers"));
    assert!(state(&[vec![1.0]]).contains("2 lists of 1 finite numbers"));
}

#[test]
fn logarithms_of_amounts() {
    // FunctionTransformer(np.log1p, inverse_func=np.expm1)
    let amounts = [-0.5, 0.0, 1e-12, 3.0, 1e6, f64::NAN];
    let expected = [
        -std::f64::consts::LN_2,
        0.0,
        9.999_999_999_995e-13,
        1.386_294_361_119_890_6,
        13.815_511_557_963_774,
        f64::NAN,
    ];
    let found = transformed(Log1p.spec(), &amounts, &amounts, &[]);
    near(&found, &expected, 1e-15);
    assert!((found[2] / 9.999_999_999_995e-13 - 1.0).abs() < 1e-12);
    let fitted = Log1p.spec().fit(&TrainingRows::of(&amounts, Shape::SCALAR).unwrap()).unwrap();
    let mut back = found;
    fitted.inverse(&mut back, &[]).unwrap();
    near(&back, &amounts, 1e-15);
    assert_eq!(
        refused(Log1p.spec(), &[1.0, 2.0, 3.0, -1.0], &[2]),
        "Log1p: row 1, position 1 holds -1, expected a number above -1; put MinMax before it, or take Power"
    );
    let mut below = vec![-3.0];
    assert!(fitted.transform(&mut below).unwrap_err().to_string().contains("holds -3"));
}

#[test]
fn bins() {
    // KBinsDiscretizer(n_bins=3, encode=.., strategy="kmeans").fit(x): edges -2, 2/3, 5.5417, 9
    let train = [-2.0, -1.0, 0.0, 1.5, 2.5, 3.0, 8.5, 9.0];
    let clusters = KBins::new().bins(3).strategy(BinWidth::KMeans);
    let rows = TrainingRows::of(&train, Shape::SCALAR).unwrap();
    near(
        &clusters.spec().fit(&rows).unwrap().state()[0],
        &[-2.0, 0.666_666_666_666_666_6, 5.541_666_666_666_667, 9.0],
        1e-12,
    );
    close(&transformed(clusters.spec(), &train, &[-9.0, 1.0, 5.8, 99.0], &[]), &[0.0, 1.0, 2.0, 2.0]);
    let hot = clusters.one_hot().spec().fit(&rows).unwrap();
    let mut values = vec![1.0, 99.0];
    hot.transform(&mut values).unwrap();
    assert_eq!(values, [0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    assert_eq!(hot.shape(Shape::SCALAR), Shape::new(&[3]));
    hot.inverse(&mut values, &[]).unwrap();
    near(&values, &[3.104_166_666_666_667, 7.270_833_333_333_333], 1e-12);
    // Bins of no width are joined; a constant comes back as itself.
    let ties = KBins::new().bins(4).quantile(BinQuantile::Linear).spec();
    close(&transformed(ties, &[1.0, 1.0, 1.0, 1.0, 2.0], &[1.0, 1.5, 2.0], &[]), &[0.0; 3]);
    let constant = ties.fit(&TrainingRows::of(&[7.0; 3], Shape::SCALAR).unwrap()).unwrap();
    let mut values = vec![0.0];
    constant.inverse(&mut values, &[]).unwrap();
    assert_eq!(values, [7.0]);
    assert_eq!(refused(ties, &[1.0, f64::NAN], &[]), "KBins: row 1, position 0 holds NaN, expected a number");
}

#[test]
fn encoders() {
    let train = [3.0, 0.0, 7.0, -0.0, 3.0, f64::NAN];
    let rows = TrainingRows::of(&train, Shape::new(&[2])).unwrap();
    // OneHotEncoder().fit(x): categories [3, 7] and [0, nan]
    let hot = OneHot::new().spec().fit(&rows).unwrap();
    let mut values = vec![7.0, f64::NAN, 3.0, 0.0];
    hot.transform(&mut values).unwrap();
    assert_eq!(values, [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0]);
    hot.inverse(&mut values, &[]).unwrap();
    near(&values, &[7.0, f64::NAN, 3.0, 0.0], 0.0);
    let message = hot.transform(&mut vec![7.0, 0.0, 5.0, 0.0]).unwrap_err().to_string();
    assert_eq!(
        message,
        "row 1, position 0 holds 5, which is none of the 2 categories, from 3 to 7; add .ignore_unknown()"
    );
    let given = OneHot::new().categories(3).spec();
    close(&transformed(given, &[1.0], &[2.0, 0.0], &[]), &[0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    assert!(refused(given, &[1.0, 3.0], &[]).starts_with("OneHot: row 1, position 0 holds 3"));
    // OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    let ordinal = Ordinal::new().ignore_unknown().spec().fit(&rows).unwrap();
    let mut values = vec![7.0, f64::NAN, 5.0, 0.0];
    ordinal.transform(&mut values).unwrap();
    near(&values, &[1.0, f64::NAN, -1.0, 0.0], 0.0);
    ordinal.inverse(&mut values, &[]).unwrap();
    near(&values, &[7.0, f64::NAN, f64::NAN, 0.0], 0.0);
}

#[test]
fn missing_values_are_replaced() {
    let train = [1.0, 10.0, f64::NAN, 20.0, 5.0, 60.0];
    // SimpleImputer(strategy=.., add_indicator=..)
    close(&transformed(Imputer::new().spec(), &train, &train[2..4], &[2]), &[3.0, 20.0]);
    let median = Imputer::new().strategy(Replacement::Median).indicator().spec();
    close(&transformed(median, &train, &[f64::NAN, f64::NAN], &[2]), &[3.0, 20.0, 1.0]);
    let constant = Imputer::new().strategy(Replacement::Constant).value(-1.0).spec();
    close(&transformed(constant, &[f64::NAN; 2], &[f64::NAN], &[]), &[-1.0]);
    assert_eq!(
        refused(Imputer::new().spec(), &[1.0, f64::NAN, 2.0, f64::NAN], &[2]),
        "Imputer: position 1 has no number in 2 rows to learn from"
    );
}

#[test]
fn segments_have_their_own_statistics() {
    let spec = Segmented::at([0, 1, 3], const { &Standard::new().over([0]).spec() }).spec();
    let train = [1.0, 0.0, 4.0, 3.0, 4.0, 8.0];
    let root8 = 8f64.sqrt();
    close(&transformed(spec, &train, &[2.0, 4.0, 4.0 + root8], &[3]), &[0.0, 0.0, 1.0]);
    let wrong = Segmented::at([0, 2, 2], const { &Standard::new().spec() }).spec();
    assert_eq!(
        refused(wrong, &train, &[3]),
        "boundaries [0, 2, 2] of `Segmented`: must ascend from 0 to 3, the number of values of a row"
    );
    let hot = Segmented::at([0, 3], const { &OneHot::new().spec() }).spec();
    assert_eq!(refused(hot, &train, &[3]), "Segmented: OneHot gives rows another shape; segments keep theirs");
    let inner = Segmented::at([0, 1, 3], const { &Power::new().box_cox().spec() }).spec();
    assert_eq!(
        refused(inner, &train, &[3]),
        "Segmented: positions 1..3: Power: row 0, position 0 holds 0, expected a number above 0, which box-cox needs; use \
         Power without box_cox"
    );
}

#[test]
fn what_cannot_be_computed_with_is_not_learned() {
    assert_eq!(
        refused(Standard::new().spec(), &[1e308, -1e308], &[]),
        "Standard: what it learns from these values is too large to compute with; put MinMax.low(1.0).high(2.0) before it"
    );
}
