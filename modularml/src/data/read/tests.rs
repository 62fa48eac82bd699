//! Good and bad files. Expected values are written down here, next to the file's own text.

mod columns;
#[cfg(all(feature = "json", feature = "parquet"))]
mod files;
mod groups;
mod sequences;
#[cfg(all(feature = "json", feature = "parquet"))]
mod structs;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, FixedSizeListArray, Float32Array, Float64Array, Int64Array, LargeStringArray, ListArray, RecordBatch,
    StringArray,
};
use arrow::datatypes::{Field, Float32Type, Float64Type};
use candle_core::DType;

use super::Reader;
use crate::data::tests::{Pulse, pulse};
use crate::data::{Dtype, Dynamic, FeatureSet, Representation, SampleSchema as _};
use crate::text::Shape;

/// A folder for the files of one test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("modularml-{}", uuid::Uuid::new_v4()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const GOOD: &str = "voltage_0,voltage_1,temperature,soh,cell,maker,state,extra
3.9,3.7,25,0.98,1,A,fresh,x
3.8,3.5,-4.5,0.91,2,B,dead,y
";

fn csv_error(content: &str) -> String {
    let folder = Folder::new();
    let path = folder.file("pulses.csv", content);
    let message = FeatureSet::<Pulse>::from_csv(&path).unwrap_err().to_string();
    message.replace(&format!("{}/", folder.0.display()), "")
}

/// The good batch with one column replaced or removed.
fn batch_with(name: &str, array: Option<&ArrayRef>) -> RecordBatch {
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("voltage", Arc::new(floats(&[&[3.9, 3.7], &[3.8, 3.5]]))),
        ("temperature", Arc::new(Float32Array::from(vec![25.0, -4.5]))),
        ("soh", Arc::new(Float32Array::from(vec![0.98, 0.91]))),
        ("cell", Arc::new(Int64Array::from(vec![1, 2]))),
        ("maker", Arc::new(StringArray::from(vec!["A", "B"]))),
        ("state", Arc::new(StringArray::from(vec!["fresh", "dead"]))),
    ];
    columns.retain_mut(|column| match (array, column.0 == name) {
        (Some(array), true) => {
            column.1 = Arc::clone(array);
            true
        }
        (None, true) => false,
        _ => true,
    });
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

fn batch_error(name: &str, array: impl arrow::array::Array + 'static) -> String {
    FeatureSet::<Pulse>::from_batches([batch_with(name, Some(&(Arc::new(array) as ArrayRef)))]).unwrap_err().to_string()
}

fn floats(rows: &[&[f32]]) -> ListArray {
    ListArray::from_iter_primitive::<Float32Type, _, _>(
        rows.iter().map(|row| Some(row.iter().map(|&value| Some(value)).collect::<Vec<_>>())),
    )
}

#[test]
fn csv_becomes_typed_columns() {
    let folder = Folder::new();
    let pulses = FeatureSet::<Pulse>::from_csv(folder.file("pulses.csv", GOOD)).unwrap();
    let view = pulses.view();
    let voltage = view.tensor("voltage", Representation::Raw, DType::F32).unwrap();
    assert_eq!(voltage.to_vec2::<f32>().unwrap(), [[3.9, 3.7], [3.8, 3.5]]);
    assert_eq!(view.numbers("temperature", Representation::Raw).unwrap(), [25.0, -4.5]);
    let state = view.tensor("state", Representation::Raw, DType::F32).unwrap();
    assert_eq!(state.to_vec1::<u32>().unwrap(), [0, 2]);
    let second = view.filter(Pulse::COLUMNS.maker.eq("B")).unwrap();
    assert_eq!(second.rows(), [1]);
}

#[test]
fn rows_survive_arrow_with_ids_and_types() {
    let folder = Folder::new();
    let path = folder.0.join("pulses.arrow");
    let pulses = FeatureSet::from_rows([pulse(1), pulse(2), pulse(3)]).unwrap();
    pulses.to_arrow_file(&path).unwrap();
    assert_eq!(FeatureSet::<Pulse>::from_arrow(&path).unwrap(), pulses);
    let dynamic = Reader::dynamic().arrow(&path).unwrap();
    assert_eq!(dynamic.schema(), Pulse::SCHEMA);
    assert_eq!(dynamic.typed::<Pulse>().unwrap(), pulses);
    // Writing over the file that was read leaves no other file behind.
    dynamic.to_arrow_file(&path).unwrap();
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
}

#[test]
fn arrays_carry_the_canonical_tensor_type() {
    let batch = FeatureSet::from_rows([pulse(1)]).unwrap().to_arrow().unwrap();
    let schema = batch.schema();
    let field = schema.field_with_name("features.voltage.raw").unwrap();
    assert_eq!(field.metadata()["ARROW:extension:name"], "arrow.fixed_shape_tensor");
    assert_eq!(field.metadata()["ARROW:extension:metadata"], r#"{"shape":[2]}"#);
    let ids = schema.field_with_name("sample_uuids").unwrap();
    assert_eq!(ids.data_type(), &arrow::datatypes::DataType::FixedSizeBinary(16));
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_is_read() {
    let folder = Folder::new();
    let path = folder.0.join("pulses.parquet");
    let batch = batch_with("", None);
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(fs::File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let pulses = FeatureSet::<Pulse>::from_parquet(&path).unwrap();
    let voltage = pulses.view().take(&[1]).unwrap().numbers("voltage", Representation::Raw).unwrap();
    assert_eq!(voltage, [3.8f32.into(), 3.5]);

    let whole = fs::read(&path).unwrap();
    let cut = folder.file("cut.parquet", &whole[..whole.len() / 2]);
    let message = FeatureSet::<Pulse>::from_parquet(&cut).unwrap_err().to_string();
    assert!(message.contains("cut.parquet: is not a whole Parquet file: "), "{message}");
}

#[test]
fn arrays_are_found_in_every_form() {
    let flat = [3.9f32, 3.7, 3.8, 3.5];
    let item = Arc::new(Field::new("item", arrow::datatypes::DataType::Float32, true));
    let fixed = FixedSizeListArray::try_new(item, 2, Arc::new(Float32Array::from(flat.to_vec())), None).unwrap();
    let as_f64 = ListArray::from_iter_primitive::<Float64Type, _, _>([
        Some(vec![Some(0.0)]),
        Some(vec![Some(f64::from(3.9f32)), Some(f64::from(3.7f32))]),
        Some(vec![Some(f64::from(3.8f32)), Some(f64::from(3.5f32))]),
    ]);
    for array in [Arc::new(fixed) as ArrayRef, Arc::new(as_f64.slice(1, 2))] {
        let set = FeatureSet::<Pulse>::from_batches([batch_with("voltage", Some(&array))]).unwrap();
        let tensor = set.view().tensor("voltage", Representation::Raw, DType::F32).unwrap();
        assert_eq!(tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap(), flat);
    }
}

#[test]
fn several_batches_are_one_set() {
    let batch = batch_with("", None);
    let set = FeatureSet::<Pulse>::from_batches([batch.clone(), batch.slice(1, 1)]).unwrap();
    assert_eq!(set.view().numbers("cell", Representation::Raw).unwrap(), [1.0, 2.0, 2.0]);
}

#[test]
fn a_missing_column_names_its_neighbour() {
    let message = csv_error(&GOOD.replace("temperature", "Temperature"));
    assert_eq!(
        message,
        "pulses.csv: column `temperature`: not in the file, but `Pulse` declares it; did you mean `Temperature`?; rename \
         `Temperature` in the file, or write #[feat(rename = \"Temperature\")]; the file has: voltage_0, voltage_1, \
         Temperature, soh, cell, maker, state, extra"
    );
}

#[test]
fn a_wrong_width_is_refused() {
    let message = batch_error("voltage", floats(&[&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]]));
    assert_eq!(
        message,
        "batches: column `voltage`, row 0: found [3], `Pulse` declares [2]; change the schema, or resample so that all \
         rows have [2]"
    );
    let message = csv_error(&GOOD.replace("voltage_1", "voltage_one"));
    assert!(message.contains("the file has 1 columns `voltage_0`"), "{message}");
    assert!(message.contains("`Pulse` declares [2], which takes 2"), "{message}");
}

#[test]
fn a_ragged_array_is_refused() {
    let message = batch_error("voltage", floats(&[&[1.0, 2.0], &[1.0]]));
    assert_eq!(
        message,
        "batches: column `voltage`, row 1: found [1], `Pulse` declares [2]; other rows differ from it (ragged); change \
         the schema, or resample so that all rows have [2]"
    );
}

#[test]
fn a_null_array_is_refused() {
    let array = ListArray::from_iter_primitive::<Float32Type, _, _>([Some(vec![Some(1.0), Some(2.0)]), None]);
    let message = batch_error("voltage", array);
    assert!(message.starts_with("batches: column `voltage`, row 1: 2 missing values (NaN or null)"), "{message}");
    assert!(message.ends_with("or declare #[feat(missing = allow)]"), "{message}");
}

#[test]
fn a_wrong_dtype_is_refused() {
    assert_eq!(
        batch_error("soh", StringArray::from(vec!["0.98", "0.91"])),
        "batches: column `soh`: the file has text, the schema declares f32; cast it when writing, or declare String"
    );
    assert_eq!(
        batch_error("maker", Int64Array::from(vec![1, 2])),
        "batches: column `maker`: the file has i64, the schema declares String; cast it when writing, or declare i64"
    );
    assert_eq!(
        batch_error("cell", Float64Array::from(vec![1.0, 2.0])),
        "batches: column `cell`: the file has f64, the schema declares i64; cast it when writing, or declare f64"
    );
    assert_eq!(
        csv_error(&GOOD.replace("0.91", "high")),
        "pulses.csv: column `soh`, row 1: found `high`, expected f32; correct it, or if it means a missing value say \
         Reader::missing(\"high\")"
    );
}

#[test]
fn values_never_change_on_the_way_to_another_type() {
    let set = FeatureSet::<Pulse>::from_batches([batch_with(
        "soh",
        Some(&(Arc::new(Int64Array::from(vec![1, 0])) as ArrayRef)),
    )]);
    assert_eq!(set.unwrap().view().numbers("soh", Representation::Raw).unwrap(), [1.0, 0.0]);
    // 2^24 + 1 is the first whole number that f32 cannot hold.
    assert_eq!(
        batch_error("soh", Int64Array::from(vec![16_777_216, 16_777_217])),
        "batches: column `soh`, row 1: found 16777217, which f32 cannot hold exactly; declare a wider type"
    );
    assert_eq!(
        batch_error("soh", Float64Array::from(vec![0.5, 1e40])),
        "batches: column `soh`, row 1: found 1e40, which f32 cannot hold exactly; declare a wider type"
    );
    let message = batch_error("cell", arrow::array::UInt64Array::from(vec![0, u64::MAX]));
    assert!(message.contains("row 1: found 18446744073709551615, which i64 cannot hold"), "{message}");
    let large = LargeStringArray::from(vec!["A", "B"]);
    FeatureSet::<Pulse>::from_batches([batch_with("maker", Some(&(Arc::new(large) as ArrayRef)))]).unwrap();
}

#[test]
fn nan_and_null_are_refused_in_features_and_targets() {
    let problem = "1 missing value (NaN or null), the first in this row; leave such rows out \
                   (Reader::drop_rows_with_missing), fill them";
    assert_eq!(
        batch_error("voltage", floats(&[&[1.0, 2.0], &[f32::NAN, 2.0]])),
        format!("batches: column `voltage`, row 1: {problem}, or declare #[feat(missing = allow)]")
    );
    assert_eq!(
        batch_error("soh", Float32Array::from(vec![None, Some(1.0)])),
        format!("batches: column `soh`, row 0: {problem}, or declare #[target(missing = allow)]")
    );
    let message = batch_error("cell", Int64Array::from(vec![Some(1), None]));
    assert!(message.contains("row 1: 1 missing value (null)"), "{message}");
    assert!(message.ends_with("or declare Option<i64>"), "{message}");
}

#[test]
fn a_column_may_allow_missing_values() {
    let set = FeatureSet::<Pulse>::from_batches([batch_with(
        "temperature",
        Some(&(Arc::new(Float32Array::from(vec![None, Some(20.0)])) as ArrayRef)),
    )])
    .unwrap();
    let numbers = set.view().numbers("temperature", Representation::Raw).unwrap();
    assert!(numbers[0].is_nan());
    assert_eq!(numbers[1..], [20.0]);
}

#[test]
fn infinity_is_always_refused() {
    for name in ["soh", "temperature"] {
        assert_eq!(
            batch_error(name, Float32Array::from(vec![1.0, f32::NEG_INFINITY])),
            format!(
                "batches: column `{name}`, row 1: found infinity, which nothing can learn from; correct the value or \
                 leave the row out"
            )
        );
    }
}

#[test]
fn a_class_that_is_not_declared_is_refused() {
    assert_eq!(
        csv_error(&GOOD.replace("fresh", "broken")),
        "pulses.csv: column `state`, row 0: is `broken`; declared classes: fresh, worn, dead; add it or leave the row out"
    );
    let message = batch_error("state", Int64Array::from(vec![0, 3]));
    assert!(message.contains("row 1: is `3`; declared classes: fresh, worn, dead"), "{message}");
    assert!(batch_error("state", Int64Array::from(vec![0, -1])).contains("row 1: is `-1`"));
}

#[test]
fn missing_texts_and_rows_can_be_left_out() {
    let folder = Folder::new();
    let path = folder.file("pulses.csv", format!("{GOOD}NA,3.4,1,0.9,3,C,worn,\n3.6,3.4,1,0.8,4,,worn,\n"));
    let reader: Reader<Pulse> = Reader::new().missing("NA");
    let message = reader.csv(&path).unwrap_err().to_string();
    assert!(message.contains("column `voltage`, row 2: 1 missing value"), "{message}");
    let set = reader.clone().drop_rows_with_missing().csv(&path).unwrap();
    assert_eq!(set.view().numbers("cell", Representation::Raw).unwrap(), [1.0, 2.0]);
    assert_eq!(set.ids().len(), 2);
    let message = Reader::<Pulse>::new()
        .missing("A")
        .missing("B")
        .drop_rows_with_missing()
        .csv(folder.file("none.csv", GOOD))
        .unwrap_err()
        .to_string();
    assert!(message.ends_with("none.csv: no row is left: each of 2 rows has a missing value"), "{message}");
}

#[test]
fn files_that_are_no_files_are_refused() {
    let folder = Folder::new();
    let absent = folder.0.join("absent.csv");
    let message = FeatureSet::<Pulse>::from_csv(&absent).unwrap_err().to_string();
    assert!(message.contains("absent.csv: No such file"), "{message}");
    let message = FeatureSet::<Pulse>::from_csv(&folder.0).unwrap_err().to_string();
    assert!(message.ends_with("is a folder; give a file"), "{message}");
    let path = folder.0.join("pulses.arrow");
    FeatureSet::from_rows([pulse(1)]).unwrap().to_arrow_file(&path).unwrap();
    let whole = fs::read(&path).unwrap();
    for length in [0, 5, 100, whole.len() / 2, whole.len() - 1] {
        let cut = folder.file("cut.arrow", &whole[..length]);
        let message = FeatureSet::<Pulse>::from_arrow(&cut).unwrap_err().to_string();
        assert!(message.contains("cut.arrow: is not a whole Arrow IPC file: "), "{length}: {message}");
    }
}

#[test]
fn damaged_arrow_files_never_panic() {
    let folder = Folder::new();
    let path = folder.0.join("pulses.arrow");
    FeatureSet::from_rows([pulse(1), pulse(2)]).unwrap().to_arrow_file(&path).unwrap();
    let whole = fs::read(&path).unwrap();
    for position in (0..whole.len()).step_by(7) {
        let mut damaged = whole.clone();
        damaged[position] ^= 0xFF;
        let damaged = folder.file("damaged.arrow", damaged);
        // Damage inside the numbers themselves cannot be noticed here; anything but a panic is right.
        let _ = FeatureSet::<Pulse>::from_arrow(&damaged);
    }
}

#[test]
fn csv_files_without_rows_or_of_uneven_rows_are_refused() {
    let header = GOOD.lines().next().unwrap();
    assert_eq!(csv_error(&format!("{header}\n")), "pulses.csv: has no rows; at least one is needed");
    assert!(csv_error("").starts_with("pulses.csv: "));
    let message = csv_error(&format!("{header}\n1,2,3\n"));
    assert!(message.contains("is not a whole CSV file: ") && message.contains("line 2"), "{message}");
    let message = csv_error("soh,soh\n1,2\n");
    assert_eq!(message, "pulses.csv: two columns are called `soh`; rename one");
}

#[test]
fn ids_are_checked() {
    let batch = |ids: Vec<&str>| {
        let columns = batch_with("", None);
        let mut arrays: Vec<(String, ArrayRef)> = vec![("sample_uuids".into(), Arc::new(StringArray::from(ids)))];
        let names = columns.schema();
        arrays.extend(names.fields().iter().map(|field| field.name().clone()).zip(columns.columns().iter().cloned()));
        RecordBatch::try_from_iter(arrays).unwrap()
    };
    let (a, b) = ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002");
    let set = FeatureSet::<Pulse>::from_batches([batch(vec![a, b])]).unwrap();
    assert_eq!(set.row_of(uuid::Uuid::parse_str(b).unwrap()), Some(1));
    let message = FeatureSet::<Pulse>::from_batches([batch(vec![a, a])]).unwrap_err().to_string();
    assert!(
        message.contains("column `sample_uuids`, row 1: ") && message.contains("also the id of row 0"),
        "{message}"
    );
    let message = FeatureSet::<Pulse>::from_batches([batch(vec![a, "7"])]).unwrap_err().to_string();
    assert!(message.contains("row 1: is no UUID of 16 bytes"), "{message}");
}

#[test]
fn a_dynamic_set_takes_its_types_from_the_file() {
    let folder = Folder::new();
    let path = folder.file("pulses.csv", GOOD);
    let reader = Reader::dynamic().features(["voltage", "temperature"]).targets(["soh"]).tags(["cell", "maker"]);
    let set: FeatureSet<Dynamic> = reader.csv(&path).unwrap();
    let kinds: Vec<_> = set.schema().columns.iter().map(|spec| (spec.key, spec.dtype, spec.shape)).collect();
    let scalar = Shape::SCALAR;
    assert_eq!(
        kinds,
        [
            ("voltage", Dtype::F64, Shape::new(&[2])),
            ("temperature", Dtype::F64, scalar),
            ("soh", Dtype::F64, scalar),
            ("cell", Dtype::I64, scalar),
            ("maker", Dtype::Text, scalar),
        ]
    );
    assert_eq!(set.view().numbers("voltage", Representation::Raw).unwrap(), [3.9, 3.7, 3.8, 3.5]);
    let message = Reader::dynamic().csv(&path).unwrap_err().to_string();
    assert!(message.contains("nothing says what its columns are for"), "{message}");
    let message = Reader::dynamic().features(["voltag"]).csv(&path).unwrap_err().to_string();
    assert!(message.contains("column `voltag`: not in the file"), "{message}");
}
