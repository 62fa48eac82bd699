//! Mixing: shares against the beta distribution of scipy, and closed forms of what nodes read and losses compare.

#![allow(clippy::cast_precision_loss, reason = "counts of rows are small")]

use std::cell::RefCell;
use std::path::Path;

use modularml::candle_nn::{self, VarBuilder};
use modularml::data::Shape;
use modularml::experiment::{Ranks, Threads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml_tests::numbers;

thread_local! {
    /// What [`Seen`] has read on this thread, batch after batch.
    static SEEN: RefCell<Vec<Vec<f64>>> = const { RefCell::new(Vec::new()) };
}

/// Gives what it reads, and keeps it.
#[derive(Layer, Clone, Copy)]
#[layer(shape = same, learns = nothing)]
struct Seen;

struct Keeps;

impl candle_nn::Module for Keeps {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        SEEN.with_borrow_mut(|seen| seen.push(numbers(x)));
        Ok(x.clone())
    }
}

impl BuildModule for Seen {
    type Module = Keeps;

    fn build(&self, _: &Shape, _: &Shape, _: VarBuilder<'_>) -> Result<Keeps> {
        Ok(Keeps)
    }
}

fn seen() -> Vec<Vec<f64>> {
    SEEN.with_borrow_mut(std::mem::take)
}

/// Takes as much of each row in every step.
#[derive(Mix, Clone, Copy)]
struct Always {
    /// How much.
    #[setting(first = of)]
    share: f64,
}

impl Mix for Always {
    fn share(&self, _: &mut Rng) -> Result<f64> {
        Ok(self.share)
    }
}

/// A row that a mixture tells from all others, as no two pairs have one mean and one mean of squares.
#[derive(SampleSchema)]
struct Row {
    #[feat]
    x: [f32; 2],
    #[target]
    y: f32,
    #[target]
    #[classes("low", "high", "top")]
    kind: Class,
    #[tag]
    weight: f32,
}

const ROWS: u16 = 24;

/// A share of which two mixtures of whole numbers are one at no other pair of them.
const SHARE: f64 = 0.2371;

fn rows() -> FeatureSet<Row> {
    FeatureSet::from_rows((0..ROWS).map(|row| {
        let x = f32::from(row);
        let weight = if row % 6 == 5 { 0.0 } else { 1.0 + f32::from(row % 3) };
        Row { x: [x, x * x], y: (x * 0.7).sin(), kind: Class::new(u32::from(row % 3)), weight }
    }))
    .unwrap()
}

model_graph! {
    #[optimizer(Sgd::lr(1e-4))]
    graph Net(row: Row) {
        read = Seen(row.x);
        line = Linear::to([1])(read);
        flat = Reshape::to([])(line);
        y = Seen(flat) -> row.y;
        scores = Linear::to([3])(read);
        kind = Seen(scores) -> row.kind;
        #[allow(reconstruct)]
        copy = Linear::to([2])(flat) -> row.x;
    }
}

experiment! {
    experiment Mixed(share: f64 = SHARE) for Net {
        seed = 4;
        split row = Random::ratios(train: 0.75, val: 0.25);
        train fit {
            feed row = Batches::of(6).shuffled()(train);
            loss = line: Mse(y, row.y) + class: CrossEntropy(kind, row.kind);
            mix = Always::of(share);
            validate on val every 1 epoch { loss; }
            step_loss;
            epochs = 2;
        }
    }
}

experiment! {
    experiment Weighed for Net {
        seed = 4;
        split row = Random::ratios(train: 1.0);
        weigh row by row.weight;
        train fit {
            feed row = Batches::of(12).shuffled()(train);
            loss = Mse(y, row.y);
            mix = Always::of(SHARE);
            step_loss;
            epochs = 1;
        }
    }
}

experiment! {
    experiment Drawn for Net {
        seed = 4;
        split row = Random::ratios(train: 0.75, val: 0.25);
        weigh row by row.weight;
        augment row.x = Scaling::by(0.5);
        train fit {
            feed row = Batches::of(8).shuffled()(train);
            loss = Mse(y, row.y) + CrossEntropy(kind, row.kind) + 0.1 * Mse(copy, row.x) + 0.01 * L2Penalty(line);
            mix = Mixup::alpha(0.4);
            accumulate = 2;
            step_loss;
            epochs = 3;
        }
    }
}

fn rng(seed: u64) -> Rng {
    Rng::new(seed, Purpose::Mix, Place::default())
}

#[test]
fn shares_have_the_beta_distribution() {
    // scipy.stats.beta(a, a).cdf at 0.001, 0.1, 0.25 and 0.5, SciPy 1.x.
    let cases = [
        (0.05, [0.355_349, 0.449_469, 0.474_401, 0.5]),
        (0.2, [0.132_201, 0.336_69, 0.414_056, 0.5]),
        (1.0, [0.001, 0.1, 0.25, 0.5]),
        (8.0, [0.0, 0.000_034, 0.0173, 0.5]),
    ];
    for (alpha, expected) in cases {
        let mut rng = rng(7);
        let shares: Vec<f64> = (0..40_000).map(|_| Mixup::alpha(alpha).share(&mut rng).unwrap()).collect();
        for (end, expected) in [0.001, 0.1, 0.25, 0.5].into_iter().zip(expected) {
            let found = shares.iter().filter(|share| **share <= end).count() as f64 / 40_000.0;
            // Four deviations of a share of 40,000.
            assert!((found - expected).abs() < 0.01, "alpha {alpha}, {end}: {found}, expected {expected}");
        }
        let variance = shares.iter().map(|share| (share - 0.5) * (share - 0.5)).sum::<f64>() / 40_000.0;
        assert!((variance - 0.25 / (2.0 * alpha + 1.0)).abs() < 0.005, "alpha {alpha}: {variance}");
    }
    // Both numbers of the gamma distribution are too small for a float.
    let mut rng = rng(1);
    assert!((0..1000).all(|_| (0.0..=1.0).contains(&Mixup::alpha(1e-6).share(&mut rng).unwrap())));
    assert!((0..1000).all(|_| (Mixup::alpha(1e9).share(&mut rng).unwrap() - 0.5).abs() < 1e-3));
}

/// The two rows that each of a batch was mixed of.
fn parts(read: &[f64]) -> Vec<(u16, u16)> {
    let of_row = |row: &[f64]| {
        let off = |(own, other): &(u16, u16)| {
            let (own, other) = (f64::from(*own), f64::from(*other));
            let mixed = |own: f64, other: f64| SHARE * own + (1.0 - SHARE) * other;
            (mixed(own, other) - row[0]).abs() + (mixed(own * own, other * other) - row[1]).abs()
        };
        let all = (0..ROWS).flat_map(|own| (0..ROWS).map(move |other| (own, other)));
        let nearest = all.min_by(|a, b| off(a).total_cmp(&off(b))).unwrap();
        assert!(off(&nearest) < 1e-3, "{row:?} is no mixture");
        nearest
    };
    read.chunks(2).map(of_row).collect()
}

fn y(row: u16) -> f64 {
    f64::from((f32::from(row) * 0.7).sin())
}

/// Whether each row of a batch is the partner of one of them.
fn is_an_order(parts: &[(u16, u16)]) -> bool {
    let (mut own, mut other): (Vec<u16>, Vec<u16>) = parts.iter().copied().unzip();
    own.sort_unstable();
    other.sort_unstable();
    own == other
}

#[test]
fn features_targets_and_classes_are_mixed_with_one_row() {
    seen();
    let mut study = Mixed::new(rows()).unwrap();
    let results = study.progress(Progress::Silent).run().unwrap();
    // The phase first tries its losses on a batch that is not mixed.
    let all = seen();
    let (_, batches) = all.split_at(3);
    let mut moved = 0;
    // Of each epoch 18 rows are trained on in 3 batches, and 6 are measured.
    for (step, told) in results.fit.step_loss.iter().enumerate() {
        let at = 3 * (step + step / 3);
        let (read, lines, scores) = (&batches[at], &batches[at + 1], &batches[at + 2]);
        let parts = parts(read);
        assert!(is_an_order(&parts), "{parts:?}");
        moved += parts.iter().filter(|(own, other)| own != other).count();
        let rows = parts.iter().zip(lines).zip(scores.chunks(3));
        let losses = rows.map(|(((own, other), line), scores)| {
            let squares = [*own, *other].map(|row| (line - y(row)) * (line - y(row)));
            // Cross entropy with soft labels: minus the sum of p ln q.
            let sum = scores.iter().map(|score| score.exp()).sum::<f64>().ln();
            let soft = |class: u16| {
                SHARE * f64::from(u8::from(own % 3 == class)) + (1.0 - SHARE) * f64::from(u8::from(other % 3 == class))
            };
            let entropy: f64 = scores.iter().zip(0u16..).map(|(score, class)| soft(class) * (sum - score)).sum();
            SHARE * squares[0] + (1.0 - SHARE) * squares[1] + entropy
        });
        let expected = losses.sum::<f64>() / parts.len() as f64;
        assert!((told - expected).abs() < 1e-4 * (1.0 + expected.abs()), "step {step}: {told}, expected {expected}");
    }
    assert!(moved > 18, "{moved}");
    // What is measured is not mixed.
    let val = &batches[9];
    assert!(val.chunks(2).all(|row| row[0].fract().abs() < 1e-6 && (row[0] * row[0] - row[1]).abs() < 1e-3));
    assert_eq!(results.fit.step_loss.len(), 6);
}

#[test]
fn rows_weigh_in_a_mixture_what_they_weigh_alone() {
    seen();
    let mut study = Weighed::new(rows()).unwrap();
    let results = study.progress(Progress::Silent).run().unwrap();
    let all = seen();
    let weight = |row: u16| if row % 6 == 5 { 0.0 } else { 1.0 + f64::from(row % 3) };
    for (step, told) in results.fit.step_loss.iter().enumerate() {
        // The first two are those of the trial.
        let (read, lines) = (&all[2 + 2 * step], &all[3 + 2 * step]);
        let parts = parts(read);
        assert!(is_an_order(&parts));
        // A row that counts nowhere is in no mixture.
        assert!(parts.iter().all(|(own, other)| own == other || weight(*own) * weight(*other) > 0.0), "{parts:?}");
        assert!(parts.iter().any(|(own, other)| own != other && own % 6 != 5));
        let (mut sum, mut all) = (0.0, 0.0);
        for ((own, other), line) in parts.iter().zip(lines) {
            for (row, share) in [(*own, SHARE), (*other, 1.0 - SHARE)] {
                sum += share * weight(row) * (line - y(row)) * (line - y(row));
                all += share * weight(row);
            }
        }
        assert!((told - sum / all).abs() < 1e-4 * (1.0 + sum / all), "step {step}: {told}, expected {}", sum / all);
    }
}

#[test]
fn a_resumed_run_mixes_the_same_rows() {
    let study = || {
        let mut study = Drawn::new(rows()).unwrap();
        study.progress(Progress::Silent);
        study
    };
    let mut whole = study();
    let results = format!("{:?}", whole.run().unwrap());
    for stop in [1, 4, 7] {
        let (mut first, mut second) = (study(), study());
        let mut run = first.session_mut().start().unwrap();
        for _ in 0..stop {
            run.step().unwrap();
        }
        let state = run.state().unwrap();
        drop(run);
        second.session_mut().resume(&state).unwrap().finish().unwrap();
        assert_eq!(format!("{:?}", second.session().results()), format!("{:?}", whole.session().results()));
    }
    assert_eq!(format!("{:?}", study().run().unwrap()), results);
}

#[test]
fn ranks_and_shares_mix_the_same_rows() {
    let run = |ranks: usize| {
        let all = Threads::run(ranks, |rank| {
            seen();
            let mut study = Drawn::new(rows()).unwrap();
            study.progress(Progress::Silent);
            study.session_mut().share_out(Ranks::of(rank).shares(4))?.run()?;
            let losses = study.session().results()[0].trained()?.step_loss.clone();
            Ok((format!("{:?}", study.session().results()), losses, seen()))
        });
        all.unwrap()
    };
    let (one, two) = (run(1), run(2));
    assert_eq!(one[0].0, two[0].0);
    assert_eq!(two[0].0, two[1].0);
    seen();
    let mut whole = Drawn::new(rows()).unwrap();
    let results = whole.progress(Progress::Silent).run().unwrap();
    for (shared, whole) in one[0].1.iter().zip(&results.fit.step_loss) {
        assert!((shared - whole).abs() < 1e-3 * (1.0 + whole.abs()), "{shared}, {whole}");
    }
    // The first step as a whole, and as shares one after the other, behind the trials of losses on a whole batch.
    let whole = seen();
    let read = |batch: &&Vec<f64>| batch.len() == 4;
    let shares: Vec<f64> = one[0].2.iter().filter(read).take(4).flatten().copied().collect();
    let first = whole.iter().skip(3).find(|batch| batch.len() == 16).unwrap();
    assert!(shares.iter().zip(first).all(|(share, whole)| (share - whole).abs() < 1e-4 * (1.0 + whole.abs())));
}

#[test]
fn mapped_files_are_read_ahead_to_the_same_bits() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mixup.arrow");
    rows().to_arrow_file(&file).unwrap();
    let mut mapped = Drawn::new(FeatureSet::<Row>::open(&file).unwrap()).unwrap();
    let mut read = Drawn::new(rows()).unwrap();
    let found = format!("{:?}", mapped.progress(Progress::Silent).run().unwrap());
    assert_eq!(found, format!("{:?}", read.progress(Progress::Silent).run().unwrap()));
}

#[test]
fn what_mixes_is_saved_and_takes_parameters() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mixup.mml");
    let mut study = Mixed::with(|p| p.share = 1.0).new(rows()).unwrap();
    seen();
    study.progress(Progress::Silent).run().unwrap();
    // All of a row stays, so that nothing is mixed.
    assert!(seen()[3].chunks(2).all(|row| (row[0] * row[0] - row[1]).abs() < 1e-3));
    study.save(&file).unwrap();
    let loaded = Mixed::load(&file).unwrap();
    let mix = loaded.session().spec().phases.items()[0].kind.train().unwrap().mix.unwrap();
    assert_eq!((mix.name, mix.settings.get("share").as_float()), ("Always", Some(1.0)));
    let wrong = Mixed::with(|p| p.share = 1.5).new(rows()).unwrap().progress(Progress::Silent).run().unwrap_err();
    let message = wrong.to_string();
    assert!(
        message.contains("mix `Always`: a share is 1.5; how much of a row stays is a number from 0 to 1"),
        "{message}"
    );
}

/// Compares each row with the mean of its batch.
#[derive(Loss, Clone, Copy)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(prediction == target)]
struct FromMean;

impl Formula for FromMean {
    fn forward(&self, inputs: FromMeanInputs<'_>) -> Result<PerSample> {
        let off = (inputs.prediction - inputs.target)?;
        Ok(PerSample(off.broadcast_sub(&off.mean_keepdim(0)?)?.sqr()?))
    }
}

experiment! {
    experiment OfBatches for Net {
        seed = 4;
        split row = Random::ratios(train: 1.0);
        train fit {
            feed row = Batches::of(12).shuffled()(train);
            loss = FromMean(y, row.y);
            mix = Mixup::alpha(0.2);
            epochs = 1;
        }
    }
}

#[test]
fn a_loss_of_ones_own_that_compares_rows_is_refused() {
    let error = OfBatches::new(rows()).unwrap().progress(Progress::Silent).run().unwrap_err().to_string();
    assert!(error.contains("FromMean compares rows with each other, and Mixup mixes them; remove mix"), "{error}");
}
