//! Gradients against finite differences.

use candle_core::{Device, Tensor, Var};
use modularml::random::{Place, Purpose, Rng};

use crate::{difference, numbers};

/// Numbers between -2 and 2.
///
/// # Panics
/// When candle fails.
#[must_use]
pub fn random(shape: &[usize], seed: u64) -> Tensor {
    let mut rng = Rng::new(seed, Purpose::Sample, Place::default());
    let numbers: Vec<f64> = (0..shape.iter().product()).map(|_| 4.0 * rng.unit() - 2.0).collect();
    Tensor::from_vec(numbers, shape, &Device::Cpu).unwrap()
}

/// Compares the gradient of a scalar with central differences, variable by variable.
///
/// # Panics
/// When they differ, or a variable has no influence.
pub fn check(what: &str, variables: &[Var], scalar: impl Fn() -> Tensor) {
    const STEP: f64 = 1e-6;
    let gradients = scalar().backward().unwrap();
    for (position, variable) in variables.iter().enumerate() {
        let found = numbers(gradients.get(variable).unwrap_or_else(|| panic!("{what}: no gradient of {position}")));
        let at = numbers(variable);
        let shifted = |element: usize, by: f64| {
            let mut values = at.clone();
            values[element] += by;
            variable.set(&Tensor::from_vec(values, variable.dims(), &Device::Cpu).unwrap()).unwrap();
            numbers(&scalar())[0]
        };
        let slope = |element| (shifted(element, STEP) - shifted(element, -STEP)) / (2.0 * STEP);
        let expected: Vec<f64> = (0..at.len()).map(slope).collect();
        variable.set(&Tensor::from_vec(at, variable.dims(), &Device::Cpu).unwrap()).unwrap();
        let off = difference(&found, &expected, 1.0);
        assert!(off < 1e-7, "{what}: gradient of variable {position} off by {off:e}");
        assert!(
            found.iter().any(|gradient| gradient.abs() > 1e-3),
            "{what}: variable {position} has no influence: {found:?} at {:?}",
            numbers(variable)
        );
    }
}
