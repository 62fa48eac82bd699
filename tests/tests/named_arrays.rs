//! Arrays whose positions have names: columns of a file that are one column of the schema.

use modularml::data::{Dtype, Dynamic};
use modularml::prelude::*;
use modularml::{layers::*, losses::*, metrics::*};
use modularml_tests::difference;
use modularml_tests::file::File;

/// What is measured at once.
#[derive(NamedArray, Clone, Copy, Debug, PartialEq)]
struct Signals {
    /// Volts.
    voltage: f32,
    /// Amperes; the file calls it `I (A)`.
    #[column(rename = "I (A)")]
    current: f32,
    /// Degrees Celsius.
    temperature: f32,
}

#[derive(SampleSchema)]
struct Pulse {
    #[feat(missing = allow)]
    signals: Signals,
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Sgd::lr(0.1))]
    graph SohNet(pulse: Pulse) {
        soh = Linear(pulse.signals) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 3;
        split pulse = ByCondition::splits(train: pulse.cell.lt(4), test: pulse.cell.ge(4));
        scale pulse.signals = [Imputer, Standard] fitted on train;
        train regress {
            feed pulse = Batches::of(2)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 2;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

const ROWS: &str = "cell,soh,temperature,I (A),voltage\n\
    0,0.9,20,1.0,3.9\n1,0.8,22,2.0,3.8\n2,0.7,24,3.0,\n3,0.6,26,6.0,3.6\n4,0.5,30,8.0,3.0\n5,0.4,10,9.0,3.1\n";

#[test]
fn columns_of_a_file_are_positions_of_an_array() {
    let file = File::of("rows.csv", ROWS);
    let pulses = Reader::<Pulse>::new().csv(&file.0).unwrap();
    let signals = pulses.view().values(Pulse::COLUMNS.signals).unwrap();
    assert_eq!(signals[1], Signals { voltage: 3.8, current: 2.0, temperature: 22.0 });
    assert!(signals[2].voltage.is_nan());
    let rows = signals.iter().map(|signals| Pulse { signals: *signals, soh: 0.5, cell: 1 });
    assert_eq!(FeatureSet::from_rows(rows).unwrap().view().shape("signals").unwrap().axes(), [3]);
}

/// The statistics are numpy's: `nanmean` of the columns of cells 0 to 3, and `std` with what is missing filled in.
#[test]
fn one_statement_scales_each_position_by_itself() {
    let file = File::of("scaled.csv", ROWS);
    let study = SohStudy::new(Reader::<Pulse>::new().csv(&file.0).unwrap()).unwrap();
    let test = study.split(SohStudy::SPLITS.pulse.test).unwrap();
    let scaled = test.numbers("signals", Representation::Transformed).unwrap();
    let (means, deviations) = (
        [3.766_666_666_666_666_6, 3.0, 23.0],
        [0.108_012_344_973_464_35, 1.870_828_693_386_970_7, 2.236_067_977_499_79],
    );
    let raw = [[3.0, 8.0, 30.0], [3.1, 9.0, 10.0]];
    let expected: Vec<f64> =
        raw.iter().flat_map(|row| (0..3).map(move |at| (row[at] - means[at]) / deviations[at])).collect();
    let difference = difference(&scaled, &expected, 1.0);
    assert!(difference < 1e-5, "{difference}: {scaled:?} {expected:?}");
    let mut study = study;
    assert!(study.run().unwrap().test.rmse.is_finite());
}

#[test]
fn names_of_positions_stay_in_files() {
    let file = File::of("files.csv", ROWS);
    let pulses = Reader::<Pulse>::new().csv(&file.0).unwrap();
    let store = File::of("files.arrow", "");
    std::fs::remove_file(&store.0).unwrap();
    pulses.to_arrow_file(&store.0).unwrap();
    let names = ["voltage", "I (A)", "temperature"];
    let positions = |set: &FeatureSet<Dynamic>| set.schema().column("signals").unwrap().positions;
    assert_eq!(positions(&FeatureSet::open_dynamic(store.0.as_path()).unwrap()), names);
    assert_eq!(positions(&Reader::dynamic().arrow(&store.0).unwrap()), names);
    let again = FeatureSet::<Pulse>::open(store.0.as_path()).unwrap();
    assert_eq!(
        again.view().values(Pulse::COLUMNS.signals).unwrap()[0],
        Signals { voltage: 3.9, current: 1.0, temperature: 20.0 }
    );
}

#[test]
fn mistakes_name_the_column_of_the_file() {
    let read = |name: &str, text: &str| {
        let file = File::of(name, text);
        Reader::<Pulse>::new().csv(&file.0).unwrap_err().to_string()
    };
    let error = read("absent.csv", "cell,soh,temperature,I (A),volatge\n0,0.9,20,1.0,3.9\n");
    assert!(error.contains("column `voltage`: not in the file, but `Pulse` declares it, a position of `signals`; did you mean `volatge`?"), "{error}");
    let error = read("text.csv", "cell,soh,temperature,I (A),voltage\n0,0.9,20,1.0,3.9\n1,0.9,20,high,3.9\n");
    assert!(error.contains("column `I (A)`, row 1: found `high`, expected f32"), "{error}");
    let error = read("infinite.csv", "cell,soh,temperature,I (A),voltage\n0,0.9,20,1.0,3.9\n1,0.9,20,inf,3.9\n");
    assert!(error.contains("column `I (A)`, row 1: found infinity"), "{error}");
}

#[test]
fn readers_without_a_schema_make_arrays_of_columns() {
    let file = File::of("dynamic.csv", "cell,soh,v_2,v_1,temp\n0,0.9,1,2,20\n1,0.8,3,4,21\n");
    let reader = || Reader::dynamic().features(["signals"]).targets(["soh"]);
    let set = reader().array("signals", ["v_?", "temp"]).csv(&file.0).unwrap();
    let column = *set.schema().column("signals").unwrap();
    assert_eq!((column.positions, column.dtype), (&["v_2", "v_1", "temp"][..], Dtype::I64));
    assert_eq!(set.view().numbers("signals", Representation::Raw).unwrap(), [1.0, 2.0, 20.0, 3.0, 4.0, 21.0]);
    let error = reader().array("signals", ["v_*", "tmp"]).csv(&file.0).unwrap_err().to_string();
    assert!(error.contains("no column of the file is called `tmp`; did you mean `temp`?"), "{error}");
    let error = reader().array("other", ["v_*"]).csv(&file.0).unwrap_err().to_string();
    assert!(error.contains("Reader::array names a column `other` that is no feature, target or tag"), "{error}");
}

/// Positions are known by their names: in another order they would be taken for each other.
#[test]
fn positions_in_another_order_are_refused() {
    #[derive(NamedArray)]
    struct Swapped {
        #[column(rename = "I (A)")]
        current: f32,
        voltage: f32,
        temperature: f32,
    }
    #[derive(SampleSchema)]
    struct Other {
        #[feat(missing = allow)]
        signals: Swapped,
    }
    let file = File::of("order.csv", ROWS);
    let pulses = Reader::<Pulse>::new().csv(&file.0).unwrap();
    let store = File::of("order.arrow", "");
    std::fs::remove_file(&store.0).unwrap();
    pulses.to_arrow_file(&store.0).unwrap();
    let error = FeatureSet::<Other>::open(store.0.as_path()).unwrap_err().to_string();
    assert!(
        error
            .contains("the store has f32 [3] (voltage, I (A), temperature), `Other` declares f32 [3] (I (A), voltage,"),
        "{error}"
    );
    let error = Reader::<Other>::new().arrow(&store.0).unwrap_err().to_string();
    assert!(
        error.contains("its positions are voltage, I (A), temperature, and `Other` declares I (A), voltage"),
        "{error}"
    );
    let error = FeatureSet::open_dynamic(store.0.as_path()).unwrap().typed::<Other>().unwrap_err().to_string();
    assert!(error.contains("its positions are voltage"), "{error}");
}

#[test]
fn files_without_a_header_name_positions_in_order() {
    let file = File::of("headerless.csv", "3.9,1.0,20,0.9,7\n3.8,2.0,22,0.8,8\n");
    let pulses = Reader::<Pulse>::new().dialect(Dialect::new().without_header()).csv(&file.0).unwrap();
    assert_eq!(
        pulses.view().values(Pulse::COLUMNS.signals).unwrap()[1],
        Signals { voltage: 3.8, current: 2.0, temperature: 22.0 }
    );
}

/// A target among the features would be leakage.
#[test]
fn no_pattern_takes_a_column_of_its_own() {
    let file = File::of("leak.csv", "cell,soh,v_2,v_1\n0,0.9,1,2\n1,0.8,3,4\n");
    let reader = || Reader::dynamic().features(["signals"]).targets(["soh"]).tags(["cell"]);
    let set = reader().array("signals", ["*"]).csv(&file.0).unwrap();
    assert_eq!(set.schema().column("signals").unwrap().positions, ["v_2", "v_1"]);
    let error = reader().array("signals", ["v_*", "soh"]).csv(&file.0).unwrap_err().to_string();
    assert!(error.contains("`soh` is a column of its own; leave it out of Reader::array"), "{error}");
}

/// Named arrays over time.
#[derive(SampleSchema)]
struct Recording {
    #[feat]
    fixed: [Signals; 2],
    #[feat(length = 3)]
    open: Vec<Signals>,
}

#[test]
fn named_arrays_stand_in_arrays_and_sequences() {
    let at = |volts: f32| Signals { voltage: volts, current: volts + 1.0, temperature: volts + 2.0 };
    let rows = [
        Recording { fixed: [at(0.0), at(10.0)], open: vec![at(1.0)] },
        Recording { fixed: [at(20.0), at(30.0)], open: vec![at(2.0), at(3.0), at(4.0)] },
    ];
    let set = FeatureSet::from_rows(rows).unwrap();
    let view = set.view();
    assert_eq!((view.shape("fixed").unwrap().axes(), view.shape("open").unwrap().axes()), (&[2, 3][..], &[3, 3][..]));
    assert_eq!(view.values(Recording::COLUMNS.fixed).unwrap(), [[at(0.0), at(10.0)], [at(20.0), at(30.0)]]);
    assert_eq!(view.values(Recording::COLUMNS.open).unwrap(), [vec![at(1.0)], vec![at(2.0), at(3.0), at(4.0)]]);
    let again = FeatureSet::<Recording>::from_batches([set.to_arrow().unwrap()]).unwrap();
    assert_eq!(again.view().values(Recording::COLUMNS.open).unwrap()[1][2], at(4.0));
}
