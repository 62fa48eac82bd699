//! Predictions of graphs with several inputs.

use super::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: f32,
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

#[derive(SampleSchema)]
struct Image {
    #[feat]
    pixels: [f32; 2],
    #[tag]
    cell: i64,
}

#[derive(SampleSchema)]
struct Sound {
    #[feat]
    pitch: f32,
    #[target]
    wear: f32,
}

model_graph! {
    #[optimizer(Adam::lr(0.05))]
    graph Net(pulse: Pulse, image: Image, sound: Sound) {
        align pulse with image by cell;
        fused = Concat::axis(-1)(image.pixels, of_pulse);
        of_pulse = Linear::to([3])(pulse.voltage);
        soh = Linear(fused) -> pulse.soh;
        wear = Linear(sound.pitch) -> sound.wear;
    }
}

experiment! {
    experiment Study for Net {
        seed = 3;
        #[allow(ungrouped)]
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        split sound = Random::ratios(train: 0.5, test: 0.5);
        train learn {
            feed pulse = Batches::of(4)(train);
            feed sound = Batches::of(4)(train);
            schedule = Alternate::cycle();
            loss = Mse(soh, pulse.soh) + Mse(wear, sound.wear);
            epochs = 1;
        }
        eval pulses { feed pulse = test; predictions; mae = L1(soh, pulse.soh); }
        eval sounds { feed sound = test; predictions; mae = L1(wear, sound.wear); }
    }
}

#[test]
fn a_table_has_the_rows_that_are_fed_and_what_is_predicted_of_them() {
    let cell = |i: u8| i64::from(i % 5);
    let pulses = (0..40u8).map(|i| Pulse { voltage: f32::from(i), soh: f32::from(i) / 40.0, cell: cell(i) });
    let images = (0..5u8).rev().map(|i| Image { pixels: [f32::from(i), 1.0], cell: cell(i) });
    let sounds = (0..16u8).map(|i| Sound { pitch: f32::from(i), wear: f32::from(i) });
    let mut study = Study::new(NetData {
        pulse: FeatureSet::from_rows(pulses).unwrap(),
        image: FeatureSet::from_rows(images).unwrap(),
        sound: FeatureSet::from_rows(sounds).unwrap(),
    })
    .unwrap();
    let results = study.progress(Progress::Silent).run().unwrap();
    let columns = |table: &PredictionTable| -> Vec<String> {
        table.batch().schema().fields().iter().map(|field| field.name().clone()).collect()
    };
    let of_pulses = &results.pulses.predictions;
    let expected = ["pulse.id", "pulse.targets.soh", "pulse.tags.cell", "image.id", "image.tags.cell", "predicted.soh"];
    assert_eq!(columns(of_pulses), expected);
    assert_eq!(numbers(of_pulses, "pulse.tags.cell"), numbers(of_pulses, "image.tags.cell"));
    let off = numbers(of_pulses, "predicted.soh").into_iter().zip(numbers(of_pulses, "pulse.targets.soh"));
    let off: Vec<f64> = off.map(|(predicted, soh)| (predicted - soh).abs()).collect();
    assert_eq!(off.len(), 12);
    near(off.iter().sum::<f64>() / 12.0, results.pulses.mae);
    assert_eq!(columns(&results.sounds.predictions), ["sound.id", "sound.targets.wear", "predicted.wear"]);
    assert_eq!(results.sounds.predictions.batch().num_rows(), 8);
    let error = study.session().predictions("learn").unwrap_err().to_string();
    assert!(error.contains("input `pulse` has 28 rows, `sound` has 8"), "{error}");
}
