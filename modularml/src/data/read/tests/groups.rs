//! Rows grouped into samples. The first two tests are the reference's `from_pandas(group_by, sort_by)` by hand.

use super::Folder;
use crate::data::{Dtype, Dynamic, FeatureSet, Longer, Reader, Representation};
use crate::text::Shape;
use crate::{Result, SampleSchema};

const ROWS: &str = "cell,time,voltage,soh,maker
B,1,3.5,0.9,Y
A,0,3.9,0.98,X
B,0,3.6,0.9,Y
A,1,3.8,0.98,X
";

fn read(text: &str, reader: &Reader) -> Result<FeatureSet<Dynamic>> {
    let folder = Folder::new();
    reader.csv(folder.file("rows.csv", text))
}

fn reader() -> Reader {
    Reader::dynamic().features(["voltage"]).tags(["maker"]).group_by("cell")
}

#[track_caller]
fn refused(text: &str, reader: &Reader, message: &str) {
    let found = read(text, reader).unwrap_err().to_string();
    assert!(found.ends_with(message), "{found}");
}

#[test]
fn a_group_is_a_sample_in_order_of_first_appearance() {
    let set = read(ROWS, &reader()).unwrap();
    assert_eq!((set.len(), set.view().shape("voltage").unwrap()), (2, Shape::new(&[2])));
    assert_eq!(set.view().numbers("voltage", Representation::Raw).unwrap(), [3.5, 3.6, 3.9, 3.8]);
    assert_eq!(set.view().groups("maker").unwrap(), [0, 1]);
}

#[test]
fn rows_of_a_group_are_sorted() {
    let set = read(ROWS, &reader().sort_by("time")).unwrap();
    assert_eq!(set.view().numbers("voltage", Representation::Raw).unwrap(), [3.6, 3.5, 3.9, 3.8]);
    // Whole numbers are sorted as numbers, though a CSV file holds text: 10 is after 9.
    let set = read(
        "cell,time,voltage\nA,10,1\nA,9,2\n",
        &Reader::dynamic().features(["voltage"]).group_by("cell").sort_by("time"),
    );
    assert_eq!(set.unwrap().view().numbers("voltage", Representation::Raw).unwrap(), [2.0, 1.0]);
}

#[test]
fn groups_by_two_columns_agree_in_both() {
    let set = read(ROWS, &reader().group_by("time")).unwrap();
    assert_eq!((set.len(), set.view().shape("voltage").unwrap()), (4, Shape::new(&[1])));
}

#[test]
fn a_target_may_have_one_value_a_group() {
    let set = read(ROWS, &reader().targets(["soh"]).one_per_group(["soh"])).unwrap();
    assert_eq!(set.view().numbers("soh", Representation::Raw).unwrap(), [0.9, 0.98]);
    assert_eq!(set.view().shape("soh").unwrap(), Shape::SCALAR);
}

#[test]
fn several_values_of_a_tag_are_refused_unless_the_first_is_wanted() {
    let text = ROWS.replace("B,0,3.6,0.9,Y", "B,0,3.6,0.9,Z");
    refused(
        &text,
        &reader(),
        "rows.csv: column `maker`: group `cell` = B has several values, `Y` and `Z`, and a sample has one; correct \
         them, or take the first: Reader::first_of_group([\"maker\"])",
    );
    let set = read(&text, &reader().sort_by("time").first_of_group(["maker"])).unwrap();
    let column = set.to_arrow().unwrap().column_by_name("tags.maker.raw").unwrap().clone();
    let makers: Vec<_> = arrow::array::AsArray::as_string::<i32>(&column).iter().flatten().map(String::from).collect();
    assert_eq!(makers, ["Z", "X"]);
}

#[test]
fn groups_of_unequal_length_are_refused_unless_they_are_sequences() {
    let text = format!("{ROWS}A,2,3.7,0.98,X\n");
    refused(
        &text,
        &reader(),
        "rows.csv: column `voltage`: group `cell` = A has 3 rows, group `cell` = B has 2; resample so that all have as \
         many, or say Reader::sequence(\"voltage\", 3, ..)",
    );
    let set = read(&text, &reader().sort_by("time").sequence("voltage", 4, Longer::Refuse)).unwrap();
    assert_eq!(set.view().lengths("voltage").unwrap(), [2, 3]);
    let numbers = set.view().numbers("voltage", Representation::Raw).unwrap();
    assert_eq!(numbers, [3.6, 3.5, 0.0, 0.0, 3.9, 3.8, 3.7, 0.0]);
    refused(
        &text,
        &reader().sequence("voltage", 2, Longer::Refuse),
        "group `cell` = A has 3 rows, and its length is at most 2; raise it, or have longer ones cut",
    );
    let cut = read(&text, &reader().sequence("voltage", 2, Longer::Truncate)).unwrap();
    assert_eq!(cut.view().numbers("voltage", Representation::Raw).unwrap(), [3.5, 3.6, 3.9, 3.8]);
}

/// All measurements of one cell.
#[derive(SampleSchema)]
struct CellRow {
    #[feat]
    voltage: [f32; 2],
    #[target]
    soh: f32,
    #[tag(rename = "cell")]
    name: String,
}

#[test]
fn a_schema_says_what_becomes_of_each_column() {
    let folder = Folder::new();
    let path = folder.file("rows.csv", ROWS);
    let cells = Reader::<CellRow>::new().group_by("cell").sort_by("time").csv(&path).unwrap();
    assert_eq!(cells.schema(), CellRow::SCHEMA);
    assert_eq!(cells.schema().columns[0].dtype, Dtype::F32);
    let voltage = cells.view().numbers("voltage", Representation::Raw).unwrap();
    assert_eq!(voltage, [3.6f32, 3.5, 3.9, 3.8].map(f64::from));
    assert_eq!(cells.view().filter(CellRow::COLUMNS.name.eq("A")).unwrap().rows(), [1]);
    let path = folder.file("rows.csv", format!("{ROWS}A,2,3.7,0.98,X\n"));
    let message = Reader::<CellRow>::new().group_by("cell").csv(path).unwrap_err().to_string();
    assert!(
        message.ends_with(
            "column `voltage`: group `cell` = A has 3 rows, `CellRow` declares [2]; leave the group out, resample it, or \
             declare a Vec with a length"
        ),
        "{message}"
    );
}

#[test]
fn what_is_wrong_in_a_row_is_told_by_the_row() {
    let schema = read(ROWS, &Reader::dynamic().features(["voltage"])).unwrap().schema();
    refused(
        &ROWS.replace("3.6", "much"),
        &Reader::with_schema(schema),
        "row 2: found `much`, expected f64; correct it, or if it means a missing value say Reader::missing(\"much\")",
    );
    refused(
        ROWS,
        &Reader::dynamic().features(["voltage"]).sort_by("time"),
        "sort_by, one_per_group and first_of_group are about groups of rows; say Reader::group_by too",
    );
    let message = read(ROWS, &Reader::dynamic().features(["voltage"]).group_by("cel")).unwrap_err().to_string();
    assert!(message.contains("column `cel`: not in the file") && message.contains("did you mean `cell`?"), "{message}");
}
