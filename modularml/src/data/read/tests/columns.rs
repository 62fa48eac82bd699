//! Columns in memory, and text as classes.

use candle_core::DType;

use super::Folder;
use crate::data::tests::Pulse;
use crate::data::{ColumnArray, Dtype, FeatureSet, Reader, Representation};
use crate::text::Shape;

fn reader() -> Reader {
    Reader::dynamic().features(["x"])
}

#[track_caller]
fn refused<K: Into<String>, const N: usize>(columns: [(K, ColumnArray); N], message: &str) {
    assert_eq!(reader().columns(columns).unwrap_err().to_string(), message);
}

#[test]
fn a_vector_is_taken_over_without_a_copy() {
    let values = vec![[1.0f32, 2.0], [3.0, 4.0]];
    let address = values.as_ptr() as usize;
    let set = reader().columns([("x", values.into())]).unwrap();
    assert_eq!(set.schema().columns[0].shape, Shape::new(&[2]));
    let batch = set.to_arrow().unwrap();
    let lists = batch.column_by_name("features.x.raw").unwrap();
    let lists: &arrow::array::FixedSizeListArray = lists.as_any().downcast_ref().unwrap();
    assert_eq!(lists.values().to_data().buffers()[0].as_ptr() as usize, address);
}

#[test]
fn columns_have_the_declared_types() {
    let pulses = FeatureSet::<Pulse>::from_columns([
        ("voltage", vec![[3.9f64, 3.5], [3.75, 3.5]].into()),
        ("temperature", vec![20i64, 21].into()),
        ("soh", vec![0.5f32, 0.25].into()),
        ("cell", ColumnArray::from([1i64, 2].as_slice())),
        ("maker", vec!["A", "B"].into()),
        ("state", vec![0u32, 2].into()),
    ]);
    // 3.9 is another number in f32, and is rounded as it is in files.
    let view = pulses.unwrap().view();
    assert_eq!(view.numbers("voltage", Representation::Raw).unwrap(), [f64::from(3.9f32), 3.5, 3.75, 3.5]);
    assert_eq!(view.numbers("temperature", Representation::Raw).unwrap(), [20.0, 21.0]);
    assert_eq!(view.numbers("state", Representation::Raw).unwrap(), [0.0, 2.0]);
}

#[test]
fn columns_that_are_no_rows_are_refused() {
    refused(
        [("x", vec![f32::NAN].into())],
        "columns: column `x`, row 0: 1 missing value (NaN or null), the first in \
        this row; leave such rows out (Reader::drop_rows_with_missing), fill them, or declare #[feat(missing = allow)]",
    );
    refused(
        [("x", vec![1.0, f32::INFINITY].into())],
        "columns: column `x`, row 1: found infinity, which nothing can \
        learn from; correct the value or leave the row out",
    );
    refused([("x", Vec::<f32>::new().into())], "columns: has no rows; at least one is needed");
    refused(
        [("x", ColumnArray::of_shape(vec![1u8; 5], &[2, 2]))],
        "columns: column `x`: has 5 values, which are not whole rows of [2, 2]",
    );
    refused(
        [("x", vec![1.0f32, 2.0].into()), ("y", vec![1u8].into())],
        "columns: column `y`: has 1 rows, and column `x` has 2; give all as many",
    );
    refused(
        [("x", vec![1.0f32].into()), ("x", vec![1.0f32].into())],
        "columns: two columns are called `x`; rename one",
    );
    refused::<&str, 0>([], "columns: there is none; give at least one with rows");
}

#[cfg(feature = "ndarray")]
#[test]
fn arrays_of_ndarray_are_columns() {
    use ndarray::{Array, arr0, arr2, s};
    let images = Array::from_shape_fn((2, 2, 3), |(row, y, x)| f32::from(u8::try_from(row * 6 + y * 3 + x).unwrap()));
    let set = reader().columns([("x", images.clone().into())]).unwrap();
    assert_eq!(set.schema().columns[0].shape, Shape::new(&[2, 3]));
    let numbers: Vec<f64> = (0..12u8).map(f64::from).collect();
    assert_eq!(set.view().numbers("x", Representation::Raw).unwrap(), numbers);
    // A view of every second element is not contiguous, and neither is a transposed array.
    let set = reader().columns([("x", images.slice(s![.., .., ..;2]).into())]).unwrap();
    assert_eq!(set.view().numbers("x", Representation::Raw).unwrap(), [0.0, 2.0, 3.0, 5.0, 6.0, 8.0, 9.0, 11.0]);
    let transposed = arr2(&[[1i64, 2], [3, 4]]).reversed_axes();
    let set = reader().columns([("x", transposed.into())]).unwrap();
    assert_eq!(set.view().numbers("x", Representation::Raw).unwrap(), [1.0, 3.0, 2.0, 4.0]);
    // The second half of an array keeps the whole array's memory, and none of its values.
    let half = Array::from_vec(vec![1.0f64, 2.0, 3.0, 4.0]).slice_move(s![2..]);
    let set = reader().columns([("x", half.into())]).unwrap();
    assert_eq!(set.view().numbers("x", Representation::Raw).unwrap(), [3.0, 4.0]);
    let message = reader().columns([("x", arr0(1.0f32).into())]).unwrap_err().to_string();
    assert_eq!(message, "columns: column `x`: has 1 values, which are not whole rows of []");
}

#[test]
fn texts_become_classes_whose_names_are_kept() {
    let folder = Folder::new();
    let path = folder.file("a.csv", "x,species,code\n1,worn,10\n2,fresh,9\n3,worn,10\n");
    let reader = Reader::dynamic().features(["x"]).targets(["species", "code"]).classes("species").classes("code");
    let set = reader.csv(&path).unwrap();
    assert_eq!(set.schema().columns[1].classes, ["fresh", "worn"]);
    // Numbers are sorted as numbers.
    assert_eq!(set.schema().columns[2].classes, ["9", "10"]);
    for column in ["species", "code"] {
        let found = set.view().tensor(column, Representation::Raw, DType::F32).unwrap();
        assert_eq!(found.to_vec1::<u32>().unwrap(), [1, 0, 1]);
    }
    let saved = folder.0.join("a.arrow");
    set.to_arrow_file(&saved).unwrap();
    assert_eq!(Reader::dynamic().arrow(&saved).unwrap(), set);

    let given = Reader::dynamic().features(["x"]).targets(["species"]).classes_in_order("species", ["worn", "fresh"]);
    let set = given.csv(&path).unwrap();
    let found = set.view().tensor("species", Representation::Raw, DType::F32).unwrap();
    assert_eq!((found.to_vec1::<u32>().unwrap(), set.schema().columns[1].dtype), (vec![0, 1, 0], Dtype::Class));
}

#[test]
fn whole_numbers_of_a_typed_file_become_classes_by_name() {
    let reader = Reader::dynamic().targets(["digit"]).classes("digit");
    let set = reader.columns([("digit", vec![7i64, 3, 7].into())]).unwrap();
    assert_eq!(set.schema().columns[0].classes, ["3", "7"]);
    assert_eq!(set.view().numbers("digit", Representation::Raw).unwrap(), [1.0, 0.0, 1.0]);
    // Where all names are numbers, a number is a name and never an index.
    let given = Reader::dynamic().targets(["digit"]).classes_in_order("digit", ["3", "7"]);
    let message = given.columns([("digit", vec![1i64].into())]).unwrap_err().to_string();
    assert_eq!(message, "columns: column `digit`, row 0: is `1`; declared classes: 3, 7; add it or leave the row out");
    let message = reader.columns([("digit", vec![0.5f32].into())]).unwrap_err().to_string();
    assert_eq!(message, "columns: column `digit`: is Float32; classes are learned from text and whole numbers");
    let message = reader.columns([("digit", vec![1u8, 1].into())]).unwrap_err().to_string();
    assert_eq!(message, "column `digit` has 1 different values; classes need two or more");
    let message = reader.classes("digt").columns([("digit", vec![1u8, 2].into())]).unwrap_err().to_string();
    assert_eq!(
        message,
        "columns: Reader::classes names a column `digt` that is no feature, target or tag; did you mean `digit`?"
    );
}
