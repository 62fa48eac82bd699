//! Data in several files, as an engine writes it: each rank converts its own and opens all as one set, which trains to the bits
//! of one store.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float32Array, Int64Array, ListArray, RecordBatch};
use arrow::datatypes::Float32Type;
use modularml::data::{Paths, Reader};
use modularml::experiment::{Collective, ExperimentBuilder, PhaseResult, Ranks, Session, Threads};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use parquet::arrow::ArrowWriter;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 4],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

/// A folder that is removed behind a test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shards-{name}-{}", std::process::id()));
        fs::remove_dir_all(&path).ok();
        fs::create_dir_all(path.join("parts")).unwrap();
        Self(path)
    }

    fn parts(&self) -> PathBuf {
        self.0.join("parts")
    }

    /// A Parquet file of some rows, as an engine writes it: a list for an array.
    fn part(&self, name: &str, rows: Range<u8>) {
        self.write(name, rows.clone(), 4, Arc::new(Int64Array::from_iter_values(rows.map(|row| i64::from(row % 5)))));
    }

    fn write(&self, name: &str, rows: Range<u8>, length: usize, cell: ArrayRef) {
        let of_row = |row: u8| {
            let x = f32::from(row) / 58.0;
            Some([x, x * x, (7.0 * x).sin(), 1.0 - x].into_iter().take(length).map(Some))
        };
        let voltage = ListArray::from_iter_primitive::<Float32Type, _, _>(rows.clone().map(of_row));
        let soh = Float32Array::from_iter_values(rows.map(|row| (3.0 * f32::from(row) / 58.0).cos()));
        let columns: [(&str, ArrayRef); 3] = [("voltage", Arc::new(voltage)), ("soh", Arc::new(soh)), ("cell", cell)];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let file = File::create(self.parts().join(name)).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }

    /// Three files of different sizes, 58 rows in all.
    fn with_parts(name: &str) -> Self {
        let scratch = Self::new(name);
        scratch.part("part-0.parquet", 0..30);
        scratch.part("part-1.parquet", 30..35);
        scratch.part("part-2.parquet", 35..58);
        fs::write(scratch.parts().join("_SUCCESS"), "").unwrap();
        scratch
    }

    fn files(&self) -> Paths {
        Paths::folder(self.parts(), "parquet").unwrap()
    }

    fn stores(&self) -> PathBuf {
        self.0.join("stores")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn study(pulses: &FeatureSet<Pulse>) -> Result<Session> {
    let graph = GraphBuilder::new("Net")
        .input("pulse", Pulse::SCHEMA)
        .optimizer(Adam::lr(0.02))
        .node("hidden", Mlp::hidden([7]).output([5]).dropout(0.2), ["pulse.voltage"])
        .node("soh", Linear::new(), Reads::of(["hidden"]).predicts("pulse.soh"));
    let mut session = ExperimentBuilder::new("Study", graph.spec())
        .seed(7)
        .split("pulse", Random::ratios([("train", 0.8), ("val", 0.1), ("test", 0.1)]))
        .scale("pulse.voltage", [Standard::new()], "train")
        .train("regress", |phase| {
            phase
                .epochs(3)
                .feed("pulse", Batches::of(12).shuffled().in_parts(4), "train")
                .loss(Mse, ["soh", "pulse.soh"])
                .val(1, "val", |val| val.loss(Mse, ["soh", "pulse.soh"]))
                .step_loss()
        })
        .eval("test", |eval| eval.feed("pulse", "test").metric("rmse", Rmse, ["soh", "pulse.soh"]))
        .build(vec![pulses.view()])?;
    session.progress(Progress::Silent);
    Ok(session)
}

type Outcome = (Vec<PhaseResult>, BTreeMap<String, Vec<u32>>);

/// Results and the bits of all weights.
fn trained(pulses: &FeatureSet<Pulse>, ranks: Ranks) -> Result<Outcome> {
    let mut session = study(pulses)?;
    let results = session.share_out(ranks.shares(4))?.run()?;
    let numbers = |tensor: Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let weights = session.graph().state()?.into_iter();
    Ok((results, weights.map(|(name, of)| (name, numbers(of).into_iter().map(f32::to_bits).collect())).collect()))
}

#[test]
fn stores_of_the_files_of_a_folder_train_to_the_bits_of_one_store() {
    let scratch = Scratch::with_parts("bits");
    let read = Reader::<Pulse>::new().parquet(scratch.files()).unwrap();
    let one = Reader::<Pulse>::new().to_store(scratch.0.join("one.arrow")).parquet(scratch.files()).unwrap();
    let expected = trained(&read, Ranks::alone()).unwrap();
    assert_eq!(trained(&one, Ranks::alone()).unwrap(), expected);
    for ranks in [1, 2, 3] {
        let folder = scratch.0.join(format!("stores-{ranks}"));
        let all = Threads::run(ranks, |rank| {
            let (rank, files) = (Rc::new(rank), scratch.files());
            let own = files.clone().shard(rank.rank(), rank.size())?;
            let own = Reader::<Pulse>::new().to_stores(&folder).parquet(own)?.len();
            // All have converted theirs.
            rank.gather(&[])?;
            let pulses = FeatureSet::<Pulse>::open(files.stores_in(&folder)?)?;
            assert!(pulses.len() == 58 && pulses.view().values(Pulse::COLUMNS.cell)?[30..35] == [0, 1, 2, 3, 4]);
            Ok((own, trained(&pulses, Ranks::of(rank))?))
        });
        let (rows, all): (Vec<_>, Vec<_>) = all.unwrap().into_iter().unzip();
        let own: &[usize] = [&[58][..], &[53, 5], &[30, 5, 23]][ranks - 1];
        assert_eq!(rows, own, "each converts its own");
        assert!(all.iter().all(|outcome| *outcome == expected), "{ranks} ranks");
    }
}

#[test]
fn a_recorded_run_tells_whether_a_shard_has_changed() {
    let scratch = Scratch::with_parts("recorded");
    let stores = Reader::<Pulse>::new().to_stores(scratch.stores());
    let shards = stores.parquet(scratch.files()).unwrap();
    let mut session = study(&shards).unwrap();
    session.run_in(scratch.0.join("runs")).unwrap();
    let run = session.run_folder().unwrap().to_owned();
    let one = Reader::<Pulse>::new().to_store(scratch.0.join("one.arrow")).parquet(scratch.files()).unwrap();
    assert_eq!(study(&one).unwrap().verify(&run).unwrap(), [], "one store of the same rows is the same data");

    scratch.part("part-1.parquet", 20..25);
    stores.parquet(scratch.files()).unwrap();
    let changed = FeatureSet::<Pulse>::open(scratch.files().stores_in(scratch.stores()).unwrap()).unwrap();
    let error = study(&changed).unwrap().verify(&run).unwrap_err().to_string();
    assert!(error.contains("is of other data: pulse.soh, pulse.voltage have changed"), "{error}");
    assert_eq!(study(&shards).unwrap().verify(&run).unwrap(), [], "what is open stays as it was");
}

/// How many bytes of a mapped file this process holds.
#[cfg(target_os = "linux")]
fn held(path: &Path) -> usize {
    let maps = fs::read_to_string("/proc/self/smaps").unwrap();
    let name = path.canonicalize().unwrap().display().to_string();
    let mut is_ours = false;
    let mut held = 0;
    for line in maps.lines() {
        if line.split_once(' ').is_some_and(|(addresses, _)| addresses.contains('-')) {
            is_ours = line.ends_with(&name);
        } else if let (true, Some(rest)) = (is_ours, line.strip_prefix("Rss:")) {
            held += rest.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10;
        }
    }
    held
}

#[cfg(target_os = "linux")]
#[test]
fn a_share_of_batches_in_parts_reads_its_own_stores_alone() {
    #[derive(SampleSchema)]
    struct Wave {
        #[feat]
        volts: [f32; 512],
    }
    let scratch = Scratch::new("held");
    let paths = [0u16, 1].map(|part| {
        let path = scratch.0.join(format!("{part}.arrow"));
        let rows = (0..2000u16).map(|row| Wave { volts: [f32::from(row + 2000 * part); 512] });
        FeatureSet::from_rows(rows).unwrap().to_arrow_file(&path).unwrap();
        path
    });
    let waves = FeatureSet::<Wave>::open(&paths).unwrap().view();
    let sampler = Batches::of(40).shuffled().in_parts(2).spec();
    let mut sum = 0.0;
    for batch in sampler.loader(&waves, 42).take(100) {
        let rows = batch.unwrap().rows(&waves, 0).unwrap();
        // The second of two shares.
        let own = rows.take(&(20..40).collect::<Vec<_>>()).unwrap();
        sum += own.numbers("volts", Representation::Raw).unwrap().iter().sum::<f64>();
    }
    // Each row of the second store once.
    let expected = 512.0 * (2000..4000).map(f64::from).sum::<f64>();
    assert!((sum - expected).abs() < 1.0, "{sum}, not {expected}");
    let [first, second] = paths.map(|path| held(&path));
    let bytes = 2000 * 512 * 4;
    assert!(first < bytes / 8 && second >= bytes, "{first} and {second} of {bytes} bytes");
}

/// What is refused, whose message begins with the name of the file.
fn refused<T>(result: Result<T>, file: &Path) -> String {
    let message = result.err().map(|error| error.to_string()).unwrap_or_default();
    let rest = message.strip_prefix(&file.display().to_string()).map(str::to_owned);
    rest.unwrap_or_else(|| panic!("{message} does not begin with {}", file.display()))
}

#[test]
fn a_file_that_does_not_belong_there_is_named() {
    let scratch = Scratch::with_parts("refused");
    let convert = || Reader::<Pulse>::new().to_stores(scratch.stores()).parquet(scratch.files());
    let third = scratch.parts().join("part-2.parquet");

    let text: ArrayRef = Arc::new(arrow::array::StringArray::from_iter_values((0..4).map(|row| format!("c{row}"))));
    scratch.write("part-2.parquet", 0..4, 4, text);
    let problem = refused(convert(), &third);
    assert!(problem.contains("column `cell`"), "{problem}");

    scratch.write("part-2.parquet", 0..4, 3, Arc::new(Int64Array::from_iter_values(0..4)));
    let problem = refused(convert(), &third);
    assert!(problem.contains("column `voltage`") && problem.contains('3') && problem.contains('4'), "{problem}");

    let whole = fs::read(scratch.parts().join("part-0.parquet")).unwrap();
    fs::write(&third, &whole[..whole.len() / 2]).unwrap();
    let problem = refused(convert(), &third);
    assert!(problem.starts_with(": is not a whole Parquet file"), "{problem}");
    // The others are converted; the set is not opened without it.
    let stores = scratch.files().stores_in(scratch.stores()).unwrap();
    assert!(scratch.stores().join("part-1.arrow").is_file());
    refused(FeatureSet::<Pulse>::open(stores), &scratch.stores().join("part-2.arrow"));

    scratch.part("part-2.parquet", 35..58);
    convert().unwrap();
    let store = scratch.stores().join("part-1.arrow");
    let bytes = fs::read(&store).unwrap();
    fs::write(&store, &bytes[..bytes.len() / 2]).unwrap();
    let stores = scratch.files().stores_in(scratch.stores()).unwrap();
    let problem = refused(FeatureSet::<Pulse>::open(stores), &store);
    assert!(problem.starts_with(": is not a store"), "{problem}");
}

#[test]
fn a_folder_without_files_is_refused_and_so_is_one_in_parts() {
    let scratch = Scratch::new("empty");
    let folder = scratch.parts();
    assert_eq!(refused(Paths::folder(&folder, "parquet"), &folder), ": has no file that ends in .parquet");
    fs::create_dir(folder.join("cell=1")).unwrap();
    let problem = refused(Paths::folder(&folder, "parquet"), &folder);
    assert_eq!(
        problem,
        ": has no file that ends in .parquet, and folders in it are not looked into; have them written without PARTITIONED BY"
    );
    refused(Paths::folder(scratch.0.join("absent"), "parquet"), &scratch.0.join("absent"));
    let twice = Paths::from(["a/part-0.parquet", "b/part-0.parquet"]);
    let problem = refused(twice.stores_in("stores"), Path::new("b/part-0.parquet"));
    assert!(problem.starts_with(": has the name of a/part-0.parquet"), "{problem}");
    let problem = refused(Paths::from("stores/a.arrow").stores_in("stores"), Path::new("stores/a.arrow"));
    assert_eq!(problem, ": would be replaced by its own store; give another folder");
}
