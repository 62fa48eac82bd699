//! Quantiles of a target end to end: what is learned is the noise that was put in, in the units of the target.

use std::path::Path;

use modularml::Registry;
use modularml::experiment::Session;
use modularml::{layers::*, losses::*, metrics::*, prelude::*};

#[derive(SampleSchema)]
struct Reading {
    #[feat]
    x: f32,
    #[target]
    y: f32,
    #[target]
    counts: f32,
}

model_graph! {
    #[optimizer(AdamW::lr(0.02).weight_decay(0.01).no_decay_on_biases())]
    graph Bands(reading: Reading) {
        #[output]
        bands = Linear::to([3])(reading.x);
        rate = Linear(reading.x) -> reading.counts;
    }
}

experiment! {
    experiment Study for Bands {
        seed = 1;
        split reading = Random::ratios(train: 0.7, test: 0.3);
        scale reading.y = Standard fitted on train;
        train learn {
            feed reading = Batches::of(1000)(train);
            loss = Quantiles::levels(low: 0.1, median: 0.5, high: 0.9)(bands, reading.y)
                + PoissonNll(rate, reading.counts);
            epochs = 600;
        }
        eval test {
            feed reading = test;
            loss = Quantiles::levels(low: 0.1, median: 0.5, high: 0.9)(bands, reading.y);
            pinball = Quantiles::levels(low: 0.1, median: 0.5, high: 0.9)(bands, reading.y) in raw units;
            covered = IntervalCoverage(bands, reading.y);
            below = IntervalCoverage.lower(0).upper(1)(bands, reading.y);
            width = IntervalWidth(bands, reading.y) in raw units;
            scaled_width = IntervalWidth(bands, reading.y) in scaled units;
            deviance = PoissonDeviance.of_logarithms()(rate, reading.counts);
        }
    }
}

/// 40 + 5 x and noise that is even between -10 and 10: its quantiles of 0.1 and 0.9 are -8 and 8, whatever x.
fn readings() -> FeatureSet<Reading> {
    let rows = (0..1000u16).map(|row| {
        let x = f32::from(row % 8) / 8.0;
        let noise = f32::from(row / 8 % 101) / 5.0 - 10.0;
        Reading { x, y: 40.0 + 5.0 * x + noise, counts: f32::from(row % 3) }
    });
    FeatureSet::from_rows(rows).unwrap()
}

#[test]
fn quantiles_are_those_of_the_noise() {
    let mut study = Study::new(readings()).unwrap();
    study.progress(Progress::Silent);
    let test = study.run().unwrap().test;
    assert!((test.covered - 0.8).abs() < 0.06, "{}", test.covered);
    assert!((test.below - 0.4).abs() < 0.06, "{}", test.below);
    assert!((test.width - 16.0).abs() < 1.0, "{}", test.width);
    // The mean over 0.1, 0.5 and 0.9 of a (1 - a) 20 / 2, the least pinball loss of even numbers over a width of 20.
    let least = 20.0 / 2.0 * (0.1 * 0.9 + 0.5 * 0.5 + 0.9 * 0.1) / 3.0;
    assert!((test.pinball - least).abs() < 0.1, "{}, expected {least}", test.pinball);
    // Both are the same numbers in other units, those of the deviation of the rows that train.
    assert!((test.width / test.scaled_width - test.pinball / test.loss).abs() < 1e-5);
    // Counts of 0, 1 and 2 alike, whatever x: of the rate 1 the mean of 2, 0 and 2 (2 log 2 - 1).
    let deviance = (2.0 + 2.0 * (2.0 * 2f64.ln() - 1.0)) / 3.0;
    assert!((test.deviance - deviance).abs() < 0.1, "{}, expected {deviance}", test.deviance);
}

/// The same study from a file measures the same: levels, ends and what does not decay are in it.
#[test]
fn a_saved_study_has_its_levels() {
    let mut study = Study::new(readings()).unwrap();
    study.progress(Progress::Silent);
    study.run().unwrap();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("quantiles-{}.mml", std::process::id()));
    study.save(&path).unwrap();
    let mut loaded = Session::load(&path, &Registry::new()).unwrap();
    std::fs::remove_file(&path).unwrap();
    let optimizer = |session: &Session| session.spec().graph.optimizer.unwrap().settings;
    assert_eq!(optimizer(&loaded), optimizer(study.session()));
    let [own, again] =
        [study.session_mut(), &mut loaded].map(|session| session.measure("test", vec![readings().view()]));
    assert_eq!(own.unwrap().metrics, again.unwrap().metrics);
}
