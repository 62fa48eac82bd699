//! Sequences: padded in memory, with their true lengths in files.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, ListArray, RecordBatch};
use arrow::datatypes::Float32Type;
use candle_core::DType;

use super::Folder;
use crate::SampleSchema;
use crate::data::{FeatureSet, Longer, Reader, Representation};
use crate::text::Shape;

/// One discharge, measured until it was over.
#[derive(SampleSchema, Clone)]
struct Discharge {
    #[feat(length = 3)]
    current: Vec<f32>,
    #[feat(length = 2, longer = truncate)]
    path: Vec<[i32; 2]>,
    #[target]
    soh: f32,
}

fn rows() -> [Discharge; 3] {
    [
        Discharge { current: vec![1.0, 2.0], path: vec![[1, 2], [3, 4], [5, 6]], soh: 0.5 },
        Discharge { current: vec![], path: vec![[7, 8]], soh: 0.25 },
        Discharge { current: vec![3.0, 4.0, 5.0], path: vec![[9, 10], [11, 12]], soh: 0.125 },
    ]
}

#[test]
fn sequences_are_padded_and_masked() {
    let set = FeatureSet::from_rows(rows()).unwrap();
    assert_eq!(Discharge::SCHEMA.columns[1].shape, Shape::new(&[2, 2]));
    let view = set.view().take(&[2, 0, 1]).unwrap();
    let current = view.tensor("current", Representation::Raw, DType::F32).unwrap();
    assert_eq!(current.to_vec2::<f32>().unwrap(), [[3.0, 4.0, 5.0], [1.0, 2.0, 0.0], [0.0, 0.0, 0.0]]);
    let mask = view.mask("current", DType::F32).unwrap();
    assert_eq!(mask.to_vec2::<f32>().unwrap(), [[1.0, 1.0, 1.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]);
    let path = view.tensor("path", Representation::Raw, DType::I64).unwrap();
    assert_eq!(path.to_vec3::<i64>().unwrap(), [[[9, 10], [11, 12]], [[1, 2], [3, 4]], [[7, 8], [0, 0]]]);
    assert_eq!(view.mask("path", DType::U8).unwrap().to_vec2::<u8>().unwrap(), [[1, 1], [1, 1], [1, 0]]);
    assert_eq!(view.lengths("path").unwrap(), [2, 2, 1]);
    let long = view.filter_by(Discharge::COLUMNS.current, |current| current == &[1.0, 2.0]).unwrap();
    assert_eq!(long.rows(), [0]);
    let message = view.mask("soh", DType::F32).unwrap_err().to_string();
    assert_eq!(message, "column `soh` is no sequence: every row has all of [], and there is nothing to mask");
}

#[test]
fn a_longer_sequence_is_refused_where_it_is_not_cut() {
    let mut rows = rows();
    rows[1].current = vec![1.0; 4];
    let message = FeatureSet::from_rows(rows).unwrap_err().to_string();
    assert_eq!(
        message,
        "rows: column `current`, row 1: has 4 values, and the schema declares at most 3; raise the length, or have \
         longer sequences cut (longer = truncate)"
    );
}

#[test]
fn files_keep_the_true_lengths() {
    let folder = Folder::new();
    let path = folder.0.join("discharges.arrow");
    let set = FeatureSet::from_rows(rows()).unwrap();
    set.to_arrow_file(&path).unwrap();
    let batch = set.to_arrow().unwrap();
    let lists = batch.column_by_name("features.current.raw").unwrap().as_list::<i32>();
    let lengths: Vec<usize> = (0..3).map(|row| lists.value(row).len()).collect();
    assert_eq!(lengths, [2, 0, 3]);
    assert_eq!(FeatureSet::<Discharge>::from_arrow(&path).unwrap(), set);
    let dynamic = Reader::dynamic().arrow(&path).unwrap();
    assert_eq!(dynamic.schema(), Discharge::SCHEMA);
    assert_eq!(dynamic.typed::<Discharge>().unwrap(), set);
}

fn batch(rows: Vec<Option<Vec<Option<f32>>>>) -> RecordBatch {
    let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Float32Type, _, _>(rows));
    RecordBatch::try_from_iter_with_nullable([("x", lists, true)]).unwrap()
}

#[test]
fn lists_of_a_foreign_file_are_sequences() {
    let reader = Reader::dynamic().features(["x"]).sequence("x", 3, Longer::Refuse);
    let values = |row: &[f32]| Some(row.iter().copied().map(Some).collect());
    let set = reader.batches([batch(vec![values(&[1.0]), values(&[2.0, 3.0])]), batch(vec![values(&[])])]).unwrap();
    assert_eq!(set.view().numbers("x", Representation::Raw).unwrap(), [1.0, 0.0, 0.0, 2.0, 3.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(set.view().lengths("x").unwrap(), [1, 2, 0]);
    let message = |rows| reader.batches([batch(rows)]).unwrap_err().to_string();
    assert_eq!(
        message(vec![values(&[1.0]), None]),
        "batches: column `x`, row 1: has no list; write an empty one where there are no values, or leave the row out"
    );
    assert_eq!(
        message(vec![values(&[1.0]), Some(vec![Some(1.0), None])]),
        "batches: column `x`, row 1: has a list with a missing value; leave it out of the list"
    );
    assert!(message(vec![values(&[1.0]), values(&[0.0, f32::NAN])]).contains("row 1: 1 missing value"));
    assert!(message(vec![values(&[1.0]), values(&[0.0; 4])]).contains("row 1: has 4 values, and the schema declares"));
    let message = reader.columns([("x", vec![1.0f32].into())]).unwrap_err().to_string();
    assert_eq!(message, "columns: column `x`: holds single values; a sequence is a list in each row");
}

#[test]
fn rows_of_sequences_are_left_out_with_their_lengths() {
    let reader = Reader::dynamic().features(["x"]).sequence("x", 2, Longer::Refuse).drop_rows_with_missing();
    let rows = vec![Some(vec![Some(f32::NAN)]), Some(vec![Some(1.0), Some(2.0)]), Some(vec![Some(3.0)])];
    let set = reader.batches([batch(rows)]).unwrap();
    assert_eq!(set.view().lengths("x").unwrap(), [2, 1]);
    assert_eq!(set.view().numbers("x", Representation::Raw).unwrap(), [1.0, 2.0, 3.0, 0.0]);
}
