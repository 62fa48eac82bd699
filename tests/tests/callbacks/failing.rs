//! A callback that fails.

use super::*;

experiment! {
    experiment Fails for Net {
        seed = 3;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        train warm {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            epochs = 2;
        }
        train regress {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            callbacks = [Acts::how(3)];
            epochs = 5;
        }
    }
}

#[test]
fn a_callback_that_fails_is_named_and_leaves_the_run_whole() {
    let runs = Scratch::new("fails");
    let mut study = silent!(Fails);
    let error = study.run_in(Records::at(&runs.0).every(Every::Epochs(1)).keep(100)).unwrap_err().to_string();
    assert_eq!(error, "callback `Acts`: no room");
    let folder = study.session().run_folder().unwrap();
    let manifest: Value = serde_json::from_str(&fs::read_to_string(folder.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["outcome"], "failed: callback `Acts`: no room");
    let events = events(folder);
    assert_eq!(events.last().unwrap()["event"], "error");
    assert_eq!(events.last().unwrap()["error"], error);
    assert_eq!(events.iter().filter(|event| event["event"] == "epoch").count(), 4);
    // At the start and behind the phase; behind the epochs where the thread was not busy.
    assert!((2..=5).contains(&files(&folder.join("checkpoints")).len()));
    let epochs: Vec<usize> = study.session().results().iter().map(|result| result.trained().unwrap().epochs).collect();
    assert_eq!(epochs, [2, 2]);
    // It goes on from there, to fail again at the same step.
    let mut again = silent!(Fails);
    assert_eq!(again.resume_in(folder).unwrap_err().to_string(), error);
}
