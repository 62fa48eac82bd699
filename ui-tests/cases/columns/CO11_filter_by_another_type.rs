// CO11

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[feat]
    temperature: f32,
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

fn of_cell_a(pulses: &FeatureSet<Pulse>) -> Result<View> {
    pulses.view().filter(Pulse::COLUMNS.cell.eq("A"))
}

fn main() {}
