//! Several files, renamed columns, JSON lines, and what is wrong in them.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float32Array, Int64Array, RecordBatch, RecordBatchIterator, StringArray};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::{Folder, GOOD};
use crate::data::read::Format;
use crate::data::read::reading::CHUNK;
use crate::data::tests::{Pulse, pulse};
use crate::data::{ColumnSpec, Dtype, FeatureSet, Paths, Reader, Representation, SampleSchema, SchemaSpec};
use crate::text::Shape;

pub(super) fn reader() -> Reader {
    Reader::dynamic().features(["x"])
}

/// What is wrong, without the folder's name.
#[track_caller]
pub(super) fn problem<T>(folder: &Folder, read: crate::Result<T>) -> String {
    let Err(error) = read else { panic!("nothing was wrong") };
    error.to_string().replace(&format!("{}/", folder.0.display()), "")
}

fn parquet(
    folder: &Folder,
    name: &str,
    columns: Vec<(&str, ArrayRef)>,
    compression: Compression,
) -> std::path::PathBuf {
    let path = folder.0.join(name);
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    path
}

#[test]
fn several_files_are_one_set() {
    let folder = Folder::new();
    let paths = [folder.file("a.csv", "x,y\n1,2\n3,4\n"), folder.file("b.csv", "y,x\n6,5.5\n")];
    let set = reader().targets(["y"]).csv(&paths[..]).unwrap();
    assert_eq!(set.view().numbers("x", Representation::Raw).unwrap(), [1.0, 3.0, 5.5]);
    assert_eq!(set.view().numbers("y", Representation::Raw).unwrap(), [2.0, 4.0, 6.0]);
    // Whole numbers in one file and others in the next are f64.
    assert_eq!(set.schema().columns[0].dtype, Dtype::F64);
    let pulses = folder.file("pulses.csv", GOOD);
    assert_eq!(FeatureSet::<Pulse>::len(&Reader::new().csv([&pulses, &pulses]).unwrap()), 4);
    assert_eq!(problem(&folder, reader().csv(Vec::<String>::new())), "the list of files is empty; give at least one");
}

#[test]
fn parquet_is_read_in_the_compressions_that_its_writers_use() {
    let folder = Folder::new();
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::ZSTD(ZstdLevel::default()),
        Compression::GZIP(GzipLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ];
    let values: Vec<f32> = (0..5000_u16).map(|i| f32::from(i % 7)).collect();
    for codec in codecs {
        let path = parquet(&folder, "x.parquet", vec![("x", Arc::new(Float32Array::from(values.clone())))], codec);
        let read = reader().parquet(&path).unwrap().view().numbers("x", Representation::Raw).unwrap();
        assert!(read.iter().copied().eq(values.iter().map(|&value| f64::from(value))), "{codec}");
    }
}

#[test]
fn an_error_names_the_file_and_its_row() {
    let folder = Folder::new();
    let paths = [folder.file("a.csv", "x\n1\n2\n"), folder.file("b.csv", "x\n3\n\"\"\n")];
    let message = problem(&folder, reader().csv(paths));
    assert!(message.starts_with("b.csv: column `x`, row 1: 1 missing value"), "{message}");
    // The row is counted from the beginning of the file, not of the part that was read with it.
    let long: String = std::iter::once("x\n".to_owned()).chain((0..CHUNK + 5).map(|row| format!("{row}\n"))).collect();
    let long = folder.file("long.csv", format!("{long}inf\n"));
    let message = problem(&folder, reader().csv(&long));
    assert!(message.starts_with(&format!("long.csv: column `x`, row {}: found infinity", CHUNK + 5)), "{message}");
    let typed = Reader::with_schema(reader().columns([("x", vec![1i64].into())]).unwrap().schema());
    let message = problem(&folder, typed.csv(&long));
    assert!(message.starts_with(&format!("long.csv: column `x`, row {}: found `inf`", CHUNK + 5)), "{message}");
}

#[test]
fn files_that_differ_are_refused_by_both_names() {
    let folder = Folder::new();
    let float = |values: Vec<f32>| -> ArrayRef { Arc::new(Float32Array::from(values)) };
    let whole = |values: Vec<i64>| -> ArrayRef { Arc::new(Int64Array::from(values)) };
    let a = parquet(&folder, "a.parquet", vec![("x", float(vec![1.0]))], Compression::SNAPPY);
    let b = parquet(&folder, "b.parquet", vec![("x", whole(vec![1]))], Compression::UNCOMPRESSED);
    let message = problem(&folder, reader().parquet([&a, &b]));
    assert_eq!(
        message,
        "b.parquet: column `x` is Int64, in a.parquet it is Float32; files of one set have the same types"
    );
    let paths = [folder.file("a.csv", "x\n1\n"), folder.file("b.csv", "z\n1\n")];
    let message = problem(&folder, reader().csv(paths));
    assert_eq!(message, "b.csv: has no column `x`, which a.csv has; files of one set have the same columns");
}

#[test]
fn ids_of_two_files_must_differ() {
    let folder = Folder::new();
    let path = folder.0.join("a.arrow");
    let pulses = FeatureSet::from_rows([pulse(1), pulse(2)]).unwrap();
    pulses.to_arrow_file(&path).unwrap();
    let again = folder.0.join("b.arrow");
    std::fs::copy(&path, &again).unwrap();
    let message = problem(&folder, Reader::<Pulse>::new().arrow([&path, &again]));
    let id = pulses.ids()[0];
    assert_eq!(
        message,
        format!(
            "b.arrow: column `sample_uuids`, row 0: {id} is also the id of row 0 of a.arrow; remove one of the rows, or \
             the column for new ids"
        )
    );
}

#[test]
fn a_column_is_renamed_when_it_is_read() {
    let folder = Folder::new();
    let path = folder.file("a.csv", "Temp (C),v_0,v_1\n20,1,2\n");
    let read = Reader::dynamic().features(["temperature", "voltage"]).rename("Temp (C)", "temperature");
    let set = read.clone().rename("v", "voltage").csv(&path).unwrap();
    assert_eq!(set.view().numbers("temperature", Representation::Raw).unwrap(), [20.0]);
    assert_eq!(set.view().shape("voltage").unwrap(), Shape::new(&[2]));
    assert_eq!(
        problem(&folder, read.clone().rename("vv", "voltage").csv(&path)),
        "a.csv: no column `vv` to rename; the file has: Temp (C), v_0, v_1"
    );
    assert_eq!(
        problem(&folder, read.rename("v_0", "v_1").csv(&path)),
        "a.csv: two columns are called `v_1`; rename one"
    );
}

#[test]
fn names_that_mean_something_else_are_refused() {
    let folder = Folder::new();
    let path = folder.file("a.csv", "Body Mass,a/b,dtype,raw\n1,2,3,4\n");
    let message = |name: &str| problem(&folder, Reader::dynamic().features([name]).csv(&path));
    assert_eq!(
        message("Body Mass"),
        "a.csv: column `Body Mass`: the name contains a space; give it another, Reader::rename(\"Body Mass\", \
         \"body_mass\")"
    );
    assert!(message("a/b").contains("the name contains `/`; give it another, Reader::rename(\"a/b\", \"a_b\")"));
    for reserved in ["dtype", "raw"] {
        assert!(message(reserved).contains(&format!("`{reserved}` is a reserved name")), "{reserved}");
    }
    let twice = problem(&folder, Reader::dynamic().features(["dtype"]).tags(["dtype"]).csv(&path));
    assert!(twice.contains("`dtype`"), "{twice}");
    let twice = problem(&folder, reader().tags(["x"]).csv(folder.file("b.csv", "x\n1\n")));
    assert_eq!(twice, "b.csv: column `x`: is named twice; a column has one domain");
}

#[test]
fn json_lines_are_read() {
    let folder = Folder::new();
    let path = folder.file(
        "a.jsonl",
        "{\"x\": [[1, 2], [3, 4.5]], \"name\": \"A\", \"other\": {\"deep\": 1}}\n\n{\"x\": [[5, 6], [7, 8]], \"name\": \"B\"}",
    );
    let set = reader().tags(["name"]).json_lines(&path).unwrap();
    assert_eq!(set.view().shape("x").unwrap(), Shape::new(&[2, 2]));
    assert_eq!(set.view().numbers("x", Representation::Raw).unwrap(), [1.0, 2.0, 3.0, 4.5, 5.0, 6.0, 7.0, 8.0]);
    let pulses = folder.file(
        "pulses.jsonl",
        r#"{"voltage": [3.5, 3.25], "temperature": null, "soh": 1, "cell": 7, "maker": "A", "state": "worn"}"#,
    );
    let set: FeatureSet<Pulse> = Reader::new().json_lines(&pulses).unwrap();
    assert_eq!(set.view().numbers("voltage", Representation::Raw).unwrap(), [3.5, 3.25]);
    assert_eq!(set.view().numbers("state", Representation::Raw).unwrap(), [1.0]);
}

#[test]
fn a_bad_json_line_is_named() {
    let folder = Folder::new();
    let message = |text: &str| problem(&folder, reader().json_lines(folder.file("a.jsonl", text)));
    assert_eq!(
        message("{\"x\": 1}\n\n{\"x\": 2\n"),
        "a.jsonl: line 3: is no JSON: EOF while parsing an object at column 7; write one object a line"
    );
    assert_eq!(message("{\"x\": 1}\n[2]\n"), "a.jsonl: line 2: is no JSON object; write {\"column\": value, ..}");
    let mixed = message("{\"x\": 1}\n{\"x\": \"two\"}\n");
    assert!(mixed.contains("a.jsonl: line 1: "), "{mixed}");
    assert!(mixed.ends_with("; a column has values of one type"), "{mixed}");
    let ragged = message("{\"x\": [1, 2]}\n{\"x\": [1]}\n");
    assert!(ragged.starts_with("a.jsonl: column `x`, row 1: found [1], `Dynamic` declares [2]"), "{ragged}");
    assert!(message("{\"x\": 1}\n{\"y\": 1}\n").starts_with("a.jsonl: column `x`, row 1: 1 missing value"));
    assert!(message("").contains("a.jsonl: has no rows"));
    assert!(message("{\"x\": \"\\xff\"}").contains("line 1"));
}

#[test]
fn csv_rows_of_uneven_length_and_foreign_text_are_named() {
    let folder = Folder::new();
    let message = |text: &[u8]| problem(&folder, reader().csv(folder.file("a.csv", text)));
    assert_eq!(
        message(b"x,y\n1,2\n3\n"),
        "a.csv: is not a whole CSV file: incorrect number of fields in row 1 (line 3), expected 2 got 1"
    );
    assert_eq!(
        message(b"x,y\n1,2,3\n"),
        "a.csv: is not a whole CSV file: incorrect number of fields in row 0 (line 2), expected 2 got 3"
    );
    // Latin-1, as older spreadsheets write it.
    assert_eq!(
        message(b"x,y\n1,a\n2,caf\xe9\n"),
        "a.csv: is not a whole CSV file: Encountered invalid UTF-8 data in row 1 (line 3) and field 2; name the encoding that \
         it has, Reader::dialect(Dialect::new().encoding(\"latin1\"))"
    );
    assert!(message(b"\xff\xfex\0\n\0").contains("a.csv: "), "UTF-16");
    // The mark that some programs put before UTF-8 is no part of the first name.
    let path = folder.file("b.csv", "\u{feff}x\n1\n");
    assert_eq!(reader().csv(path).unwrap().view().numbers("x", Representation::Raw).unwrap(), [1.0]);
}

#[test]
fn batches_may_come_with_errors() {
    let batch = |x: ArrayRef| RecordBatch::try_from_iter([("x", x)]).unwrap();
    let first = batch(Arc::new(Float32Array::from(vec![1.0])));
    let good = RecordBatchIterator::new([Ok(first.clone()), Ok(first.clone())], first.schema());
    assert_eq!(reader().record_batches(good).unwrap().len(), 2);
    let lost = || Err(ArrowError::IpcError("the connection is lost".into()));
    let message = reader().record_batches([Ok(first.clone()), lost()]).unwrap_err().to_string();
    assert!(message.starts_with("batches: batch 1: ") && message.ends_with("the connection is lost"), "{message}");
    let other = batch(Arc::new(StringArray::from(vec!["1"])));
    let message = reader().record_batches([Ok(first), Ok(other)]).unwrap_err().to_string();
    assert_eq!(message, "batches: batch 1: column `x` is Utf8, in batch 0 it is Float32");
    let none: [RecordBatch; 0] = [];
    assert_eq!(reader().batches(none).unwrap_err().to_string(), "batches: there is none; give at least one with rows");
}

#[test]
fn tables_come_part_by_part() {
    let folder = Folder::new();
    let path = folder.file("a.csv", "x\n0\n1\n2\n3\n4\n");
    let tables = reader().tables(&Paths::from(&path), Format::Csv, 2).unwrap();
    assert_eq!(tables.schema().columns[0].dtype, Dtype::I64);
    let lengths: Vec<usize> = tables.map(|table| table.unwrap().len()).collect();
    assert_eq!(lengths, [2, 2, 1]);
    let arrow = folder.0.join("a.arrow");
    reader().csv(&path).unwrap().to_arrow_file(&arrow).unwrap();
    let tables = Reader::dynamic().tables(&Paths::from(&arrow), Format::Arrow, 3).unwrap();
    assert_eq!(tables.map(|table| table.unwrap().len()).collect::<Vec<_>>(), [3, 2]);
    let whole =
        parquet(&folder, "a.parquet", vec![("x", Arc::new(Int64Array::from(vec![0, 1, 2])))], Compression::SNAPPY);
    let tables = reader().tables(&Paths::from(&whole), Format::Parquet, 2).unwrap();
    assert_eq!(tables.map(|table| table.unwrap().len()).collect::<Vec<_>>(), [2, 1]);
}

/// What somebody tired is to do, for each text that is no value of the declared type.
#[test]
fn advice_fits_what_was_found() {
    let folder = Folder::new();
    let advice = |dtype: Dtype, value: &str| {
        let path = folder.file("a.csv", format!("x,y\n{value},1\n"));
        let column = ColumnSpec { dtype, ..Pulse::SCHEMA.columns[1] };
        let columns = vec![ColumnSpec { key: "x", stored_as: "x", shape: Shape::SCALAR, ..column }].leak();
        let read = Reader::with_schema(SchemaSpec { name: "Row", columns }).csv(path);
        let problem = problem(&folder, read);
        problem.split_once("; ").map(|(_, advice)| advice.to_owned()).unwrap_or(problem)
    };
    let point = "declare f32 or f64, or write whole numbers without a point";
    let say =
        |way: &str| format!("say Reader::dialect(Dialect::new(){way}), or write numbers with a decimal point alone");
    let (commas, spaces) = (say(".thousands(',')"), say(".thousands(' ')"));
    let decimals = say(".decimal_comma()");
    let either = "say Reader::dialect(Dialect::new().decimal_comma()) where it means 1.234, \
                  Reader::dialect(Dialect::new().thousands(',')) where it means 1234";
    for (dtype, value, expected) in [
        (Dtype::I64, "1.0", point),
        (Dtype::U8, "1e3", point),
        (Dtype::U8, "256", "u8 holds no such number; declare a wider type"),
        (Dtype::U64, "-1", "u64 holds no such number; declare a wider type"),
        (Dtype::F32, "\"1,234.5\"", commas.as_str()),
        (Dtype::F64, "1 234", &spaces),
        (Dtype::F64, "\"0,5\"", &decimals),
        (Dtype::I32, "\"1,234\"", either),
        (Dtype::Bool, "2", "a bool is true or false, 1 or 0; declare a number type"),
        (Dtype::F32, "n/a", "correct it, or if it means a missing value say Reader::missing(\"n/a\")"),
    ] {
        assert_eq!(advice(dtype, value), expected, "{value} as {}", dtype.name());
    }
}

#[test]
fn other_formats_are_named() {
    let folder = Folder::new();
    let refused = |name: &str, bytes: &[u8]| {
        let path = folder.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        problem(&folder, reader().csv(&path))
    };
    assert_eq!(
        refused("a.csv", b"x;y\n1,5;2\n"),
        "a.csv: separates its columns by `;`; read it by Reader::dialect(Dialect::new().separator(';').decimal_comma())"
    );
    assert!(refused("b.csv", b"x\ty\n1\t2\n").contains("separates its columns by `\\t`"));
    assert_eq!(
        refused("a.csv.gz", &[0x1f, 0x8b, 8, 0]),
        "a.csv.gz: is not a whole text file: what gzip has compressed is cut off; get another copy"
    );
    assert_eq!(
        refused("u.csv", b"\xff\xfex\0"),
        "u.csv: is text in UTF-16; read it by Reader::dialect(Dialect::new().encoding(\"utf-16le\")), or write it in UTF-8"
    );
    assert_eq!(refused("p.csv", b"PAR1\x15\x04\x15\x10"), "p.csv: is a Parquet file; read it by `parquet`");
    assert_eq!(refused("a.csv", b"ARROW1\0\0"), "a.csv: is an Arrow file; read it by `arrow`");
    assert_eq!(
        refused("b.csv.bz2", b"BZh91AY&SY"),
        "b.csv.bz2: is compressed by bzip2; decompress it first (bunzip2), or compress it by gzip or Zstandard"
    );
    // Columns may begin with the same letters.
    for name in ["PAR1", "ARROW1", "ARROW1_left", "BZh", "BZh91"] {
        let path = folder.0.join("light.csv");
        std::fs::write(&path, format!("{name},y\n1,2\n")).unwrap();
        Reader::dynamic().features([name]).targets(["y"]).csv(&path).unwrap();
    }
    let lines = folder.0.join("a.jsonl");
    std::fs::write(&lines, [0x28, 0xb5, 0x2f, 0xfd]).unwrap();
    assert!(problem(&folder, reader().json_lines(&lines)).contains("what Zstandard has compressed is cut off"));
}

/// A pipe that is never written to must not be waited for.
#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused() {
    let folder = Folder::new();
    let pipe = folder.0.join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let refused = "pipe: is a pipe or a device; give a regular file, which can be read twice";
    for read in [reader().csv(&pipe), reader().parquet(&pipe), reader().arrow(&pipe), reader().json_lines(&pipe)] {
        assert_eq!(problem(&folder, read), refused);
    }
}

/// Nothing of a file is left out without a word.
#[test]
fn names_that_mean_nothing_are_refused() {
    let folder = Folder::new();
    let read = |header: &str| problem(&folder, Reader::dynamic().csv(folder.file("a.csv", format!("{header}\n1,2\n"))));
    assert_eq!(
        read("features.x.raw,features.x.scaled"),
        "a.csv: column `features.x.scaled` has the beginning of a full name and not its end, .raw; rename it, or name all \
         columns that are wanted with Reader::features, targets and tags"
    );
    assert!(read("features.x.raw,targets.y").contains("column `targets.y` has the beginning of a full name"));
    for (name, shown) in [("*", "`*`"), ("what?", "`?`"), ("a b", "a space")] {
        let path = folder.file("a.csv", format!("{name},y\n1,2\n"));
        let refused = problem(&folder, Reader::dynamic().features([name]).csv(path));
        assert!(refused.contains(&format!("the name contains {shown}")), "{refused}");
    }
    let nameless = folder.file("a.csv", ",y\n1,2\n");
    let refused = problem(&folder, Reader::dynamic().features([""]).csv(nameless));
    assert!(refused.contains("without a name"), "{refused}");
}
