//! Files as other programs write them: what they hold is read as it stands, or refused where it stands.

use std::sync::Arc;

use modularml::SampleSchema;
use modularml::data::{Dtype, Dynamic, FeatureSet, Paths, Reader, Representation};
use modularml::prelude::Class;
use modularml_tests::file::File;

fn dtype(set: &FeatureSet<Dynamic>, key: &str) -> Dtype {
    set.view().schema().column(key).unwrap().dtype
}

fn classes(set: &FeatureSet<Dynamic>, key: &str) -> Vec<&'static str> {
    set.view().schema().column(key).unwrap().classes.to_vec()
}

fn numbers(set: &FeatureSet<Dynamic>, key: &str) -> Vec<f64> {
    set.view().numbers(key, Representation::Raw).unwrap()
}

#[test]
fn a_quoted_field_that_is_never_closed_is_refused_where_it_opens() {
    let reader = Reader::dynamic().features(["x"]).tags(["note"]);
    for (name, text, place) in [
        ("last", "id,x,note\n1,0.5,fine\n2,1.5,\"not closed\n3,2.5,lost\n", "row 1 (line 3)"),
        ("first", "x,note\n1,\"a\n2,b\n", "row 0 (line 2)"),
        ("behind", "x,note\n1,\"two\nlines\"\n\n2,\"he said \"\"no\"\"\"\n3,\"open", "row 2 (line 6)"),
        ("header", "x,\"note\n1,a\n", "the header (line 1)"),
        ("marked", "\u{feff}\"x\",note\n1,\"a", "row 0 (line 2)"),
    ] {
        let file = File::of(&format!("open-{name}.csv"), text);
        let problem = format!(
            "FILE: is not a whole CSV file: a quoted field that begins in {place} is never closed; close it with a second \
             \", or write \"\" for a quote"
        );
        assert_eq!(file.message(reader.csv(&file.0)), problem, "{name}");
        let store = File(file.0.with_extension("arrow"));
        assert_eq!(file.message(reader.clone().to_store(&store.0).csv(&file.0)), problem, "{name}");
        assert!(!store.0.exists(), "{name}");
    }
    // Longer than what is read at once.
    let rows: Vec<String> = (0..50_000).map(|row| format!("{row},\"a, {row}\"\n")).collect();
    let long = format!("x,note\n{}", rows.concat());
    let whole = File::of("long.csv", &long);
    assert_eq!(reader.csv(&whole.0).unwrap().len(), 50_000);
    let open = File::of("long-open.csv", long + "7,\"open\n8,lost\n");
    assert!(open.message(reader.csv(&open.0)).contains("row 50000 (line 50002)"));
}

#[test]
fn quotes_that_are_closed_are_read() {
    let file = File::of("closed.csv", "x,note\n1,\"a \"\"b\"\"\"\n2,c\"d\n3,\"e\"");
    let set = Reader::dynamic().features(["x"]).tags(["note"]).csv(&file.0).unwrap();
    assert_eq!((set.len(), numbers(&set, "x")), (3, vec![1.0, 2.0, 3.0]));
}

#[test]
fn a_line_is_counted_as_an_editor_counts_it() {
    let file = File::of("lines.csv", "x,note\n1,\"two\nlines\"\n\n2,b,c\n");
    let message = file.message(Reader::dynamic().features(["x"]).csv(&file.0));
    assert!(message.contains("in row 1 (line 5)"), "{message}");
}

#[derive(SampleSchema)]
struct Rated {
    #[feat]
    x: f32,
    #[target]
    #[classes("1", "2", "3+")]
    stars: Class,
}

#[derive(SampleSchema)]
struct Lettered {
    #[feat]
    x: f32,
    #[target]
    #[classes("a", "b", "c")]
    kind: Class,
}

#[test]
fn a_number_is_the_name_of_a_class_where_a_name_is_a_number() {
    let names = File::of("stars.csv", "x,stars\n0,1\n0,3+\n0,2\n");
    let set = FeatureSet::<Rated>::from_csv(&names.0).unwrap();
    assert_eq!(set.view().numbers("stars", Representation::Raw).unwrap(), [0.0, 2.0, 1.0]);
    let index = File::of("stars-index.csv", "x,stars\n0,1\n0,0\n");
    let message = index.message(FeatureSet::<Rated>::from_csv(&index.0));
    assert!(message.contains("row 1: is `0`; declared classes: 1, 2, 3+"), "{message}");
    // The same of whole numbers.
    let integers = |values: Vec<i64>| {
        Reader::<Rated>::new().columns([("x", vec![0.0f32; values.len()].into()), ("stars", values.into())])
    };
    assert_eq!(integers(vec![2, 1]).unwrap().view().numbers("stars", Representation::Raw).unwrap(), [1.0, 0.0]);
    assert!(integers(vec![1, 0]).is_err());
}

#[test]
fn texts_are_names_or_indices_and_never_both() {
    let read = |text: &str| {
        let file = File::of(&format!("kinds-{}.csv", text.len()), text);
        let set = FeatureSet::<Lettered>::from_csv(&file.0);
        set.map(|set| set.view().numbers("kind", Representation::Raw).unwrap()).map_err(|error| error.to_string())
    };
    assert_eq!(read("x,kind\n0,b\n0,a\n").unwrap(), [1.0, 0.0]);
    assert_eq!(read("x,kind\n0,2\n0,1\n0,0\n").unwrap(), [2.0, 1.0, 0.0]);
    assert!(read("x,kind\n0,b\n0,1\n0,a\n0,a\n").unwrap_err().contains("row 1: is `1`"));
    assert!(read("x,kind\n0,1\n0,b\n0,a\n0,a\n0,a\n").unwrap_err().contains("row 1: is `b`"));
    // Also where the part of the file that is read first holds one kind alone.
    let long = format!("x,kind\n{}0,1\n", "0,b\n".repeat(70_000));
    assert!(read(&long).unwrap_err().contains("row 70000: is `1`"));
}

#[test]
fn different_whole_numbers_stay_different() {
    let tags = |values: &[&str]| {
        let text = format!("id,x\n{},0\n", values.join(",0\n"));
        let file = File::of(&format!("wide-{}-{}.csv", values.len(), values[0].len()), text);
        let set = Reader::dynamic().features(["x"]).tags(["id"]).csv(&file.0).unwrap();
        let groups = set.view().groups("id").unwrap();
        (dtype(&set, "id"), groups)
    };
    let three = vec![0, 1, 2];
    let wide = ["18446744073709551615", "18446744073709551614", "18446744073709551000"];
    assert_eq!(tags(&wide), (Dtype::U64, three.clone()));
    assert_eq!(tags(&["-1", "18446744073709551615", "18446744073709551614"]), (Dtype::Text, three.clone()));
    assert_eq!(
        tags(&["123456789012345678901234567890", "123456789012345678901234567891", "1"]),
        (Dtype::Text, three.clone())
    );
    assert_eq!(tags(&["9007199254740993", "9007199254740992", "0.5"]), (Dtype::Text, three.clone()));
    assert_eq!(tags(&["02134", "2134", "10001"]), (Dtype::Text, three.clone()));
    assert_eq!(tags(&["1.10", "1.1", "2.0"]), (Dtype::Text, three.clone()));
    assert_eq!(tags(&["+1", "-1", "1"]), (Dtype::Text, three.clone()));
    assert_eq!(tags(&["-9223372036854775808", "9223372036854775807", "0"]), (Dtype::I64, three.clone()));
    assert_eq!(tags(&["0.5", "1", "2"]), (Dtype::F64, three));
}

#[test]
fn json_lines_hold_whole_numbers_beyond_i64() {
    let text =
        "{\"id\": 18446744073709551615, \"x\": 1}\n{\"id\": 18446744073709551614, \"x\": 2.5}\n{\"id\": 7, \"x\": 0}\n";
    let file = File::of("wide.jsonl", text);
    let set = Reader::dynamic().features(["x"]).tags(["id"]).json_lines(&file.0).unwrap();
    assert_eq!((dtype(&set, "id"), set.view().groups("id").unwrap()), (Dtype::U64, vec![0, 1, 2]));
    assert_eq!(numbers(&set, "x"), [1.0, 2.5, 0.0]);
    let both = File::of("both.jsonl", "{\"id\": -1, \"x\": 1}\n{\"id\": 18446744073709551615, \"x\": 1}\n");
    let message = both.message(Reader::dynamic().features(["x"]).tags(["id"]).json_lines(&both.0));
    assert_eq!(
        message,
        "FILE: column `id`: has whole numbers below 0 and above 9223372036854775807, which no type holds together; write \
         them as text"
    );
    // What is measured may be rounded, and a column that is not read concerns nobody.
    let measured = Reader::dynamic().features(["id"]).json_lines(&both.0).unwrap();
    assert_eq!(numbers(&measured, "id"), [-1.0, 18_446_744_073_709_551_615.0]);
    assert_eq!(numbers(&Reader::dynamic().features(["x"]).json_lines(&both.0).unwrap(), "x"), [1.0, 1.0]);
}

#[test]
fn classes_are_learned_as_they_stand() {
    let file = File::of("zip.csv", "zip,x\n02134,0\n10001,1\n02134,2\n");
    let reader = Reader::dynamic().features(["x"]).tags(["zip"]).classes("zip");
    let set = reader.csv(&file.0).unwrap();
    assert_eq!((classes(&set, "zip"), numbers(&set, "zip")), (vec!["02134", "10001"], vec![0.0, 1.0, 0.0]));
    let signs = File::of("signs.csv", "zip,x\n+1,0\n-1,1\n+1,2\n");
    let set = reader.csv(&signs.0).unwrap();
    assert_eq!((classes(&set, "zip"), numbers(&set, "zip")), (vec!["-1", "+1"], vec![1.0, 0.0, 1.0]));
    let wide = vec![u64::MAX, 0, u64::MAX];
    let set = reader.columns([("zip", wide.into()), ("x", vec![0i64, 1, 2].into())]).unwrap();
    assert_eq!((classes(&set, "zip"), numbers(&set, "zip")), (vec!["0", "18446744073709551615"], vec![1.0, 0.0, 1.0]));
}

#[test]
fn encoded_columns_are_read_as_what_they_stand_for() {
    use arrow::array::{
        Array, ArrayRef, DictionaryArray, Float32Array, Int8Array, Int32Array, Int64Array, ListArray, RecordBatch,
        RunArray, StringArray,
    };
    use arrow::buffer::OffsetBuffer;
    use arrow::datatypes::Field;
    let keys = || Int8Array::from(vec![1, 0, 1, 2]);
    let whole: ArrayRef = Arc::new(DictionaryArray::new(keys(), Arc::new(Int64Array::from(vec![10, 20, 30]))));
    let float: ArrayRef = Arc::new(DictionaryArray::new(keys(), Arc::new(Float32Array::from(vec![0.5, 1.5, 2.5]))));
    let text: ArrayRef = Arc::new(DictionaryArray::new(keys(), Arc::new(StringArray::from(vec!["a", "b", "c"]))));
    let runs: ArrayRef =
        Arc::new(RunArray::try_new(&Int32Array::from(vec![3, 4]), &Float32Array::from(vec![0.25, 0.75])).unwrap());
    let items =
        DictionaryArray::new(Int8Array::from(vec![0, 1, 1, 0, 0, 0, 1, 1]), Arc::new(Int64Array::from(vec![5, 6])));
    let item = Arc::new(Field::new("item", items.data_type().clone(), false));
    let lists: ArrayRef =
        Arc::new(ListArray::new(item, OffsetBuffer::from_lengths([2, 2, 2, 2]), Arc::new(items), None));
    let batch = RecordBatch::try_from_iter([
        ("whole", whole),
        ("float", float),
        ("text", text),
        ("runs", runs),
        ("lists", lists),
    ])
    .unwrap();
    let reader = Reader::dynamic().features(["float", "runs", "lists"]).tags(["whole", "text"]);
    let path = File::of("encoded.arrow", "");
    let mut writer =
        arrow::ipc::writer::FileWriter::try_new(std::fs::File::create(&path.0).unwrap(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    for set in [reader.batches([batch]).unwrap(), reader.arrow(&path.0).unwrap()] {
        assert_eq!((dtype(&set, "whole"), numbers(&set, "whole")), (Dtype::I64, vec![20.0, 10.0, 20.0, 30.0]));
        assert_eq!(numbers(&set, "float"), [1.5, 0.5, 1.5, 2.5]);
        assert_eq!(numbers(&set, "runs"), [0.25, 0.25, 0.25, 0.75]);
        assert_eq!(numbers(&set, "lists"), [5.0, 6.0, 6.0, 5.0, 5.0, 5.0, 6.0, 6.0]);
        assert_eq!((dtype(&set, "text"), set.view().groups("text").unwrap()), (Dtype::Text, vec![0, 1, 0, 2]));
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_name() {
    let json = File::of("marked.jsonl", "\u{feff}{\"x\": 1}\n{\"x\": 2}\n");
    assert_eq!(numbers(&Reader::dynamic().features(["x"]).json_lines(&json.0).unwrap(), "x"), [1.0, 2.0]);
    let csv = File::of("marked.csv", "\u{feff}x\n1\n2\n");
    assert_eq!(numbers(&Reader::dynamic().features(["x"]).csv(&csv.0).unwrap(), "x"), [1.0, 2.0]);
    let quoted = File::of("marked-quoted.csv", "\u{feff}\"x\"\n1\n2\n");
    assert_eq!(numbers(&Reader::dynamic().features(["x"]).csv(&quoted.0).unwrap(), "x"), [1.0, 2.0]);
}

#[test]
fn a_folder_of_files_is_read_whole_or_in_parts() {
    let folder = std::env::temp_dir().join(format!("modularml-reading-{}-folder", std::process::id()));
    std::fs::create_dir_all(folder.join("part-9.csv")).unwrap();
    let listed = |paths: Paths| numbers(&Reader::dynamic().features(["x"]).csv(paths).unwrap(), "x");
    let folder_text = folder.display().to_string();
    let message = |error: modularml::Error| error.to_string().replace(&folder_text, "FOLDER");
    let empty = message(Paths::folder(&folder, "csv").unwrap_err());
    let in_folders = "folders in it are not looked into; have them written without PARTITIONED BY";
    assert_eq!(empty, format!("FOLDER: has no file that ends in .csv, and {in_folders}"));
    for (name, rows) in [("part-2", "5"), ("part-0", "1\n2"), ("part-1", "3\n4"), ("_part", "9"), (".part", "9")] {
        std::fs::write(folder.join(format!("{name}.csv")), format!("x\n{rows}\n")).unwrap();
    }
    let parts = Paths::folder(&folder, "csv").unwrap();
    assert_eq!(listed(parts.clone()), [1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(listed(parts.clone().shard(0, 2).unwrap()), [1.0, 2.0, 5.0]);
    assert_eq!(listed(parts.clone().shard(1, 2).unwrap()), [3.0, 4.0]);
    for (place, shards) in [(3, 4), (2, 2), (0, 0)] {
        let error = parts.clone().shard(place, shards).unwrap_err().to_string();
        assert!(error.starts_with(&format!("3 files have no part {place} of {shards}")), "{error}");
    }
    assert!(message(Paths::folder(folder.join("gone"), "csv").unwrap_err()).contains("cannot be listed"));
    std::fs::remove_dir_all(&folder).unwrap();
}
