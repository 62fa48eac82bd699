// WN19

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Reading {
    #[tag(group)]
    cell: u32,
    #[tag]
    second: i64,
    #[feat]
    current: f32,
    #[feat]
    voltage: f32,
}

fn windows(readings: &FeatureSet<Reading>) -> Result<FeatureSet<Reading>> {
    Windows::stride(64).over(readings)
}

fn main() {}
