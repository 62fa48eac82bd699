//! CSV and JSON as programs write them: separators, decimal marks, quotes, comments, encodings, files without a header.
//!
//! Where a test says pandas, the values are those that `pandas.read_csv` 3.1.1 gives for the same bytes with the arguments
//! that are named.

use modularml::SampleSchema;
use modularml::data::{Dialect, Dtype, Dynamic, FeatureSet, Reader, Representation};
use modularml_tests::file::File;

#[derive(SampleSchema)]
struct House {
    #[feat(rename = "Größe")]
    size: f32,
    #[target(rename = "Preis")]
    price: f64,
    #[tag(rename = "Ort")]
    place: String,
}

#[derive(SampleSchema)]
struct Row {
    #[feat]
    a: f32,
}

fn numbers<S>(set: &FeatureSet<S>, key: &str) -> Vec<f64> {
    set.view().numbers(key, Representation::Raw).unwrap()
}

fn texts<S>(set: &FeatureSet<S>, key: &str) -> Vec<String> {
    set.view().texts(key).unwrap().into_iter().map(|text| text.unwrap_or_default().to_string()).collect()
}

fn dtype(set: &FeatureSet<Dynamic>, key: &str) -> Dtype {
    set.view().schema().column(key).unwrap().dtype
}

const HOUSES: &str =
    "# Messung 7\nGröße;Preis;Ort\n1,5;1.234.567,25;Köln\n-2,25;99,00;a,b\n# Pause\n3e2;-1.000,5;1,5\n";
const GERMAN: Dialect = Dialect::new().separator(';').decimal_comma().thousands('.').comment('#');

fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(letter).unwrap()).collect()
}

/// pandas: `sep=';', decimal=',', thousands='.', comment='#', encoding=..`.
#[test]
fn a_file_of_a_german_spreadsheet_is_read_in_each_encoding() {
    let marked = |text: &str| format!("\u{feff}{text}");
    for (name, bytes, dialect) in [
        ("utf-8", HOUSES.as_bytes().to_vec(), GERMAN),
        ("utf-8-sig", marked(HOUSES).into_bytes(), GERMAN),
        ("utf-8-sig-told", marked(HOUSES).into_bytes(), GERMAN.encoding("utf-8")),
        ("utf-16-sig", utf_16(&marked(HOUSES), u16::to_be_bytes), GERMAN.encoding("utf-16")),
        ("utf-16-le", utf_16(HOUSES, u16::to_le_bytes), GERMAN.encoding("utf-16le")),
        ("utf-16-be", utf_16(HOUSES, u16::to_be_bytes), GERMAN.encoding("UTF-16BE")),
        ("latin-1", latin_1(HOUSES), GERMAN.encoding("latin1")),
        ("cp1252", latin_1(HOUSES), GERMAN.encoding("cp1252")),
        ("guessed", HOUSES.as_bytes().to_vec(), Dialect::guessed()),
        ("guessed-sig", marked(HOUSES).into_bytes(), Dialect::guessed()),
        ("guessed-le", utf_16(HOUSES, u16::to_le_bytes), Dialect::guessed()),
        ("guessed-be", utf_16(&marked(HOUSES), u16::to_be_bytes), Dialect::guessed()),
        ("guessed-latin-1", latin_1(HOUSES), Dialect::guessed()),
        ("crlf", HOUSES.replace('\n', "\r\n").into_bytes(), GERMAN),
    ] {
        let file = File::of(&format!("houses-{name}.csv"), bytes);
        let set = Reader::<House>::new().dialect(dialect).csv(&file.0).unwrap();
        assert_eq!(numbers(&set, "size"), [1.5, -2.25, 300.0], "{name}");
        assert_eq!(numbers(&set, "price"), [1_234_567.25, 99.0, -1000.5], "{name}");
        // Text is as it stands, whatever numbers it looks like.
        assert_eq!(texts(&set, "place"), ["Köln", "a,b", "1,5"], "{name}");
        let dynamic = Reader::dynamic().rename("Größe", "size").rename("Preis", "price").dialect(dialect);
        let dynamic = dynamic.features(["size"]).targets(["price"]).csv(&file.0).unwrap();
        assert_eq!(numbers(&dynamic, "price"), [1_234_567.25, 99.0, -1000.5], "{name}");
        let store = File(file.0.with_extension("arrow"));
        let stored = Reader::<House>::new().dialect(dialect).to_store(&store.0).csv(&file.0).unwrap();
        assert_eq!(numbers(&stored, "price"), numbers(&set, "price"), "{name}");
    }
}

/// pandas: `thousands=','`; `decimal=','`; `sep='\t', thousands="'"`; `sep=';', decimal=',', thousands=' '`.
#[test]
fn numbers_are_read_as_their_countries_write_them() {
    for (name, text, dialect, expected) in [
        ("us", "a,b\n\"1,234.5\",x\n\"-1,000,000\",y\n12,z\n", Dialect::new().thousands(','), [1234.5, -1e6, 12.0]),
        (
            "quoted",
            "a,b\n\"1,5\",x\n\"-0,25\",y\n12,z\n",
            Dialect::new().separator(',').decimal_comma(),
            [1.5, -0.25, 12.0],
        ),
        (
            "swiss",
            "a\tb\n1'234.5\tx\n12’000\ty\n1\tz\n",
            Dialect::new().separator('\t').thousands('\''),
            [1234.5, 12000.0, 1.0],
        ),
        (
            "french",
            "a;b\n1 234,5;x\n12\u{202f}000;y\n1\u{a0}000;z\n",
            Dialect::new().separator(';').decimal_comma().thousands(' '),
            [1234.5, 12000.0, 1000.0],
        ),
    ] {
        let file = File::of(&format!("{name}.csv"), text);
        let guessed = if name == "quoted" { dialect } else { Dialect::guessed() };
        for dialect in [dialect, guessed] {
            let set = Reader::dynamic().dialect(dialect).features(["a"]).tags(["b"]).csv(&file.0).unwrap();
            assert_eq!(numbers(&set, "a"), expected, "{name}");
            assert_eq!(texts(&set, "b"), ["x", "y", "z"], "{name}");
        }
    }
}

#[test]
fn types_of_columns_follow_the_marks() {
    let file = File::of("types.csv", "a;b;c;d\n1.234;1,5;1.2;1.234\n2.000.000;2;2.3;1234\n");
    let dialect = Dialect::new().separator(';').decimal_comma().thousands('.');
    let set = Reader::dynamic().dialect(dialect).features(["a", "b"]).tags(["c", "d"]).csv(&file.0).unwrap();
    assert_eq!((dtype(&set, "a"), numbers(&set, "a")), (Dtype::I64, vec![1234.0, 2_000_000.0]));
    assert_eq!((dtype(&set, "b"), numbers(&set, "b")), (Dtype::F64, vec![1.5, 2.0]));
    // No groups of three digits; and one number that is written in two ways, where texts tell rows apart.
    assert_eq!((dtype(&set, "c"), texts(&set, "c")), (Dtype::Text, vec!["1.2".into(), "2.3".into()]));
    assert_eq!((dtype(&set, "d"), texts(&set, "d")), (Dtype::Text, vec!["1.234".into(), "1234".into()]));
}

/// pandas: `sep=';', quotechar="'"`; `quoting=csv.QUOTE_NONE`; `escapechar='\\'`.
#[test]
fn quotes_are_as_they_are_told() {
    let backslash = "a,n\n1,\"he said \\\"no\\\", twice\"\n2,b\n";
    for (name, text, dialect, expected) in [
        (
            "single",
            "a;n\n1;'x;y'\n2;'it''s'\n3;\"z\n",
            Dialect::new().separator(';').quote('\''),
            vec!["x;y", "it's", "\"z"],
        ),
        ("none", "a,n\n1,\"x\n2,y\"z\n", Dialect::new().without_quotes(), vec!["\"x", "y\"z"]),
        ("escape", backslash, Dialect::new().escape('\\'), vec!["he said \"no\", twice", "b"]),
        ("comments", "# it's \"open\na,n\n1,\"x\n# y\"\n#\"\n2,#\n", Dialect::new().comment('#'), vec!["x\n# y", "#"]),
    ] {
        let file = File::of(&format!("quotes-{name}.csv"), text);
        let set = Reader::dynamic().dialect(dialect).features(["a"]).tags(["n"]).csv(&file.0).unwrap();
        assert_eq!(texts(&set, "n"), expected, "{name}");
    }
    let open = File::of("quotes-open.csv", "preamble\n# \"\na;n\n1;'x'\n\n# it's\n2;'open\n");
    let reader =
        Reader::dynamic().features(["a"]).dialect(Dialect::new().separator(';').quote('\'').comment('#').skip_lines(1));
    assert_eq!(
        open.message(reader.csv(&open.0)),
        "FILE: is not a whole CSV file: a quoted field that begins in row 1 (line 7) is never closed; close it with a second \
         ', or write '' for a quote"
    );
    let uneven = File::of("quotes-uneven.csv", "preamble\n# \"\na;n\n1;2\n# it's\n\n3;4;5\n");
    assert_eq!(
        uneven.message(reader.csv(&uneven.0)),
        "FILE: is not a whole CSV file: incorrect number of fields in row 1 (line 7), expected 2 got 3"
    );
}

/// pandas: `encoding='cp1252'`, `'shift_jis'` and `'cp1250'`.
#[test]
fn letters_of_other_countries_are_read() {
    for (encoding, bytes, expected) in [
        ("windows-1252", b"a,n\n1,\x805\n2,caf\xe9\n".as_slice(), vec!["€5", "café"]),
        ("shift_jis", b"a,n\n1,\x93\x8c\x8b\x9e\n", vec!["東京"]),
        ("windows-1250", b"a,n\n1,\xa3\xf3d\x9f\n", vec!["Łódź"]),
    ] {
        let file = File::of(&format!("{encoding}.csv"), bytes);
        let reader = Reader::dynamic().features(["a"]).tags(["n"]);
        let set = reader.clone().dialect(Dialect::new().encoding(encoding)).csv(&file.0).unwrap();
        assert_eq!(texts(&set, "n"), expected, "{encoding}");
        assert!(file.message(reader.csv(&file.0)).contains("name the encoding that it has"), "{encoding}");
    }
    let wrong = File::of("wrong.csv", b"a,n\n1,\xe9\n");
    let reader = Reader::dynamic().features(["a"]).dialect(Dialect::new().encoding("utf-8"));
    assert_eq!(
        wrong.message(reader.csv(&wrong.0)),
        "FILE: is not a whole CSV file: what stands behind 6 bytes is no letter in UTF-8; name the encoding that it has"
    );
}

/// pandas: `header=None, names=['cell', 't', 'soh']`; `skiprows=3`.
#[test]
fn files_without_a_header_or_with_other_lines_before_it_are_read() {
    #[derive(SampleSchema)]
    struct Measured {
        #[tag]
        cell: String,
        #[feat]
        volts: [f32; 2],
        #[target]
        soh: f32,
    }
    let file = File::of("headless.csv", "A,25,3.5,0.98\nB,-4.5,1e-3,0.91\n");
    let headless = Dialect::new().without_header();
    let set = Reader::<Measured>::new().dialect(headless).csv(&file.0).unwrap();
    assert_eq!(texts(&set, "cell"), ["A", "B"]);
    assert_eq!(numbers(&set, "volts"), [25.0, 3.5, -4.5, f64::from(1e-3f32)]);
    let named = Reader::dynamic().dialect(headless).names(["cell", "t", "u", "soh"]).features(["t"]).targets(["soh"]);
    let set = named.csv(&file.0).unwrap();
    assert_eq!((numbers(&set, "t"), numbers(&set, "soh")), (vec![25.0, -4.5], vec![0.98, 0.91]));
    // The caller's names go before those of the schema.
    let turned = Reader::<Measured>::new().dialect(headless).names(["cell", "soh", "volts_0", "volts_1"]);
    assert_eq!(numbers(&turned.csv(&file.0).unwrap(), "soh"), [25.0, -4.5]);

    let short = File::of("short.csv", "A,0.98\n");
    let refused = "FILE: has 2 columns and no header, and `Measured` declares 4: cell, volts_0, volts_1, soh; name all of them in \
                 their order by Reader::names([..])";
    assert_eq!(short.message(Reader::<Measured>::new().dialect(headless).csv(&short.0)), refused);
    let nameless = Reader::dynamic().dialect(headless).features(["t"]).csv(&short.0);
    assert_eq!(
        short.message(nameless),
        "FILE: has no header, and nothing names its columns; say Reader::names([..]), in their order"
    );
    let uneven = File::of("headless-uneven.csv", "A,1\nB\n");
    let reader = Reader::dynamic().dialect(headless).names(["a", "b"]).features(["b"]);
    assert!(uneven.message(reader.csv(&uneven.0)).contains("in row 1 (line 2), expected 2 got 1"));

    let preamble = File::of("preamble.csv", "Device 7\nserial \"x\n\na,b\n1,2\n3,4\n");
    let reader = Reader::dynamic().features(["a", "b"]);
    let set = reader.clone().dialect(Dialect::new().skip_lines(3)).csv(&preamble.0).unwrap();
    assert_eq!((numbers(&set, "a"), numbers(&set, "b")), (vec![1.0, 3.0], vec![2.0, 4.0]));
    let beyond = reader.dialect(Dialect::new().skip_lines(30)).csv(&preamble.0);
    assert_eq!(preamble.message(beyond), "FILE: has no rows; at least one is needed");
}

#[test]
fn a_file_of_another_dialect_says_what_to_write() {
    let reader = || Reader::dynamic().features(["a", "b"]);
    for (name, bytes, expected) in [
        (
            "semicolons.csv",
            b"a;b\n1,5;2\n".to_vec(),
            "FILE: separates its columns by `;`; read it by Reader::dialect(Dialect::new().separator(';').decimal_comma())",
        ),
        (
            "points.csv",
            b"a;b\n1.5;2\n".to_vec(),
            "FILE: separates its columns by `;`; read it by Reader::dialect(Dialect::new().separator(';'))",
        ),
        (
            "tabs.csv",
            b"a\tb\n1\t2\n".to_vec(),
            "FILE: separates its columns by `\\t`; read it by Reader::dialect(Dialect::new().separator('\\t'))",
        ),
        (
            "utf-16.csv",
            utf_16("a,b\n1,2\n", u16::to_le_bytes),
            "FILE: is text in UTF-16; read it by Reader::dialect(Dialect::new().encoding(\"utf-16le\")), or write it in \
             UTF-8",
        ),
        (
            "headless.csv",
            b"1,2\n3,4\n".to_vec(),
            "FILE: column `a`: not in the file, whose first line holds numbers and no names: 1, 2; if it has no header, say \
             Reader::dialect(Dialect::new().without_header())",
        ),
        ("array.csv", b"[{\"a\": 1}]\n".to_vec(), "FILE: holds JSON; read it by `json`"),
        ("lines.csv", b"{\"a\": 1, \"b\": 2}\n".to_vec(), "FILE: holds JSON; read it by `json_lines`"),
    ] {
        let file = File::of(&format!("other-{name}"), bytes);
        assert_eq!(file.message(reader().csv(&file.0)), expected);
    }
    // As commas, where the dialect has semicolons.
    let file = File::of("commas.csv", "a,b\n1,2\n");
    let message = file.message(reader().dialect(Dialect::new().separator(';').decimal_comma()).csv(&file.0));
    assert_eq!(message, "FILE: separates its columns by `,`; leave Reader::dialect out");
    // Decimal commas in numbers, and groups that are none.
    let wrong = |text: &str, dialect: Dialect| {
        let file = File::of("wrong-number.csv", format!("a;b\n{text};2\n"));
        let message = file.message(Reader::<Row>::new().dialect(dialect.separator(';')).csv(&file.0));
        message.split_once("; ").map(|(_, advice)| advice.to_owned()).unwrap()
    };
    assert_eq!(
        wrong("1,5", Dialect::new()),
        "say Reader::dialect(Dialect::new().separator(';').decimal_comma()), or write numbers with a decimal point alone"
    );
    let german = Dialect::new().decimal_comma().thousands('.');
    let by_dialect = "by its dialect the file has numbers with decimal commas, and groups of three digits between `.`; \
                      correct one of the two";
    assert_eq!(wrong("1.5", german), by_dialect);
    assert_eq!(wrong("1,234.5", german), by_dialect);
    assert_eq!(wrong("1.2.3", german), "correct it, or if it means a missing value say Reader::missing(\"1.2.3\")");
}

#[test]
fn what_is_told_in_vain_or_twice_is_refused() {
    let file = File::of("vain.csv", "a,b\n1,2\n");
    let reader = || Reader::dynamic().features(["a"]);
    let semicolons = Dialect::new().separator(';');
    assert_eq!(
        file.message(reader().dialect(semicolons.decimal_comma().thousands(',')).csv(&file.0)),
        "Dialect::new().separator(';').decimal_comma().thousands(','): `,` is the decimal mark and separates thousands; give \
         .thousands(..) another character"
    );
    assert_eq!(
        file.message(reader().dialect(semicolons).json_lines(&file.0)),
        "Dialect::new().separator(';') is about CSV, and other files say themselves what their columns are; leave it out"
    );
    assert_eq!(
        file.message(reader().dialect(Dialect::new().encoding("latin1")).parquet(&file.0)),
        "Dialect::new().encoding(\"latin1\") is about text, which these files are not; leave it out"
    );
    let vain = "Reader::names is about files without a header line: say Dialect::without_header too, or Reader::rename \
                where the file has names of its own";
    assert_eq!(file.message(reader().names(["a", "b"]).csv(&file.0)), vain);
}

#[test]
fn a_guess_that_may_be_wrong_is_an_error() {
    let guess = |text: &str| {
        let file = File::of("guess.csv", text);
        let summary = Reader::dynamic().dialect(Dialect::guessed()).summary().csv(&file.0);
        match summary {
            Ok(summary) => summary.dialect.unwrap().to_string(),
            Err(error) => error.to_string().replace(&file.0.display().to_string(), "FILE"),
        }
    };
    assert_eq!(guess("a,b\n1,2\n"), "Dialect::new()");
    assert_eq!(guess("a|b\n1,5|2\n"), "Dialect::new().separator('|').decimal_comma()");
    assert_eq!(guess("1;2\n3;4\n"), "Dialect::new().separator(';').without_header()");
    assert_eq!(guess("1,5;2,5\n3,5;4,5\n"), "Dialect::new().separator(';').decimal_comma().without_header()");
    assert_eq!(guess("x\n1\n"), "Dialect::new()");
    assert_eq!(guess("a;b\n1,234;2\n"), {
        "FILE: its dialect cannot be guessed: `1,234` may mean 1.234 or 1234; say .decimal_comma() or .thousands(',')"
    });
    assert_eq!(guess("a;b\n1,234;2\n1,2;3\n"), "Dialect::new().separator(';').decimal_comma()");
    assert_eq!(
        guess("a;b|c\nx;y|z\n"),
        "FILE: its dialect cannot be guessed: `;` and `|` both divide its lines alike; say .separator(..)"
    );
    assert_eq!(
        guess("Device 7\na;b\n1;2\n"),
        "FILE: its dialect cannot be guessed: `;` stand in its lines, and divide them into different numbers of fields; say \
         .separator(..), or .skip_lines(..) where it begins with other lines"
    );
}
