//! Handwritten digits: declared, trained, tested and recorded, from the command line.
//!
//! `cargo run --release --example quickstart`, and `cargo run --release --example quickstart -- help` for all that it can
//! be told.

use std::process::ExitCode;

use modularml::layers::Mlp;
use modularml::losses::CrossEntropy;
use modularml::metrics::Accuracy;
use modularml::prelude::*;

/// A handwritten digit.
#[derive(SampleSchema)]
struct Digit {
    /// 8 x 8 pixels, row after row, from 0 for paper to 16 for ink.
    #[feat]
    pixels: [f32; 64],
    /// What was meant.
    #[target]
    #[classes(10)]
    digit: Class,
}

model_graph! {
    /// From pixels to one score a digit.
    #[optimizer(AdamW::lr(1e-3).weight_decay(0.05))]
    graph DigitNet(image: Digit) {
        digit = Mlp::hidden([512, 256]).dropout(0.5)(image.pixels) -> image.digit;
    }
}

experiment! {
    /// Trains until the validation loss no longer falls, then measures once on rows that nothing has seen.
    experiment DigitStudy for DigitNet {
        seed = 42;
        split image = Random::ratios(train: 0.7, val: 0.15, test: 0.15).stratify_by(image.digit);
        scale image.pixels = MinMax fitted on train;

        train classify {
            feed image = Batches::of(32).shuffled()(train);
            loss = CrossEntropy(digit, image.digit);
            validate on val every 1 epoch { loss; }
            stop = EarlyStopping::patience(20).restore_best()(val.loss);
            epochs = 100;
        }
        eval test { feed image = test; accuracy = Accuracy(digit, image.digit); }
    }
}

fn main() -> ExitCode {
    DigitStudy::main(|source| {
        FeatureSet::<Digit>::from_csv(source.or(concat!(env!("CARGO_MANIFEST_DIR"), "/data/digits.csv"))?)
    })
}
