//! What samplers, their weights and schedules promise, for any rows.

#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "rows and tags are few")]

use std::collections::BTreeSet;

use candle_core::DType;
use modularml::data::FeatureSet;
use modularml::experiment::ExperimentBuilder;
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml::process::{DrawnBatch, Loader, Matches, Position, SamplerSpec};
use modularml::random::{Place, Purpose};
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, proptest};

#[derive(SampleSchema)]
struct Row {
    #[feat]
    x: f32,
    #[target]
    y: f32,
    #[tag]
    temperature: f64,
    #[tag]
    cell: i64,
    #[tag]
    chance: f64,
}

fn rows(values: &[(i64, i64)]) -> View {
    let row = |&(temperature, cell): &(i64, i64)| Row {
        x: 1.0,
        y: 0.0,
        temperature: f64::from(i32::try_from(temperature).unwrap()) / 4.0,
        cell,
        chance: 1.0,
    };
    FeatureSet::from_rows(values.iter().map(row)).unwrap().view()
}

fn rng(item: u32) -> Rng {
    Rng::new(3, Purpose::Sample, Place { item, ..Place::default() })
}

fn epoch(spec: SamplerSpec, rows: &View) -> Vec<DrawnBatch> {
    spec.epoch(rows, None, &mut rng(0)).unwrap()
}

fn flat(batches: &[DrawnBatch]) -> Vec<u32> {
    batches.iter().flat_map(|batch| batch.roles.concat()).collect()
}

/// Rows of few temperatures and cells, so that values are often equal.
fn some_rows() -> impl Strategy<Value = Vec<(i64, i64)>> {
    proptest::collection::vec((0..24i64, 0..4i64), 2..40)
}

fn condition(kind: u8, tolerance: f64, fallback: bool) -> Similar {
    let (temperature, cell) = (Row::COLUMNS.temperature, Row::COLUMNS.cell);
    let condition = match kind % 5 {
        0 => Similar::to(temperature).within(tolerance),
        1 => Similar::not_to(temperature).within(tolerance),
        2 => Similar::to(cell),
        3 => Similar::not_to(cell),
        _ => Similar::to(temperature).within(tolerance).metric(|a, b| 2.0 * (a - b)),
    };
    let condition = condition.weighting(Weighting::Linear).min_weight(0.25).max_weight(2.0);
    if fallback { condition.allow_fallback() } else { condition }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn candidates_are_those_that_meet_the_conditions(
        values in some_rows(),
        kinds in proptest::collection::vec((0..5u8, any::<bool>()), 1..4),
        tolerance in 0..8i32,
        best in any::<bool>(),
        most in 1..4usize,
    ) {
        let view = rows(&values);
        let conditions: Vec<Similar> =
            kinds.iter().map(|&(kind, fallback)| condition(kind, f64::from(tolerance) / 4.0, fallback)).collect();
        let difference = |it: &Similar, a: usize, b: usize| {
            let ((ta, ca), (tb, cb)) = (values[a], values[b]);
            if it.column() == "cell" {
                if ca == cb { 0.0 } else { f64::INFINITY }
            } else {
                it.difference(ta as f64 / 4.0, tb as f64 / 4.0)
            }
        };
        let matches = Matches::find(&view, &conditions).unwrap();
        for anchor in 0..values.len() {
            let mut expected = [Vec::new(), Vec::new(), Vec::new()];
            for row in (0..values.len()).filter(|row| *row != anchor) {
                let met: Vec<bool> = conditions.iter().map(|it| it.matches(difference(it, anchor, row))).collect();
                if met.iter().zip(&conditions).any(|(met, it)| !met && !it.allows_fallback()) {
                    continue;
                }
                let tier = if met.iter().all(|met| *met) { 0 } else { 2 - usize::from(met.iter().any(|met| *met)) };
                expected[tier].push(row as u32);
            }
            let tiers = matches.tiers(anchor as u32);
            prop_assert_eq!([&tiers.full, &tiers.partial, &tiers.none], [&expected[0], &expected[1], &expected[2]]);
            let all = expected.concat();
            prop_assert_eq!(matches.has_any(anchor as u32), !all.is_empty());

            let drawn = matches.draw(anchor as u32, most, best, &mut rng(anchor as u32));
            prop_assert_eq!(drawn.len(), most.min(all.len()));
            prop_assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), drawn.len());
            let tier = |row: &u32| expected.iter().position(|tier| tier.contains(row));
            prop_assert!(drawn.iter().all(|row| tier(row).is_some()));
            prop_assert!(drawn.is_sorted_by_key(tier));
            for &row in &drawn {
                let weight = matches.weight(anchor as u32, row);
                prop_assert!((0.0..=2.0).contains(&weight));
                let better = |other: &&u32| {
                    tier(other) == tier(&row) && !drawn.contains(other) && matches.weight(anchor as u32, **other) > weight
                };
                prop_assert!(!best || all.iter().find(better).is_none());
            }
        }
    }

    #[test]
    fn every_row_comes_once_an_epoch(values in some_rows(), batch in 4..9usize, way in 0..3u8) {
        let view = rows(&values);
        let sampler = Batches::of(batch).shuffled();
        let sampler = match way {
            0 => sampler,
            1 => sampler.stratify_by(Row::COLUMNS.cell),
            _ => sampler.group_by(Row::COLUMNS.cell),
        };
        let batches = epoch(sampler.spec(), &view);
        prop_assert!(batches.iter().all(|it| (1..=batch).contains(&it.len())));
        let mut all = flat(&batches);
        all.sort_unstable();
        prop_assert!(all.into_iter().eq(0..values.len() as u32));
        for it in batches.iter().filter(|_| way == 2) {
            let cells: BTreeSet<i64> = it.roles[0].iter().map(|&row| values[row as usize].1).collect();
            prop_assert_eq!(cells.len(), 1);
        }
        let strict = epoch(Batches::of(batch).shuffled().stratify_by(Row::COLUMNS.cell).strict().spec(), &view);
        let cells: BTreeSet<i64> = values.iter().map(|it| it.1).collect();
        let count = |cell: i64| flat(&strict).iter().filter(|&&row| values[row as usize].1 == cell).count();
        let counts: BTreeSet<usize> = cells.into_iter().map(count).collect();
        prop_assert_eq!(counts.len(), 1);
    }

    #[test]
    fn a_resumed_loader_goes_on_with_the_same_rows(values in some_rows(), batch in 1..9usize, taken in 0..12usize) {
        let view = rows(&values);
        let loader = || Batches::of(batch).shuffled().spec().loader(&view, 11);
        let whole: Vec<DrawnBatch> = loader().take(24).map(|it| it.unwrap()).collect();
        let mut first: Loader = loader();
        let head: Vec<DrawnBatch> = first.by_ref().take(taken).map(|it| it.unwrap()).collect();
        let saved = serde_json::to_string(&first.position()).unwrap();
        let position: Position = serde_json::from_str(&saved).unwrap();
        let tail: Vec<DrawnBatch> = loader().resume(position).take(24 - taken).map(|it| it.unwrap()).collect();
        prop_assert_eq!([head, tail].concat(), whole);
    }
}

#[test]
fn groups_and_dropped_rows_differ_from_epoch_to_epoch() {
    let view = rows(&(0..30).map(|row| (row, row % 3)).collect::<Vec<_>>());
    let order = |spec: &SamplerSpec, item| {
        let batches = spec.epoch(&view, None, &mut rng(item)).unwrap();
        batches.iter().map(|it| it.roles[0][0] % 3).collect::<Vec<_>>()
    };
    let grouped = Batches::of(10).shuffled().group_by(Row::COLUMNS.cell).spec();
    assert!((0..8).map(|item| order(&grouped, item)).collect::<BTreeSet<_>>().len() > 2);
    let uneven = rows(&[(0, 0), (1, 0), (2, 0), (3, 0), (4, 1), (5, 1)]);
    let strict = Batches::of(2).shuffled().stratify_by(Row::COLUMNS.cell).strict().spec();
    let left_out = |item| {
        let used: BTreeSet<u32> = flat(&strict.epoch(&uneven, None, &mut rng(item)).unwrap()).into_iter().collect();
        (0..6).filter(|row| !used.contains(row)).collect::<Vec<u32>>()
    };
    assert!((0..16).map(left_out).collect::<BTreeSet<_>>().len() > 2);
}

#[test]
fn rows_are_drawn_in_proportion_to_their_weight() {
    let chances = [1.0, 0.0, 3.0, 4.0];
    let row = |chance| Row { x: 0.0, y: 0.0, temperature: 0.0, cell: 0, chance };
    let all = FeatureSet::from_rows((0..40_000).map(|i| row(chances[i % 4]))).unwrap().view();
    let drawn = flat(&epoch(Batches::of(100).weighted_by(Row::COLUMNS.chance).spec(), &all));
    assert_eq!(drawn.len(), 40_000);
    for (residue, chance) in (0u32..).zip(chances) {
        let found = drawn.iter().filter(|row| **row % 4 == residue).count() as f64 / 40_000.0;
        // Four standard deviations of a binomial share.
        let (share, spread) = (chance / 8.0, 4.0 * (0.25f64 / 40_000.0).sqrt());
        assert!((found - share).abs() <= spread, "{residue}: {found}, expected {share}");
    }
    let none = all.take(&[1, 5]).unwrap();
    let message = Batches::of(1).weighted_by(Row::COLUMNS.chance).spec().epoch(&none, None, &mut rng(0));
    assert!(message.unwrap_err().to_string().contains("no row has a weight above 0"));
}

#[test]
fn unequal_roles_follow_the_policy() {
    // One positive and three negatives for each of the first two rows; three positives, two negatives for the others.
    let view = rows(&[(0, 0), (1, 0), (2, 1), (3, 1), (4, 1), (5, 1)]);
    let of = |unequal, per_anchor| {
        let sampler = Triplets::of(64).same(Row::COLUMNS.cell).per_anchor(per_anchor).unequal(unequal);
        let anchors = epoch(sampler.spec(), &view)[0].roles[0].clone();
        (0..6).map(|row| anchors.iter().filter(|anchor| **anchor == row).count()).collect::<Vec<_>>()
    };
    assert_eq!(of(Unequal::Truncate, 3), [1, 1, 2, 2, 2, 2]);
    assert_eq!(of(Unequal::Repeat, 3), [3, 3, 3, 3, 3, 3]);
    assert_eq!(of(Unequal::Drop, 2), [0, 0, 2, 2, 2, 2]);
}

/// Weighs rows by their position.
#[derive(Sampler, Clone, Copy)]
#[roles(default)]
#[streams(heavy, plain)]
#[draws]
struct Weighed {
    /// Rows a batch.
    #[setting(first)]
    batch: usize,
}

impl Draw for Weighed {
    fn draw(&self, rows: &View, _: &mut Rng) -> Result<WeighedStreams> {
        let mut streams = WeighedStreams::default();
        for (position, weight) in (0..rows.len() as u32).zip([0.0, 1.0, 3.0].into_iter().cycle()) {
            streams.heavy.push_weighted(&[(position, weight)]);
            streams.plain.push(&[position]);
        }
        Ok(streams)
    }
}

#[test]
fn every_sampler_goes_on_in_the_middle_of_an_epoch() {
    let view = rows(&(0..30).map(|row| (row, row % 3)).collect::<Vec<_>>());
    let (cell, chance) = (Row::COLUMNS.cell, Row::COLUMNS.chance);
    let near = Similar::to(Row::COLUMNS.temperature).within(2.0);
    let samplers = vec![
        Batches::of(4).shuffled().drop_last().spec(),
        Batches::of(4).shuffled().stratify_by(cell).strict().spec(),
        Batches::of(4).shuffled().group_by(cell).spec(),
        Batches::of(4).weighted_by(chance).spec(),
        Pairs::of(4).same(cell).pair([near]).spec(),
        Triplets::of(4).same(cell).per_anchor(2).unequal(Unequal::Repeat).spec(),
        Weighed::batch(4).spec(),
    ];
    for sampler in samplers {
        for stream in sampler.streams {
            let loader = || sampler.loader(&view, 11).stream(stream).unwrap();
            let whole: Vec<DrawnBatch> = loader().take(20).map(|it| it.unwrap()).collect();
            let mut first = loader();
            assert_eq!(first.by_ref().take(3).count(), 3);
            let saved = serde_json::to_string(&first.position()).unwrap();
            let position: Position = serde_json::from_str(&saved).unwrap();
            let rest: Vec<DrawnBatch> = loader().resume(position).take(17).map(|it| it.unwrap()).collect();
            assert_eq!(rest, whole[3..], "{} {stream}", sampler.name);
        }
    }
}

#[test]
fn weights_of_rows_make_a_weighted_mean() {
    let train = |stream: &str| {
        let graph = GraphBuilder::new("Line")
            .input("row", Row::SCHEMA)
            .optimizer(Sgd::lr(0.1))
            .node("y", Linear::new(), Reads::of(["row.x"]).predicts("row.y"))
            .spec();
        let data = FeatureSet::from_rows((0..30u8).map(|i| Row {
            x: f32::from(i) / 10.0,
            y: f32::from(i % 7),
            temperature: 0.0,
            cell: 0,
            chance: 0.0,
        }));
        let mut study = ExperimentBuilder::new("Study", graph)
            .seed(5)
            .split("row", Random::ratios([("train", 0.7), ("rest", 0.3)]))
            .train("fit", |phase| {
                phase.feed_stream("row", Weighed::batch(100), stream, "train").loss(Mse, ["y", "row.y"]).epochs(1)
            })
            .build(vec![data.unwrap().view()])
            .unwrap();
        let state = |study: &modularml::experiment::Session| {
            let of = |name: &str| {
                let state = study.graph().state().unwrap();
                let (_, tensor) = state.into_iter().find(|(key, _)| key.ends_with(name)).unwrap();
                tensor.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap()[0]
            };
            (of("weight"), of("bias"))
        };
        let before = state(&study);
        study.progress(Progress::Silent).run().unwrap();
        let rows = study.split("row", "train").unwrap();
        let number = |key| rows.numbers(key, Representation::Raw).unwrap();
        (before, state(&study), number("x"), number("y"))
    };
    for (stream, weights) in [("heavy", [0.0, 1.0, 3.0]), ("plain", [1.0, 1.0, 1.0])] {
        let ((weight, bias), after, x, y) = train(stream);
        let (mut sum, mut gradient) = (0.0, (0.0, 0.0));
        for ((x, y), w) in x.iter().zip(&y).zip(weights.into_iter().cycle()) {
            let error = weight * x + bias - y;
            sum += w;
            gradient = (gradient.0 + w * 2.0 * error * x, gradient.1 + w * 2.0 * error);
        }
        let expected = (weight - 0.1 * gradient.0 / sum, bias - 0.1 * gradient.1 / sum);
        assert!((after.0 - expected.0).abs() < 1e-5, "{stream}: {after:?}, expected {expected:?}");
        assert!((after.1 - expected.1).abs() < 1e-5, "{stream}: {after:?}, expected {expected:?}");
    }
}

#[test]
fn scores_become_weights_of_the_draws() {
    let view = rows(&[(0, 0), (4, 0), (40, 0)]);
    let near = Similar::to(Row::COLUMNS.temperature).within(1.0).weighting(Weighting::Linear).allow_fallback();
    let batches = epoch(Pairs::of(8).pair([near]).spec(), &view);
    let [anchors, pairs] = batches[0].roles.as_slice() else { panic!("two roles") };
    assert_eq!(batches[0].weights[0], [1.0; 3]);
    for ((anchor, pair), weight) in anchors.iter().zip(pairs).zip(&batches[0].weights[1]) {
        let temperature = [0.0f64, 1.0, 10.0];
        let difference = (temperature[*anchor as usize] - temperature[*pair as usize]).abs();
        assert!((weight - (1.0 / difference).min(1.0)).abs() < 1e-12, "{anchor} {pair} {weight}");
    }
    let strict = epoch(Pairs::of(8).same(Row::COLUMNS.cell).spec(), &view);
    assert!(strict[0].weights.is_empty());
}

#[test]
fn a_stream_of_a_loader_is_chosen_by_name() {
    let view = rows(&[(0, 0), (1, 0)]);
    let first =
        |stream: &str| Weighed::batch(2).spec().loader(&view, 1).stream(stream).unwrap().next().unwrap().unwrap();
    assert_eq!(first("heavy").weights, [[0.0, 1.0]]);
    assert!(first("plain").weights.is_empty());
    let error = Weighed::batch(2).spec().loader(&view, 1).stream("plan").unwrap_err().to_string();
    assert_eq!(error, "no stream `plan`: `Weighed` gives heavy, plain; did you mean `plain`?");
}

/// The distance of outputs of rows, by how far apart their cells are.
#[derive(Loss, Clone, Copy)]
#[inputs(prediction: Output, cell: Anything)]
struct ByCell;

impl Formula for ByCell {
    fn forward(&self, inputs: ByCellInputs<'_>) -> Result<PerSample> {
        let cell = inputs.cell.to_dtype(inputs.prediction.dtype())?;
        PerSample::mean_of(&(inputs.prediction.flatten_all()? - cell)?.sqr()?)
    }
}

#[derive(SampleSchema)]
struct Other {
    #[feat]
    x: f32,
    #[target]
    y: f32,
}

model_graph! {
    #[optimizer(Sgd::lr(0.05))]
    graph Two(row: Row, other: Other) {
        first = Linear(row.x) -> row.y;
        second = Linear(other.x) -> other.y;
    }
}

experiment! {
    experiment InTurn for Two {
        seed = 4;
        split row = Random::ratios(train: 0.5, rest: 0.5);
        split other = Random::ratios(train: 0.5, rest: 0.5);
        train learn {
            feed row = Batches::of(10).shuffled().stratify_by(row.cell)(train);
            feed other = Batches::of(5).shuffled()(train);
            schedule = Alternate::cycle();
            loss = ByCell(first, row.cell) + Mse(second, other.y);
            epochs = 60;
        }
    }
}

#[test]
fn feeds_take_turns_and_tags_are_operands() {
    let row = |i: u8| Row { x: f32::from(i) / 40.0, y: 0.0, temperature: 0.0, cell: i64::from(i % 2), chance: 0.0 };
    let other = |i: u8| Other { x: f32::from(i) / 40.0, y: 3.0 * f32::from(i) / 40.0 - 1.0 };
    let data = (FeatureSet::from_rows((0..40).map(row)).unwrap(), FeatureSet::from_rows((0..80).map(other)).unwrap());
    let mut study = InTurn::new(TwoData { row: data.0, other: data.1 }).unwrap();
    let results = study.progress(Progress::Silent).run().unwrap();
    assert!(results.learn.loss.last().unwrap() < &0.4, "{:?}", results.learn.loss);
    assert!(results.learn.loss.last().unwrap() < results.learn.loss.first().unwrap());
}

#[test]
fn shares_of_a_batch_in_parts_are_of_one_part_of_the_data() {
    for (count, batch, parts) in [(58u32, 12usize, 4usize), (46, 12, 3), (64, 8, 8), (5, 8, 4), (13, 4, 1)] {
        let all = rows(&(0..i64::from(count)).map(|row| (row, 0)).collect::<Vec<_>>());
        // A split is in an order of its own.
        let mixed: Vec<u32> = (0..count).map(|row| row * 7 % count).collect();
        let view = all.take(&mixed).unwrap();
        let spec = Batches::of(batch).shuffled().in_parts(parts).spec();
        let batches = epoch(spec, &view);
        let mut seen = BTreeSet::new();
        for drawn in &batches {
            let rows: Vec<u32> = drawn.roles[0].iter().map(|&position| view.rows()[position as usize]).collect();
            for share in 0..parts {
                let own = &rows[rows.len() * share / parts..rows.len() * (share + 1) / parts];
                let part = count as usize * share / parts..count as usize * (share + 1) / parts;
                assert!(parts == 1 || own.iter().all(|&row| part.contains(&(row as usize))), "{own:?} of {part:?}");
            }
            seen.extend(rows);
        }
        assert_eq!(seen.len(), count as usize, "every row once");
        assert_eq!(batches.len(), (count as usize).div_ceil(batch));
        let again = spec.epoch(&view, None, &mut rng(1)).unwrap();
        assert!(count < 9 || again[0].roles != batches[0].roles, "another order each epoch");
    }
    let all = rows(&[(0, 0); 12]);
    let said = |spec: SamplerSpec| spec.epoch(&all, None, &mut rng(0)).unwrap_err().to_string();
    let message = said(Batches::of(6).in_parts(4).spec());
    assert!(message.contains("Batches.in_parts(4): a batch of 6 rows cannot have as many of each part"), "{message}");
    let message = said(Batches::of(8).in_parts(4).group_by(Row::COLUMNS.cell).spec());
    assert!(message.contains("Batches.in_parts: parts of the data are taken in turn"), "{message}");
}
