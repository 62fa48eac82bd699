// TH05

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
    #[classes("quiet", "loud")]
    level: Class,
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
    #[tag]
    day: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Net(clip: Clip) {
        loud = Linear(clip.x) -> clip.loud;
        sounds = Linear(clip.x) -> clip.sounds;
        state = Linear(clip.x) -> clip.state;
        pair = Linear::to([2])(clip.x) -> clip.level;
        #[output]
        best = ArgMax(pair);
    }
}

experiment! {
    experiment Study for Net {
        seed = 0;
        split clip = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        train learn {
            feed clip = Batches::of(32)(train);
            loss = BceWithLogits(loud, clip.loud) + BceWithLogits(sounds, clip.sounds) + CrossEntropy(state, clip.state)
                + CrossEntropy(pair, clip.level);
            epochs = 20;
        }
        eval test {
            feed clip = test;
            threshold cut = Recall.at_least(1.5)(loud, clip.loud) on val;
            f1 = F1(loud, clip.loud);
        }
    }
}

fn main() {}
