// SP11

use modularml::{layers::*, losses::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        soh = Mlp::hidden([32])(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(s0: 0.03, s1: 0.03, s2: 0.03, s3: 0.03, s4: 0.03, s5: 0.03, s6: 0.03, s7: 0.03, s8: 0.03, s9: 0.03, s10: 0.03, s11: 0.03, s12: 0.03, s13: 0.03, s14: 0.03, s15: 0.03, s16: 0.03, s17: 0.03, s18: 0.03, s19: 0.03, s20: 0.03, s21: 0.03, s22: 0.03, s23: 0.03, s24: 0.03, s25: 0.03, s26: 0.03, s27: 0.03, s28: 0.03, s29: 0.03, s30: 0.03, s31: 0.03, s32: 0.03);
        train regress {
            feed pulse = Batches::of(32)(s0);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
    }
}

fn main() {}
