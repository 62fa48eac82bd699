//! Columns and predictions as arrays of ndarray: which values, when without a copy, and what is refused. Values are told by
//! hand, and those that other types round are numpy's: `np.float64(..).astype(np.float32)`.

#![allow(clippy::float_cmp, reason = "what is told is exact")]

use std::path::PathBuf;
use std::sync::Arc;

use modularml::candle_core::Device;
use modularml::data::{Dynamic, Paths, RowTransform, Shape};
use modularml::graph::to_ndarray;
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

/// A folder that is gone when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn of(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("modularml-arrays-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [[f32; 3]; 2],
    #[feat(missing = allow)]
    temperature: f64,
    #[feat]
    is_warm: bool,
    #[feat(length = 3)]
    current: Vec<[i16; 2]>,
    #[target]
    soh: f64,
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
    #[tag]
    cell: i64,
    #[tag]
    cycle: Option<u64>,
    #[tag]
    maker: Option<String>,
    #[tag]
    at: Timestamp,
    #[tag]
    made: Date,
}

/// 2 to the power of 53, behind which f64 has no longer every whole number.
const LARGE: i64 = 1 << 53;

fn pulses() -> FeatureSet<Pulse> {
    let pulse = |row: i16| Pulse {
        voltage: [[f32::from(row), 1.5, 2.5], [3.5, 4.5, f32::from(-row)]],
        temperature: if row == 1 { f64::NAN } else { 0.1 * f64::from(row) },
        is_warm: row % 2 == 0,
        current: (0..row % 4).map(|at| [at + 1, -at]).collect(),
        soh: 1.0 / f64::from(row + 1),
        state: Class::new(u32::from(row.unsigned_abs()) % 3),
        cell: LARGE - 2 + i64::from(row),
        cycle: (row != 2).then_some(u64::MAX - 7 + u64::from(row.unsigned_abs())),
        maker: Some("B".into()),
        at: Timestamp::from_nanos(i64::from(row) * 1_000_000_007),
        made: Date::from_days(20_000 + i32::from(row)),
    };
    FeatureSet::from_rows((0..6).map(pulse)).unwrap()
}

const RAW: Representation = Representation::Raw;

#[test]
fn rows_that_lie_together_are_not_copied() {
    let set = pulses();
    let all = set.view();
    let voltage = all.ndarray::<f32>("voltage", RAW).unwrap();
    assert!(voltage.is_view());
    assert_eq!((voltage.shape(), voltage[[4, 1, 2]]), ([6, 2, 3].as_slice(), -4.0));
    let block = all.take(&[2, 3, 4]).unwrap();
    let found = block.ndarray::<f32>("features.voltage", RAW).unwrap();
    assert_eq!(found.as_ptr(), voltage.as_ptr().wrapping_add(2 * 6));
    assert_eq!(found.iter().copied().collect::<Vec<f32>>()[..6], [2.0, 1.5, 2.5, 3.5, 4.5, -2.0]);
    // What is stored under another name is shared as well.
    assert!(all.ndarray::<u32>("state", RAW).unwrap().is_view());
    assert!(all.ndarray::<i64>("at", RAW).unwrap().is_view());
    assert!(all.ndarray::<i32>("made", RAW).unwrap().is_view());
    assert!(all.ndarray::<i16>("current", RAW).unwrap().is_view());
    // A column with a missing value in another row is, too.
    assert!(block.take(&[1, 2]).unwrap().ndarray::<u64>("cycle", RAW).unwrap().is_view());

    for rows in [vec![0, 2, 3], vec![3, 2], vec![2, 2], vec![5, 0]] {
        let found = all.take(&rows).unwrap();
        let found = found.ndarray::<f32>("voltage", RAW).unwrap();
        assert!(!found.is_view(), "{rows:?}");
        let first: Vec<f64> = found.outer_iter().map(|row| row[[0, 0]].into()).collect();
        assert_eq!(
            first,
            rows.iter().map(|&row| all.numbers("voltage", RAW).unwrap()[row as usize * 6]).collect::<Vec<_>>()
        );
    }
    assert!(!all.ndarray::<f64>("voltage", RAW).unwrap().is_view());
    assert!(!all.ndarray::<bool>("is_warm", RAW).unwrap().is_view());
    let none = all.take(&[]).unwrap();
    assert_eq!(none.ndarray::<f32>("voltage", RAW).unwrap().shape(), [0, 2, 3]);
    assert_eq!(none.masked_ndarray::<u64>("cycle", RAW).unwrap().mask.shape(), [0]);
}

#[test]
fn values_stay_what_they_are_in_other_types() {
    let set = pulses();
    let all = set.view();
    let soh = all.ndarray::<f32>("soh", RAW).unwrap();
    assert_eq!(soh.as_slice().unwrap()[2], 0.333_333_34);
    assert_eq!(all.ndarray::<bool>("is_warm", RAW).unwrap().as_slice().unwrap()[..3], [true, false, true]);
    assert_eq!(all.ndarray::<u8>("is_warm", RAW).unwrap().as_slice().unwrap()[..3], [1, 0, 1]);
    assert_eq!(all.ndarray::<f32>("is_warm", RAW).unwrap().as_slice().unwrap()[..3], [1.0, 0.0, 1.0]);
    assert_eq!(all.ndarray::<u8>("state", RAW).unwrap().as_slice().unwrap(), [0, 1, 2, 0, 1, 2]);
    assert_eq!(all.ndarray::<i64>("made", RAW).unwrap().as_slice().unwrap()[5], 20_005);
    assert_eq!(all.ndarray::<i64>("at", RAW).unwrap().as_slice().unwrap()[5], 5_000_000_035);
    assert_eq!(all.ndarray::<f64>("current", RAW).unwrap()[[3, 2, 0]], 3.0);
    // Up to 2^53 each whole number is an f64, and 2^53 + 1 is none.
    let cells = all.take(&[0, 1, 2]).unwrap();
    assert_eq!(cells.ndarray::<f64>("cell", RAW).unwrap().as_slice().unwrap()[2], 9_007_199_254_740_992.0);
    assert_eq!(all.ndarray::<i64>("cell", RAW).unwrap().as_slice().unwrap()[3], LARGE + 1);

    let refused = |result: Result<(), modularml::Error>| result.unwrap_err().to_string();
    assert_eq!(
        refused(all.ndarray::<f64>("cell", RAW).map(drop)),
        "column `cell`, row 3: found 9007199254740993, which f64 cannot hold exactly; read it as i64"
    );
    assert_eq!(
        refused(all.take(&[0, 4]).unwrap().ndarray::<i64>("cycle", RAW).map(drop)),
        "column `cycle`, row 0: found 18446744073709551608, which i64 cannot hold; read it as u64"
    );
    assert_eq!(
        refused(all.ndarray::<u8>("current", RAW).map(drop)),
        "column `current`, row 2: found -1, which u8 cannot hold; read it as i16"
    );
    assert_eq!(
        refused(all.ndarray::<i64>("soh", RAW).map(drop)),
        "column `soh` is f64, and an array of i64 is asked for; read it as f32 or f64"
    );
    assert_eq!(
        refused(all.ndarray::<bool>("cell", RAW).map(drop)),
        "column `cell` is i64, and an array of bool is asked for; read it as an integer"
    );
    assert_eq!(
        refused(all.ndarray::<f32>("maker", RAW).map(drop)),
        "column `maker` is String, and an array of f32 is asked for; text is in no array, read it by texts()"
    );
    assert_eq!(
        refused(all.ndarray::<f32>("state", RAW).map(drop)),
        "column `state` is Class, and an array of f32 is asked for; read the numbers of its classes as u32, their names by \
         classes()"
    );
    assert_eq!(
        refused(all.ndarray::<f64>("at", RAW).map(drop)),
        "column `at` is Timestamp, and an array of f64 is asked for; read its nanoseconds as i64, or by values() and times()"
    );
    assert_eq!(
        refused(all.ndarray::<u8>("made", RAW).map(drop)),
        "column `made` is Date, and an array of u8 is asked for; read its days as i32 or i64, or by values() and times()"
    );
    assert!(refused(all.ndarray::<f32>("voltag", RAW).map(drop)).contains("did you mean `voltage`?"));
    let huge = FeatureSet::from_rows([1.0, 1e300].map(|soh| Wide { soh })).unwrap();
    assert_eq!(
        refused(huge.view().ndarray::<f32>("soh", RAW).map(drop)),
        "column `soh`, row 1: found 1e300, which f32 cannot hold; read it as f64"
    );
}

#[derive(SampleSchema)]
struct Wide {
    #[feat]
    soh: f64,
}

#[test]
fn what_is_missing_is_nan_or_masked() {
    let set = pulses();
    let all = set.view();
    assert!(all.ndarray::<f64>("temperature", RAW).unwrap()[[1]].is_nan());
    assert!(all.ndarray::<f32>("temperature", RAW).unwrap()[[1]].is_nan());
    let error = all.ndarray::<u64>("cycle", RAW).unwrap_err().to_string();
    assert_eq!(
        error,
        "column `cycle`: 1 of 6 rows have no value, the first at position 2, and u64 has no NaN; read it by \
         masked_ndarray(), or leave those rows out"
    );
    let cycle = all.masked_ndarray::<u64>("cycle", RAW).unwrap();
    assert_eq!(cycle.mask.iter().copied().collect::<Vec<_>>(), [true, true, false, true, true, true]);
    assert_eq!((cycle.values[[2]], cycle.values[[5]]), (0, u64::MAX - 2));
    let temperature = all.masked_ndarray::<f64>("temperature", RAW).unwrap();
    assert!(temperature.values.is_view() && !temperature.mask[[1]] && temperature.mask[[2]]);
    let current = all.masked_ndarray::<i16>("current", RAW).unwrap();
    assert_eq!(current.mask.index_axis(ndarray::Axis(0), 2).iter().filter(|&&holds| holds).count(), 4);
}

/// As `torch.nn.utils.rnn.pad_sequence(.., batch_first=True)` pads.
#[test]
fn sequences_are_padded_and_masked() {
    let set = pulses();
    let rows = set.view().take(&[1, 2, 3, 4]).unwrap();
    let current = rows.padded_ndarray::<i16>("current", RAW).unwrap();
    assert!(current.values.is_view());
    assert_eq!(current.lengths, [1, 2, 3, 0]);
    assert_eq!(current.values.shape(), [4, 3, 2]);
    let flat: Vec<i16> = current.values.iter().copied().collect();
    assert_eq!(flat, [1, 0, 0, 0, 0, 0, 1, 0, 2, -1, 0, 0, 1, 0, 2, -1, 3, -2, 0, 0, 0, 0, 0, 0]);
    let mask: Vec<bool> = current.mask.iter().copied().collect();
    let expected = [1, 2, 3, 0].map(|length| [0 < length, 1 < length, 2 < length]).concat();
    assert_eq!(mask, expected);
    let error = rows.padded_ndarray::<f32>("voltage", RAW).unwrap_err().to_string();
    assert!(error.contains("column `voltage` is no sequence"), "{error}");
}

/// Doubles what it is given.
#[derive(Debug)]
struct Double;

impl RowTransform for Double {
    fn shape(&self) -> Shape {
        Shape::new(&[2, 3])
    }

    fn apply(&self, values: Vec<f64>) -> modularml::Result<Vec<f64>> {
        Ok(values.into_iter().map(|value| value * 2.0).collect())
    }
}

#[test]
fn scaled_columns_are_arrays_too() {
    let scaled = |set: &FeatureSet<Dynamic>| {
        let double: Arc<dyn RowTransform> = Arc::new(Double);
        set.view().with_transform("voltage", &double).unwrap()
    };
    let folder = Folder::of("scaled");
    let stored = folder.0.join("pulses.arrow");
    let set = pulses().to_dynamic();
    set.to_arrow_file(&stored).unwrap();
    let mapped = FeatureSet::open_dynamic(stored.as_path()).unwrap();
    for (set, is_shared) in [(&set, true), (&mapped, false)] {
        let view = scaled(set).take(&[3, 4]).unwrap();
        let voltage = view.ndarray::<f64>("voltage", Representation::Transformed).unwrap();
        assert_eq!(voltage.is_view(), is_shared);
        assert_eq!((voltage[[0, 0, 0]], voltage[[1, 1, 2]]), (6.0, -8.0));
        assert!(view.ndarray::<f32>("voltage", RAW).unwrap().is_view());
        let narrow = view.ndarray::<f32>("voltage", Representation::Transformed).unwrap();
        assert_eq!(narrow[[1, 1, 2]], -8.0);
        let error = view.ndarray::<i64>("voltage", Representation::Transformed).unwrap_err().to_string();
        assert_eq!(error, "column `voltage` is f64, and an array of i64 is asked for; read it as f32 or f64");
    }
}

#[test]
fn rows_of_several_stores_are_joined_where_they_must_be() {
    let folder = Folder::of("stores");
    let set = pulses();
    for (name, rows) in [("a.arrow", [0, 1, 2]), ("b.arrow", [3, 4, 5])] {
        set.view().take(&rows).unwrap().to_feature_set().unwrap().to_arrow_file(folder.0.join(name)).unwrap();
    }
    let stores = FeatureSet::<Pulse>::open(Paths::folder(&folder.0, "arrow").unwrap()).unwrap();
    for (rows, is_shared) in [(vec![0, 1, 2], true), (vec![3, 4], true), (vec![2, 3], false), (vec![4, 1], false)] {
        let (one, other) = (stores.view().take(&rows).unwrap(), set.view().take(&rows).unwrap());
        let voltage = one.ndarray::<f32>("voltage", RAW).unwrap();
        assert_eq!(voltage.is_view(), is_shared, "{rows:?}");
        assert_eq!(voltage, other.ndarray::<f32>("voltage", RAW).unwrap());
        let masked = one.masked_ndarray::<u64>("cycle", RAW).unwrap();
        assert_eq!(masked, other.masked_ndarray::<u64>("cycle", RAW).unwrap());
        assert_eq!(one.ndarray::<i64>("made", RAW).unwrap(), other.ndarray::<i64>("made", RAW).unwrap());
    }
}

/// A row of a recording.
#[derive(SampleSchema)]
struct Reading {
    #[feat]
    volts: f32,
    #[tag]
    second: i64,
}

#[derive(SampleSchema)]
#[windows(of = Reading, length = 3, in_order_of = second)]
struct Piece {
    #[feat(window = volts)]
    volts: [f32; 3],
}

#[test]
fn windows_are_copied() {
    let reading = |row: u8| Reading { volts: f32::from(row), second: i64::from(row) };
    let readings = FeatureSet::from_rows((0..6).map(reading)).unwrap();
    let pieces: FeatureSet<Piece> = Windows::stride(2).over(&readings).unwrap();
    let view = pieces.view();
    let volts = view.ndarray::<f32>("volts", RAW).unwrap();
    assert_eq!(volts.shape(), [2, 3]);
    assert_eq!(volts.iter().copied().collect::<Vec<f32>>(), [0.0, 1.0, 2.0, 2.0, 3.0, 4.0]);
    assert_eq!(view.ndarray::<f64>("volts", RAW).unwrap()[[1, 2]], 4.0);
}

#[test]
fn tensors_and_arrays_are_arrays() {
    let tensor = Tensor::new(&[[1f32, 2.5], [3.0, 4.0]], &Device::Cpu).unwrap();
    let turned = to_ndarray::<f32>(&tensor.t().unwrap()).unwrap();
    assert_eq!(turned.iter().copied().collect::<Vec<f32>>(), [1.0, 3.0, 2.5, 4.0]);
    let half = to_ndarray::<f64>(&tensor.to_dtype(DType::BF16).unwrap()).unwrap();
    assert_eq!(half[[0, 1]], 2.5);
    let error = to_ndarray::<u8>(&tensor).unwrap_err().to_string();
    assert_eq!(error, "tensor: the array is f32, and an array of u8 is asked for; read it as f32 or f64");
    let codes = Tensor::new(&[300u32, 2], &Device::Cpu).unwrap();
    assert_eq!(to_ndarray::<f32>(&codes).unwrap().as_slice(), Some([300.0, 2.0].as_slice()));
    let error = to_ndarray::<u8>(&codes).unwrap_err().to_string();
    assert_eq!(error, "tensor: the array, number 0: found 300, which u8 cannot hold; read it as u32");
    let array = pulses().view().array("cell", RAW, modularml::data::Dtype::I64).unwrap();
    assert_eq!(array.into_ndarray::<i64>().unwrap()[[3]], LARGE + 1);
}

#[derive(SampleSchema)]
struct Sample {
    #[feat]
    voltage: [f32; 4],
    #[target]
    soh: f32,
    #[target]
    curve: [f32; 2],
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
    #[tag]
    cell: i64,
    #[tag]
    at: Date,
}

model_graph! {
    #[optimizer(Adam::lr(0.02))]
    graph Net(sample: Sample) {
        hidden = Mlp::hidden([8]).output([8])(sample.voltage);
        soh = Linear(hidden) -> sample.soh;
        curve = Linear(hidden) -> sample.curve;
        state = Linear(hidden) -> sample.state;
    }
}

experiment! {
    experiment Study for Net {
        seed = 7;
        split sample = Random::ratios(train: 0.7, test: 0.3);
        scale sample.soh = MinMax fitted on train;
        train regress {
            feed sample = Batches::of(8).shuffled()(train);
            loss = Mse(soh, sample.soh) + Mse(curve, sample.curve) + CrossEntropy(state, sample.state);
            epochs = 2;
        }
        eval test { feed sample = test; rmse = Rmse(soh, sample.soh) in raw units; }
    }
}

#[test]
fn predictions_are_arrays() {
    let row = |i: u8| {
        let x = f32::from(i);
        Sample {
            voltage: [x.sin(), x.cos(), (x * 0.3).sin(), x / 90.0],
            soh: 40.0 + x.sin(),
            curve: [x, -x],
            state: Class::new(u32::from(i % 3)),
            cell: LARGE + i64::from(i),
            at: Date::from_days(i32::from(i)),
        }
    };
    let set = FeatureSet::from_rows((0..40).map(row)).unwrap();
    let mut study = Study::new(set).unwrap();
    study.progress(Progress::Silent);
    study.run().unwrap();
    let rows = study.split(Study::SPLITS.sample.test).unwrap();
    let table = study.session().predictions("test").unwrap();
    let predicted = study.session().predict(std::slice::from_ref(&rows)).unwrap();

    let soh = table.ndarray::<f64>("predicted.soh").unwrap();
    assert!(soh.is_view());
    assert!(soh.iter().all(|soh| (30.0..50.0).contains(soh)), "not in raw units: {soh}");
    let of_tensor = predicted.ndarray::<f64>("soh").unwrap();
    assert_eq!(of_tensor.iter().collect::<Vec<_>>(), soh.iter().collect::<Vec<_>>());
    let curve = table.ndarray::<f32>("predicted.curve").unwrap();
    assert_eq!(curve.shape(), [rows.len(), 2]);
    assert_eq!(curve.iter().collect::<Vec<_>>(), predicted.ndarray::<f32>("curve").unwrap().iter().collect::<Vec<_>>());
    let scores = table.ndarray::<f64>("scores.state").unwrap();
    assert_eq!(scores.shape(), [rows.len(), 3]);
    let classes = table.texts("predicted.state").unwrap();
    for (scores, class) in scores.outer_iter().zip(&classes) {
        let best = (0..3).max_by(|&a, &b| scores[[a]].total_cmp(&scores[[b]])).unwrap();
        assert_eq!(*class, Some(["fresh", "worn", "dead"][best]));
    }
    assert_eq!(table.ndarray::<i64>("tags.cell").unwrap(), rows.ndarray::<i64>("cell", RAW).unwrap());
    assert_eq!(table.ndarray::<i32>("tags.at").unwrap(), rows.ndarray::<i32>("at", RAW).unwrap());
    assert_eq!(table.ndarray::<f32>("targets.curve").unwrap(), rows.ndarray::<f32>("curve", RAW).unwrap());
    let ids: Vec<String> = rows.ids().iter().map(ToString::to_string).collect();
    assert_eq!(table.texts("id").unwrap(), ids.iter().map(|id| Some(id.as_str())).collect::<Vec<_>>());

    let refused = |error: modularml::Error| error.to_string();
    let error = refused(table.ndarray::<f64>("predicted.shoh").unwrap_err());
    assert!(error.contains("did you mean `predicted.soh`?"), "{error}");
    let error = refused(table.ndarray::<f64>("predicted.state").unwrap_err());
    assert!(error.contains("column `predicted.state` is String, and an array of f64 is asked for"), "{error}");
    let error = refused(table.texts("predicted.soh").unwrap_err());
    assert_eq!(
        error,
        "column `predicted.soh` of the predictions is Float64, not text; read it by ndarray() or batch()"
    );
    let error = refused(predicted.ndarray::<f64>("shoh").unwrap_err());
    assert!(error.contains("did you mean `soh`?"), "{error}");
    let error = refused(table.ndarray::<f64>("tags.cell").unwrap_err());
    assert!(error.contains("which f64 cannot hold exactly; read it as i64"), "{error}");
}
