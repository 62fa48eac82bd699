//! Text files that are compressed, whole and damaged, and JSON as an array.

use std::io::Write as _;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use modularml::Result;
use modularml::data::{Dialect, FeatureSet, Paths, Reader, Representation};

/// A folder that is gone when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn of(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("modularml-compressed-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    #[track_caller]
    fn message<T>(&self, read: Result<T>) -> String {
        let message = read.err().expect("it is refused").to_string();
        message.replace(&format!("{}/", self.0.display()), "")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

fn reader() -> Reader {
    Reader::dynamic().features(["x"]).tags(["note"])
}

fn numbers(set: &FeatureSet) -> Vec<f64> {
    set.view().numbers("x", Representation::Raw).unwrap()
}

fn rows(count: usize) -> String {
    let rows: Vec<String> = (0..count).map(|row| format!("{row},\"note, {}\"\n", row % 7)).collect();
    format!("x,note\n{}", rows.concat())
}

#[test]
fn compressed_files_are_read_in_all_their_parts() {
    let folder = Folder::of("parts");
    let text = rows(30_000);
    let (first, second) = text.split_at(text.len() / 3);
    let expected: Vec<f64> = (0..30_000u32).map(f64::from).collect();
    let lines = "{\"x\": 1, \"note\": \"a\"}\n".repeat(9);
    for (ending, compress) in [("gz", gzip as fn(&[u8]) -> Vec<u8>), ("zst", zstandard)] {
        let one = folder.file(&format!("one.csv.{ending}"), compress(text.as_bytes()));
        // As `cat a.gz b.gz` makes it, and as parallel compressors do.
        let parts = [compress(first.as_bytes()), compress(second.as_bytes()), compress(b"")].concat();
        let several = folder.file(&format!("several.csv.{ending}"), parts);
        // The bytes tell, not the name.
        let nameless = folder.file("nameless.csv", compress(text.as_bytes()));
        for path in [&one, &several, &nameless] {
            assert_eq!(numbers(&reader().csv(path).unwrap()), expected, "{}", path.display());
        }
        let store = folder.0.join(format!("{ending}.arrow"));
        assert_eq!(numbers(&reader().to_store(&store).csv(&several).unwrap()), expected);
        let path = folder.file(&format!("rows.jsonl.{ending}"), compress(lines.as_bytes()));
        assert_eq!(reader().json_lines(&path).unwrap().len(), 9);
        let summary = reader().summary().csv(&several).unwrap();
        assert_eq!((summary.rows, summary.problems.len()), (30_000, 0));
        // Another encoding inside.
        let latin = [b"x;note\n1,5;caf\xe9\n".as_slice(), b"2,5;b\n"].concat();
        let path = folder.file(&format!("latin.csv.{ending}"), compress(&latin));
        let dialect = Dialect::new().separator(';').decimal_comma().encoding("latin1");
        for dialect in [dialect, Dialect::guessed()] {
            let set = reader().dialect(dialect).csv(&path).unwrap();
            assert_eq!(numbers(&set), [1.5, 2.5]);
            assert_eq!(set.view().texts("note").unwrap()[0], Some("café"));
        }
    }
    // Each to a store of its own, by the name of what is in it.
    let files = Paths::folder(&folder.0, "csv.gz").unwrap();
    let stores = folder.0.join("stores");
    let declared = reader().csv(folder.0.join("one.csv.gz")).unwrap().schema();
    let only: Vec<PathBuf> = vec![folder.0.join("one.csv.gz"), folder.0.join("several.csv.gz")];
    let set = Reader::with_schema(declared).to_stores(&stores).csv(&only).unwrap();
    assert_eq!(set.len(), 60_000);
    assert!(stores.join("one.arrow").is_file() && stores.join("several.arrow").is_file());
    assert!(files.stores_in(&stores).is_ok());
}

#[test]
fn what_is_cut_off_or_damaged_is_refused_and_leaves_nothing() {
    let folder = Folder::of("damage");
    let text = rows(20_000);
    for (ending, compress) in [("gz", gzip as fn(&[u8]) -> Vec<u8>), ("zst", zstandard)] {
        let whole = compress(text.as_bytes());
        let name = if ending == "gz" { "gzip" } else { "Zstandard" };
        // Also where only the last bytes are missing, a check of what was read.
        for length in [6, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
            let path = folder.file(&format!("cut.csv.{ending}"), &whole[..length]);
            let cut = format!("what {name} has compressed is cut off; get another copy");
            let message = folder.message(reader().csv(&path));
            assert!(message.ends_with(&cut), "{length}: {message}");
            let store = folder.0.join("cut.arrow");
            let message = folder.message(reader().to_store(&store).csv(&path));
            assert!(message.ends_with(&cut), "{length}: {message}");
            assert!(!store.exists(), "{length}");
        }
        let mut damaged = whole.clone();
        damaged[whole.len() / 2] ^= 0x55;
        let path = folder.file(&format!("damaged.csv.{ending}"), &damaged);
        let message = folder.message(reader().csv(&path));
        assert!(
            message.contains(&format!("{name} has compressed")) && message.ends_with("get another copy"),
            "{message}"
        );
        let plain = folder.file(&format!("plain.csv.{ending}"), &text);
        assert_eq!(
            folder.message(reader().csv(&plain)),
            format!(
                "plain.csv.{ending}: ends in .{ending}, and is not compressed by {name}; give it another name if it is plain \
                 text, else get another copy"
            )
        );
        let twice = folder.file(&format!("twice.csv.{ending}"), compress(&whole));
        assert!(folder.message(reader().csv(&twice)).contains("is compressed twice; decompress it once"));
    }
    let mut tar = vec![0; 1024];
    tar[..5].copy_from_slice(b"a.csv");
    tar[257..262].copy_from_slice(b"ustar");
    let tar = folder.file("rows.tar.gz", gzip(&tar));
    assert_eq!(folder.message(reader().csv(&tar)), "rows.tar.gz: is a tar archive; take the files out of it (tar xf)");
}

/// The peak of memory of this process, in MiB.
#[cfg(target_os = "linux")]
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() >> 10
}

/// A file of some kB that decompresses to 1 GiB: of one line, of lines, of an object without an end.
#[cfg(target_os = "linux")]
#[test]
fn a_bomb_takes_no_memory() {
    let folder = Folder::of("bomb");
    let bomb = |start: &str, part: &[u8]| {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.write_all(start.as_bytes()).unwrap();
        for _ in 0..1024 {
            encoder.write_all(part).unwrap();
        }
        encoder.finish().unwrap()
    };
    let zeros = vec![b'0'; 1 << 20];
    let before = peak();
    let line = folder.file("line.csv.zst", bomb("x,note\n1,", &zeros));
    let message = folder.message(reader().csv(&line));
    let long = "is longer than 64 MiB; end each row with a line end";
    assert_eq!(message, format!("line.csv.zst: is not a whole CSV file: a row that begins in row 0 (line 2) {long}"));
    let header = folder.file("header.csv.zst", bomb("", &zeros));
    let message = folder.message(reader().csv(&header));
    assert_eq!(
        message,
        format!("header.csv.zst: is not a whole CSV file: a row that begins in the header (line 1) {long}")
    );
    let object = folder.file("object.jsonl.zst", bomb("{\"x\": 1, \"note\": \"", &zeros));
    let message = folder.message(reader().json_lines(&object));
    assert_eq!(message, "object.jsonl.zst: line 1: an object is longer than 64 MiB; write one for each row");
    let array = folder.file("object.json.zst", bomb("[{\"x\": 1, \"note\": \"", &zeros));
    assert_eq!(folder.message(reader().json(&array)), message.replace("jsonl", "json"));
    // Rows of 1 MiB of which a number is read: a store of them is made in bounded memory.
    let mut row = vec![b' '; 1 << 20];
    row[0] = b'7';
    row[2] = b',';
    row[(1 << 20) - 1] = b'\n';
    let wide = folder.file("wide.csv.zst", bomb("x,note\n", &row));
    let set = Reader::dynamic().features(["x"]).to_store(folder.0.join("wide.arrow")).csv(&wide).unwrap();
    assert_eq!(set.len(), 1024);
    let grown = peak() - before;
    assert!(grown < 700, "{grown} MiB");
}

#[test]
fn json_arrays_are_read() {
    let folder = Folder::of("json");
    let text = "\u{feff} [\n {\"x\": [1, 2], \"note\": \"a ]}{[, \\\" b\"}, {\"x\":\n[3, 4.5],\r\n \"note\": null},\n{\"x\": \
                [5, 6]}\n]\n ";
    let path = folder.file("rows.json", text);
    let reader = || Reader::dynamic().features(["x"]);
    assert_eq!(numbers(&reader().json(&path).unwrap()), [1.0, 2.0, 3.0, 4.5, 5.0, 6.0]);
    let wide: Vec<u8> = text.trim_start_matches('\u{feff}').encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = folder.file("wide.json", wide);
    let set = reader().dialect(Dialect::new().encoding("utf-16le")).json(&wide).unwrap();
    assert_eq!(numbers(&set), [1.0, 2.0, 3.0, 4.5, 5.0, 6.0]);
    let packed = folder.file("rows.json.gz", gzip(text.as_bytes()));
    assert_eq!(reader().to_store(folder.0.join("rows.arrow")).json(&packed).unwrap().len(), 3);
    // Thousands of them, through many buffers.
    let objects: Vec<String> = (0..20_000).map(|row| format!("{{\"x\": {row}}}")).collect();
    let many = folder.file("many.json", format!("[{}]", objects.join(",\n")));
    assert_eq!(numbers(&reader().json(&many).unwrap()), (0..20_000u32).map(f64::from).collect::<Vec<_>>());

    let message = |text: &str| folder.message(reader().json(folder.file("a.json", text)));
    for (text, expected) in [
        ("", "has no rows; at least one is needed"),
        ("[]", "has no rows; at least one is needed"),
        ("{\"x\": 1}\n{\"x\": 2}\n", "holds one object a line, and no array of them; read it by `json_lines`"),
        (
            "{\"x\": {\"0\": 1}}\n",
            "holds one object, and no array of them; write [{\"column\": value, ..}, ..], with pandas by \
             to_json(orient=\"records\"), or if it is a row, read it by `json_lines`",
        ),
        ("[\n{\"x\": 1}\n{\"x\": 2}]", "line 3: is no JSON: found `{`, expected `,` or `]` behind an object"),
        ("[{\"x\": 1},\n]", "line 2: is no JSON: found `]`, expected an object behind the comma"),
        ("[{\"x\": 1}", "line 1: is no JSON: found the end of the file, expected `,` or `]` behind an object"),
        ("[{\"x\": 1}]\n7", "line 2: is no JSON: found `7`, expected nothing behind the array"),
        ("[1, 2]", "line 1: is no JSON: found `1`, expected an object, {\"column\": value, ..}"),
        (
            "[{\"x\": 1},\n{\"x\": [2",
            "line 2: is no JSON: the object that begins here has no end; the file may be cut off",
        ),
        ("[{\"x\": 1},\n{\"x\": 2,}]", "line 2: is no JSON: trailing comma at column 9 of the object"),
        ("[{\"x\": \"a\nb\"}]", "line 1: is no JSON: a text in the object holds a line end; write \\n"),
        ("[{\"x\": 1}, {\"x\": \"a\"}]", "line 1: failed to parse \"a\" as Float64; a column has values of one type"),
        ("x,y\n1,2\n", "line 1: is no JSON: found `x`, expected an array of objects, [{\"column\": value, ..}, ..]"),
    ] {
        let found = message(text);
        if text.contains("\"a\"}]") {
            assert!(found.ends_with("; a column has values of one type"), "{found}");
        } else {
            assert_eq!(found, format!("a.json: {expected}"));
        }
    }
    let array = folder.file("array.jsonl", "\n[{\"x\": 1},\n{\"x\": 2}]\n");
    assert_eq!(
        folder.message(reader().json_lines(&array)),
        "array.jsonl: holds an array of objects, and not one object a line; read it by `json`"
    );
}
