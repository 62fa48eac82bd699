//! Running values far from 0.

use candle_core::{DType, Device, Tensor, Var};

use super::{BatchNorm, Moments, Statistics};

#[test]
#[allow(clippy::cast_possible_truncation, reason = "the running values are rounded to f32, which is what is tested")]
fn running_values_follow_what_is_far_from_zero_and_differs_little() {
    let zeros = |dtype| Var::zeros(1, dtype, &Device::Cpu).unwrap();
    let statistics = Statistics {
        mean: zeros(DType::F32),
        variance: zeros(DType::F32),
        batches: Var::zeros((), DType::F64, &Device::Cpu).unwrap(),
    };
    let norm = BatchNorm::new();
    // The same in f64, where only what is kept between batches is rounded to f32.
    let (mut mean, mut variance) = (0f32, 0f32);
    for batch in 0..200u32 {
        let offset = |row: u32| f64::from((batch * 32 + row) * 37 % 101) / 101.0 - 0.5;
        let values: Vec<f32> = (0..32u32).map(|row| (30_000.0 + offset(row)) as f32).collect();
        let channel = Tensor::from_vec(values.clone(), (1, 32), &Device::Cpu).unwrap();
        statistics.follow(&Moments::of(&channel).unwrap(), &norm).unwrap();
        let of_batch = values.iter().copied().map(f64::from).sum::<f64>() / 32.0;
        let squares: f64 = values.iter().map(|&value| (f64::from(value) - of_batch).powi(2)).sum();
        mean = (0.1 * of_batch + 0.9 * f64::from(mean)) as f32;
        variance = (0.1 * (squares / 31.0) + 0.9 * f64::from(variance)) as f32;
    }
    let found = |var: &Var| var.to_vec1::<f32>().unwrap()[0];
    assert!((found(&statistics.mean) - mean).abs() < 0.003, "{} is not {mean}", found(&statistics.mean));
    assert!((found(&statistics.variance) - variance).abs() < 1e-6, "{} is not {variance}", found(&statistics.variance));
}
