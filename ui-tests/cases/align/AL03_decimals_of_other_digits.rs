// AL03

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
    #[tag]
    cell: Decimal<2>,
}

#[derive(SampleSchema)]
struct Image {
    #[feat]
    pixels: [f32; 64],
    #[tag]
    cell: Decimal<3>,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse, image: Image) {
        align pulse with image by cell;
        a = Linear::to([16])(pulse.voltage);
        b = Linear::to([4])(image.pixels);
        fused = Concat::axis(-1)(a, b);
        soh = Linear::new()(fused) -> pulse.soh;
    }
}

fn main() {}
