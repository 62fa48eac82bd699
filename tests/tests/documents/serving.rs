//! Examples of docs/serving.md.

use super::*;
use modularml::data::ColumnArray;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 8],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        encoder = Mlp::hidden([8]).output([4])(pulse.voltage);
        soh = Linear(encoder) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 1;
        split pulse = Random::ratios(train: 0.8, test: 0.2);
        train regress {
            feed pulse = Batches::of(32).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            epochs = 200;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

fn predictors(study: SohStudy, pulse: Pulse) -> Result<()> {
    let predictor = study.predictor()?; // the model as it is now
    let soh = predictor.predict_one(&pulse)?.soh.number()?;

    study.save_model("soh.mml")?; // without data, splits and optimizers
    let predictor = Predictor::<SohStudy>::load("soh.mml")?; // in a program that has no data
    Ok(())
}

/// What a message looks like.
const MESSAGE: &str =
    "row: column `voltage`: value 1 is missing (NaN); give a value, or declare #[feat(missing = allow)]";

fn torch(mut study: SohStudy) -> Result<()> {
    study.session().export_torch("torch")?; // torch/model.safetensors and torch/model.py
    study
        .session_mut()
        .load_weights("pretrained.safetensors", [("backbone", "encoder"), ("head.weight", "soh.0.weight")])?;
    Ok(())
}

fn numpy(pulses: FeatureSet<Pulse>) -> Result<()> {
    pulses.view().to_npz("pulses.npz")?; // numpy.load("pulses.npz")["voltage"]
    pulses.view().to_npy("voltage", "voltage.npy")?;

    let pulses = Reader::<Pulse>::new().npz("pulses.npz")?; // of numpy.savez
    let voltage = ColumnArray::npy("voltage.npy")?; // of numpy.save
    let pulses = Reader::<Pulse>::new().columns([("voltage", voltage), ("soh", ColumnArray::npy("soh.npy")?)])?;
    Ok(())
}
