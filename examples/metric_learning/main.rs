//! Metric learning: an encoder learns from triplets to put images of one digit close together, then a classifier is
//! trained on the frozen encoder. The sampler and the loss are our own.
//!
//! `cargo run --release --example metric_learning`

use modularml::layers::{Linear, Mlp};
use modularml::losses::{CrossEntropy, Formula, PerSample};
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

/// Triplets in which every class is the anchor equally often, however rare it is.
#[derive(Sampler, Clone, Copy)]
#[roles(anchor, positive, negative)]
struct BalancedTriplets {
    /// How many triplets make a batch.
    #[setting(first, at_least = 1)]
    batch: usize,
    /// The column that anchor and positive share.
    #[setting(default = None, condition = same)]
    same: Option<Name>,
}

impl Draw for BalancedTriplets {
    fn draw(&self, rows: &View, rng: &mut Rng) -> Result<Vec<BalancedTripletsDraw>> {
        let column = self.same.ok_or_else(|| Error::Data("BalancedTriplets: say .same(column)".into()))?;
        let mut classes: Vec<Vec<usize>> = Vec::new();
        for (row, class) in rows.groups(column)?.into_iter().enumerate() {
            classes.resize_with(classes.len().max(class as usize + 1), Vec::new);
            classes[class as usize].push(row);
        }
        classes.retain(|members| members.len() > 1);
        if classes.len() < 2 {
            return Err(Error::Data(format!("BalancedTriplets: `{column}` needs two classes of two rows or more")));
        }
        let draw = |turn: usize| {
            let own = turn % classes.len();
            let other = (own + 1 + rng.below(classes.len() - 1)) % classes.len();
            let (own, other) = (&classes[own], &classes[other]);
            let anchor = rng.below(own.len());
            let positive = (anchor + 1 + rng.below(own.len() - 1)) % own.len();
            BalancedTripletsDraw {
                anchor: own[anchor],
                positive: own[positive],
                negative: other[rng.below(other.len())],
            }
        };
        Ok((0..rows.len()).map(draw).collect())
    }
}

/// The triplet loss with a soft margin, `ln(1 + exp(margin + d(anchor, positive) - d(anchor, negative)))`, where `d` is
/// the squared distance: Hermans, Beyer and Leibe, "In Defense of the Triplet Loss", 2017.
#[derive(Loss, Clone, Copy)]
#[inputs(anchor: Output, positive: Output, negative: Output)]
#[shape(anchor == positive == negative)]
struct SoftTriplet {
    /// How much nearer the positive is wanted.
    #[setting(first, at_least = 0.0)]
    margin: f64,
}

impl Formula for SoftTriplet {
    fn forward(&self, inputs: SoftTripletInputs<'_>) -> Result<PerSample> {
        let near = (inputs.anchor - inputs.positive)?.sqr()?.sum(1)?;
        let far = (inputs.anchor - inputs.negative)?.sqr()?.sum(1)?;
        let excess = ((near - far)? + self.margin)?;
        // ln(1 + exp(x)) = max(x, 0) + ln(1 + exp(-|x|)), which does not overflow.
        let tail = (excess.abs()?.neg()?.exp()? + 1.0)?.log()?;
        Ok(PerSample((excess.relu()? + tail)?))
    }
}

model_graph! {
    /// An encoder, and a classifier that reads its code.
    #[optimizer(Adam::lr(1e-3))]
    graph MetricNet(image: Digit) {
        encoder = Mlp::hidden([128]).output([32])(image.pixels);
        digit = Linear(encoder) -> image.digit;
    }
}

experiment! {
    /// First the distances, then the classes.
    experiment MetricStudy for MetricNet {
        seed = 42;
        split image = Random::ratios(train: 0.7, val: 0.15, test: 0.15).stratify_by(image.digit);
        scale image.pixels = MinMax fitted on train;

        train embed {
            nodes = [encoder];
            feed image = BalancedTriplets::batch(32).same(image.digit)(train);
            loss = SoftTriplet::margin(1.0)(encoder.anchor, encoder.positive, encoder.negative);
            epochs = 30;
        }
        train classify {
            freeze = [encoder];
            feed image = Batches::of(32).shuffled()(train);
            loss = CrossEntropy(digit, image.digit);
            validate on val every 1 epoch { loss; }
            stop = EarlyStopping::patience(5).restore_best()(val.loss);
            epochs = 60;
        }
        eval test { feed image = test; accuracy = Accuracy(digit, image.digit); }
    }
}

fn main() -> Result<()> {
    let digits = FeatureSet::<Digit>::from_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/data/digits.csv"))?;
    let results = MetricStudy::new(digits)?.run()?;
    println!("accuracy = {:.4}", results.test.accuracy);
    Ok(())
}
