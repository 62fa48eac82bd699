//! Raw units of what has several numbers for each number of a column.

use candle_core::{Device, Tensor};

use super::raw_units;
use crate::SampleSchema;
use crate::data::FeatureSet;
use crate::graph::kernel::device::f64s;
use crate::process::{FittedChain, PerSampleZeroStart, Standard};

#[derive(SampleSchema)]
struct Pair {
    #[target]
    pair: [f64; 2],
}

/// The columns have means 2 and 100, and deviations 1 and 20.
fn pairs() -> FeatureSet<Pair> {
    FeatureSet::from_rows([[1.0, 80.0], [3.0, 120.0]].map(|pair| Pair { pair })).expect("rows")
}

#[test]
fn each_of_several_numbers_is_a_value_of_its_column() {
    let rows = pairs().view();
    let chain = FittedChain::fit(&[Standard::new().spec()], "pair", &rows).expect("a chain");
    // Of each row three numbers for the first column, then three for the second.
    let scaled = [-1.0, 0.0, 2.0, -1.0, 0.0, 2.0, 0.5, 1.0, 1.5, 0.5, 1.0, 1.5];
    let scaled = Tensor::from_slice(&scaled, (2, 2, 3), &Device::Cpu).expect("a tensor");
    let raw = raw_units(&chain, &scaled, Some(&rows)).expect("raw units");
    assert_eq!(raw.dims(), [2, 2, 3]);
    let expected = [1.0, 2.0, 4.0, 80.0, 100.0, 140.0, 2.5, 3.0, 3.5, 110.0, 120.0, 130.0];
    for (found, expected) in f64s(&raw).expect("numbers").iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{found}, expected {expected}");
    }
}

/// A scaler that needs the sample of each row finds it for every one of the numbers.
#[test]
fn several_numbers_are_scaled_by_their_row() {
    let rows = pairs().view();
    let chain = FittedChain::fit(&[PerSampleZeroStart.spec()], "pair", &rows).expect("a chain");
    let scaled = Tensor::zeros((2, 2, 3), candle_core::DType::F64, &Device::Cpu).expect("a tensor");
    let raw = f64s(&raw_units(&chain, &scaled, Some(&rows)).expect("raw units")).expect("numbers");
    assert_eq!(raw, [[1.0; 6], [3.0; 6]].concat());
}
