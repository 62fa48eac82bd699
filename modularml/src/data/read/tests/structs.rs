//! Nested objects, and structs of Arrow and Parquet.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, ListArray, RecordBatch, StructArray, UInt64Array};
use arrow::datatypes::Int64Type;
use parquet::arrow::ArrowWriter;

use super::Folder;
use super::files::{problem, reader};
use crate::data::{Dtype, FeatureSet, Reader, Representation};

/// The names are those of `pandas.json_normalize`.
#[test]
fn fields_of_objects_are_columns_of_their_own() {
    let folder = Folder::new();
    let path = folder.file(
        "a.jsonl",
        "{\"s\": {\"a\": 1.5, \"deep\": {\"b\": [1, 2]}, \"n\": 18446744073709551615}, \"t\": 1}\n{\"s\": null, \"t\": \
         2}\n{\"s\": {\"a\": 2.5, \"deep\": {\"b\": [3, 4]}, \"n\": 7}, \"t\": 3}\n",
    );
    let reader = || reader().rename("s.a", "x").drop_rows_with_missing();
    let renamed = reader().rename("s.deep.b", "b").rename("s.n", "n").features(["b"]).tags(["n", "t"]);
    let check = |set: FeatureSet| {
        assert_eq!(set.view().numbers("x", Representation::Raw).unwrap(), [1.5, 2.5]);
        assert_eq!(set.view().numbers("b", Representation::Raw).unwrap(), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(set.view().numbers("t", Representation::Raw).unwrap(), [1.0, 3.0]);
        assert_eq!(set.schema().column("n").unwrap().dtype, Dtype::U64);
    };
    check(renamed.json_lines(&path).unwrap());
    // The same rows as structs of Arrow, in memory and in Parquet, with values under the struct that is missing.
    let structs = |columns: Vec<(&str, ArrayRef)>, nulls: Option<Vec<bool>>| {
        let (fields, arrays, _) = StructArray::from(RecordBatch::try_from_iter(columns).unwrap()).into_parts();
        Arc::new(StructArray::new(fields, arrays, nulls.map(Into::into))) as ArrayRef
    };
    let pair = |a: i64, b: i64| Some(vec![Some(a), Some(b)]);
    let pairs = ListArray::from_iter_primitive::<Int64Type, _, _>([pair(1, 2), pair(8, 9), pair(3, 4)]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("a", Arc::new(Float64Array::from(vec![1.5, 99.0, 2.5]))),
        ("deep", structs(vec![("b", Arc::new(pairs))], None)),
        ("n", Arc::new(UInt64Array::from(vec![u64::MAX, 8, 7]))),
    ];
    let whole = Arc::new(Int64Array::from(vec![1, 2, 3])) as ArrayRef;
    let columns = [("s", structs(columns, Some(vec![true, false, true])), true), ("t", whole, false)];
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    check(renamed.batches([batch.clone()]).unwrap());
    let parquet = folder.0.join("a.parquet");
    let mut writer = ArrowWriter::try_new(File::create(&parquet).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    check(renamed.parquet(&parquet).unwrap());

    let read = Reader::dynamic().features(["a"]).json_lines(&path);
    assert_eq!(
        problem(&folder, read),
        "a.jsonl: column `a`: not in the file by itself, but as the field `s.a` of an object; say Reader::rename(\"s.a\", \
         \"a\")"
    );
    let empty = folder.file("empty.jsonl", "{\"s\": {}}\n");
    assert!(problem(&folder, Reader::dynamic().features(["a"]).json_lines(empty)).contains("has no rows"));
}
