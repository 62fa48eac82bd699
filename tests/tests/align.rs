//! Rows of two inputs that meet by a key, against the same rows joined by hand.

use modularml::prelude::*;

#[derive(SampleSchema, Clone)]
struct Pulse {
    #[feat]
    voltage: f32,
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

#[derive(SampleSchema, Clone)]
struct Image {
    #[feat]
    pixels: [f32; 2],
    #[tag]
    cell: i64,
}

#[derive(SampleSchema, Clone)]
struct Joined {
    #[feat]
    voltage: f32,
    #[feat]
    pixels: [f32; 2],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(0.05))]
    graph Pair(pulse: Pulse, image: Image) {
        align pulse with image by cell;
        a = Linear::to([3])(pulse.voltage);
        b = Linear::to([3])(image.pixels);
        fused = Concat::axis(-1)(a, b);
        soh = Linear(fused) -> pulse.soh;
    }
}

model_graph! {
    #[optimizer(Adam::lr(0.05))]
    graph One(pulse: Joined) {
        a = Linear::to([3])(pulse.voltage);
        b = Linear::to([3])(pulse.pixels);
        fused = Concat::axis(-1)(a, b);
        soh = Linear(fused) -> pulse.soh;
    }
}

experiment! {
    experiment PairStudy(net: Pair) {
        seed = 3;
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        train learn {
            feed pulse = Batches::of(4).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            val = every 1 epoch: eval on test { loss = Mse(soh, pulse.soh); }
            epochs = 4;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    experiment OneStudy(net: One) {
        seed = 3;
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        train learn {
            feed pulse = Batches::of(4).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            val = every 1 epoch: eval on test { loss = Mse(soh, pulse.soh); }
            epochs = 4;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

fn pulses() -> Vec<Pulse> {
    (0..40u8).map(|i| Pulse { voltage: f32::from(i) / 40.0, soh: f32::from(i % 7), cell: i64::from(i * 3 % 5) }).collect()
}

/// Cells in another order than they are met in.
fn images() -> Vec<Image> {
    [4u8, 1, 3, 0, 2].map(|c| Image { pixels: [f32::from(c), 1.0 / (1.0 + f32::from(c))], cell: c.into() }).into()
}

fn joined() -> Vec<Joined> {
    let images = images();
    let join = |pulse: Pulse| {
        let image = images.iter().find(|image| image.cell == pulse.cell).unwrap();
        Joined { voltage: pulse.voltage, pixels: image.pixels, soh: pulse.soh }
    };
    pulses().into_iter().map(join).collect()
}

#[test]
fn training_on_aligned_inputs_gives_the_bits_of_one_joined_schema() {
    let rows = PairData {
        pulse: FeatureSet::from_rows(pulses()).unwrap(),
        image: FeatureSet::from_rows(images()).unwrap(),
    };
    let mut pair = PairStudy::new(rows).unwrap();
    let mut one = OneStudy::new(FeatureSet::from_rows(joined()).unwrap()).unwrap();
    let (a, b) = (pair.run().unwrap(), one.run().unwrap());
    assert_eq!(a.learn.loss, b.learn.loss);
    assert_eq!(a.learn.val.loss, b.learn.val.loss);
    assert_eq!(a.test.rmse.to_bits(), b.test.rmse.to_bits());
}

#[test]
fn keys_that_stand_twice_or_nowhere_are_told() {
    let study = |images: &[Image]| {
        let rows = PairData {
            pulse: FeatureSet::from_rows(pulses()).unwrap(),
            image: FeatureSet::from_rows(images.to_vec()).unwrap(),
        };
        PairStudy::new(rows).err().unwrap().to_string()
    };
    let mut twice = images();
    twice.push(twice[1].clone());
    let message = study(&twice);
    assert!(message.contains("`cell` is 1 in rows 1 and 5"), "{message}");
    let message = study(&images()[1..]);
    assert!(message.contains("8 of 40 rows have no partner by `cell`, the first with 4"), "{message}");
}
