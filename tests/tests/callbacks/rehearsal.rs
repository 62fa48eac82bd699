//! Callbacks in a rehearsal: each is called as in a run of one step, and nothing stays of it.

use super::acts::WRITTEN;
use super::best::Rising;
use super::*;

experiment! {
    experiment Late for Net {
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
            callbacks = [Acts::how(5)];
            epochs = 5;
        }
    }
}

experiment! {
    experiment Writes for Net {
        callbacks = [GradientNorms];
        seed = 3;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        scale pulse.soh = MinMax fitted on train;
        train regress {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { loss; }
            stop = EarlyStopping::patience(2).restore_best()(val.loss);
            callbacks = [
                Acts::how(6),
                Snapshots::every(1),
                PredictionsEvery::epochs(1),
                Snapshots::every(1).to("weights-of-a-rehearsal")
            ];
            epochs = 4;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh) in raw units; }
    }
}

#[test]
fn a_callback_that_fails_in_a_late_phase_is_found() {
    let error = silent!(Late).session_mut().rehearse().unwrap_err().to_string();
    assert_eq!(error, "callback `Acts`: no room");
}

#[test]
fn callbacks_write_into_a_folder_that_goes_away_and_not_elsewhere() {
    let mut study = silent!(Writes);
    let before = study.session().graph().state().unwrap();
    let rehearsal = study.session_mut().rehearse().unwrap();
    assert_eq!(rehearsal.not_called, ["Snapshots"]);
    assert!(!Path::new("weights-of-a-rehearsal").exists());
    let written = WRITTEN.lock().unwrap().clone();
    assert!(written.len() == 1 && !written[0].exists() && !written[0].parent().unwrap().exists(), "{written:?}");
    // 36 rows by 6.
    let phases: Vec<_> = rehearsal.phases.iter().map(|it| (it.phase, it.steps, it.epochs)).collect();
    assert_eq!(phases, [("regress", 6, 4), ("test", 1, 1)]);
    for (name, tensor) in study.session().graph().state().unwrap() {
        assert_eq!(numbers(&tensor), numbers(&before[&name]), "{name}");
    }
}

#[test]
fn a_run_behind_a_rehearsal_is_the_same_run() {
    let runs = Scratch::new("rehearsed");
    let (mut rehearsed, mut plain) = (silent!(Rising), silent!(Rising));
    rehearsed.session_mut().rehearse().unwrap();
    let results = rehearsed.run_in(&*runs.0).unwrap();
    assert_eq!(format!("{results:?}"), format!("{:?}", plain.run_in(&*runs.0).unwrap()));
}
