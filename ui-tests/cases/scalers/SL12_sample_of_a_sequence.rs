// SL12

use modularml::{layers::*, losses::*, prelude::*};

#[derive(SampleSchema)]
struct Cell {
    #[feat(length = 50)]
    current: Vec<f32>,
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(cell: Cell) {
        mean = MeanOfSequence(cell.current);
        soh = Linear(mean) -> cell.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split cell = Random::ratios(train: 0.7, test: 0.3);
        scale cell.current = PerSampleMinMax fitted on train;
        train regress {
            feed cell = Batches::of(32)(train);
            loss = Mse(soh, cell.soh);
            epochs = 20;
        }
    }
}

fn main() {}
