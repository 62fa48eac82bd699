//! Batches of similar lengths: each row once, little padding, and the same numbers.

#![allow(clippy::cast_precision_loss, reason = "numbers of tests are small")]

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

/// A discharge, measured until it was over.
#[derive(SampleSchema)]
struct Discharge {
    #[feat(length = 100)]
    steps: Vec<f32>,
    #[target]
    soh: f32,
    #[tag]
    weight: f32,
}

/// So many rows of lengths 1 to 97 in no order.
fn rows(count: u32) -> FeatureSet<Discharge> {
    let row = |row: u32| Discharge {
        steps: (0..=(row * row * 7 + row * 3) % 97).map(|step| ((row + step) % 7) as f32 / 7.0).collect(),
        soh: (row % 5) as f32 / 5.0,
        weight: 1.0 + (row % 3) as f32,
    };
    FeatureSet::from_rows((0..count).map(row)).unwrap()
}

fn epochs(sampler: Batches, view: &View, seed: u64, count: usize) -> Vec<Vec<u32>> {
    let batches = sampler.spec().loader(view, seed).take(count).collect::<Result<Vec<_>>>().unwrap();
    batches.into_iter().map(|batch| batch.roles[0].clone()).collect()
}

const GROUPED: Batches = Batches::of(32).shuffled().by_length(Discharge::COLUMNS.steps);

#[test]
fn each_row_is_in_one_batch_of_an_epoch_which_the_seed_tells() {
    for count in [1, 31, 32, 33, 300, 1000] {
        let view = rows(count).view();
        let batches = usize::try_from(count.div_ceil(32)).unwrap();
        let two = epochs(GROUPED, &view, 3, 2 * batches);
        for epoch in two.chunks(batches) {
            let mut all = epoch.concat();
            all.sort_unstable();
            assert_eq!(all, (0..count).collect::<Vec<_>>());
            assert!(epoch[..batches - 1].iter().all(|batch| batch.len() == 32));
        }
        assert_eq!(two, epochs(GROUPED, &view, 3, 2 * batches));
        if count > 32 {
            assert_ne!(two[..batches], two[batches..], "{count}");
            assert_ne!(two, epochs(GROUPED, &view, 4, 2 * batches), "{count}");
        }
        let whole = epochs(GROUPED.drop_last(), &view, 3, usize::try_from(count / 32).unwrap());
        assert!(whole.iter().zip(&two).all(|(one, other)| one == other));
    }
    // It goes on where it was stopped.
    let view = rows(300).view();
    let mut loader = GROUPED.spec().loader(&view, 9);
    loader.by_ref().take(13).for_each(|batch| drop(batch.unwrap()));
    let resumed = GROUPED.spec().loader(&view, 9).resume(loader.position());
    for (one, other) in loader.zip(resumed).take(20) {
        assert_eq!(one.unwrap(), other.unwrap());
    }
}

/// Which part of all positions of some batches is padding.
fn padding(sampler: Batches, view: &View, seed: u64) -> f64 {
    let batches = sampler.spec().loader(view, seed).take(view.len().div_ceil(32)).map(|batch| batch?.rows(view, 0));
    let (mut values, mut positions) = (0.0, 0.0);
    for batch in batches.collect::<Result<Vec<_>>>().unwrap() {
        let of_batch: usize = batch.lengths("steps").unwrap().iter().sum();
        values += of_batch as f64;
        positions += of_batch as f64 / (1.0 - batch.padding_share("steps").unwrap());
    }
    1.0 - values / positions
}

// The rows above, with `get_length_grouped_indices` of transformers and with numpy, 200 epochs each:
//
//     import numpy as np
//     def epoch(lengths, batch, rng):
//         n = len(lengths)
//         pool = min(n // (batch * 4), 50) or 1
//         order = rng.permutation(n)
//         pools = [sorted(order[i:i + pool * batch], key=lambda i: lengths[i], reverse=True) for i in range(0, n, pool * batch)]
//         order = [i for p in pools for i in p]
//         return [order[i:i + batch] for i in range(0, n, batch)]
//     lengths = [1 + (i * i * 7 + i * 3) % 97 for i in range(10_000)]
//     padding = lambda batches: 1 - sum(lengths) / sum(len(b) * max(lengths[i] for i in b) for b in batches)
//
// give 0.0194 (deviation 0.0008), 0.4508 (0.0006) of shuffled rows, and 0.0029 of sorted ones.
#[test]
fn padding_is_what_others_have() {
    let view = rows(10_000).view();
    for seed in 0..3 {
        let found = padding(GROUPED, &view, seed);
        assert!((found - 0.0194).abs() < 0.004, "{found}");
        let plain = padding(Batches::of(32).shuffled(), &view, seed);
        assert!((plain - 0.4508).abs() < 0.004, "{plain}");
    }
    let sorted = padding(Batches::of(32).by_length(Discharge::COLUMNS.steps), &view, 0);
    assert!((sorted - 0.002_925_972_511_964_691_8).abs() < 1e-12, "{sorted}");
}

#[test]
fn what_has_no_length_is_refused() {
    let view = rows(10).view();
    let refused = |sampler: Batches, words: &str| {
        let error = sampler.spec().loader(&view, 0).next().unwrap().unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    refused(Batches::of(4).by_length(Discharge::COLUMNS.soh), "column `soh` is no sequence");
    refused(GROUPED.group_by(Discharge::COLUMNS.weight), "by_length and group_by cannot both hold; remove one");
    refused(GROUPED.in_parts(4), "by_length and in_parts cannot both hold; remove one");
}

model_graph! {
    #[optimizer(Adam::lr(0.01))]
    graph Net(cell: Discharge) {
        steps = Reshape::to([100, 1])(cell.steps);
        seen = Lstm::hidden(4)(steps);
        met = TransformerEncoder::heads(2).feed_forward(4)(seen);
        level = MeanOfSequence(met);
        soh = Linear(level) -> cell.soh;
    }
}

experiment! {
    experiment Grouped for Net {
        seed = 3;
        split cell = Random::ratios(pool: 0.8, test: 0.2);
        folds cell.pool = KFold::of(2) into train, val;
        weigh cell by cell.weight;
        train learn {
            feed cell = Batches::of(8).shuffled().by_length(cell.steps)(train);
            loss = Mse(soh, cell.soh);
            validate on val every 1 epoch { loss; }
            epochs = 2;
        }
        eval plain { feed cell = test; mse = Mse(soh, cell.soh); rmse = Rmse(soh, cell.soh); }
        eval grouped {
            feed cell = Batches::of(8).by_length(cell.steps)(test);
            mse = Mse(soh, cell.soh);
            rmse = Rmse(soh, cell.soh);
        }
    }
}

/// Padding has a part in no number, so batches of other rows measure the same; folds, weights of rows and validation are what
/// they are beside any sampler.
#[test]
fn what_is_measured_does_not_depend_on_how_rows_are_grouped() {
    let folds = Grouped::new(rows(60)).unwrap().run_folds().unwrap();
    let close = |one: &[f64], other: &[f64]| {
        let mut pairs = one.iter().zip(other);
        pairs.all(|(one, other)| (one - other).abs() < 1e-6 * one.abs().max(1e-3)) && one.len() == 2
    };
    assert!(close(&folds.plain.mse.by_fold, &folds.grouped.mse.by_fold), "{folds:?}");
    assert!(close(&folds.plain.rmse.by_fold, &folds.grouped.rmse.by_fold), "{folds:?}");
    assert!((0..2).all(|fold| folds.learn[fold].loss[1] < folds.learn[fold].loss[0]), "{folds:?}");
    let again = Grouped::new(rows(60)).unwrap().run_folds().unwrap();
    assert_eq!(again.grouped.mse.by_fold, folds.grouped.mse.by_fold);
    assert_eq!(again.learn[0].loss, folds.learn[0].loss);
}
