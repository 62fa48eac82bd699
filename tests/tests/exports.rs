//! Runs handed on to TensorBoard and MLflow: their own clients find what was measured. Without them in the Python that
//! `PYTHON` names, or `python3`, a test says so and does nothing; see `tests/python/README.md`.

use std::collections::BTreeMap;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use modularml::export::TensorBoard;
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::record::{Every, Records, RunRecord};
use modularml::{Error, FileFault};
use serde_json::Value;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 4],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(0.02))]
    graph Net(pulse: Pulse) {
        hidden = Mlp::hidden([16]).output([8])(pulse.voltage);
        soh = Linear(hidden) -> pulse.soh;
    }
}

experiment! {
    experiment Exported for Net {
        seed = 7;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        eval before { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
        train regress {
            feed pulse = Batches::of(2).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 2 epochs { loss; rmse = Rmse(soh, pulse.soh); }
            #[allow(training_rows)]
            validate seen on train every 4 epochs { rmse = Rmse(soh, pulse.soh); }
            epochs = 80;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); mape = Mape(soh, pulse.soh); }
    }
}

/// Of 24 rows in batches of two, 80 times: more than MLflow takes at once.
const STEPS: usize = 12 * 80;

/// A folder that is removed behind a test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("exports-{name}-{}", std::process::id()));
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

/// Runs the study, and gives the folder and what the run itself reported.
fn recorded(runs: &Path) -> (RunRecord, ExportedResults) {
    let row = |i: u8| {
        let x = f32::from(i);
        Pulse { voltage: [x.sin(), x.cos(), (x * 0.3).sin(), x / 90.0], soh: (x * 0.7).sin() }
    };
    let mut study = Exported::new(FeatureSet::from_rows((0..40).map(row)).unwrap()).unwrap();
    study.progress(Progress::Silent);
    let records = Records::at(runs).every(Every::Epochs(40)).steps().predictions();
    let results = study.run_in(records).unwrap();
    (RunRecord::open(study.session().run_folder().unwrap()).unwrap(), results)
}

/// The curves that must be found: by epoch, the losses of steps by their number in the phase.
fn expected(results: &ExportedResults) -> BTreeMap<&'static str, Vec<(usize, f64)>> {
    let each = |every: usize, values: &[f64]| (1..).map(|it| it * every - 1).zip(values.iter().copied()).collect();
    let regress = &results.regress;
    BTreeMap::from([
        ("before/rmse", vec![(0, results.before.rmse)]),
        ("regress/loss", each(1, &regress.loss)),
        ("regress/val.loss", each(2, &regress.val.loss)),
        ("regress/val.rmse", each(2, &regress.val.rmse)),
        ("regress/seen.rmse", each(4, &regress.seen.rmse)),
        ("test/rmse", vec![(79, results.test.rmse)]),
        ("test/mape", vec![(79, results.test.mape)]),
    ])
}

/// Appends lines to the events of a run.
fn append(run: &RunRecord, events: &[&str]) {
    let path = run.path().join("events.jsonl");
    fs::write(&path, fs::read_to_string(&path).unwrap() + &events.join("\n") + "\n").unwrap();
}

/// What a callback would have recorded that met what JSON has no numbers for.
const ODD: [&str; 4] = [
    r#"{"event":"recorded","time":1796011832.25,"phase":"odd","epoch":3,"step":null,"values":{"nan":"NaN","inf":"inf"}}"#,
    r#"{"event":"recorded","time":1796011833.5,"phase":"odd","epoch":3,"step":0,"values":{"norm":2.5}}"#,
    r#"{"event":"recorded","time":1796011834.5,"phase":"odd","epoch":3,"step":4,"values":{"norm":"-inf"}}"#,
    r#"{"event":"recorded","time":1796011835.5,"phase":"odd","epoch":4,"step":1,"values":{"norm":3.5}}"#,
];

fn python() -> String {
    std::env::var("PYTHON").unwrap_or_else(|_| "python3".into())
}

/// Whether Python has a module; says so where it does not.
fn has(module: &str) -> bool {
    let python = python();
    let found = Command::new(&python).args(["-c", &format!("import {module}")]).output();
    let has = found.is_ok_and(|found| found.status.success());
    if !has {
        println!("skipped: {python} has no {module}; see tests/python/README.md");
    }
    has
}

/// What a script prints.
fn script(name: &str, arguments: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(name);
    let done = Command::new(python()).arg(script).args(arguments).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The numbers of a curve, which stand there as texts.
fn curve(found: &Value) -> Vec<(usize, f64)> {
    let points = found.as_array().unwrap().iter();
    let whole = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    points.map(|point| (whole(&point[0]), point[2].as_str().unwrap().parse().unwrap())).collect()
}

/// The time of the events of epochs, in order.
fn times(run: &RunRecord) -> Vec<f64> {
    let events = run.events().unwrap().map(Result::unwrap);
    events.filter(|event| event.event == "epoch").map(|event| event.time).collect()
}

#[test]
#[allow(clippy::cast_possible_truncation, reason = "TensorBoard keeps single precision")]
fn tensorboard_reads_all_that_was_measured() {
    if !has("tensorboard") {
        return;
    }
    let scratch = Scratch::new("tensorboard");
    let (run, results) = recorded(&scratch.0.join("runs"));
    append(&run, &ODD);
    let logs = scratch.0.join("logs");
    let path = run.write_tensorboard(&logs).unwrap();
    assert_eq!(path.parent().unwrap(), logs.join(run.name()));
    assert!(path.file_name().unwrap().to_str().unwrap().starts_with("events.out.tfevents."));
    let without: Value = serde_json::from_str(&script("read_tensorboard.py", &[text(&logs.join(run.name()))])).unwrap();
    assert_eq!(without["histograms"], serde_json::json!({}));
    // Written again, it takes the place of the first: no point is there twice.
    assert_eq!(run.write_tensorboard(TensorBoard::at(&logs).weights()).unwrap(), path);
    let found: Value = serde_json::from_str(&script("read_tensorboard.py", &[text(path.parent().unwrap())])).unwrap();

    let scalars = found["scalars"].as_object().unwrap();
    let single = |curve: &[(usize, f64)]| curve.iter().map(|&(step, value)| (step, value as f32)).collect::<Vec<_>>();
    for (name, expected) in expected(&results) {
        assert_eq!(single(&curve(&scalars[name])), single(&expected), "{name}");
    }
    let steps = curve(&scalars["regress/step.loss"]);
    assert_eq!(steps.len(), STEPS);
    assert!(steps.iter().map(|(step, _)| *step).eq(0..STEPS));
    // The loss of an epoch is the mean over its rows, and each of its steps has two.
    let first = steps[..12].iter().map(|(_, loss)| loss).sum::<f64>() / 12.0;
    assert!((first - results.regress.loss[0]).abs() < 1e-6 * first, "{first} {}", results.regress.loss[0]);
    let wall: Vec<f64> =
        scalars["regress/loss"].as_array().unwrap().iter().map(|it| it[1].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(wall, times(&run));

    assert!(curve(&scalars["odd/nan"])[0].1.is_nan());
    assert_eq!(curve(&scalars["odd/inf"]), [(3, f64::INFINITY)]);
    assert_eq!(curve(&scalars["odd/step.norm"]), [(0, 2.5), (4, f64::NEG_INFINITY), (6, 3.5)]);
    assert_eq!(scalars.len(), 10);

    let summary = found["texts"]["summary"][0].as_str().unwrap();
    assert!(summary.contains("| experiment | Exported |") && summary.contains("| pulse | val | 8 |"), "{summary}");
    let description = found["texts"]["description"][0].as_str().unwrap();
    let description: Value =
        serde_json::from_str(description.trim_start_matches("```json").trim_end().trim_end_matches("```")).unwrap();
    assert_eq!(description["name"], "Exported");

    // The weights of the last checkpoint: those at the end.
    let histograms = found["histograms"].as_object().unwrap();
    assert_eq!(histograms.len(), 6, "{:?}", histograms.keys());
    let weights = &histograms.iter().find(|(name, _)| name.starts_with("weights/hidden") && name.ends_with("weight"));
    let (name, weights) = weights.unwrap();
    let [step, buckets] = weights[0].as_array().unwrap().as_slice() else { panic!("{weights}") };
    let counts: f64 = buckets.as_array().unwrap().iter().map(|bucket| bucket[2].as_f64().unwrap()).sum();
    assert_eq!((step.as_u64(), counts), (Some(79), if name.contains(".0.") { 64.0 } else { 128.0 }), "{name}");
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let scratch = Scratch::new("file");
    let (run, _) = recorded(&scratch.0.join("runs"));
    let file = scratch.0.join("file");
    fs::write(&file, "").unwrap();
    let Err(Error::File { path, fault: FileFault::System(_), .. }) = run.write_tensorboard(&file) else {
        panic!("not refused")
    };
    assert_eq!(path, file.join(run.name()));
    append(&run, &["{}"]);
    let error = run.write_tensorboard(scratch.0.join("logs")).unwrap_err().to_string();
    assert!(error.contains("events.jsonl: line "), "{error}");
    assert_eq!(fs::read_dir(scratch.0.join("logs").join(run.name())).unwrap().count(), 0);
}

/// A server of MLflow, stopped behind a test.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let store = format!("sqlite:///{}", text(&folder.join("mlflow.db")));
        let log = fs::File::create(folder.join("server.log")).unwrap();
        let mut command = Command::new(python());
        command.args(["-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1", "--port", &port]);
        command.args(["--backend-store-uri", &store, "--artifacts-destination", text(&folder.join("artifacts"))]);
        command.current_dir(folder).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let server = Self { process: command.spawn().unwrap(), url: format!("http://127.0.0.1:{port}") };
        let began = Instant::now();
        while TcpStream::connect(format!("127.0.0.1:{port}")).is_err() {
            let log = fs::read_to_string(folder.join("server.log")).unwrap_or_default();
            assert!(began.elapsed() < Duration::from_mins(3), "no server: {log}");
            std::thread::sleep(Duration::from_millis(200));
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has processes of its own, which are of its group.
        let group = format!("-{}", self.process.id());
        Command::new("kill").args(["-KILL", "--", &group]).status().ok();
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Changes the manifest of a run.
fn change(run: &RunRecord, change: impl FnOnce(&mut Value)) -> RunRecord {
    let path = run.path().join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut manifest);
    fs::write(path, manifest.to_string()).unwrap();
    RunRecord::open(run.path()).unwrap()
}

#[test]
#[allow(clippy::too_many_lines, reason = "one server, which takes long to start")]
fn mlflow_has_all_that_was_measured_once() {
    if !has("mlflow") {
        return;
    }
    let scratch = Scratch::new("mlflow");
    let (run, results) = recorded(&scratch.0.join("runs"));
    append(&run, &ODD);
    let run = change(&run, |manifest| manifest["description"]["long"] = "y".repeat(7000).into());
    let server = Server::start(&scratch.0);
    let url = server.url.as_str();

    // First as it was while it ran.
    let whole = fs::read_to_string(run.path().join("events.jsonl")).unwrap();
    let half: String = whole.split_inclusive('\n').take(500).collect();
    fs::write(run.path().join("events.jsonl"), half).unwrap();
    let running = change(&run, |manifest| {
        manifest["outcome"] = "running".into();
        manifest["ended"] = Value::Null;
        manifest["weights_digest"] = Value::Null;
    });
    let first = running.upload_to_mlflow(url, None).unwrap();
    let find = || -> Value {
        let folder = scratch.0.join("downloaded");
        fs::remove_dir_all(&folder).ok();
        serde_json::from_str(&script("read_mlflow.py", &[url, "run", &first.run_id, text(&folder)])).unwrap()
    };
    assert!(first.is_new && first.notes.is_empty(), "{first}");
    assert_eq!(
        first.files,
        ["manifest.json", "metrics.csv", "results.json", "predictions/before.csv", "predictions/test.csv"]
    );
    let found = find();
    assert_eq!((&found["status"], &found["end"]), (&"RUNNING".into(), &Value::Null));

    // Then it ended, and is sent again: what is there stays, and the rest comes to it.
    fs::write(run.path().join("events.jsonl"), whole).unwrap();
    let ended = change(&run, |manifest| {
        manifest["outcome"] = "finished".into();
        manifest["ended"] = "2026-11-30T04:10:32Z".into();
    });
    let second = ended.upload_to_mlflow(url, None).unwrap();
    assert_eq!((&second.run_id, second.is_new), (&first.run_id, false));
    let curves = expected(&results);
    let all = curves.values().map(Vec::len).sum::<usize>() + STEPS + 5;
    assert_eq!(first.metrics + second.metrics, all);
    assert!(first.metrics > 400 && second.metrics > 600, "{first}\n{second}");
    assert_eq!(second.files, ["manifest.json"]);
    let third = ended.upload_to_mlflow(url, Some("Exported")).unwrap();
    assert_eq!((&third.run_id, third.metrics, third.files.len()), (&first.run_id, 0, 0));
    // As if each upload had broken off before it told how many numbers it had sent.
    script("read_mlflow.py", &[url, "untag", &first.run_id, "modularml.sent"]);
    assert_eq!(ended.upload_to_mlflow(url, None).unwrap().metrics, all);
    assert_eq!(script("read_mlflow.py", &[url, "count", "Exported"]).trim(), "1");

    let found = find();
    assert_eq!((&found["status"], &found["name"]), (&"FINISHED".into(), &run.name().into()));
    let metrics = found["metrics"].as_object().unwrap();
    for (name, expected) in &curves {
        assert_eq!(&curve(&metrics[*name]), expected, "{name}");
    }
    let steps = curve(&metrics["regress/step.loss"]);
    assert!(steps.iter().map(|(step, _)| *step).eq(0..STEPS));
    let stamps: Vec<f64> =
        metrics["regress/loss"].as_array().unwrap().iter().map(|it| it[1].as_f64().unwrap()).collect();
    assert_eq!(stamps, times(&run).iter().map(|time| (time * 1000.0).floor()).collect::<Vec<_>>());
    let started = run.events().unwrap().next().unwrap().unwrap().time;
    assert_eq!(found["start"].as_f64(), Some((started * 1000.0).floor()));
    assert_eq!(found["end"].as_f64(), Some(1_796_011_835_500.0));
    // What a database of MLflow keeps of what is not finite.
    assert!(curve(&metrics["odd/nan"])[0].1.is_nan());
    assert_eq!(curve(&metrics["odd/inf"]), [(3, f64::MAX)]);
    assert_eq!(curve(&metrics["odd/step.norm"]), [(0, 2.5), (4, f64::MIN), (6, 3.5)]);
    assert_eq!(metrics.len(), 10);

    let (params, tags) = (&found["params"], &found["tags"]);
    assert_eq!((&params["name"], &params["seed"], &params["fold"]), (&"Exported".into(), &"7".into(), &"0".into()));
    assert_eq!(params["phases.regress.kind.train.epochs"], "80");
    assert_eq!(params["graph.nodes.hidden.layer.settings.hidden"], "[16]");
    let long = params["long"].as_str().unwrap();
    assert!(long.len() == 6000 && long.ends_with("y .. (cut; 7000 characters)"), "{long}");
    let manifest = run.manifest();
    assert_eq!(tags["modularml.run"], format!("{} {}", run.name(), manifest.description_digest));
    assert_eq!(tags["modularml.version.candle"], manifest.versions["candle"].as_str());
    assert_eq!(tags["modularml.machine.rustc"], manifest.machine.rustc.as_str());
    assert_eq!(tags["modularml.outcome"], "finished");
    assert_eq!(tags["modularml.folder"], text(&run.path().canonicalize().unwrap()));
    let names = ["manifest.json", "metrics.csv", "predictions/before.csv", "predictions/test.csv", "results.json"];
    assert_eq!(found["files"], serde_json::json!(names));
    for name in names {
        let (sent, there) = (scratch.0.join("downloaded").join(name), run.path().join(name));
        assert!(fs::read(sent).unwrap() == fs::read(there).unwrap(), "{name}");
    }

    // How other runs end.
    for (outcome, status) in [("interrupted", "KILLED"), ("failed: the loss is NaN", "FAILED")] {
        change(&run, |manifest| manifest["outcome"] = outcome.into()).upload_to_mlflow(url, None).unwrap();
        assert_eq!(find()["status"], status);
    }

    // A server that keeps files where it takes none.
    let elsewhere = format!("file://{}", text(&scratch.0.join("elsewhere")));
    script("read_mlflow.py", &[url, "create", "Elsewhere/\u{e9} & 1", &elsewhere]);
    let other = run.upload_to_mlflow(url, Some("Elsewhere/\u{e9} & 1")).unwrap();
    assert!(other.is_new && other.metrics == all && other.files.is_empty(), "{other}");
    let [note] = other.notes.as_slice() else { panic!("{other}") };
    assert!(note.starts_with("not sent: manifest.json, metrics.csv,"), "{note}");
    assert!(note.contains(&elsewhere) && note.contains("--serve-artifacts"), "{note}");

    // What the server refuses.
    script("read_mlflow.py", &[url, "delete", "Exported"]);
    let error = run.upload_to_mlflow(url, None).unwrap_err().to_string();
    assert!(error.ends_with("experiment `Exported` was deleted there; restore it, or name another"), "{error}");
    let Err(Error::Server { status, problem, .. }) = run.upload_to_mlflow(url, Some(&"x".repeat(600))) else {
        panic!("not refused")
    };
    assert_eq!(status, Some(400));
    assert!(problem.contains("INVALID_PARAMETER_VALUE: ") && problem.contains("500"), "{problem}");
}
