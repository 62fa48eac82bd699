//! Handwritten digits: declared, trained, tested, recorded, saved, loaded, and one of them recognised.
//!
//! `cargo run --release --example quickstart`

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

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let digits = FeatureSet::<Digit>::from_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/data/digits.csv"))?;
    let mut study = DigitStudy::new(digits)?;
    let results = study.run_in(std::env::temp_dir().join("modularml-runs"))?;
    if let Some(record) = study.session().run_folder() {
        println!("recorded in {}", record.display());
    }
    println!("{}\n", study.session().graph().summary());

    let file = std::env::temp_dir().join("digits.mml");
    study.save(&file)?;
    let study = DigitStudy::load(&file)?;

    let image = study.split(DigitStudy::SPLITS.image.test)?.take(&[0])?;
    let scores = study.predict(&image)?.digit;
    show(&image.numbers("pixels", Representation::Raw)?);
    println!("this is a {}", scores.argmax(1)?.to_vec1::<u32>()?[0]);
    println!("saved as {}", file.display());
    println!("accuracy = {:.4}", results.test.accuracy);
    Ok(())
}

/// Prints the image, two characters a pixel.
fn show(pixels: &[f64]) {
    for row in pixels.chunks(8) {
        let line: String = row
            .iter()
            .map(|&ink| {
                if ink > 10.0 {
                    "##"
                } else if ink > 4.0 {
                    "++"
                } else {
                    "  "
                }
            })
            .collect();
        println!("{line}");
    }
}
