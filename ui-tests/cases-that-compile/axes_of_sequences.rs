//! Convolutions before and behind layers that read sequences, with their axes exchanged, or as they are on purpose.

use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    wave: [[f32; 50]; 2],
    #[feat]
    steps: [[f32; 2]; 50],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Net(pulse: Pulse) {
        conv = Conv1d::channels(8).kernel(3)(pulse.wave);
        pooled = GlobalAvgPool(conv);
        turned = Transpose(conv);
        code = Lstm::hidden(4).last()(turned);
        inside = Sequential::of([Conv1d::channels(8).kernel(3), Relu, Transpose, TransformerEncoder::heads(4), MeanOfSequence])(
            pulse.wave,
        );
        back = Sequential::of([Gru::hidden(4), Transpose, Conv1d::channels(3).kernel(3), GlobalAvgPool])(pulse.steps);
        twice = Sequential::of([Transpose, Transpose])(conv);
        again = Conv1d::channels(2).kernel(3)(twice);
        flat = Flatten(again);
        same = Reshape::to([8, 48])(conv);
        over_channels = MultiHeadAttention::heads(4)(same);
        mean = MeanOfSequence(over_channels);
        raw = Rnn::hidden(3).last()(pulse.wave);
        all = Concat::axis(-1)(pooled, code, inside, back, flat, mean, raw);
        soh = Linear(all) -> pulse.soh;
    }
}

experiment! {
    experiment Study for Net {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        train regress { feed pulse = Batches::of(8)(train); loss = Mse(soh, pulse.soh); epochs = 1; }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(Net::new(1).map(drop), &Study::spec());
}
