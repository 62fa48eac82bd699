//! Lists in settings may be longer than the axes of a shape; one that is too long is refused by its name.

use modularml::graph::LayerSpec;
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml::process::{Pairs, SplitRecord, SplitterSpec};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 4],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
    #[tag]
    batch: i64,
    #[tag]
    maker: i64,
    #[tag]
    temperature: f32,
    #[tag]
    pressure: f32,
    #[tag]
    age: f32,
}

fn pulses() -> FeatureSet<Pulse> {
    FeatureSet::from_rows((0..240u8).map(|row| {
        let x = f32::from(row) / 240.0;
        Pulse {
            voltage: [x, x * x, 1.0 - x, x.sin()],
            soh: 1.0 - x,
            cell: i64::from(row % 4),
            batch: i64::from(row % 3),
            maker: i64::from(row % 2),
            temperature: 20.0 + x,
            pressure: 1.0 + x,
            age: x,
        }
    }))
    .unwrap()
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Deep(pulse: Pulse) {
        code = Mlp::hidden([9, 8, 9, 8, 9, 8, 9, 8, 9, 8, 9, 8]).output([4]).activation(Activation::Tanh)(pulse.voltage);
        soh = Linear(code) -> pulse.soh;
    }
}

experiment! {
    experiment Study for Deep {
        seed = 3;
        split pulse = Random::ratios(
            train: 0.45, a: 0.05, b: 0.05, c: 0.05, d: 0.05, e: 0.05, f: 0.05, g: 0.05, h: 0.05, i: 0.05, j: 0.05, k: 0.05
        );
        train regress {
            feed pulse = Pairs::of(8).pair([
                Similar::to(pulse.cell),
                Similar::to(pulse.batch),
                Similar::to(pulse.maker),
                Similar::to(pulse.temperature).within(5.0),
                Similar::to(pulse.pressure).within(5.0),
                Similar::to(pulse.age).within(5.0),
            ])(train);
            loss = Mse(soh.anchor, pulse.soh.anchor) + Mse(soh.pair, pulse.soh.pair);
            rate = [Milestones::at([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]).factor(0.5)] per epoch;
            epochs = 13;
        }
        eval held_out { feed pulse = k; mae = L1(soh, pulse.soh); }
    }
}

#[test]
fn twelve_of_each_train_save_and_load() {
    let mut study = Study::new(pulses()).unwrap();
    let results = study.run().unwrap();
    assert_eq!(results.regress.epochs, 13);
    let first = *results.regress.loss.first().unwrap();
    let last = *results.regress.loss.last().unwrap();
    assert!(last < first, "{first} to {last}");
    assert_eq!(study.split(Study::SPLITS.pulse.k).unwrap().len(), 12);

    let path = std::env::temp_dir().join(format!("modularml-long-lists-{}.mml", std::process::id()));
    study.save(&path).unwrap();
    let loaded = Study::load(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let predicted = |study: &Study| {
        let soh = study.predict(pulses().view()).unwrap().soh;
        soh.flatten_all().unwrap().to_vec1::<f32>().unwrap()
    };
    assert_eq!(predicted(&loaded), predicted(&study));
    assert_eq!(loaded.split(Study::SPLITS.pulse.j).unwrap().rows(), study.split(Study::SPLITS.pulse.j).unwrap().rows());
}

#[test]
fn a_rate_falls_at_each_of_twelve_times() {
    use modularml::experiment::Rate;
    let rate = Milestones::at([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]).factor(0.5);
    let factors = [0, 8, 12].map(|time| Rate::factor(&rate, time).to_bits());
    assert_eq!(factors, [1.0, 1.0 / 256.0, 1.0 / 4096.0f64].map(f64::to_bits));
}

#[test]
fn a_list_that_is_too_long_is_refused() {
    let refused = |layer: LayerSpec| layer.settings.check_all(layer.name).unwrap_err().to_string();
    let message = "hidden(..) of `Mlp`: must be at most 64 sizes, found 65";
    assert_eq!(refused(Mlp::hidden([4; 65]).spec()), message);
    assert_eq!(refused(Linear::to([4; 9]).spec()), "output(..) of `Linear`: must be at most 8 sizes");
    assert!(Mlp::hidden([4; 64]).spec().settings.check_all("Mlp").is_ok());

    let many: SplitterSpec = Random::ratios([("part", 1.0 / 33.0); 33]).into();
    let error = SplitRecord::new(0).split(many).replay(&pulses().view()).unwrap_err().to_string();
    assert!(error.contains("ratios(..) of `Random`: must be at most 32 named parts, found 33"), "{error}");

    let pairs = Pairs::of(4).pair([Similar::new("cell", true); 17]).spec();
    let message = pairs.settings.check_all("Pairs").unwrap_err().to_string();
    assert_eq!(message, "pair(..) of `Pairs`: must be at most 16 conditions, found 17");
}

/// The room for lists is one for all settings of a component: the one that finds none left is refused.
#[test]
fn lists_share_their_room() {
    let triplets = Triplets::of(4).positive([Similar::new("cell", true); 10]).negative([Similar::new("age", false); 7]);
    let message = triplets.spec().settings.check_all("Triplets").unwrap_err().to_string();
    let room = "must be at most 16 conditions together with those of the settings before it";
    assert_eq!(message, format!("negative(..) of `Triplets`: {room}"));
    let triplets = Triplets::of(4).positive([Similar::new("cell", true); 10]).negative([Similar::new("age", false); 6]);
    assert!(triplets.spec().settings.check_all("Triplets").is_ok());
}
