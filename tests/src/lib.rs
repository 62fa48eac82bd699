//! What the end-to-end tests share.

pub mod file;
pub mod golden;
pub mod gradients;
pub mod mutate;

/// The pages of the guide, whose programs run as they stand there.
#[cfg(doctest)]
mod guide {
    #[doc = include_str!("../../docs/guide/first_result.md")]
    mod first_result {}
    #[doc = include_str!("../../docs/guide/several_inputs.md")]
    mod several_inputs {}
    #[doc = include_str!("../../docs/guide/merges.md")]
    mod merges {}
    #[doc = include_str!("../../docs/guide/scalers.md")]
    mod scalers {}
    #[doc = include_str!("../../docs/guide/metric_learning.md")]
    mod metric_learning {}
    #[doc = include_str!("../../docs/guide/stages.md")]
    mod stages {}
    #[doc = include_str!("../../docs/guide/callbacks.md")]
    mod callbacks {}
    #[doc = include_str!("../../docs/guide/resume.md")]
    mod resume {}
    #[doc = include_str!("../../docs/guide/fitted_models.md")]
    mod fitted_models {}
    #[doc = include_str!("../../docs/guide/folds.md")]
    mod folds {}
    #[doc = include_str!("../../docs/guide/windows.md")]
    mod windows {}
    #[doc = include_str!("../../docs/guide/own_components.md")]
    mod own_components {}
    #[doc = include_str!("../../docs/guide/service.md")]
    mod service {}
}

use candle_core::{DType, Device, Tensor};
use serde_json::Value;

/// A number, nested lists of numbers, or "nan", "inf" and "-inf", row by row, with its shape.
///
/// # Panics
/// When the value is anything else, or its lists are ragged.
#[must_use]
pub fn array(value: &Value) -> (Vec<f64>, Vec<usize>) {
    match value {
        Value::Array(items) => {
            let mut numbers = Vec::new();
            let mut inner = Vec::new();
            for (position, item) in items.iter().enumerate() {
                let (values, shape) = array(item);
                assert!(position == 0 || shape == inner, "ragged list: {value}");
                inner = shape;
                numbers.extend(values);
            }
            inner.insert(0, items.len());
            (numbers, inner)
        }
        Value::String(text) => (vec![text.parse().unwrap_or_else(|_| panic!("not a number: {text}"))], Vec::new()),
        _ => (vec![value.as_f64().unwrap_or_else(|| panic!("not a number: {value}"))], Vec::new()),
    }
}

/// The largest difference of two lists, relative to the expected number, or to `floor` where that is larger.
///
/// NaN equals NaN only, and an infinity only itself.
///
/// # Panics
/// When the lists differ in length.
#[must_use]
pub fn difference(found: &[f64], expected: &[f64], floor: f64) -> f64 {
    assert_eq!(found.len(), expected.len(), "found {} numbers, expected {}", found.len(), expected.len());
    let relative = |(&found, &expected): (&f64, &f64)| {
        if (found.is_nan() && expected.is_nan()) || found.to_bits() == expected.to_bits() {
            return 0.0;
        }
        let difference = (found - expected).abs() / expected.abs().max(floor);
        if difference.is_nan() { f64::INFINITY } else { difference }
    };
    found.iter().zip(expected).map(relative).fold(0.0, f64::max)
}

/// A tensor of that type from numbers in a golden file.
///
/// # Panics
/// As [`array()`], or when the type holds no such numbers.
#[must_use]
pub fn tensor(value: &Value, dtype: DType) -> Tensor {
    let (numbers, shape) = array(value);
    let tensor = Tensor::from_vec(numbers, shape, &Device::Cpu).and_then(|tensor| tensor.to_dtype(dtype));
    tensor.unwrap_or_else(|error| panic!("{error}"))
}

/// The numbers of a tensor, row after row.
///
/// # Panics
/// When candle fails.
#[must_use]
pub fn numbers(tensor: &Tensor) -> Vec<f64> {
    let numbers = tensor.to_dtype(DType::F64).and_then(|tensor| tensor.flatten_all()).and_then(|flat| flat.to_vec1());
    numbers.unwrap_or_else(|error| panic!("{error}"))
}

/// A message without the lines of the source that it names: they change whenever a test does.
///
/// ```text
/// node `encoder` (src/main.rs:17): ..
/// ```
#[must_use]
pub fn without_lines(message: &str) -> String {
    let mut parts = message.split(" (");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((place, rest)) if place.contains(".rs:") => text.push_str(rest),
            _ => {
                text.push_str(" (");
                text.push_str(part);
            }
        }
    }
    text
}
