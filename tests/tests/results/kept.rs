//! Results in the folder of a run and in a file.

use super::*;

#[test]
fn a_recorded_run_keeps_all_of_it_and_goes_on() {
    let runs = Scratch::new("recorded");
    let mut first = study();
    let results = first.run_in(Records::at(&runs.0).every(Every::Seconds(f64::INFINITY)).keep(100)).unwrap();
    let folder = first.session().run_folder().unwrap().to_owned();
    assert_eq!(format!("{:?}", study().resume_in(&folder).unwrap()), format!("{results:?}"));
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let whole = read("results.json");
    let middle = read("predictions/middle.csv");
    assert_eq!(middle.lines().count(), 1 + results.middle.predictions.batch().num_rows());
    assert_eq!(read("predictions/test.csv").lines().count(), middle.lines().count());

    // As if it had been killed behind the phase in the middle.
    let mut checkpoints: Vec<_> =
        fs::read_dir(folder.join("checkpoints")).unwrap().map(|entry| entry.unwrap().path()).collect();
    checkpoints.sort();
    // One at the start, and one behind each phase.
    assert_eq!(checkpoints.len(), 5);
    checkpoints[3..].iter().for_each(|checkpoint| fs::remove_file(checkpoint).unwrap());
    let mut resumed = study();
    assert_eq!(format!("{:?}", resumed.resume_in(&folder).unwrap()), format!("{results:?}"));
    assert_eq!(read("results.json"), whole);
    assert_eq!(read("predictions/middle.csv"), middle);

    // What is written is read back bit for bit, the threshold at infinity too.
    let mut back: Vec<PhaseResult> = serde_json::from_str(&whole).unwrap();
    let numbers_alone = |results: &mut [PhaseResult]| {
        for result in results {
            if let PhaseResult::Eval(result) = result {
                result.predictions = None;
            }
        }
    };
    let mut own = resumed.session().results().to_vec();
    numbers_alone(&mut own);
    numbers_alone(&mut back);
    assert_eq!(format!("{back:?}"), format!("{own:?}"));

    let events: Vec<Value> = read("events.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str, phase: &str| -> Vec<&Value> {
        events.iter().filter(|event| event["event"] == kind && event["phase"] == phase).collect()
    };
    let train = study().split(Study::SPLITS.pulse.train).unwrap().len();
    for epoch in of("epoch", "regress") {
        assert_eq!(epoch["rows"], train);
        let (seconds, rate) = (epoch["seconds"].as_f64().unwrap(), epoch["rows_per_second"].as_f64().unwrap());
        assert!(seconds > 0.0 && (seconds * rate - count(train)).abs() < 1e-6 * count(train), "{epoch}");
    }
    assert_eq!(of("phase_end", "regress")[0]["rows"], 6 * train);
    assert_eq!(of("evaluation", "test")[0]["rows"], 90 - train);
    assert_eq!(of("evaluation", "test")[0]["others"][0]["name"], "confusion");
    assert_eq!(of("phase_end", "test")[0]["rows"], 90 - train);
}

#[test]
fn a_saved_study_gives_the_same_predictions() {
    let scratch = Scratch::new("saved");
    let mut study = study();
    let results = study.run().unwrap();
    let file = scratch.0.join("study.mml");
    study.save(&file).unwrap();
    let mut loaded = Study::load(&file).unwrap();
    loaded.progress(Progress::Silent);
    assert_eq!(loaded.session().predictions("test").unwrap(), results.test.predictions);
    let again = loaded.run_phase(Study::PHASES.test).unwrap();
    assert_eq!(format!("{again:?}"), format!("{:?}", results.test));
}
