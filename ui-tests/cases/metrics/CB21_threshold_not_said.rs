// CB21

use modularml::{layers::*, losses::*, metrics::*, prelude::*};

#[derive(SampleSchema)]
struct Clip {
    #[feat]
    x: [f32; 8],
    #[target]
    loud: bool,
    #[target]
    sounds: [bool; 3],
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
        left = Linear::to([])(clip.x);
        right = Linear::to([])(clip.x);
        last = Add(left, right) -> clip.loud;
    }
}

experiment! {
    experiment Study for Net {
        seed = 0;
        split clip = Random::ratios(train: 0.7, test: 0.3);
        train learn {
            feed clip = Batches::of(32)(train);
            loss = BceWithLogits(loud, clip.loud) + BceWithLogits(sounds, clip.sounds) + CrossEntropy(state, clip.state)
                + BceWithLogits(last, clip.loud);
            epochs = 20;
        }
        eval test {
            feed clip = test;
            value = F1(last, clip.loud);
        }
    }
}

fn main() {}
