//! Augmentation: closed forms of what varies rows, and where in a study it does.

#![allow(
    clippy::float_cmp,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small whole numbers are moved, and come out as they are"
)]

use std::cell::RefCell;
use std::path::Path;

use modularml::candle_nn::{self, VarBuilder};
use modularml::data::Shape;
use modularml::experiment::{Ranks, Session, Threads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml_tests::numbers;

thread_local! {
    /// What [`Seen`] has read on this thread, batch after batch.
    static SEEN: RefCell<Vec<Vec<f64>>> = const { RefCell::new(Vec::new()) };
}

/// Gives what it reads, and keeps it.
#[derive(Layer, Clone, Copy)]
#[layer(shape = same, learns = nothing, padding = keeps)]
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

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 6],
    #[feat(length = 4)]
    path: Vec<[f32; 1]>,
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(0.01))]
    graph Net(pulse: Pulse) {
        seen = Seen(pulse.voltage);
        hidden = Mlp::hidden([5]).output([3])(seen);
        path = Seen(pulse.path);
        mean = MeanOfSequence(path);
        fused = Concat::axis(-1)(hidden, mean);
        soh = Linear(fused) -> pulse.soh;
        #[allow(reconstruct)]
        copy = Linear(hidden) -> pulse.voltage;
        #[output]
        ridge = Ridge::penalty(0.1)(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    experiment Varied for Net {
        seed = 9;
        split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15);
        scale pulse.voltage = Standard fitted on train;
        augment pulse.voltage = [Noise::deviation(0.1), Scaling::by(0.2), Shift::up_to(2), Flip::axis(0)];
        augment pulse.path = Noise::deviation(0.5);
        train fit {
            feed pulse = Batches::of(10).shuffled()(train);
            loss = Mse(soh, pulse.soh) + Mse(copy, pulse.voltage);
            validate on val every 1 epoch { loss; }
            epochs = 3;
        }
        fit baseline { nodes = [ridge]; feed pulse = train; }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    experiment Plain for Net {
        seed = 9;
        split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15);
        scale pulse.voltage = Standard fitted on train;
        train fit {
            feed pulse = Batches::of(10).shuffled()(train);
            loss = Mse(soh, pulse.soh) + Mse(copy, pulse.voltage);
            validate on val every 1 epoch { loss; }
            epochs = 3;
        }
        fit baseline { nodes = [ridge]; feed pulse = train; }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

fn pulses() -> FeatureSet<Pulse> {
    FeatureSet::from_rows((0..60u8).map(|row| {
        let x = f32::from(row) / 60.0;
        let voltage = std::array::from_fn(|at| (x * 3.0 + f32::from(u8::try_from(at).unwrap())).sin());
        let path = (0..=row % 4).map(|at| [x + f32::from(at)]).collect();
        Pulse { voltage, path, soh: (3.0 * x).cos(), cell: i64::from(row) }
    }))
    .unwrap()
}

fn varied() -> Varied {
    let mut study = Varied::new(pulses()).unwrap();
    study.progress(Progress::Silent);
    study
}

fn rng(seed: u64) -> Rng {
    Rng::new(seed, Purpose::Augment, Place::default())
}

fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = numbers.fold((0.0, 0.0), |(sum, count), number| (sum + number, count + 1.0));
    sum / count
}

#[test]
fn noise_has_the_deviation_and_no_bias() {
    let mut all = Vec::new();
    for seed in 0..400 {
        // An odd number of values.
        let mut row = [2.0; 101];
        Noise::deviation(0.3).augment(&mut row, &[101], &mut rng(seed)).unwrap();
        all.extend(row.map(|value| value - 2.0));
    }
    let (average, square) = (mean(all.iter().copied()), mean(all.iter().map(|value| value * value)));
    // The deviations of both means are 0.3 / sqrt(40400) and 0.09 sqrt(2 / 40400).
    assert!(average.abs() < 4.0 * 0.0015, "{average}");
    assert!((square - 0.09).abs() < 4.0 * 0.000_634, "{square}");
    // Of a normal distribution 68.27 % lie within one deviation, 99.73 % within three.
    let within = |deviations: f64| mean(all.iter().map(|value| f64::from(u8::from(value.abs() < 0.3 * deviations))));
    assert!((within(1.0) - 0.6827).abs() < 0.01 && (within(3.0) - 0.9973).abs() < 0.002);
    // Neighbours do not depend on each other.
    let product = mean(all.windows(2).map(|pair| pair[0] * pair[1]));
    assert!(product.abs() < 4.0 * 0.09 / 201.0, "{product}");
    let mut missing = [1.0, f64::NAN, 3.0];
    Noise::deviation(0.3).augment(&mut missing, &[3], &mut rng(1)).unwrap();
    assert!(missing[1].is_nan() && missing[0].is_finite() && missing[2].is_finite());
}

#[test]
fn factors_shifts_and_flips_are_drawn_evenly() {
    let mut factors = Vec::new();
    let (mut shifts, mut flips) = ([0.0; 5], 0.0);
    for seed in 0..4000 {
        let mut row = [1.0, -2.0];
        Scaling::by(0.25).augment(&mut row, &[2], &mut rng(seed)).unwrap();
        assert!((row[1] + 2.0 * row[0]).abs() < 1e-12 && (0.75..1.25).contains(&row[0]));
        factors.push(row[0]);
        let mut row = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        Shift::up_to(2).edge(Padding::Circular).augment(&mut row, &[8], &mut rng(seed)).unwrap();
        // Position 3 holds what was 3 - by.
        shifts[(row[3] - 1.0) as usize] += 1.0;
        assert!(row.windows(2).all(|pair| pair[1] == (pair[0] + 1.0) % 8.0), "{row:?}");
        let mut row = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        Flip::axis(1).probability(0.25).augment(&mut row, &[2, 3], &mut rng(seed)).unwrap();
        assert!(row == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0] || row == [3.0, 2.0, 1.0, 6.0, 5.0, 4.0], "{row:?}");
        flips += f64::from(u8::from(row[0] > 1.0));
    }
    let (average, square) = (mean(factors.iter().copied()), mean(factors.iter().map(|f| (f - 1.0) * (f - 1.0))));
    assert!((average - 1.0).abs() < 0.01 && (square - 0.25 * 0.25 / 3.0).abs() < 0.001, "{average} {square}");
    assert!(shifts.iter().all(|count| (count / 4000.0 - 0.2f64).abs() < 0.03), "{shifts:?}");
    assert!((flips / 4000.0 - 0.25f64).abs() < 0.03, "{flips}");
}

#[test]
fn what_stands_side_by_side_moves_together() {
    let before = [0.0, 10.0, 1.0, 11.0, 2.0, 12.0, 3.0, 13.0];
    let mut found = std::collections::BTreeSet::new();
    for seed in 0..100 {
        let mut row = before;
        Shift::up_to(9).augment(&mut row, &[4, 2], &mut rng(seed)).unwrap();
        assert!(row.chunks(2).all(|pair| pair[1] == pair[0] + 10.0), "{row:?}");
        found.insert(row.map(|value| value as i64));
    }
    // From all of the first value to all of the last: shifts beyond the length are those ends.
    assert_eq!(found.len(), 7);
    let mut flipped = before;
    Flip::axis(0).probability(1.0).augment(&mut flipped, &[4, 2], &mut rng(0)).unwrap();
    assert_eq!(flipped, [3.0, 13.0, 2.0, 12.0, 1.0, 11.0, 0.0, 10.0]);
}

#[test]
fn windows_are_stretched_as_scipy_stretches_them() {
    // scipy.ndimage.zoom(window, length / count, order=1, grid_mode=True, mode="nearest"), SciPy 1.x: each window of 4 of 6.
    let (before, third) = ([1.0, 4.0, 9.0, 16.0, 25.0, 36.0], 1.0 / 3.0);
    let expected = [
        [1.0, 2.5, 4.0 + 2.5 * third, 9.0 - 2.5 * third, 12.5, 16.0],
        [4.0, 6.5, 9.0 + 3.5 * third, 16.0 - 3.5 * third, 20.5, 25.0],
        [9.0, 12.5, 16.0 + 4.5 * third, 25.0 - 4.5 * third, 30.5, 36.0],
    ];
    let mut counts = [0.0; 3];
    for seed in 0..3000 {
        let mut row = before;
        Crop::to(4).augment(&mut row, &[6], &mut rng(seed)).unwrap();
        let is_near = |known: &[f64; 6]| known.iter().zip(row).all(|(a, b)| (a - b).abs() < 1e-12);
        counts[expected.iter().position(is_near).unwrap_or_else(|| panic!("{row:?}"))] += 1.0;
    }
    assert!(counts.iter().all(|count: &f64| (count / 3000.0 - third).abs() < 0.035), "{counts:?}");
    // The first and the second number of channels first, which move together; and one of a missing value.
    for seed in 0..20 {
        let mut row = [0.0, 1.0, 2.0, 3.0, 10.0, 11.0, 12.0, 13.0];
        Crop::to(2).axis(1).augment(&mut row, &[2, 4], &mut rng(seed)).unwrap();
        let (first, second) = row.split_at(4);
        assert!(first.iter().zip(second).all(|(a, b)| (b - a - 10.0).abs() < 1e-12), "{row:?}");
        assert!(first.iter().zip([0.0, 0.25, 0.75, 1.0]).all(|(a, b)| (a - first[0] - b).abs() < 1e-12), "{row:?}");
        let mut all = before;
        Crop::to(6).augment(&mut all, &[6], &mut rng(seed)).unwrap();
        assert_eq!(all, before);
        let mut one = before;
        Crop::to(1).augment(&mut one, &[6], &mut rng(seed)).unwrap();
        assert!(one.iter().all(|value| *value == one[0]) && before.contains(&one[0]));
        let mut missing = [1.0, f64::NAN];
        Crop::to(1).augment(&mut missing, &[2], &mut rng(seed)).unwrap();
        assert!(missing.iter().all(|value| value.is_nan()) || missing == [1.0, 1.0]);
        Crop::to(1).augment(&mut [], &[0], &mut rng(seed)).unwrap();
    }
}

#[test]
fn windows_of_images_are_enlarged_bilinearly() {
    // A plane stays one, and its values are those of the window: along either axis the middles of positions are kept.
    for seed in 0..200 {
        let mut image: Vec<f64> = (0..2 * 12 * 9)
            .map(|i| f64::from(i / 108) * 1000.0 + f64::from(i / 9 % 12) * 10.0 + f64::from(i % 9))
            .collect();
        ResizedCrop::axis(1).area(0.3).augment(&mut image, &[2, 12, 9], &mut rng(seed)).unwrap();
        let at = |channel: usize, y: usize, x: usize| image[channel * 108 + y * 9 + x];
        for y in 0..12 {
            for x in 0..9 {
                assert!((at(1, y, x) - at(0, y, x) - 1000.0).abs() < 1e-9);
                assert!((at(0, y, x) - at(0, y, 0) - (at(0, 0, x) - at(0, 0, 0))).abs() < 1e-9);
            }
        }
        // Inside, steps are the count of a window over that of the image: at least as many as 30 % of the area.
        let (down, right) = (at(0, 6, 4) - at(0, 5, 4), at(0, 6, 5) - at(0, 6, 4));
        assert!((0.25..=1.0 + 1e-9).contains(&(down / 10.0 * right)), "{down} {right}");
        assert!((0.0..=118.0).contains(&at(0, 0, 0)) && (0.0..=118.0).contains(&at(0, 11, 8)));
    }
    // scipy.ndimage.zoom([[1, 4], [9, 16]], [1.5, 2], order=1, grid_mode=True, mode="nearest"): a window, axis by axis.
    let mut image = [1.0, 1.0, 4.0, 4.0, 1.0, 1.0, 4.0, 4.0, 9.0, 9.0, 16.0, 16.0];
    let found = (0..200).any(|seed| {
        image = [1.0, 4.0, 0.0, 0.0, 9.0, 16.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        Crop::to(2).axis(0).augment(&mut image, &[3, 4], &mut rng(seed)).unwrap();
        Crop::to(2).axis(1).augment(&mut image, &[3, 4], &mut rng(seed + 1000)).unwrap();
        let expected = [1.0, 1.75, 3.25, 4.0, 5.0, 6.25, 8.75, 10.0, 9.0, 10.75, 14.25, 16.0];
        image.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12)
    });
    assert!(found, "{image:?}");
}

#[test]
fn shifts_along_any_axis_are_crops_of_padded_images() {
    let before = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let expected = [[2.0, 3.0, 0.0, 5.0, 6.0, 0.0], before, [0.0, 1.0, 2.0, 0.0, 4.0, 5.0]];
    let mut found = std::collections::BTreeSet::new();
    for seed in 0..100 {
        let mut row = before;
        Shift::up_to(1).axis(1).edge(Padding::Zeros).augment(&mut row, &[2, 3], &mut rng(seed)).unwrap();
        found.insert(expected.iter().position(|known| *known == row).unwrap_or_else(|| panic!("{row:?}")));
    }
    assert_eq!(found.len(), 3);
}

/// The values of a column of the rows of a split.
fn of_split(session: &Session, split: &str, column: &str) -> Vec<f64> {
    let rows = session.split("pulse", split).unwrap();
    rows.numbers(column, modularml::data::Representation::Transformed).unwrap()
}

#[test]
fn rows_vary_in_steps_and_nowhere_else() {
    seen();
    let mut study = varied();
    let results = study.run().unwrap();
    let batches = seen();
    let widths = |width: usize| batches.iter().filter(move |batch| batch.len() % width == 0);
    // Of each epoch 42 rows are trained on in 5 batches, and 9 are measured; 9 more are tested.
    let voltage: Vec<&Vec<f64>> = batches.iter().step_by(2).collect();
    let path: Vec<&Vec<f64>> = batches.iter().skip(1).step_by(2).collect();
    assert!(widths(1).count() == 2 * (3 * (5 + 1) + 1), "{}", batches.len());
    let train = of_split(study.session(), "train", "voltage");
    for epoch in 0..3 {
        let (steps, val) = (&voltage[6 * epoch..6 * epoch + 5], voltage[6 * epoch + 5]);
        let expected = of_split(study.session(), "val", "voltage");
        assert!(val.iter().zip(&expected).all(|(found, expected)| (found - expected).abs() < 1e-6));
        let varied = steps.iter().flat_map(|step| step.chunks(6));
        let is_plain =
            |row: &[f64]| train.chunks(6).any(|known| known.iter().zip(row).all(|(a, b)| (a - b).abs() < 1e-6));
        assert_eq!(varied.filter(|row| is_plain(row)).count(), 0);
    }
    assert_ne!(voltage[0], voltage[6], "each epoch draws anew");
    let test = of_split(study.session(), "test", "voltage");
    assert!(voltage[18].iter().zip(&test).all(|(found, expected)| (found - expected).abs() < 1e-6));
    // Padding stays padding: of each row as many numbers as it has are not 0.
    let lengths =
        |batch: &[f64]| batch.chunks(4).map(|row| row.iter().filter(|x| **x != 0.0).count()).collect::<Vec<_>>();
    let rows = study.session().split("pulse", "train").unwrap();
    let mut expected: Vec<usize> = rows
        .numbers("cell", modularml::data::Representation::Raw)
        .unwrap()
        .iter()
        .map(|cell| 1 + *cell as usize % 4)
        .collect();
    let mut found: Vec<usize> = path[..5].iter().flat_map(|batch| lengths(batch)).collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
    // Nothing of it reaches what is fitted, or what is predicted.
    let mut plain = Plain::new(pulses()).unwrap();
    let of_plain = plain.progress(Progress::Silent).run().unwrap();
    assert_ne!(results.fit.loss, of_plain.fit.loss);
    let rows = study.split(Varied::SPLITS.pulse.test).unwrap();
    let ridge = |output: Tensor| numbers(&output);
    assert_eq!(ridge(study.predict(&rows).unwrap().ridge), ridge(plain.predict(&rows).unwrap().ridge));
    seen();
    study.predict(&rows).unwrap();
    assert!(seen()[0].iter().zip(&test).all(|(found, expected)| (found - expected).abs() < 1e-6));
}

#[test]
fn a_resumed_run_draws_the_same_rows() {
    let mut whole = varied();
    let results = format!("{:?}", whole.run().unwrap());
    let expected = seen();
    for stop in [1, 4, 7, 12] {
        let (mut first, mut second) = (varied(), varied());
        let mut run = first.session_mut().start().unwrap();
        for _ in 0..stop {
            run.step().unwrap();
        }
        let state = run.state().unwrap();
        drop(run);
        let before = seen().len();
        second.session_mut().resume(&state).unwrap().finish().unwrap();
        let after = seen();
        assert_eq!(after[..], expected[before..], "stopped after {stop}");
        assert_eq!(second.session().results().len(), 3);
    }
    assert_eq!(format!("{:?}", varied().run().unwrap()), results);
    seen();
}

#[test]
fn ranks_and_shares_draw_the_same_rows() {
    let run = |ranks: usize| {
        let all = Threads::run(ranks, |rank| {
            let mut study = varied();
            study.session_mut().share_out(Ranks::of(rank).shares(4))?.run()?;
            Ok((format!("{:?}", study.session().results()), seen()))
        });
        all.unwrap()
    };
    let (one, two) = (run(1), run(2));
    assert_eq!(one[0].0, two[0].0);
    assert_eq!(two[0].0, two[1].0);
    // The first step as a whole, and as shares one after the other, behind the trials of losses on a whole batch.
    seen();
    varied().run().unwrap();
    let whole = seen();
    let shares: Vec<f64> =
        one[0].1.iter().step_by(2).filter(|batch| batch.len() < 60).take(4).flatten().copied().collect();
    assert_eq!(shares, whole[0]);
}

#[test]
fn mapped_files_are_read_ahead_to_the_same_bits() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join("augment.arrow");
    pulses().to_arrow_file(&file).unwrap();
    let mut mapped = Varied::new(FeatureSet::<Pulse>::open(&file).unwrap()).unwrap();
    mapped.progress(Progress::Silent);
    let found = format!("{:?}", mapped.run().unwrap());
    assert_eq!(found, format!("{:?}", varied().run().unwrap()));
    seen();
}

/// Adds one number to all values of a row.
#[derive(Augmenter, Clone, Copy)]
struct Offset {
    /// The number.
    #[setting(first = of)]
    by: f64,
}

impl Augmenter for Offset {
    fn augment(&self, row: &mut [f64], shape: &[usize], _: &mut Rng) -> Result<()> {
        if shape != [6] {
            return Err(modularml::Error::Data(format!("shape {shape:?}")));
        }
        for value in row {
            *value += self.by;
        }
        Ok(())
    }
}

experiment! {
    experiment Own(by: f64 = 0.5) for Net {
        seed = 9;
        split pulse = Random::ratios(train: 1.0);
        augment pulse.voltage = Offset::of(by);
        train fit {
            feed pulse = Batches::of(60)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 1;
        }
    }
}

#[test]
fn one_of_ones_own_takes_parameters_and_is_saved() {
    for (study, by) in [(Own::new(pulses()), 0.5), (Own::with(|p| p.by = -2.0).new(pulses()), -2.0)] {
        let mut study = study.unwrap();
        seen();
        study.progress(Progress::Silent).run().unwrap();
        let expected = of_split(study.session(), "train", "voltage");
        assert!(seen()[0].iter().zip(expected).all(|(found, value)| (found - value - by).abs() < 1e-6));
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("augment.mml");
        study.save(&file).unwrap();
        let mut loaded = Own::load(&file).unwrap();
        assert_eq!(loaded.session().spec().augments.len(), 1);
        loaded.progress(Progress::Silent);
    }
    seen();
}
