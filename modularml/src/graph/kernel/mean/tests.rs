//! Long sums: what is added last counts as much as what is added first.

use candle_core::{Device, Tensor, Var};

use super::{mean_of, mean_of_rows};
use crate::graph::kernel::affine::{Unchanged, affine};

const ROWS: usize = 2_000_000;

/// Within 1e-5: what is added up in f32 is 4096 long at most.
fn near(found: f32, expected: f32) {
    assert!((found - expected).abs() <= 1e-5 * expected.abs(), "{found} is not {expected}");
}

#[test]
fn the_mean_of_many_equal_numbers_is_that_number() {
    let errors = Tensor::full(0.1f32, ROWS, &Device::Cpu).unwrap();
    near(mean_of(&errors, None).unwrap().to_scalar().unwrap(), 0.1);
    let shares = vec![1.0 / 2e6; ROWS];
    near(mean_of(&errors, Some(shares)).unwrap().to_scalar().unwrap(), 0.1);
    let (row, zeros) =
        (errors.reshape((1, ROWS)).unwrap(), Tensor::zeros((1, ROWS), errors.dtype(), &Device::Cpu).unwrap());
    near(mean_of_rows(&row, &zeros, Unchanged).unwrap().to_vec1().unwrap()[0], 0.1);
}

#[test]
fn the_gradient_of_a_bias_is_a_sum_over_all_rows() {
    let x = Tensor::full(1f32, (ROWS, 1), &Device::Cpu).unwrap();
    let weight = Var::from_tensor(&Tensor::full(0.5f32, (2, 1), &Device::Cpu).unwrap()).unwrap();
    let bias = Var::from_tensor(&Tensor::zeros(2, x.dtype(), &Device::Cpu).unwrap()).unwrap();
    let y = affine(&x, &weight, Some(&bias), Unchanged).unwrap();
    let mean = mean_of(&y.flatten_all().unwrap(), None).unwrap();
    let gradients = mean.backward().unwrap();
    for gradient in gradients.get(&bias).unwrap().to_vec1::<f32>().unwrap() {
        near(gradient, 0.5);
    }
    for gradient in gradients.get(&weight).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap() {
        near(gradient, 0.5);
    }
}
