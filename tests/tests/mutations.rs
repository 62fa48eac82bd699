//! Damaged input is an error and never ends the program: 20,000 mutations of each kind of file, of predicates and of
//! descriptions, the same ones in each run. `fuzz/` looks for more.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use modularml::data::{Dialect, Domain, Dynamic, FeatureSet, Predicate, Reader};
use modularml::prelude::*;
use modularml_tests::mutate::Mutator;
use parquet::arrow::ArrowWriter;

const MUTATIONS: usize = 20_000;

/// A measurement of one cell, of which several make a row in some tests.
#[derive(SampleSchema, Clone)]
struct Reading {
    /// Volts.
    #[feat]
    volts: [f32; 2],
    /// Steps of a discharge.
    #[feat(length = 4, longer = truncate)]
    steps: Vec<f64>,
    /// How worn it is.
    #[target]
    #[classes("fresh", "worn", "3")]
    state: Class,
    /// The cell.
    #[tag]
    cell: u16,
    /// What somebody wrote.
    #[tag]
    note: String,
}

fn readings() -> FeatureSet<Reading> {
    let reading = |i: u8| Reading {
        volts: [f32::from(i), -1.5],
        steps: (0..i % 5).map(f64::from).collect(),
        state: Class::new(u32::from(i % 3)),
        cell: u16::from(i / 3),
        note: ["", "fine", "a \"b\", c\nd"][usize::from(i % 3)].to_owned(),
    };
    FeatureSet::from_rows((0..9u8).map(reading)).unwrap()
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("modularml-mutations-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// Gives mutations of the seeds to `read`, which must not panic; says how many it took for right.
fn damage(name: &str, seeds: &[Vec<u8>], read: impl Fn(&[u8]) -> bool) {
    let mut mutator = Mutator::new(u64::try_from(name.len()).unwrap());
    let mut right = 0;
    for seed in seeds {
        assert!(read(seed), "{name}: a seed is wrong: {}", String::from_utf8_lossy(seed));
    }
    for number in 0..MUTATIONS {
        let bytes = mutator.bytes(seeds);
        let is_right = catch_unwind(AssertUnwindSafe(|| read(&bytes)));
        assert!(is_right.is_ok(), "{name}: mutation {number} panics: {bytes:?}");
        right += usize::from(is_right.is_ok_and(|is_right| is_right));
    }
    println!("{name}: {MUTATIONS} mutations, {right} taken for right");
    assert!(right < MUTATIONS, "{name}: nothing was damaged");
}

/// Gives mutations to readers as a file.
fn damage_files(name: &str, seeds: &[Vec<u8>], read: impl Fn(&Path) -> bool) {
    let folder = Folder::new(name);
    let path = folder.0.join(name);
    damage(name, seeds, |bytes| {
        std::fs::write(&path, bytes).unwrap();
        read(&path)
    });
}

fn dynamic() -> Reader<Dynamic> {
    Reader::dynamic().features(["x", "y"]).tags(["cell"])
}

/// Whether one of several ways to read a file takes it.
fn one_way(path: &Path, open: fn(Reader<Dynamic>, &Path) -> modularml::Result<FeatureSet<Dynamic>>) -> bool {
    let grouped = dynamic().group_by("cell").sort_by("x");
    let ways = [
        dynamic(),
        grouped.clone(),
        grouped.sequence("y", 3, Longer::Truncate),
        dynamic().classes("cell").drop_rows_with_missing(),
        dynamic().missing("NA").drop_rows_with_missing(),
        dynamic().missing("NA").one_per_group(["cell"]).group_by("y"),
    ];
    ways.into_iter().filter(|way| open(way.clone(), path).is_ok()).count() > 0
}

#[test]
fn csv() {
    let seeds = [
        "x,y,cell\n1,2,a\n3,4.5,b\n5,6,a\n",
        "x,y,cell\n1,NA,1\n3,4,2\n,6,1\n",
        "\u{feff}cell,y,x\n\"a \"\"b\"\"\",1,2\n\"c\nd\",3,4\n",
        "x_0,x_1,y,cell\n1,2,3,true\n4,5,6,false\n",
    ]
    .map(|text| text.as_bytes().to_vec());
    damage_files("rows.csv", &seeds, |path| one_way(path, |reader, path| reader.csv(path)));
    let seed = "volts_0,volts_1,steps,state,cell,note\n1,2,3,fresh,7,fine\n".as_bytes().to_vec();
    let folder = Folder::new("typed");
    let path = folder.0.join("typed.csv");
    let mut mutator = Mutator::new(3);
    for _ in 0..MUTATIONS / 10 {
        std::fs::write(&path, mutator.bytes(std::slice::from_ref(&seed))).unwrap();
        let _ = Reader::<Reading>::new().csv(&path);
    }
}

/// The same ways to read a file in other dialects, those of the seeds among them.
#[test]
fn dialects() {
    let seeds = [
        "x;y;cell\n1,5;1.234,5;a\n-3;4;b\n".as_bytes().to_vec(),
        "# c\nx\ty\tcell\n1\t'2'\t'a''\nb'\n3\t4\tc\n".as_bytes().to_vec(),
        "1|2|a\n3|4|\"b \\\" c\"\n".as_bytes().to_vec(),
        "x,y,cell\n1,2,ü\n3,4,€\n".encode_utf16().flat_map(u16::to_le_bytes).collect(),
        b"x,y,cell\n\"1,000\",2,caf\xe9\n3,4,b\n".to_vec(),
    ];
    let plain = Dialect::new();
    let headless = plain.separator('|').escape('\\').without_header();
    let ways = [
        (plain.separator(';').decimal_comma().thousands('.'), None),
        (plain.separator('\t').quote('\'').comment('#'), None),
        (headless, Some(["x", "y", "cell"])),
        (plain.encoding("utf-16le"), None),
        (plain.thousands(',').encoding("latin1"), None),
        (plain.separator(';').without_quotes().skip_lines(1).encoding("shift_jis"), None),
        (Dialect::guessed(), None),
    ];
    damage_files("dialects.csv", &seeds, |path| {
        let read = |(dialect, names): &(Dialect, Option<[&str; 3]>)| {
            let reader = dynamic().dialect(*dialect);
            let reader = names.map_or(reader.clone(), |names| reader.names(names));
            reader.csv(path).is_ok()
        };
        let _ = dynamic().dialect(Dialect::guessed()).summary().csv(path);
        // Each time another dialect is the first to take it.
        let first = std::fs::metadata(path).map_or(0, |file| usize::try_from(file.len()).unwrap());
        ways.iter().cycle().skip(first % ways.len()).take(ways.len()).any(read)
    });
}

#[test]
fn compressed() {
    let text = "x,y,cell\n1,2,a\n3,4.5,b\n5,6,a\n".as_bytes();
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    // With the check that the program `zstd` writes.
    let zstandard = |bytes: &[u8]| {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.include_checksum(true).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let (first, second) = text.split_at(12);
    let seeds = [
        gzip(text),
        zstandard(text),
        [gzip(first), gzip(second)].concat(),
        [zstandard(first), zstandard(second)].concat(),
    ];
    let expected = dynamic().columns([
        ("x", vec![1i64, 3, 5].into()),
        ("y", vec![2.0, 4.5, 6.0].into()),
        ("cell", vec!["a", "b", "a"].into()),
    ]);
    let expected = expected.unwrap().view().numbers("y", Representation::Raw).unwrap();
    damage_files("rows.csv.x", &seeds, |path| {
        let read = dynamic().csv(path);
        // Each part holds a check of what it holds: what passes is whole, or a part was cut off as a whole.
        if let Ok(read) = &read {
            let found = read.view().numbers("y", Representation::Raw).unwrap();
            assert!(expected.starts_with(&found) || found.starts_with(&expected), "{found:?}");
        }
        read.is_ok()
    });
}

#[test]
fn json() {
    let seeds = [
        "[{\"x\": 1, \"y\": [1, 2], \"cell\": \"a\"},\n{\"x\": 2.5, \"y\": [3, 4], \"cell\": \"]}\\\"\"}]\n",
        "[\n{\"x\": -1, \"y\": 2, \"cell\": true}, {\"x\": null, \"y\": -3, \"cell\": false}\n]",
    ]
    .map(|text| text.as_bytes().to_vec());
    damage_files("rows.json", &seeds, |path| one_way(path, |reader, path| reader.json(path)));
}

#[test]
fn json_lines() {
    let seeds = [
        "{\"x\": 1, \"y\": [1, 2], \"cell\": \"a\"}\n{\"x\": 2.5, \"y\": [3, 4], \"cell\": \"b\"}\n",
        "{\"x\": 18446744073709551615, \"y\": 2, \"cell\": true}\n\n{\"x\": null, \"y\": -3, \"cell\": false}\n",
    ]
    .map(|text| text.as_bytes().to_vec());
    damage_files("rows.jsonl", &seeds, |path| one_way(path, |reader, path| reader.json_lines(path)));
}

#[test]
fn parquet() {
    let folder = Folder::new("parquet-seeds");
    let path = folder.0.join("rows.parquet");
    let rows = readings().to_arrow().unwrap();
    let mut writer = ArrowWriter::try_new(std::fs::File::create(&path).unwrap(), rows.schema(), None).unwrap();
    writer.write(&rows).unwrap();
    writer.close().unwrap();
    let seeds = [std::fs::read(&path).unwrap()];
    damage_files("rows.parquet", &seeds, |path| Reader::<Reading>::new().parquet(path).is_ok());
}

#[test]
fn arrow() {
    let folder = Folder::new("arrow-seeds");
    let path = folder.0.join("rows.arrow");
    readings().to_arrow_file(&path).unwrap();
    let seeds = [std::fs::read(&path).unwrap()];
    damage_files("rows.arrow", &seeds, |path| Reader::<Reading>::new().arrow(path).is_ok());
}

#[test]
fn stores() {
    let folder = Folder::new("store-seeds");
    let path = folder.0.join("store.arrow");
    readings().to_arrow_file(&path).unwrap();
    let seeds = [std::fs::read(&path).unwrap()];
    damage_files("store.arrow", &seeds, |path| {
        let opened = FeatureSet::<Reading>::open(path);
        // What opens can be read to its end.
        if let Ok(set) = &opened {
            let _ = set.view().numbers("volts", Representation::Raw);
            let _ = set.view().texts("note");
            let _ = set.to_arrow();
        }
        opened.is_ok()
    });
}

#[test]
fn predicates() {
    let columns = Reading::COLUMNS;
    let seeds = [
        columns.cell.ge(3).and(columns.state.eq("worn")),
        !Predicate::from(columns.note.is_missing()).or(columns.cell.is_in(&[1, 2])),
    ]
    .map(|predicate| serde_json::to_vec(&predicate).unwrap());
    let rows = readings();
    damage("predicate", &seeds, |bytes| {
        let Ok(predicate) = serde_json::from_slice::<Predicate>(bytes) else { return false };
        rows.view().filter(&predicate).is_ok()
    });
}

#[test]
fn column_names() {
    let seeds = ["features.volts", "*", "tags.c?ll", "soh"].map(|text| text.as_bytes().to_vec());
    let rows = readings();
    damage("pattern", &seeds[..3], |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return false };
        let _ = rows.with_column(text, Domain::Tag, vec![1i64; 9]);
        rows.view().select([text]).is_ok()
    });
}
