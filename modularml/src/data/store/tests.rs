//! Stores are opened as what was written, and damaged ones are refused.

mod damage;
mod shards;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{AsArray as _, RecordBatch};
use arrow::ipc::writer::FileWriter;
use candle_core::DType;

use super::*;
use crate::SampleSchema;
use crate::data::tests::{Pulse, pulse};
use crate::data::{Class, Domain, Representation, RowTransform, View};
use crate::text::Shape;

/// A folder of a test's own, which goes away with it.
pub(in crate::data) struct Folder(PathBuf);

impl Folder {
    pub(in crate::data) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("modularml-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(in crate::data) fn path(&self) -> &Path {
        &self.0
    }

    pub(in crate::data) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The names of the files in it.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A column of each kind.
#[derive(SampleSchema, Clone)]
struct Everything {
    #[feat]
    image: [[f32; 3]; 2],
    #[feat]
    wide: [f64; 2],
    #[feat(length = 4)]
    current: Vec<f32>,
    #[feat(missing = allow)]
    temperature: f32,
    #[feat]
    flag: bool,
    #[feat]
    small: i8,
    #[feat]
    counts: [u16; 2],
    #[feat]
    big: u64,
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
    #[tag]
    text: String,
    #[tag]
    note: Option<String>,
    #[tag]
    number: Option<i32>,
    #[tag]
    truth: Option<bool>,
    #[tag(group)]
    cell: i64,
}

fn everything(row: u8) -> Everything {
    let value = f32::from(row);
    let is_even = row.is_multiple_of(2);
    Everything {
        image: [[value, value + 0.25, -value], [1.0, 2.0, f32::MIN_POSITIVE]],
        wide: [f64::from(row) / 3.0, -1.0],
        current: (0..row % 5).map(f32::from).collect(),
        temperature: if is_even { f32::NAN } else { value },
        flag: row.is_multiple_of(3),
        small: -5,
        counts: [row.into(), 65535],
        big: u64::MAX - u64::from(row),
        state: Class::new(u32::from(row) % 3),
        text: "ä".repeat((row % 5).into()),
        note: is_even.then(|| format!("row {row}")),
        number: (!is_even).then(|| i32::from(row) - 7),
        truth: (row % 4 != 1).then_some(is_even),
        cell: i64::from(row) - 3,
    }
}

fn everythings(rows: std::ops::Range<u8>) -> FeatureSet<Everything> {
    FeatureSet::from_rows(rows.map(everything)).unwrap()
}

fn pulses(count: u8) -> FeatureSet<Pulse> {
    FeatureSet::from_rows((0..count).map(pulse)).unwrap()
}

#[test]
fn what_is_opened_is_what_was_written() {
    let folder = Folder::new();
    let path = folder.file("all.arrow");
    let written = everythings(0..23);
    written.to_arrow_file(&path).unwrap();
    let opened = FeatureSet::<Everything>::open(&path).unwrap();
    assert!(opened == written);
    assert_eq!(opened.ids(), written.ids());
    assert_eq!(opened.row_of(written.ids()[17]), Some(17));
    assert_eq!(opened.to_arrow().unwrap(), written.to_arrow().unwrap());
    // Readers that know nothing of stores read the same.
    assert!(FeatureSet::<Everything>::from_arrow(&path).unwrap() == written);
    let batches = arrow::ipc::reader::FileReader::try_new(std::fs::File::open(&path).unwrap(), None).unwrap();
    let batches: Vec<RecordBatch> = batches.collect::<Result<_, _>>().unwrap();
    assert_eq!(batches.len(), 1);
    assert_eq!(batches[0].columns(), written.to_arrow().unwrap().columns());
    assert_eq!(folder.names(), ["all.arrow"]);
}

#[test]
fn another_schema_or_column_leaves_the_others_mapped() {
    #[derive(SampleSchema)]
    struct Part {
        #[feat]
        doubled: [[f32; 3]; 2],
        #[feat]
        small: i32,
        #[feat]
        image: [[f32; 3]; 2],
        #[tag]
        cell: i64,
    }
    let folder = Folder::new();
    let path = folder.file("all.arrow");
    let written = everythings(0..9);
    written.to_arrow_file(&path).unwrap();
    let opened = FeatureSet::open_dynamic(&path).unwrap();
    let doubled = opened.with_transformed("doubled", Domain::Feature, "image", &Doubled).unwrap();
    assert!(doubled.view().is_mapped() && doubled.without_column("text").unwrap().view().is_mapped());
    let part = doubled.typed::<Part>().unwrap();
    assert!(part.view().is_mapped());
    assert_eq!(part.schema(), Part::SCHEMA);
    assert_eq!(part.ids(), written.ids());
    assert_eq!(part.view().values(Part::COLUMNS.small).unwrap(), [-5; 9]);
    assert_eq!(
        part.view().values(Part::COLUMNS.cell).unwrap(),
        written.view().values(Everything::COLUMNS.cell).unwrap()
    );
    let images = part.view().values(Part::COLUMNS.image).unwrap();
    assert_eq!(images, written.view().values(Everything::COLUMNS.image).unwrap());
    let doubled = part.view().values(Part::COLUMNS.doubled).unwrap();
    assert_eq!(doubled, images.iter().map(|rows| rows.map(|row| row.map(|value| value * 2.0))).collect::<Vec<_>>());
    let missing = opened.typed::<Part>().unwrap_err().to_string();
    assert!(missing.starts_with("batches: column `doubled`: not in the file, but `Part` declares it"), "{missing}");
}

/// Every value two times as large.
#[derive(Debug)]
struct Doubled;

impl RowTransform for Doubled {
    fn shape(&self) -> Shape {
        Shape::new(&[2, 3])
    }

    fn apply(&self, values: Vec<f64>) -> crate::Result<Vec<f64>> {
        Ok(values.into_iter().map(|value| value * 2.0).collect())
    }
}

#[test]
fn a_store_says_its_own_schema() {
    let folder = Folder::new();
    let path = folder.file("all.arrow");
    let written = everythings(0..9);
    written.to_arrow_file(&path).unwrap();
    let opened = FeatureSet::open_dynamic(&path).unwrap();
    assert_eq!(opened.schema(), written.schema());
    assert!(opened == written.to_dynamic());
}

#[test]
fn the_buffers_of_an_opened_set_are_those_of_the_file() {
    let folder = Folder::new();
    let path = folder.file("all.arrow");
    everythings(0..200).to_arrow_file(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let opened = FeatureSet::<Everything>::open(&path).unwrap();
    let batch = opened.to_arrow().unwrap();
    let mut starts: Vec<usize> = Vec::new();
    // Sequences stand in the file with their true lengths, and in memory padded.
    for column in batch.columns().iter().filter(|column| column.as_list_opt::<i32>().is_none()) {
        let mut data = column.to_data();
        while let Some(inner) = data.child_data().first().cloned() {
            data = inner;
        }
        starts.extend(data.buffers().iter().map(|buffer| buffer.as_ptr() as usize));
    }
    let (first, last) = (starts.iter().min().unwrap(), starts.iter().max().unwrap());
    assert!(last - first < bytes.len(), "a buffer is elsewhere");
    assert!(starts.iter().all(|start| start % 64 == 0));
}

#[test]
fn chunks_join_to_what_one_batch_holds() {
    let folder = Folder::new();
    let (path, whole) = (folder.file("chunks.arrow"), folder.file("whole.arrow"));
    let written = everythings(0..100);
    for sizes in [vec![100], vec![1; 100], vec![7, 1, 64, 28], vec![8, 16, 76]] {
        let mut store = StoreWriter::<Everything>::create(&path).unwrap();
        let mut start = 0;
        for size in sizes {
            let positions: Vec<u32> = (start..start + size).collect();
            let chunk = written.view().take(&positions).unwrap().to_arrow().unwrap();
            store.push(&FeatureSet::from_batches([chunk]).unwrap()).unwrap();
            start += size;
        }
        assert_eq!(store.rows(), 100);
        store.finish().unwrap();
        assert!(FeatureSet::<Everything>::open(&path).unwrap() == written);
        written.to_arrow_file(&whole).unwrap();
        assert!(std::fs::read(&path).unwrap() == std::fs::read(&whole).unwrap(), "the same bytes");
    }
}

#[test]
fn nulls_may_begin_in_any_chunk() {
    let folder = Folder::new();
    let path = folder.file("nulls.arrow");
    let without = |rows: std::ops::Range<u8>| {
        let rows = rows.map(|row| Everything { number: Some(1), truth: Some(true), ..everything(row) });
        FeatureSet::from_rows(rows).unwrap()
    };
    let parts = [without(0..5), without(5..18), everythings(18..40), without(40..43)];
    let mut store = StoreWriter::create(&path).unwrap();
    for part in &parts {
        store.push(part).unwrap();
    }
    store.finish().unwrap();
    let opened = FeatureSet::<Everything>::open(&path).unwrap();
    let joined = FeatureSet::from_batches(parts.iter().map(|part| part.to_arrow().unwrap())).unwrap();
    assert!(opened == joined);
}

#[test]
fn a_writer_that_fails_or_is_dropped_leaves_nothing() {
    let folder = Folder::new();
    let path = folder.file("part.arrow");
    std::fs::write(&path, b"what was there").unwrap();
    let mut store = StoreWriter::create(&path).unwrap();
    store.push(&pulses(3)).unwrap();
    drop(store);
    let store = StoreWriter::<Pulse>::create(&path).unwrap();
    assert!(store.finish().unwrap_err().to_string().contains("a store of no rows"));
    let mut store = StoreWriter::create(&path).unwrap();
    let twice = pulses(3);
    store.push(&twice).unwrap();
    store.push(&twice).unwrap();
    let message = store.finish().unwrap_err().to_string();
    assert!(message.contains("is the id of row 3 and also of row 0"), "{message}");
    let mut store = StoreWriter::<Dynamic>::create(&path).unwrap();
    store.push(&pulses(3).to_dynamic()).unwrap();
    let message = store.push(&everythings(0..3).to_dynamic()).unwrap_err().to_string();
    assert!(message.contains("a chunk has other columns than the first one"), "{message}");
    drop(store);
    let unwound = std::panic::catch_unwind(|| {
        let mut store = StoreWriter::create(&path).unwrap();
        store.push(&pulses(3)).unwrap();
        panic!("while converting");
    });
    assert!(unwound.is_err());
    assert_eq!(folder.names(), ["part.arrow"]);
    assert_eq!(std::fs::read(&path).unwrap(), b"what was there");
}

/// Halves and reverses each row, and says how many rows it was given at once.
#[derive(Debug, Default)]
struct Backwards {
    most: std::sync::atomic::AtomicUsize,
}

impl RowTransform for Backwards {
    fn shape(&self) -> Shape {
        Shape::new(&[2])
    }

    fn apply(&self, mut values: Vec<f64>) -> Result<Vec<f64>> {
        self.most.fetch_max(values.len() / 2, std::sync::atomic::Ordering::Relaxed);
        for row in values.chunks_exact_mut(2) {
            row.reverse();
            row[0] = row[0] / 3.0 + 0.1;
        }
        Ok(values)
    }
}

#[test]
fn a_scaled_column_is_computed_for_the_rows_that_are_read_with_equal_bits() {
    let folder = Folder::new();
    let path = folder.file("pulses.arrow");
    let written = pulses(100);
    written.to_arrow_file(&path).unwrap();
    let (in_memory, on_read) = (Arc::new(Backwards::default()), Arc::new(Backwards::default()));
    let scaled = |set: &FeatureSet<Pulse>, transform: &Arc<Backwards>| -> View {
        let transform: Arc<dyn RowTransform> = Arc::clone(transform) as _;
        set.view().with_transform("voltage", &transform).unwrap().take(&[5, 99, 5, 0]).unwrap()
    };
    let computed = scaled(&written, &in_memory);
    let lazy = scaled(&FeatureSet::open(&path).unwrap(), &on_read);
    let bits = |view: &View| {
        let form = Representation::Transformed;
        let wide: Vec<u64> = view.numbers("voltage", form).unwrap().into_iter().map(f64::to_bits).collect();
        let narrow = view.tensor("voltage", form, DType::F32).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        (wide, narrow.into_iter().map(f32::to_bits).collect::<Vec<_>>())
    };
    assert_eq!(bits(&lazy), bits(&computed));
    assert_eq!(lazy.to_arrow().unwrap(), computed.to_arrow().unwrap());
    let chunks = lazy.chunks("voltage", Representation::Transformed, 3).unwrap().collect::<Result<Vec<_>>>().unwrap();
    assert_eq!(chunks.concat(), computed.numbers("voltage", Representation::Transformed).unwrap());
    let most = |transform: &Backwards| transform.most.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!((most(&in_memory), most(&on_read)), (100, 4));
}

#[test]
fn a_foreign_file_is_refused_with_a_way_out() {
    let folder = Folder::new();
    let path = folder.file("foreign.arrow");
    let message = || FeatureSet::<Pulse>::open(&path).unwrap_err().to_string();
    let batch = pulses(3).to_arrow().unwrap();
    let write = |batches: &[RecordBatch], schema: &Schema| {
        let mut writer = FileWriter::try_new(std::fs::File::create(&path).unwrap(), schema).unwrap();
        for batch in batches {
            writer.write(batch).unwrap();
        }
        writer.finish().unwrap();
    };
    write(std::slice::from_ref(&batch), &batch.schema());
    assert!(message().contains("nothing in it says that its values were checked; read it with FeatureSet::from_arrow"));
    let noted = Arc::new(noted(&batch.schema()));
    let batch = batch.with_schema(Arc::clone(&noted)).unwrap();
    write(&[batch.clone(), batch.clone()], &noted);
    assert!(message().contains("it has 2 record batches, a store has one; convert it"), "{}", message());
    write(&[], &noted);
    assert!(message().contains("it has 0 record batches"), "{}", message());
    write(&[batch.slice(0, 0)], &noted);
    assert!(message().contains("has no rows"), "{}", message());
    std::fs::write(&path, "cell,soh\n1,0.5\n".repeat(9)).unwrap();
    assert!(message().contains("does not end as an Arrow IPC file does"), "{}", message());
    std::fs::write(&path, []).unwrap();
    assert!(message().contains("is empty"), "{}", message());
}

#[test]
fn a_store_of_another_schema_is_refused_by_column() {
    /// A pulse of three points.
    #[derive(SampleSchema)]
    struct Longer {
        #[feat]
        voltage: [f32; 3],
    }
    /// A pulse by another name.
    #[derive(SampleSchema)]
    struct Misspelt {
        #[feat]
        voltages: [f32; 2],
    }
    /// A pulse whose temperature is known.
    #[derive(SampleSchema)]
    struct Known {
        #[feat]
        temperature: f32,
    }
    /// Other classes.
    #[derive(SampleSchema)]
    struct Classes {
        #[target]
        #[classes("fresh", "dead", "worn")]
        state: Class,
    }
    let folder = Folder::new();
    let (path, _) = store_of_pulses(&folder);
    let message = FeatureSet::<Longer>::open(&path).unwrap_err().to_string();
    assert!(
        message.contains("column `voltage`: the store has f32 [2], `Longer` declares f32 [3]; change the schema"),
        "{message}"
    );
    let message = FeatureSet::<Misspelt>::open(&path).unwrap_err().to_string();
    assert!(message.contains("no column `features.voltages.raw`; did you mean `features.voltage.raw`?"), "{message}");
    let message = FeatureSet::<Known>::open(&path).unwrap_err().to_string();
    assert!(message.contains("column `temperature`: values may be missing in the store"), "{message}");
    let message = FeatureSet::<Classes>::open(&path).unwrap_err().to_string();
    assert!(message.contains("(fresh, worn, dead), `Classes` declares Class [] (fresh, dead, worn)"), "{message}");
}

/// The path of a store of 40 pulses, and its bytes.
fn store_of_pulses(folder: &Folder) -> (PathBuf, Vec<u8>) {
    let path = folder.file("pulses.arrow");
    pulses(40).to_arrow_file(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    (path, bytes)
}

/// A CSV file of so many pulses; the one of a row may be another text.
fn csv(rows: usize, odd: Option<(usize, &str)>) -> String {
    let mut text = String::from("voltage_0,voltage_1,temperature,soh,cell,maker,state\n");
    for row in 0..rows {
        let soh = odd.filter(|(at, _)| *at == row).map_or("0.5", |(_, odd)| odd);
        let temperature = if row % 3 == 0 { "" } else { "20.5" };
        writeln!(text, "{row}.25,-1,{temperature},{soh},{},m{row},worn", row % 7).unwrap();
    }
    text
}

#[test]
fn a_file_of_many_chunks_converts_to_what_it_reads_as() {
    let folder = Folder::new();
    let (from, path) = (folder.file("pulses.csv"), folder.file("pulses.arrow"));
    // Some hundred thousand rows make a chunk of these narrow ones.
    std::fs::write(&from, csv(300_000, None)).unwrap();
    let opened = crate::data::Reader::<Pulse>::new().to_store(&path).csv(&from).unwrap();
    let read = FeatureSet::<Pulse>::from_csv(&from).unwrap();
    assert_eq!(opened.len(), 300_000);
    let (opened, read) = (opened.to_arrow().unwrap(), read.to_arrow().unwrap());
    assert_eq!(opened.columns()[1..], read.columns()[1..]);
    assert_eq!(folder.names().len(), 2);
}

#[test]
fn an_error_in_a_late_chunk_names_the_row_of_the_file_and_leaves_no_store() {
    let folder = Folder::new();
    let (from, path) = (folder.file("pulses.csv"), folder.file("pulses.arrow"));
    std::fs::write(&from, csv(200_000, Some((199_999, "high")))).unwrap();
    let error = crate::data::Reader::<Pulse>::new().to_store(&path).csv(&from).unwrap_err().to_string();
    assert!(error.contains("pulses.csv: column `soh`, row 199999: found `high`"), "{error}");
    assert_eq!(folder.names(), ["pulses.csv"]);
}

#[test]
fn a_foreign_arrow_file_of_several_batches_converts() {
    let folder = Folder::new();
    let (from, path) = (folder.file("foreign.arrow"), folder.file("store.arrow"));
    let batch = everythings(0..30).to_arrow().unwrap();
    let mut writer = FileWriter::try_new(std::fs::File::create(&from).unwrap(), &batch.schema()).unwrap();
    writer.write(&batch.slice(0, 11)).unwrap();
    writer.write(&batch.slice(11, 19)).unwrap();
    writer.finish().unwrap();
    let opened = crate::data::Reader::<Everything>::new().to_store(&path).arrow(&from).unwrap();
    assert_eq!(opened.to_arrow().unwrap(), batch);
    let opened = crate::data::Reader::dynamic().to_store(&path).arrow(&from).unwrap();
    assert_eq!(opened.to_arrow().unwrap().columns(), batch.columns());
}

#[derive(SampleSchema, Clone)]
struct Trip {
    #[feat(length = 3)]
    speeds: Vec<f32>,
    #[tag]
    car: i64,
}

#[test]
fn sequences_keep_their_lengths() {
    let folder = Folder::new();
    let path = folder.file("trips.arrow");
    let trips = [vec![1.0, 2.0], vec![], vec![3.0, 4.0, 5.0]];
    let trips = (0..).zip(trips).map(|(car, speeds)| Trip { speeds, car });
    let trips = FeatureSet::from_rows(trips).unwrap();
    trips.to_arrow_file(&path).unwrap();
    let opened = FeatureSet::<Trip>::open(&path).unwrap();
    assert_eq!(opened, trips);
    let mask = opened.view().mask("speeds", DType::F32).unwrap();
    assert_eq!(mask.to_vec2::<f32>().unwrap(), [[1.0, 1.0, 0.0], [0.0; 3], [1.0; 3]]);
}
