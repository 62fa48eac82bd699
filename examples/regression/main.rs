//! The weight of a penguin from its bill and its flippers: missing values, a text tag, a merge, a scaled target, and an
//! error in grams.
//!
//! `cargo run --release --example regression`

use modularml::layers::{Concat, Linear, Mlp};
use modularml::losses::Mse;
use modularml::metrics::Rmse;
use modularml::prelude::*;

/// A penguin as it was measured.
#[derive(SampleSchema)]
struct Penguin {
    /// Length of the bill in mm.
    #[feat(rename = "bill_length_mm")]
    bill_length: f32,
    /// Depth of the bill in mm.
    #[feat(rename = "bill_depth_mm")]
    bill_depth: f32,
    /// Length of the flippers in mm.
    #[feat(rename = "flipper_length_mm")]
    flipper: f32,
    /// Body mass in g.
    #[target(rename = "body_mass_g")]
    mass: f32,
    /// Adelie, Chinstrap or Gentoo; it spreads the species evenly over the splits and is not learned from.
    #[tag]
    species: String,
}

model_graph! {
    /// One branch a measure, joined into one estimate.
    #[optimizer(Adam::lr(3e-3))]
    graph PenguinNet(penguin: Penguin) {
        length = Linear::to([8])(penguin.bill_length);
        depth = Linear::to([8])(penguin.bill_depth);
        wing = Linear::to([8])(penguin.flipper);
        body = Concat::axis(-1)(length, depth, wing);
        mass = Mlp::hidden([32, 16])(body) -> penguin.mass;
    }
}

experiment! {
    /// All columns are scaled by what the train split alone tells; the error comes back in grams.
    experiment PenguinStudy for PenguinNet {
        seed = 42;
        split penguin = Random::ratios(train: 0.7, val: 0.15, test: 0.15).stratify_by(penguin.species);
        scale penguin.bill_length = Standard fitted on train;
        scale penguin.bill_depth = Standard fitted on train;
        scale penguin.flipper = Standard fitted on train;
        scale penguin.mass = Standard fitted on train;

        train weigh {
            feed penguin = Batches::of(32).shuffled()(train);
            loss = Mse(mass, penguin.mass);
            validate on val every 1 epoch { loss; }
            stop = EarlyStopping::patience(20).restore_best()(val.loss);
            epochs = 300;
        }
        eval test { feed penguin = test; rmse = Rmse(mass, penguin.mass) in raw units; }
    }
}

fn main() -> Result<()> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/data/penguins.csv");
    let penguins = Reader::<Penguin>::new().missing("NA").drop_rows_with_missing().csv(file)?;
    println!("{} penguins were measured", penguins.len());
    let results = PenguinStudy::new(penguins)?.run()?;
    println!("the best epoch of {} was {:?}", results.weigh.loss.len(), results.weigh.best_epoch);
    println!("rmse = {:.1}", results.test.rmse);
    Ok(())
}
