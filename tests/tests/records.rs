//! Runs that are recorded: killed at any moment, they go on with the same bits, and what they leave is whole.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::record::{Every, Records};
use serde_json::Value;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 4],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(0.02))]
    graph Net(pulse: Pulse) {
        hidden = Mlp::hidden([16]).output([8]).dropout(0.3)(pulse.voltage);
        normed = BatchNorm(hidden);
        soh = Linear(normed) -> pulse.soh;
        #[output]
        baseline = Ridge::penalty(0.1)(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    experiment Recorded for Net {
        seed = 7;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        scale pulse.soh = MinMax fitted on train;
        fit ridge { nodes = [baseline]; feed pulse = train; }
        train warm {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh) + 0.01 * L2Penalty(soh);
            accumulate = 3;
            rate = OneCycle::over(40) per step;
            callbacks = [GradientNorms.every(2), GradientNorms, WeightStatistics, LearningRates.steps()];
            epochs = 6;
        }
        train regress {
            feed pulse = Batches::of(5).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 2 epochs { loss; rmse = Rmse(soh, pulse.soh) in raw units; }
            reduce = ReduceOnPlateau::patience(1)(val.rmse);
            stop = EarlyStopping::patience(4).restore_best()(val.loss);
            average = Ema::decay(0.9);
            epochs = 30;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh) in raw units; linear = Rmse(baseline, pulse.soh) in raw units; }
    }
}

/// The variable in which a test tells the process that it starts where to run.
const RUNS: &str = "MODULARML_TEST_RUNS";

fn pulses(shift: f32) -> FeatureSet<Pulse> {
    let row = |i: u8| {
        let x = f32::from(i);
        Pulse {
            voltage: [x.sin(), x.cos(), (x * 0.3).sin() + shift, x / 90.0],
            soh: (x * 0.7).sin() + x / 60.0,
            cell: i64::from(i % 7),
        }
    };
    FeatureSet::from_rows((0..90).map(row)).unwrap()
}

fn study() -> Recorded {
    let mut study = Recorded::new(pulses(0.0)).unwrap();
    study.progress(Progress::Silent);
    study
}

/// A folder that is removed behind a test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("records-{name}-{}", std::process::id()));
        fs::remove_dir_all(&path).ok();
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// The folder of the run that has begun below this one.
fn begun(runs: &Path) -> Option<PathBuf> {
    let folders = fs::read_dir(runs).unwrap().map(|entry| entry.unwrap().path());
    folders.into_iter().find(|folder| folder.join("manifest.json").is_file())
}

/// The bits of all weights.
fn weights(study: &Recorded) -> BTreeMap<String, Vec<u32>> {
    let state = study.session().graph().state().unwrap();
    let bits = |tensor: &Tensor| {
        let numbers = tensor.flatten_all().unwrap().to_dtype(DType::F32).unwrap().to_vec1::<f32>().unwrap();
        numbers.into_iter().map(f32::to_bits).collect()
    };
    state.iter().map(|(name, tensor)| (name.clone(), bits(tensor))).collect()
}

/// What a run leaves that must not depend on when it was stopped.
fn left(folder: &Path) -> (Vec<Value>, String, String, String) {
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let mut events: Vec<Value> = read("events.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    events.retain(|event| event["event"] != "resume");
    for event in &mut events {
        for time in ["time", "seconds", "rows_per_second"] {
            event.as_object_mut().unwrap().remove(time);
        }
    }
    (events, read("metrics.csv"), read("results.json"), read("weights.json"))
}

/// Runs, or goes on with the run that has begun: what the processes do that are killed.
fn run_or_resume(runs: &Path) -> Result<()> {
    let mut study = study();
    if let Some(folder) = begun(runs) {
        study.resume_in(folder)?;
    } else {
        study.run_in(Records::at(runs).every(Every::Steps(3)).keep(3).keep_best(2, "regress.val.loss"))?;
    }
    let folder = study.session().run_folder().unwrap().to_owned();
    fs::write(folder.join("weights.json"), serde_json::to_string(&weights(&study)).unwrap()).unwrap();
    Ok(())
}

/// Not a test of its own: the process that others start.
#[test]
fn process() {
    let Some(runs) = std::env::var_os(RUNS) else { return };
    match run_or_resume(Path::new(&runs)) {
        Ok(()) => std::process::exit(0),
        Err(modularml::Error::Interrupted { .. }) => std::process::exit(77),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1)
        }
    }
}

fn start(runs: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process", "--nocapture"])
        .env(RUNS, runs)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A generator of delays; which moments they hit is up to the machine.
struct Delays(u64);

impl Delays {
    fn next(&mut self, most: Duration) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        most.mul_f64(f64::from(u32::try_from(self.0 >> 33).unwrap()) / f64::from(1u32 << 31))
    }
}

#[test]
fn a_run_that_is_killed_at_any_moment_goes_on_with_the_same_bits() {
    let kills = std::env::var("MODULARML_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(200usize);
    let whole = Scratch::new("whole");
    let began = Instant::now();
    assert!(start(&whole.0).wait().unwrap().success());
    let most = began.elapsed() / 2;
    let expected = left(&begun(&whole.0).unwrap());
    assert!(expected.0.len() > 30, "{} events", expected.0.len());
    assert!(expected.1.contains(",gradient_norm.hidden,"));
    let (mut killed, mut runs, mut delays) = (0, 0, Delays(1));
    while killed < kills {
        let scratch = Scratch::new("killed");
        // Each process is killed, until one has come to the end before that.
        for _ in 0..200 {
            let mut child = start(&scratch.0);
            std::thread::sleep(delays.next(most));
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success(), "{}", errors(child));
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            killed += 1;
        }
        let folder = begun(&scratch.0).unwrap();
        if !folder.join("weights.json").is_file() {
            assert!(start(&scratch.0).wait().unwrap().success());
        }
        assert_eq!(left(&folder), expected, "after {killed} kills");
        let checkpoints = fs::read_dir(folder.join("checkpoints")).unwrap().count();
        // The newest three, and the best two.
        assert!(checkpoints <= 5, "{checkpoints} checkpoints are kept");
        runs += 1;
    }
    println!("figure kills: {killed} kills in {runs} runs, each with the bits of the run that was not killed");
}

fn errors(mut child: Child) -> String {
    let mut text = String::new();
    if let Some(mut stream) = child.stderr.take() {
        std::io::Read::read_to_string(&mut stream, &mut text).unwrap();
    }
    text
}

#[test]
fn a_signal_stops_a_run_behind_its_step_with_a_checkpoint() {
    let (whole, stopped) = (Scratch::new("unsignalled"), Scratch::new("signalled"));
    let began = Instant::now();
    assert!(start(&whole.0).wait().unwrap().success());
    let half = began.elapsed() / 2;
    let mut child = start(&stopped.0);
    std::thread::sleep(half);
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let code = child.wait().unwrap().code();
    let folder = begun(&stopped.0).unwrap();
    let outcome = |folder: &Path| -> Value {
        serde_json::from_str::<Value>(&fs::read_to_string(folder.join("manifest.json")).unwrap()).unwrap()["outcome"]
            .clone()
    };
    // On a machine that is slow at that moment the run may have ended, or not have begun to watch.
    match code {
        Some(77) => assert_eq!(outcome(&folder), "interrupted"),
        Some(0) => assert_eq!(outcome(&folder), "finished"),
        other => assert_eq!(other, None),
    }
    assert!(start(&stopped.0).wait().unwrap().success());
    assert_eq!(outcome(&folder), "finished");
    assert_eq!(left(&folder), left(&begun(&whole.0).unwrap()));
}

#[test]
fn a_recorded_run_is_the_run_without_records() {
    let runs = Scratch::new("plain");
    let (mut plain, mut recorded) = (study(), study());
    let expected = plain.run().unwrap();
    let results = recorded.run_in(&*runs.0).unwrap();
    assert_eq!(format!("{expected:?}"), format!("{results:?}"));
    assert_eq!(weights(&plain), weights(&recorded));

    let folder = recorded.session().run_folder().unwrap();
    let metrics = fs::read_to_string(folder.join("metrics.csv")).unwrap();
    let last = metrics.lines().last().unwrap();
    assert_eq!(last, format!("test,,linear,{:?},", results.test.linear));
    let rows = |name: &str| metrics.lines().filter(|line| line.contains(name)).count();
    assert_eq!(rows("regress,"), results.regress.loss.len() + 2 * results.regress.val.rmse.len());
    let manifest: Value = serde_json::from_str(&fs::read_to_string(folder.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["outcome"], "finished");
    assert_eq!(manifest["experiment"], "Recorded");
    assert_eq!(
        manifest["data"]["pulse"].as_object().unwrap().keys().collect::<Vec<_>>(),
        [".rows", "cell", "soh", "voltage"]
    );
    let candle = include_str!("../../Cargo.toml").lines().find(|line| line.starts_with("candle-core")).unwrap();
    assert!(candle.contains(&format!("\"={}\"", manifest["versions"]["candle"].as_str().unwrap())), "{candle}");

    // A run that has ended gives its results again, without running.
    let mut again = study();
    assert_eq!(format!("{:?}", again.resume_in(folder).unwrap()), format!("{results:?}"));
}

/// The words with which a session refuses to go on in a folder.
fn refused(study: &mut Recorded, folder: &Path) -> String {
    let error = study.resume_in(folder).unwrap_err().to_string();
    error.replace(&folder.display().to_string(), "run")
}

#[test]
fn what_cannot_be_gone_on_with_is_refused_in_words() {
    let runs = Scratch::new("refused");
    let mut first = study();
    first.run_in(Records::at(&runs.0).every(Every::Epochs(1)).keep(3)).unwrap();
    let folder = first.session().run_folder().unwrap().to_owned();

    let mut other = Recorded::new(pulses(1.0)).unwrap();
    let expected = "run: is of other data: pulse.voltage have changed; give it the data that the run began with";
    assert_eq!(refused(&mut other, &folder), expected);
    assert!(refused(&mut study(), &runs.0).contains("is no folder of a run: it has no `manifest.json`"));

    let lock = fs::File::open(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    assert!(refused(&mut study(), &folder).starts_with("run: is in use"));
    drop(lock);

    // A damaged checkpoint is passed over for the one before it; where all are damaged, the first is told.
    let results = fs::read(folder.join("results.json")).unwrap();
    let mut checkpoints: Vec<_> =
        fs::read_dir(folder.join("checkpoints")).unwrap().map(|entry| entry.unwrap().path()).collect();
    checkpoints.sort();
    assert_eq!(checkpoints.len(), 3);
    let whole = fs::read(&checkpoints[2]).unwrap();
    fs::write(&checkpoints[2], &whole[..whole.len() / 2]).unwrap();
    let mut resumed = study();
    resumed.resume_in(&folder).unwrap();
    assert_eq!(weights(&resumed), weights(&first));
    assert_eq!(fs::read(folder.join("results.json")).unwrap(), results);
    for checkpoint in fs::read_dir(folder.join("checkpoints")).unwrap() {
        fs::write(checkpoint.unwrap().path(), "nothing").unwrap();
    }
    let message = refused(&mut study(), &folder);
    assert!(message.contains(".mml: is not a whole .mml file"), "{message}");
}

#[test]
fn a_folder_that_cannot_be_made_is_told_before_anything_runs() {
    let runs = Scratch::new("fails");
    let mut study = Recorded::new(pulses(0.0)).unwrap();
    // A folder that cannot be written, as the place of one is a file.
    fs::write(runs.0.join("file"), "").unwrap();
    let error = study.progress(Progress::Silent).run_in(runs.0.join("file")).unwrap_err().to_string();
    assert!(error.contains("cannot be made"), "{error}");
}

#[test]
fn another_description_is_refused_before_there_is_a_checkpoint() {
    let runs = Scratch::new("described");
    let mut first = study();
    first.run_in(Records::at(&runs.0).every(Every::Seconds(f64::INFINITY))).unwrap();
    let folder = first.session().run_folder().unwrap().to_owned();
    fs::remove_dir_all(folder.join("checkpoints")).unwrap();
    let path = folder.join("manifest.json");
    let manifest = fs::read_to_string(&path).unwrap();
    assert!(manifest.contains("\"epochs\": 30"), "{manifest}");
    fs::write(&path, manifest.replace("\"epochs\": 30", "\"epochs\": 31")).unwrap();
    let expected = "run: is of another experiment: `regress` train epochs is 31, `Recorded` declares 30; resume what was declared \
                    then, or begin a new run";
    assert_eq!(refused(&mut study(), &folder), expected);
    fs::write(&path, manifest.replace("\"candle\": \"", "\"candle\": \"9")).unwrap();
    assert!(refused(&mut study(), &folder).contains("which may give other bits"));
    fs::write(&path, manifest.replace("\"device\": \"cpu\"", "\"device\": \"cuda:0\"")).unwrap();
    assert!(refused(&mut study(), &folder).contains("ran on device `cuda:0`, this is on `cpu`"));

    // Without a checkpoint the run begins again, and gives the same.
    fs::write(&path, manifest.replace("\"outcome\": \"finished\"", "\"outcome\": \"running\"")).unwrap();
    let metrics = fs::read(folder.join("metrics.csv")).unwrap();
    let mut again = study();
    again.resume_in(&folder).unwrap();
    assert_eq!(weights(&again), weights(&first));
    assert_eq!(fs::read(folder.join("metrics.csv")).unwrap(), metrics);
}

#[test]
fn a_run_that_begins_with_other_weights_goes_on_with_them() {
    let runs = Scratch::new("twice");
    let mut twice = study();
    twice.run().unwrap();
    let before = weights(&twice);
    twice.run_in(Records::at(&runs.0).every(Every::Seconds(f64::INFINITY)).keep(100)).unwrap();
    let folder = twice.session().run_folder().unwrap().to_owned();
    // As if it had been killed before anything but the checkpoint at the start was there.
    for checkpoint in fs::read_dir(folder.join("checkpoints")).unwrap().map(|entry| entry.unwrap().path()) {
        if !checkpoint.ends_with("000000.mml") {
            fs::remove_file(checkpoint).unwrap();
        }
    }
    let mut resumed = study();
    assert_ne!(weights(&resumed), before);
    resumed.resume_in(&folder).unwrap();
    assert_eq!(weights(&resumed), weights(&twice));
}

#[test]
fn a_column_called_rows_is_told_apart() {
    #[derive(SampleSchema)]
    struct Counted {
        #[feat]
        rows: f32,
    }
    let digests = |rows: f32| FeatureSet::from_rows([Counted { rows }]).unwrap().view().fingerprint().unwrap();
    assert_ne!(digests(1.0), digests(2.0));
    assert_eq!(digests(1.0), digests(1.0));
}
