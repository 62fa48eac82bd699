//! The command line of a study, as a person or a job script uses it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use modularml::record::RunRecord;
use serde_json::Value;

/// A folder of a test, with the data of the study in it.
struct Desk(PathBuf);

impl Desk {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("pulses.csv"), pulses(120, true)).unwrap();
        Self(path)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_study"));
        command.args(arguments).current_dir(&self.0).env_remove("MODULARML_RUNS").stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command that succeeds prints.
    fn fine(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        serde_json::from_str(&self.fine(&arguments)).unwrap()
    }

    /// What a command that fails with a code prints to standard error.
    fn refused(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stderr)
    }

    fn runs(&self) -> Vec<RunRecord> {
        RunRecord::all(self.0.join("runs")).unwrap()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Rows whose target is a smooth function of what is measured; ten a cell.
fn pulses(rows: usize, with_targets: bool) -> String {
    let mut text = String::from("voltage_0,voltage_1,voltage_2");
    text.push_str(if with_targets { ",soh,cell\n" } else { "\n" });
    for row in 0..rows {
        let x = f64::from(u32::try_from(row).unwrap());
        let (a, b, c) = (x.sin(), (x * 0.37).cos(), (x * 0.11).sin());
        let _ = write!(text, "{a},{b},{c}");
        let _ = if with_targets {
            writeln!(text, ",{},{}", 0.8 + 0.1 * a - 0.05 * b * c, row / 10)
        } else {
            writeln!(text)
        };
    }
    text
}

/// A line without one of its fields.
fn remove(line: &str, field: usize) -> String {
    let fields = line.split(',').enumerate().filter(|(place, _)| *place != field);
    fields.map(|(_, field)| field).collect::<Vec<_>>().join(",")
}

#[test]
fn check_tells_what_a_run_would_meet() {
    let desk = Desk::new("check");
    let told = desk.fine(&["check"]);
    for expected in
        ["SohStudy for SohNet, pulse: 120 rows", "pulse.train  70 rows", "7 of cell", "all is well", "memory: data"]
    {
        assert!(told.contains(expected), "{expected} in:\n{told}");
    }
    let json = desk.json(&["check"]);
    assert_eq!(json["rows"], serde_json::json!([120]));
    assert_eq!(json["phases"][0]["steps"], 9);
    assert!(!desk.0.join("runs").exists());

    fs::write(desk.0.join("broken.csv"), "voltage_0,voltage_1,voltage_2,cell\n1,2,3,4\n").unwrap();
    let error = desk.refused(&["check", "--data", "broken.csv"], 1);
    assert!(error.contains("soh"), "{error}");
    let few = pulses(10, true);
    fs::write(desk.0.join("few.csv"), few).unwrap();
    let error = desk.refused(&["check", "--data", "few.csv"], 1);
    assert!(error.contains("split"), "{error}");
}

#[test]
fn a_run_leaves_what_the_other_commands_read() {
    let desk = Desk::new("run");
    let told = desk.fine(&["--quiet"]);
    let last = told.lines().last().unwrap();
    let rmse: f64 = last.strip_prefix("rmse = ").unwrap().parse().unwrap();
    assert!(rmse > 0.0 && rmse < 0.05, "{told}");
    let run = desk.runs().remove(0);
    assert!(told.contains(&run.name()));
    let report = desk.0.join(told.lines().find_map(|line| line.strip_prefix("report: ")).unwrap());
    assert!(fs::read_to_string(&report).unwrap().contains("rmse"));
    fs::remove_file(&report).unwrap();
    assert_eq!(desk.0.join(desk.fine(&["report"]).trim_end()), report);
    assert!(report.is_file());

    let listed = desk.json(&["runs", "list"]);
    assert_eq!(listed[0]["outcome"], "finished");
    let exact = listed[0]["results"]["test"]["rmse"].as_f64().unwrap();
    assert!((exact - rmse).abs() < 1e-4);
    assert!(desk.fine(&["runs", "show"]).contains("pulse.train"));
    assert!(desk.fine(&["runs", "verify"]).contains("the same to the bit"));
    assert_eq!(desk.runs().len(), 1, "verify leaves nothing behind");
    let exported = desk.json(&["runs", "export", "--tensorboard", "board"]);
    assert!(desk.0.join(exported["file"].as_str().unwrap()).metadata().unwrap().len() > 1000);

    desk.fine(&["run", "--seed", "6", "--quiet", "--every", "50epochs", "--steps", "--keep", "1"]);
    let runs = desk.runs();
    let (first, second) = (runs[0].name(), runs[1].name());
    let differs = desk.run(&["runs", "diff", &first, &second]);
    assert_eq!(differs.status.code(), Some(3));
    let differs = text(&differs.stdout);
    assert!(differs.contains("settings: seed: 5 | 6"), "{differs}");
    assert!(differs.contains("results: test.rmse"), "{differs}");
    assert_eq!(desk.fine(&["runs", "diff", &first, &first]), "no difference\n");
    let steps = runs[1].events().unwrap().filter(|event| event.as_ref().is_ok_and(|event| event.event == "step"));
    assert_eq!(steps.count(), 9 * 200);

    // What was measured is of no checkpoint that has been removed, and nothing is trained to measure.
    let again = desk.json(&["eval", "--run", &first]);
    assert_eq!(again["test"]["rmse"].as_f64().unwrap().to_bits(), exact.to_bits());
    let elsewhere = desk.json(&["eval", "pulses.csv", "--run", &first]);
    assert!(elsewhere["test"]["rmse"].as_f64().unwrap() > 0.0);

    fs::create_dir(desk.0.join(&first)).unwrap();
    assert!(desk.fine(&["runs", "show", &first]).contains(&first), "a folder without a run hides none");
    fs::remove_dir_all(runs[0].path().join("checkpoints")).unwrap();
    let before = fs::read(runs[0].path().join("metrics.csv")).unwrap();
    let error = desk.refused(&["eval", "--run", &first], 1);
    assert!(error.contains("has no checkpoint with the weights at its end any more"), "{error}");
    let error = desk.refused(&["resume", &first], 1);
    assert!(error.contains("has no checkpoint any more"), "{error}");
    assert_eq!(fs::read(runs[0].path().join("metrics.csv")).unwrap(), before);
}

#[test]
fn rows_without_targets_are_predicted() {
    let desk = Desk::new("predict");
    desk.fine(&["run", "--quiet"]);
    fs::write(desk.0.join("new.csv"), pulses(25, false)).unwrap();
    assert_eq!(desk.fine(&["predict", "new.csv", "--to", "new-predicted.csv"]), "25 rows in new-predicted.csv\n");
    desk.fine(&["predict", "pulses.csv", "--to", "predicted.parquet"]);
    desk.fine(&["predict", "--to", "own.csv"]);
    assert_eq!(desk.fine(&["export", "soh.onnx"]), "soh.onnx\n");
    assert!(desk.refused(&["export", "soh.bin"], 1).contains("end the name in .onnx"));
    assert!(desk.refused(&["export", "soh.onnx", "new.csv"], 1).contains("a saved study ends in .mml"));
    // Of what is no feature only what the file lacks is left out.
    let tagged: Vec<String> = pulses(3, true).lines().map(|line| remove(line, 3)).collect();
    fs::write(desk.0.join("tagged.csv"), tagged.join("\n")).unwrap();
    desk.fine(&["predict", "tagged.csv", "--to", "tagged-predicted.csv"]);
    let header = fs::read_to_string(desk.0.join("tagged-predicted.csv")).unwrap();
    assert!(header.starts_with("id,tags.cell,predicted.soh\n"), "{header}");

    let column = |file: &str, name: &str| -> Vec<f64> {
        let text = fs::read_to_string(desk.0.join(file)).unwrap();
        let place = text.lines().next().unwrap().split(',').position(|column| column == name).unwrap();
        text.lines().skip(1).map(|line| line.split(',').nth(place).unwrap().parse().unwrap()).collect()
    };
    // The rows are the first of the study's own, so that what is predicted of them is too.
    assert_eq!(column("new-predicted.csv", "predicted.soh"), column("own.csv", "predicted.soh")[..25]);
    let (predicted, right) = (column("own.csv", "predicted.soh"), column("own.csv", "targets.soh"));
    let error = predicted.iter().zip(&right).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / 120.0;
    assert!(error.sqrt() < 0.05);
    assert_eq!(&fs::read(desk.0.join("predicted.parquet")).unwrap()[..4], b"PAR1");

    let error = desk.refused(&["predict", "new.csv", "--to", "new.xlsx"], 1);
    assert!(error.contains("end the name in .csv, .arrow or .parquet"), "{error}");
    let error = desk.refused(&["eval", "new.csv"], 1);
    assert!(error.contains("soh"), "{error}");
}

#[test]
#[cfg(unix)]
fn a_run_that_is_interrupted_says_how_to_go_on() {
    let desk = Desk::new("interrupt");
    desk.fine(&["run", "--quiet"]);
    let whole = desk.runs().remove(0);
    // Names are ordered by the second in which a run begins, and both may begin in one.
    let other = || desk.runs().into_iter().find(|run| run.name() != whole.name());

    let mut child = desk.command(&["run", "--quiet"]).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    let trains = || other().is_some_and(|run| run.events().is_ok_and(|events| events.count() > 40));
    while !trains() && started.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(2));
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait().unwrap();
    assert_eq!(output.code(), Some(75));
    let mut told = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut told).unwrap();
    assert!(told.contains("stopped: go on with: ") && told.contains(" resume "), "{told}");
    assert_eq!(other().unwrap().manifest().outcome, "interrupted");
    let error = desk.refused(&["eval", "--run", &other().unwrap().name()], 1);
    assert!(error.contains("has not finished (interrupted)"), "{error}");
    let error = desk.refused(&["resume", "--seed", "6"], 1);
    assert!(error.contains("no run of `SohStudy` with seed 6 that has not finished"), "{error}");

    let told = desk.fine(&["resume", "--quiet"]);
    assert!(told.contains(&other().unwrap().name()));
    let differs = desk.fine(&["runs", "diff", &whole.name(), &other().unwrap().name()]);
    assert_eq!(differs, "no difference\n");
    let error = desk.refused(&["resume"], 1);
    assert!(error.contains("there is no run of `SohStudy` that has not finished and is not in use in runs"), "{error}");
}

#[test]
fn mistakes_are_answered() {
    let desk = Desk::new("mistakes");
    let error = desk.refused(&["run", "--data", "nowhere.csv"], 1);
    assert!(error.contains("nowhere.csv: is not there; name the data by --data PATH"), "{error}");
    let error = desk.refused(&["run", "--data", "pulse=pulses.csv", "--data", "other.csv"], 1);
    assert!(error.contains("--data pulses.csv and --data other.csv are given; give one"), "{error}");
    let error = desk.refused(&["run", "--data", "image=pulses.csv"], 1);
    assert!(error.contains("the inputs of the graph are pulse"), "{error}");
    let error = desk.refused(&["runs", "show", "2026"], 1);
    assert!(error.contains("there is no run `2026`, neither here nor in runs"), "{error}");
    let error = desk.refused(&["report"], 1);
    assert!(error.contains("there is no run of `SohStudy` in runs"), "{error}");
    let error = desk.refused(&["run", "--every", "5"], 2);
    assert!(error.contains("100steps, 5epochs, 60s"), "{error}");
    desk.refused(&["rum"], 2);
    let output = desk.run(&["rum", "--json"]);
    assert!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["error"].is_string());
    let output = desk.run(&["run", "--json", "--data", "nowhere.csv"]);
    assert!(
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["error"].as_str().unwrap().contains("nowhere.csv")
    );

    let described: Value = serde_json::from_str(&desk.fine(&["describe"])).unwrap();
    assert_eq!(described["name"], "SohStudy");
    fs::create_dir_all(desk.0.join("runs/nothing")).unwrap();
    let error = desk.refused(&["runs", "show", "nothing"], 1);
    assert!(error.contains("is no folder of a run"), "{error}");
    fs::write(desk.0.join("runs/nothing/manifest.json"), r#"{"version": 1}"#).unwrap();
    assert!(desk.fine(&["runs", "list"]).contains("nothing                    cannot be read"));
}

#[test]
fn parameters_are_set_on_the_command_line() {
    let desk = Desk::new("set");
    let parameters = |told: &Value| {
        let of = |list: &Value| list.as_array().cloned().unwrap_or_default();
        let all = [of(&told["graph"]["parameters"]), of(&told["parameters"])].concat();
        all.iter().map(|it| format!("{}={}", it["name"].as_str().unwrap(), it["value"])).collect::<Vec<_>>()
    };
    let declared = desk.json(&["describe"]);
    assert_eq!(parameters(&declared), ["width=16", "dropout=0.1", "epochs=200"]);
    assert_eq!(declared["choices"][0]["name"], "width");
    let set = desk.json(&["describe", "--set", "width=24", "--set", "epochs=3"]);
    assert_eq!(parameters(&set), ["width=24", "dropout=0.1", "epochs=3"]);
    assert!(desk.fine(&["check", "--set", "epochs=7"]).contains("7 epochs at most"));

    // What takes a run has the parameters of that run.
    desk.fine(&["run", "--quiet", "--set", "epochs=3", "--set", "width=24"]);
    let run = desk.runs().remove(0);
    let json = |folder: &Path, file: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(folder.join(file)).unwrap()).unwrap()
    };
    let manifest = json(run.path(), "manifest.json");
    assert_eq!(parameters(&manifest["description"]), ["width=24", "dropout=0.1", "epochs=3"]);
    assert!(desk.fine(&["runs", "verify"]).contains("the same to the bit"));
    let measured = desk.json(&["eval"]);
    assert!(measured["test"]["rmse"].as_f64().unwrap() > 0.0);
    assert!(desk.refused(&["eval", "--set", "width=16"], 1).contains("width"));
    desk.fine(&["run", "--quiet", "--set", "epochs=3"]);
    let (first, second) = (desk.runs()[0].name(), desk.runs()[1].name());
    let differs = text(&desk.run(&["runs", "diff", &first, &second]).stdout);
    assert!(differs.contains("width"), "{differs}");

    for (given, expected) in [
        ("widht=8", "--set: there is no parameter `widht`; did you mean `width`? there are width, dropout, epochs"),
        ("width=wide", "--set: parameter `width` is a usize, and `wide` is none"),
        ("width=-1", "--set: parameter `width` is a usize, and `-1` is none"),
        ("dropout=much", "--set: parameter `dropout` is an f64, and `much` is none"),
        ("width", "--set: `width` gives no value; write NAME=VALUE"),
    ] {
        let error = desk.refused(&["run", "--set", given], 2);
        assert!(error.contains(expected), "{error}");
    }
    let error = desk.refused(&["check", "--set", "width=0"], 1);
    assert!(error.contains("hidden([0]) of `soh`: must be at least 1"), "{error}");
}
