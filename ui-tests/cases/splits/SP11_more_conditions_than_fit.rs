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
        split pulse = ByCondition::splits(s0: pulse.cell.eq(0), s1: pulse.cell.eq(1), s2: pulse.cell.eq(2), s3: pulse.cell.eq(3), s4: pulse.cell.eq(4), s5: pulse.cell.eq(5), s6: pulse.cell.eq(6), s7: pulse.cell.eq(7), s8: pulse.cell.eq(8), s9: pulse.cell.eq(9), s10: pulse.cell.eq(10), s11: pulse.cell.eq(11), s12: pulse.cell.eq(12), s13: pulse.cell.eq(13), s14: pulse.cell.eq(14), s15: pulse.cell.eq(15), s16: pulse.cell.eq(16), s17: pulse.cell.eq(17), s18: pulse.cell.eq(18), s19: pulse.cell.eq(19), s20: pulse.cell.eq(20), s21: pulse.cell.eq(21), s22: pulse.cell.eq(22), s23: pulse.cell.eq(23), s24: pulse.cell.eq(24), s25: pulse.cell.eq(25), s26: pulse.cell.eq(26), s27: pulse.cell.eq(27), s28: pulse.cell.eq(28), s29: pulse.cell.eq(29), s30: pulse.cell.eq(30), s31: pulse.cell.eq(31), s32: pulse.cell.eq(32), s33: pulse.cell.eq(33));
        train regress {
            feed pulse = Batches::of(32)(s0);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
    }
}

fn main() {}
