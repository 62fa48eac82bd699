//! What ends a phase: the clock and a file.

use super::*;

experiment! {
    experiment Ended for Net {
        callbacks = [StopFile::at("STOP")];
        seed = 3;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        train slow {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            callbacks = [Acts::how(1), TimeLimit::seconds(0.3)];
            epochs = 1000;
        }
        train stopped {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            callbacks = [Acts::how(2)];
            epochs = 1000;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

#[test]
fn time_and_a_file_end_a_phase_and_those_behind_it_run() {
    let runs = Scratch::new("ended");
    let mut study = silent!(Ended);
    let began = Instant::now();
    let results = study.run_in(&*runs.0).unwrap();
    assert!(began.elapsed() < Duration::from_secs(30));
    let folder = study.session().run_folder().unwrap();
    // 6 steps an epoch: at most 15 in 0.3 s, and no epoch but the last is broken off.
    assert!((1..=3).contains(&results.slow.loss.len()), "{:?}", results.slow.loss);
    // The file is there from step 4 on; it is looked for once a second.
    assert_eq!(results.stopped.loss.len(), 1);
    assert!(results.test.rmse.is_finite());
    let warnings: Vec<Value> = events(folder).into_iter().filter(|event| event["event"] == "warning").collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert_eq!(
        (&warnings[0]["phase"], &warnings[0]["warning"]),
        (&"slow".into(), &"the limit of 0.3 seconds has passed: the phase ends".into())
    );
    assert_eq!((&warnings[1]["phase"], &warnings[1]["epoch"]), (&"stopped".into(), &0.into()));
    assert!((3..=5).contains(&warnings[1]["step"].as_u64().unwrap()), "{warnings:?}");
    assert!(warnings[1]["warning"].as_str().unwrap().ends_with("STOP is there: the phase ends"));
}

#[test]
fn time_before_a_resume_counts() {
    let (mut first, mut second) = (silent!(Ended), silent!(Ended));
    let mut run = first.session_mut().start().unwrap();
    // 20 ms a step.
    for _ in 0..10 {
        run.step().unwrap();
    }
    let state = run.state().unwrap();
    let mut run = second.session_mut().resume(&state).unwrap();
    let mut steps = 0;
    while run.results().is_empty() {
        run.step().unwrap();
        steps += 1;
    }
    // Of 0.3 s at most 0.1 were left.
    assert!(steps <= 6, "{steps} steps");
}
