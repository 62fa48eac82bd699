//! What is drawn has the bounds and variances of the formulas, and its name is read back.

use proptest::prelude::{ProptestConfig, prop_assert, proptest};

use super::*;
use crate::random::{Place, Purpose};

fn drawn(init: Init, gain: f64, dims: &[usize]) -> Vec<f64> {
    let mut rng = Rng::new(11, Purpose::Weights, Place::default());
    let weight = Initial { init, gain, dtype: DType::F64, device: &Device::Cpu, rng: &mut rng }.weight(dims).unwrap();
    assert_eq!(weight.dims(), dims);
    weight.flatten_all().unwrap().to_vec1().unwrap()
}

/// Bounds and variances by the formulas of the papers: U(±b) has variance b² / 3.
#[test]
fn bounds_and_variances_are_those_of_the_formulas() {
    // 48 outputs from 16 channels of 5 positions: fan_in 80, fan_out 240.
    let dims = [48, 16, 5];
    for (init, bound, variance) in [
        (Init::FanIn, 1.0 / 80f64.sqrt(), 1.0 / 240.0),
        (Init::KaimingUniform, (6.0 / 80f64).sqrt(), 2.0 / 80.0),
        (Init::KaimingNormal, f64::INFINITY, 2.0 / 80.0),
        (Init::XavierUniform, (6.0 / 320f64).sqrt(), 2.0 / 320.0),
        (Init::XavierNormal, f64::INFINITY, 2.0 / 320.0),
        (Init::Uniform, 1.0, 1.0 / 3.0),
        (Init::Normal, f64::INFINITY, 1.0),
        (Init::Zeros, 0.0, 0.0),
    ] {
        let values = drawn(init, 2.0, &dims);
        let count = f64::from(48 * 80);
        let mean = values.iter().sum::<f64>() / count;
        let found = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        assert!(values.iter().all(|value| value.abs() <= 2.0 * bound), "{}", init.name());
        // Five standard deviations of the mean, and of the variance of 3840 normal numbers.
        assert!(mean.abs() <= 5.0 * 2.0 * (variance / count).sqrt(), "{}: mean {mean}", init.name());
        assert!((found - 4.0 * variance).abs() <= 4.0 * variance * 5.0 * (2.0 / count).sqrt(), "{}", init.name());
    }
}

#[test]
fn biases_are_drawn_as_in_pytorch_or_zero() {
    let mut rng = Rng::new(3, Purpose::Weights, Place::default());
    for init in Init::ALL {
        let bias =
            Initial { init, gain: 1.0, dtype: DType::F64, device: &Device::Cpu, rng: &mut rng }.bias(100, 25).unwrap();
        let values: Vec<f64> = bias.to_vec1().unwrap();
        let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        assert_eq!(largest > 0.0, init == Init::FanIn);
        assert!(largest <= 0.2, "1 / sqrt(25)");
    }
}

#[test]
fn names_are_read_back() {
    for init in Init::ALL {
        assert_eq!(Init::from_name(init.name()), Some(init));
    }
    assert_eq!(Init::from_name("Kaiming"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn orthogonal_weights_are_orthonormal(rows in 1usize..20, columns in 1usize..20, gain in 0.1..3.0) {
        let w = Tensor::from_vec(drawn(Init::Orthogonal, gain, &[rows, columns]), (rows, columns), &Device::Cpu);
        let w = w.unwrap();
        let t = w.t().unwrap();
        let product = if rows <= columns { w.matmul(&t) } else { t.matmul(&w) };
        for (i, row) in product.unwrap().to_vec2::<f64>().unwrap().iter().enumerate() {
            for (j, &found) in row.iter().enumerate() {
                let expected = if i == j { gain * gain } else { 0.0 };
                prop_assert!((found - expected).abs() < 1e-12, "{found} at {i} {j}");
            }
        }
    }
}
