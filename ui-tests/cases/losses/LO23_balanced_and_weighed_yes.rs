// LO23

use modularml::{layers::*, losses::*, metrics::*, prelude::*};

#[derive(SampleSchema)]
struct Clip {
    #[feat]
    x: [f32; 8],
    #[target]
    loud: bool,
    #[target]
    sounds: [bool; 40],
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Net(clip: Clip) {
        loud = Linear(clip.x) -> clip.loud;
        sounds = Linear(clip.x) -> clip.sounds;
        state = Linear(clip.x) -> clip.state;
    }
}

experiment! {
    experiment Study for Net {
        seed = 0;
        split clip = Random::ratios(train: 0.7, test: 0.3);
        train learn {
            feed clip = Batches::of(32)(train);
            loss = BceWithLogits.balanced().positive_weight(3.0)(loud, clip.loud)
                + BceWithLogits(sounds, clip.sounds)
                + CrossEntropy(state, clip.state);
            epochs = 20;
        }
        eval test {
            feed clip = test;
            error = CrossEntropy(state, clip.state);
        }
    }
}

fn main() {}
