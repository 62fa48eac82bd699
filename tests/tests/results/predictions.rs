//! Tables of predictions: those that were kept, and those of any phase.

use super::*;

#[test]
fn predictions_are_those_of_the_time_at_which_they_were_kept() {
    let (mut study, mut other, mut of_new_ids) = (study(), study(), study_of(&pulses()));
    let mut middle = None;
    let mut run = study.session_mut().start().unwrap();
    let mut states = Vec::new();
    while run.step().unwrap() {
        if middle.is_none() && run.results().len() == 2 {
            middle = Some(run.session().predictions("middle").unwrap());
        }
        states.push(run.state().unwrap());
    }
    let results = run.results().to_vec();
    let kept = results[1].predictions().unwrap();
    assert_eq!(Some(kept), middle.as_ref());
    assert_ne!(kept, &study.session().predictions("middle").unwrap());
    // From any state the rest is the same, also from those behind the phase whose weights are gone.
    for state in states.iter().step_by(3).chain(states.last()) {
        let resumed = other.session_mut().resume(state).unwrap().finish().unwrap();
        assert_eq!(format!("{resumed:?}"), format!("{results:?}"));
    }
    // Rows that were read again have other ids, by which the table is to be joined with them.
    let resumed = of_new_ids.session_mut().resume(states.last().unwrap()).unwrap().finish().unwrap();
    let rows = of_new_ids.split(Study::SPLITS.pulse.test).unwrap();
    let table = resumed[1].predictions().unwrap();
    assert_eq!(text(table, "id"), rows.ids().iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_ne!(text(table, "id"), text(kept, "id"));
    assert_eq!(numbers(table, "predicted.soh"), numbers(kept, "predicted.soh"));
    let error = results[0].predictions().unwrap_err().to_string();
    assert_eq!(error, "`warm` is not an eval phase");
}

#[test]
fn predictions_of_a_train_phase_are_those_of_its_rows() {
    let mut study = study();
    study.run().unwrap();
    let table = study.session().predictions("regress").unwrap();
    let rows = study.split(Study::SPLITS.pulse.train).unwrap();
    assert_eq!(text(&table, "id"), rows.ids().iter().map(ToString::to_string).collect::<Vec<_>>());
    let predicted = modularml_tests::numbers(&study.predict(&rows).unwrap().soh);
    for (found, expected) in numbers(&table, "predicted.soh").iter().zip(&predicted) {
        near(*found, *expected);
    }
}

#[test]
fn a_table_is_written_as_parquet() {
    let scratch = Scratch::new("parquet");
    let table = study().session().predictions("test").unwrap();
    let file = scratch.0.join("test.parquet");
    table.write_parquet(&file).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(&file).unwrap()).unwrap().build().unwrap();
    assert_eq!(reader.map(|batch| batch.unwrap()).collect::<Vec<_>>(), [table.batch().clone()]);
}
