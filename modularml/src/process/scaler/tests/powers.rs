//! Powers where numbers are large, far from 0, or at the end of what a power gives.

use super::super::{Power, TrainingRows};
use super::{near, refused};
use crate::text::Shape;

#[test]
fn large_numbers_have_a_power() {
    // The likelihood overflows at most exponents;.
    let train: Vec<f64> = (0..50).map(|index| 10f64.powi(index * 3)).collect();
    let fitted = Power::new().spec().fit(&TrainingRows::of(&train, Shape::SCALAR).unwrap()).unwrap();
    assert!(fitted.state().concat().iter().all(|value| value.is_finite()));
    let mut values = train.clone();
    fitted.transform(&mut values).unwrap();
    assert!(values.is_sorted() && values.iter().all(|value| value.abs() < 3.0));
    assert_eq!(
        refused(Power::new().box_cox().spec(), &[2.0; 3], &[]),
        "Power: position 0 is constant, and box-cox needs values that differ; use Power"
    );
}

#[test]
fn the_inverse_of_a_power_ends_where_its_values_end() {
    // Numbers that grow by ever larger steps have a negative exponent: what they become is bounded above.
    let train: Vec<f64> = (0..20).map(|i| 1.0 / (1.0 - f64::from(i) / 20.0).powi(3)).collect();
    for power in [Power::new(), Power::new().box_cox()] {
        let fitted = power.spec().fit(&TrainingRows::of(&train, Shape::SCALAR).unwrap()).unwrap();
        let mut scaled = train.clone();
        fitted.transform(&mut scaled).unwrap();
        let mut back = scaled.clone();
        fitted.inverse(&mut back, &[]).unwrap();
        near(&back, &train, 1e-9);
        let mut beyond = vec![-1e3, -30.0, 30.0, 1e3, f64::NAN];
        fitted.inverse(&mut beyond, &[]).unwrap();
        let (ends, missing) = beyond.split_at(4);
        assert!(ends.iter().all(|value| value.is_finite()) && ends.is_sorted(), "{beyond:?}");
        assert!(missing[0].is_nan());
    }
}

/// Kelvin, percent and the like: powers of numbers far from 0 differ by less than 64 bits hold.
#[test]
fn a_power_of_numbers_far_from_zero_tells_them_apart() {
    let skewed: Vec<f64> = (0..40).map(|i| 303.0 - 0.01 * 1.2f64.powi(i)).collect();
    let few = [-66.468_044_782_545_82, -71.906_397_105_311_95, -65.544_839_839_447_26];
    let crowded: Vec<f64> = (0..60).map(|i| 2010.0 - 0.001 * 1.2f64.powi(i)).collect();
    let mirrored: Vec<f64> = skewed.iter().map(|value| -value).collect();
    for (power, values) in [
        (Power::new(), &skewed[..]),
        (Power::new().box_cox(), &skewed[..]),
        (Power::new().box_cox(), &crowded[..]),
        (Power::new(), &mirrored[..]),
        (Power::new(), &few[..]),
    ] {
        let fitted = power.spec().fit(&TrainingRows::of(values, Shape::SCALAR).unwrap()).unwrap();
        let mut scaled = values.to_vec();
        fitted.transform(&mut scaled).unwrap();
        let count = f64::from(u32::try_from(values.len()).unwrap());
        let mean = scaled.iter().sum::<f64>() / count;
        let variance = scaled.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        near(&[mean, variance], &[0.0, 1.0], 1e-9);
        let order = |values: &[f64]| {
            let mut order: Vec<usize> = (0..values.len()).collect();
            order.sort_by(|&one, &other| values[one].total_cmp(&values[other]));
            order
        };
        assert_eq!(order(&scaled), order(values));
        fitted.inverse(&mut scaled, &[]).unwrap();
        near(&scaled, values, 1e-9);
    }
}
