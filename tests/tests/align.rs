//! Rows of two inputs that meet by a key, against the same rows joined by hand.

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
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
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(0.05))]
    graph Pair(pulse: Pulse, image: Image) {
        align pulse with image by cell;
        a = Linear::to([3])(pulse.voltage);
        b = Linear::to([3])(image.pixels);
        fused = Concat::axis(-1)(a, b);
        soh = Linear(fused) -> pulse.soh;
        #[allow(reconstruct)]
        copy = Linear(fused) -> image.pixels;
    }
}

model_graph! {
    #[optimizer(Adam::lr(0.05))]
    graph One(pulse: Joined) {
        a = Linear::to([3])(pulse.voltage);
        b = Linear::to([3])(pulse.pixels);
        fused = Concat::axis(-1)(a, b);
        soh = Linear(fused) -> pulse.soh;
        #[allow(reconstruct)]
        copy = Linear(fused) -> pulse.pixels;
    }
}

experiment! {
    experiment PairStudy for Pair {
        seed = 3;
        #[allow(ungrouped)]
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        train learn {
            feed pulse = Batches::of(4).shuffled()(train);
            loss = Mse(soh, pulse.soh) + 0.5 * Mse(copy, image.pixels);
            validate on test every 1 epoch { loss = Mse(soh, pulse.soh); }
            epochs = 4;
        }
        train near {
            feed pulse = Triplets::of(4).same(pulse.cell)(train);
            loss = TripletMargin::margin(0.5)(fused.anchor, fused.positive, fused.negative);
            epochs = 2;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    experiment OneStudy for One {
        seed = 3;
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        train learn {
            feed pulse = Batches::of(4).shuffled()(train);
            loss = Mse(soh, pulse.soh) + 0.5 * Mse(copy, pulse.pixels);
            validate on test every 1 epoch { loss = Mse(soh, pulse.soh); }
            epochs = 4;
        }
        train near {
            feed pulse = Triplets::of(4).same(pulse.cell)(train);
            loss = TripletMargin::margin(0.5)(fused.anchor, fused.positive, fused.negative);
            epochs = 2;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    experiment ScaledStudy for Pair {
        seed = 3;
        split pulse = Random::ratios(train: 0.6, test: 0.4).group_by(pulse.cell);
        scale image.pixels = Standard fitted on train;
        train learn {
            feed pulse = Triplets::of(4).same(pulse.cell)(train);
            loss = TripletMargin::margin(0.5)(fused.anchor, fused.positive, fused.negative);
            epochs = 2;
        }
    }
}

fn pulses() -> Vec<Pulse> {
    (0..40u8)
        .map(|i| Pulse { voltage: f32::from(i) / 40.0, soh: f32::from(i % 7), cell: i64::from(i * 3 % 5) })
        .collect()
}

/// Cells in another order than they are met in.
fn images() -> Vec<Image> {
    [4u8, 1, 3, 0, 2].map(|c| Image { pixels: [f32::from(c), 1.0 / (1.0 + f32::from(c))], cell: c.into() }).into()
}

fn joined() -> Vec<Joined> {
    let images = images();
    let join = |pulse: Pulse| {
        let image = images.iter().find(|image| image.cell == pulse.cell).unwrap();
        Joined { voltage: pulse.voltage, pixels: image.pixels, soh: pulse.soh, cell: pulse.cell }
    };
    pulses().into_iter().map(join).collect()
}

#[test]
fn training_on_aligned_inputs_gives_the_bits_of_one_joined_schema() {
    let rows =
        PairData { pulse: FeatureSet::from_rows(pulses()).unwrap(), image: FeatureSet::from_rows(images()).unwrap() };
    let mut pair = PairStudy::new(rows).unwrap();
    let mut one = OneStudy::new(FeatureSet::from_rows(joined()).unwrap()).unwrap();
    let (a, b) = (pair.run().unwrap(), one.run().unwrap());
    assert_eq!(a.learn.loss, b.learn.loss);
    assert_eq!(a.learn.val.loss, b.learn.val.loss);
    assert_eq!(a.near.loss, b.near.loss);
    assert_eq!(a.test.rmse.to_bits(), b.test.rmse.to_bits());
}

#[test]
fn a_graph_alone_runs_on_rows_that_meet() {
    let pulse = FeatureSet::from_rows(pulses()).unwrap();
    let pair = Pair::new(5).unwrap().forward(PairData { pulse, image: images_in_memory() }).unwrap();
    let one = One::new(5).unwrap().forward(&FeatureSet::from_rows(joined()).unwrap()).unwrap();
    assert_eq!(pair.soh.to_vec1::<f32>().unwrap(), one.soh.to_vec1::<f32>().unwrap());
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

#[test]
fn a_scaler_learns_once_from_each_row_that_comes_along_with_its_split() {
    let study = scaled(images_in_memory());
    let train = study.session().split("image", "train").unwrap();
    assert_eq!(train.len(), 24);
    let mut images: Vec<[f64; 2]> =
        train.numbers("pixels", Representation::Transformed).unwrap().as_chunks::<2>().0.to_vec();
    images.sort_by(|a, b| a[0].total_cmp(&b[0]));
    images.dedup();
    // Three of the five cells are trained on.
    assert_eq!(images.len(), 3);
    for position in 0..2 {
        let of_position = || images.iter().map(|image| image[position]);
        let mean = of_position().sum::<f64>() / 3.0;
        let variance = of_position().map(|value: f64| (value - mean).powi(2)).sum::<f64>() / 3.0;
        assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-5, "{mean} {variance}");
    }
}

#[test]
fn rows_come_along_in_every_role_from_memory_and_from_a_store_and_through_a_file() {
    let folder = std::env::temp_dir().join(format!("modularml-align-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("images.arrow");
    images_in_memory().to_arrow_file(&path).unwrap();
    let mapped = FeatureSet::<Image>::open(&path).unwrap();
    let (mut here, mut there) = (scaled(images_in_memory()), scaled(mapped));
    let losses = here.run().unwrap().learn.loss;
    assert_eq!(losses, there.run().unwrap().learn.loss);

    let file = folder.join("study.mml");
    here.save(&file).unwrap();
    let loaded = ScaledStudy::load(&file).unwrap();
    let predict = |study: &ScaledStudy| {
        let rows =
            vec![study.session().split("pulse", "test").unwrap(), study.session().split("image", "test").unwrap()];
        study.predict(rows).unwrap().soh.to_vec1::<f32>().unwrap()
    };
    assert_eq!(predict(&here), predict(&loaded));
    // All images, in any order, may be given as well.
    let rows = vec![here.session().split("pulse", "test").unwrap(), images_in_memory().view()];
    assert_eq!(here.predict(rows).unwrap().soh.to_vec1::<f32>().unwrap(), predict(&here));
    std::fs::remove_dir_all(folder).unwrap();
}

fn images_in_memory() -> FeatureSet<Image> {
    FeatureSet::from_rows(images()).unwrap()
}

fn scaled(image: FeatureSet<Image>) -> ScaledStudy {
    ScaledStudy::new(PairData { pulse: FeatureSet::from_rows(pulses()).unwrap(), image }).unwrap()
}
