//! Evaluations of rows that a sampler draws in roles: what they measure, and that they draw the same rows each time.

use modularml::Registry;
use modularml::experiment::{EvalBuilder, ExperimentBuilder, ExperimentSpec, Run, Session};
use modularml::graph::Graph as _;
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    level: [f32; 2],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(0.05))]
    graph Net(pulse: Pulse) {
        #[output]
        place = Linear::to([2])(pulse.level);
    }
}

model_graph! {
    #[optimizer(Adam::lr(0.05))]
    graph Fixed(pulse: Pulse) {
        #[frozen]
        #[output]
        place = Linear::to([2])(pulse.level);
        soh = Linear(pulse.level) -> pulse.soh;
    }
}

experiment! {
    /// The encoder learns.
    experiment Metric for Net {
        seed = 5;
        split pulse = Random::ratios(train: 0.5, val: 0.25, test: 0.25);
        train pretrain {
            feed pulse = Triplets::of(8).same(pulse.cell)(train);
            loss = TripletMargin::margin(2.0)(place.anchor, place.positive, place.negative);
            validate on val every 1 epoch {
                feed pulse = Triplets::of(8).same(pulse.cell)(val);
                loss;
                apart = Mse(place.anchor, place.negative as target);
            }
            stop = EarlyStopping::patience(2)(val.loss);
            epochs = 12;
        }
        eval unseen {
            feed pulse = Triplets::of(8).same(pulse.cell)(test);
            loss = TripletMargin::margin(2.0)(place.anchor, place.positive, place.negative);
        }
    }
}

experiment! {
    /// The encoder stays as it is, so that what is measured of it changes with the rows alone.
    experiment Still for Fixed {
        seed = 5;
        split pulse = Random::ratios(train: 0.5, val: 0.25, test: 0.25);
        train regress {
            feed pulse = Batches::of(8).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch {
                feed pulse = Triplets::of(8).same(pulse.cell)(val);
                loss = TripletMargin::margin(2.0)(place.anchor, place.positive, place.negative);
            }
            epochs = 4;
        }
        eval first {
            feed pulse = Triplets::of(8).same(pulse.cell)(test);
            loss = TripletMargin::margin(2.0)(place.anchor, place.positive, place.negative);
        }
        eval second {
            feed pulse = Triplets::of(8).same(pulse.cell)(test);
            loss = TripletMargin::margin(2.0)(place.anchor, place.positive, place.negative);
        }
    }
}

/// Rows of four cells, each at a place that differs from row to row.
fn pulses(count: u16) -> FeatureSet<Pulse> {
    let row = |i: u16| {
        let (cell, wave) = (i % 4, f32::from(i * 37 % 101) / 101.0);
        Pulse { level: [f32::from(cell) + wave, wave * wave], soh: wave, cell: i64::from(cell) }
    };
    FeatureSet::from_rows((0..count).map(row)).unwrap()
}

/// Rows of two cells, all rows of a cell at one place.
fn two_places() -> FeatureSet<Pulse> {
    let row = |i: u16| Pulse { level: [f32::from(i % 2) * 3.0, 0.0], soh: 0.0, cell: i64::from(i % 2) };
    FeatureSet::from_rows((0..80).map(row)).unwrap()
}

/// Where all rows of a cell are at one place, the loss does not depend on the rows that are drawn: max(0, margin - d), d being
/// the distance between the two places: 3 times the norm of the first column of the weights.
#[test]
fn the_loss_of_triplets_is_that_of_its_formula() {
    let mut study = Still::new(two_places()).unwrap();
    let results = study.progress(Progress::Silent).run().unwrap();
    let state = study.session().graph().state().unwrap();
    let weights = state.iter().find(|(name, _)| name.contains("place") && name.contains("weight")).unwrap().1;
    let weights = weights.to_vec2::<f32>().unwrap();
    assert_eq!(weights.len(), 2);
    let apart = 3.0 * weights.iter().map(|row| f64::from(row[0]).powi(2)).sum::<f64>().sqrt();
    let expected = (2.0 - apart).max(0.0);
    assert!(expected > 0.05, "a loss of 0 would show nothing: {expected}");
    for found in results.regress.val.loss.iter().copied().chain([results.first.loss, results.second.loss]) {
        assert!((found - expected).abs() < 1e-4, "{found}, expected {expected}");
    }
}

#[test]
fn the_same_rows_are_drawn_at_each_evaluation() {
    let mut study = Still::new(pulses(160)).unwrap();
    let results = study.progress(Progress::Silent).run().unwrap();
    let val = &results.regress.val.loss;
    assert_eq!(val.len(), 4);
    assert!(val.iter().all(|loss| loss.to_bits() == val[0].to_bits()), "{val:?}");
    // Another phase draws others.
    assert!((results.first.loss - results.second.loss).abs() > 0.0);
    // A phase that is run again draws other rows to train on, and the same to measure.
    let mut again = Still::new(pulses(160)).unwrap();
    again.progress(Progress::Silent);
    again.session_mut().run_phase("regress").unwrap();
    again.session_mut().run_phase("regress").unwrap();
    let more = again.session_mut().run_phase("regress").unwrap();
    let more = more.trained().unwrap().validated("val").filter_map(|val| val.measured.loss);
    assert!(more.into_iter().all(|loss| loss.to_bits() == val[0].to_bits()));
    let first = again.session_mut().run_phase("first").unwrap();
    assert_eq!(first.evaluated().unwrap().loss.map(f64::to_bits), Some(results.first.loss.to_bits()));
}

#[test]
fn a_triplet_loss_stops_a_phase_and_is_resumed_with_the_same_bits() {
    let expected = Metric::new(pulses(160)).unwrap().progress(Progress::Silent).run().unwrap();
    let val = &expected.pretrain.val;
    assert_eq!(val.loss.len(), val.apart.len());
    assert!(val.loss.len() > 2 && val.loss[1] < val.loss[0], "{:?}", val.loss);
    let steps = |session: &mut Session, count: usize| {
        let mut run: Run<'_> = session.start().unwrap();
        for _ in 0..count {
            assert!(run.step().unwrap());
        }
        run.state().unwrap()
    };
    let mut stopped = Metric::new(pulses(160)).unwrap();
    stopped.progress(Progress::Silent);
    let state = steps(stopped.session_mut(), 13);
    let mut other = Metric::new(pulses(160)).unwrap();
    other.progress(Progress::Silent);
    let results = other.session_mut().resume(&state).unwrap().finish().unwrap();
    let resumed: Vec<f64> =
        results[0].trained().unwrap().validated("val").filter_map(|val| val.measured.loss).collect();
    assert_eq!(resumed, val.loss);
    assert_eq!(results[1].evaluated().unwrap().loss, Some(expected.unseen.loss));
}

experiment! {
    /// Tags that f32 cannot tell apart are labels of their own.
    experiment Asked for Net {
        seed = 5;
        split pulse = Random::ratios(train: 0.5, val: 0.25, test: 0.25);
        train pretrain {
            feed pulse = Triplets::of(8).same(pulse.cell)(train);
            loss = TripletMargin::margin(2.0)(place.anchor, place.positive, place.negative);
            validate on val every 1 epoch { first = RecallAt::k(1)(place, pulse.cell); }
            epochs = 3;
        }
        eval unseen {
            feed pulse = test;
            first = RecallAt::k(1)(place, pulse.cell);
            ranked = MeanAveragePrecision(place, pulse.cell);
            voted = Neighbours::k(3)(place, pulse.cell);
            apart = Silhouette(place, pulse.cell);
        }
    }
}

#[test]
fn embeddings_are_asked_for_rows_of_large_tags() {
    // Two cells whose numbers are one in f32, at two places: every answer is right, and would be at one label alone as well,
    // where a silhouette is not defined.
    let row = |i: u16| Pulse {
        level: [f32::from(i % 2) * 3.0, f32::from(i % 3) * 0.001],
        soh: 0.0,
        cell: 20_230_100 + i64::from(i % 2),
    };
    let rows = FeatureSet::from_rows((0..80).map(row)).unwrap();
    let results = Asked::new(rows).unwrap().progress(Progress::Silent).run().unwrap();
    assert_eq!(results.pretrain.val.first, [1.0; 3]);
    let unseen = results.unseen;
    for found in [unseen.first, unseen.ranked, unseen.voted] {
        assert!((found - 1.0).abs() < 1e-12, "{found}");
    }
    assert!(unseen.apart > 0.9, "{}", unseen.apart);
}

/// The first 1,024 rows, which a rehearsal measures of a split, are of one cell: a sampler has no negative among them.
#[test]
fn a_rehearsal_draws_of_all_rows() {
    let row = |i: u16| Pulse { level: [f32::from(i % 9), 1.0], soh: 0.5, cell: i64::from(i >= 2400) };
    let rows = FeatureSet::from_rows((0..4800).map(row)).unwrap();
    let mut study = Metric::new(rows).unwrap();
    study.progress(Progress::Silent);
    let rehearsal = study.session_mut().rehearse().unwrap();
    assert_eq!(rehearsal.phases.len(), 2);
}

/// How far apart the means of two sets of rows are.
#[derive(Loss, Clone, Copy)]
#[inputs(first: Output, second: Output)]
#[shape(unpaired)]
struct Means;

impl Formula for Means {
    fn forward(&self, inputs: MeansInputs<'_>) -> Result<PerSample> {
        let apart = (inputs.first.mean_keepdim(0)? - inputs.second.mean_keepdim(0)?)?;
        PerSample::mean_of(&apart.sqr()?)
    }
}

model_graph! {
    #[optimizer(Adam::lr(0.05))]
    graph Two(first: Pulse, second: Pulse) {
        #[output]
        one = Linear::to([2])(first.level);
        #[output]
        other = Linear::to([2])(second.level);
    }
}

#[test]
fn batches_that_are_measured_side_by_side_are_as_many() {
    let study = |eval: fn(EvalBuilder) -> EvalBuilder| {
        let halves = || Random::ratios([("train", 0.5), ("test", 0.5)]);
        let study = ExperimentBuilder::new("Apart", Two::SPEC).split("first", halves()).split("second", halves());
        let study = study.train("align", |phase| {
            let phase = phase.feed("first", Batches::of(10), "train").feed("second", Batches::of(10), "train");
            phase.loss(Means, ["one", "other"])
        });
        let study = study.eval("unseen", |measured| eval(measured.loss(Means, ["one", "other"])));
        study.build(vec![pulses(80).view(), pulses(80).view()])
    };
    let refused = |eval| study(eval).err().unwrap().to_string();
    let message = "eval `unseen`: `first` gives 4 batches, `second` 1, which a loss or metric takes side by side; draw both \
                   by samplers that give as many";
    let found = refused(|eval| eval.feed_by("first", Batches::of(10), "test").feed("second", "test"));
    assert!(found.starts_with("eval `unseen`") && found.ends_with(&message["eval `unseen`".len()..]), "{found}");
    let mut sound = study(|eval| {
        eval.feed_by("first", Batches::of(10), "test").feed_by("second", Batches::of(10).shuffled(), "test")
    })
    .unwrap();
    sound.progress(Progress::Silent);
    assert!(sound.run().unwrap()[1].evaluated().unwrap().loss.is_some_and(f64::is_finite));
}

#[test]
fn builders_and_files_say_the_same() {
    let triplets = || Triplets::of(8).same(Pulse::COLUMNS.cell);
    let roles = ["place.anchor", "place.positive", "place.negative"];
    let margin = TripletMargin::margin(2.0);
    let built = ExperimentBuilder::new("Still", Fixed::SPEC)
        .seed(5)
        .split("pulse", Random::ratios([("train", 0.5), ("val", 0.25), ("test", 0.25)]))
        .train("regress", |phase| {
            let phase = phase.feed("pulse", Batches::of(8).shuffled(), "train").loss(Mse, ["soh", "pulse.soh"]);
            phase.epochs(4).val(1, "val", |eval| eval.feed_by("pulse", triplets(), "val").loss(margin, roles))
        })
        .eval("first", |eval| eval.feed_by("pulse", triplets(), "test").loss(margin, roles))
        .eval("second", |eval| eval.feed_by("pulse", triplets(), "test").loss(margin, roles));
    let text = |spec: &ExperimentSpec| serde_json::to_value(spec).unwrap();
    let declared = text(&Still::spec());
    assert_eq!(text(&built.spec()), declared);
    assert_eq!(declared["phases"][0]["kind"]["train"]["validations"][0]["feeds"][0]["split"], "val");
    // A file without feeds of `val` has none, and one with them is read again.
    assert!(text(&Metric::spec())["phases"][0]["kind"]["train"]["validations"][0]["feeds"].is_array());
    let folder = std::env::temp_dir().join(format!("modularml-measured-roles-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("still.mml");
    let mut study = Still::new(pulses(160)).unwrap();
    study.progress(Progress::Silent).run().unwrap();
    study.save(&path).unwrap();
    let loaded = Session::load(&path, &Registry::new()).unwrap();
    assert_eq!(text(loaded.spec()), declared);
    std::fs::remove_dir_all(folder).unwrap();
}
