// RS15

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Reading {
    #[tag(group)]
    cell: u32,
    #[tag]
    at: Timestamp,
    #[feat]
    voltage: f32,
    #[feat]
    #[classes("charge", "rest")]
    mode: Class,
}

#[derive(SampleSchema)]
struct Even {
    #[feat]
    voltage: f32,
}

fn even(rows: &FeatureSet<Reading>) -> Result<FeatureSet<Even>> {
    Resample::new().over(rows)
}

fn main() {}
