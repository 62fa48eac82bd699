//! The items of a study: planned, run in any order by any process, collected.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A folder of a test, with the data of the study in it.
struct Desk(PathBuf, Option<&'static str>);

impl Desk {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("items-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("pulses.csv"), pulses(0.0)).unwrap();
        Self(path, None)
    }

    /// With the study that chooses.
    fn choosing(name: &str) -> Self {
        let mut desk = Self::new(name);
        desk.1 = Some("CHOOSES");
        desk
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_folds"));
        command.args(arguments).current_dir(&self.0).env_remove("MODULARML_RUNS").stdin(Stdio::null());
        command.envs(self.1.map(|study| (study, "1")));
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        let output = self.run(&arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        serde_json::from_str(&text(&output.stdout)).unwrap()
    }

    /// What a command that fails with a code prints.
    fn refused(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout) + &text(&output.stderr)
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

/// 90 rows of 12 cells.
fn pulses(more: f64) -> String {
    rows(90, more)
}

fn rows(count: u32, more: f64) -> String {
    let mut text = String::from("voltage_0,voltage_1,voltage_2,soh,cell\n");
    for row in 0..count {
        let x = f64::from(row);
        let (a, b, c) = (x.sin(), (x * 0.37).cos(), (x * 0.11).sin());
        let _ = writeln!(text, "{a},{b},{c},{},{}", 0.8 + 0.1 * a - 0.05 * b * c + more, row % 12);
    }
    text
}

fn plan(desk: &Desk) -> (String, Vec<String>) {
    let plan = desk.json(&["plan"]);
    let ids = plan["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    (plan["plan"].as_str().unwrap().to_owned(), ids)
}

#[test]
fn items_in_any_order_and_folds_on_two_workers_have_the_bits_of_folds_on_one() {
    let (items, one, two) = (Desk::new("items"), Desk::new("one"), Desk::new("two"));
    let (_, ids) = plan(&items);
    assert_eq!(ids.len(), 4);
    for item in ["3", ids[0].as_str(), "2", "1"] {
        items.json(&["run", "--item", item, "--quiet"]);
    }
    let collected = items.json(&["collect"]);
    let folds = one.json(&["folds", "--quiet"]);
    let on_two = two.json(&["folds", "--jobs", "2", "--quiet"]);
    assert_eq!(collected["by_seed"]["7"]["left_out"]["rmse"]["by_fold"].as_array().unwrap().len(), 4);
    assert_eq!(collected["by_seed"], folds["by_seed"]);
    assert_eq!(on_two["by_seed"], folds["by_seed"]);
    assert_eq!(plan(&two).1, ids, "an item has one id everywhere");
    // Predictions of every row by the model that has not seen it.
    let folder = PathBuf::from(folds["plan"].as_str().unwrap());
    let table = fs::read_to_string(one.0.join(folder).join("predictions/left_out-7.csv")).unwrap();
    assert_eq!(table.lines().count(), 91);
    assert!(table.starts_with("fold,id,"), "{table}");
}

#[test]
fn a_finished_item_is_not_run_again_and_what_is_missing_is_named() {
    let desk = Desk::new("missing");
    let (_, ids) = plan(&desk);
    let folder = desk.0.join("runs").read_dir().unwrap().next().unwrap().unwrap().path();
    desk.json(&["run", "--item", "1", "--quiet"]);
    let told = desk.refused(&["collect"], 1);
    assert!(told.contains("3 of 4 items have not finished:"), "{told}");
    assert!(told.contains("item 0 (seed 7, fold 0) was never begun"), "{told}");
    let plan = folder.strip_prefix(&desk.0).unwrap().display().to_string();
    assert!(told.contains(&format!("run --plan {plan} --item 3")), "{told}");
    let events = || fs::read(folder.join(&ids[1]).join("events.jsonl")).unwrap();
    let before = events();
    desk.json(&["run", "--item", "1", "--quiet"]);
    assert_eq!(events(), before);
    let told = desk.refused(&["run", "--item", "4"], 1);
    assert!(told.contains("there is no item `4` in the plan of `SohStudy`: 4 items, 0 to 3"), "{told}");
}

#[test]
fn a_scheduler_tells_the_item() {
    let desk = Desk::new("scheduler");
    plan(&desk);
    let run = |variable: &str, task: &str, more: &[&str]| {
        let folder = desk.0.join("runs").read_dir().unwrap().next().unwrap().unwrap().path();
        let plan = folder.display().to_string();
        let mut command = desk.command(&["run", "--quiet", "--json", "--plan", plan.as_str()]);
        command.args(more).env(variable, task).output().unwrap()
    };
    for (task, variable) in
        ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "HQ_TASK_ID", "PBS_ARRAY_INDEX"].iter().enumerate()
    {
        let output = run(variable, &task.to_string(), &[]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let ran: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
        assert_eq!(ran["items"].as_array().unwrap().len(), 1);
    }
    desk.json(&["collect"]);
    let output = run("SLURM_ARRAY_TASK_ID", "1", &["--per-task", "3"]);
    let ran: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    assert_eq!(ran["items"].as_array().unwrap().len(), 1, "tasks of three items: the second has the last of four");
    let output = run("SLURM_ARRAY_TASK_ID", "2", &["--per-task", "3"]);
    assert!(text(&output.stderr).contains("are in tasks 0 to 1"), "{}", text(&output.stderr));
}

#[test]
fn a_killed_worker_goes_on_and_other_data_is_refused() {
    let desk = Desk::new("killed");
    let whole = Desk::new("whole");
    let expected = whole.json(&["folds", "--quiet"]);
    let mut folds = desk.command(&["folds", "--jobs", "2", "--every", "1steps", "--quiet"]);
    let folds = folds.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    // In the middle of the first items.
    let began = Instant::now();
    let runs = desk.0.join("runs");
    let has_begun = || {
        let plans = runs.read_dir().into_iter().flatten().flatten();
        plans
            .flat_map(|plan| plan.path().read_dir().into_iter().flatten().flatten())
            .any(|it| it.path().join("checkpoints/000002.mml").is_file())
    };
    while !has_begun() && began.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let _ = Command::new("kill").args(["-TERM", &folds.id().to_string()]).status();
    let stopped = folds.wait_with_output().unwrap();
    // It may have finished before the signal came.
    if stopped.status.code() != Some(0) {
        assert_eq!(stopped.status.code(), Some(75));
        let told = text(&stopped.stderr);
        assert!(told.contains("stopped: go on with:") && told.contains("folds --jobs 2 --every 1steps"), "{told}");
    }
    let again = desk.json(&["folds", "--jobs", "2", "--quiet"]);
    assert_eq!(again["by_seed"], expected["by_seed"]);

    let (plan, _) = plan(&desk);
    fs::write(desk.0.join("pulses.csv"), pulses(0.5)).unwrap();
    let told = desk.refused(&["run", "--plan", &plan, "--item", "0"], 1);
    assert!(told.contains("the plan is of other data: pulse.soh have changed"), "{told}");
}

#[test]
fn where_a_worker_cannot_be_started_the_others_are_ended() {
    let desk = Desk::new("started");
    // So many rows that the first item still trains when the second is to be started.
    fs::write(desk.0.join("pulses.csv"), rows(20_000, 0.0)).unwrap();
    let (plan, ids) = plan(&desk);
    let folder = desk.0.join(plan).parent().unwrap().to_owned();
    let log = folder.join(format!("{}.log", ids[1]));
    fs::create_dir(&log).unwrap();
    let told = desk.refused(&["folds", "--jobs", "2", "--every", "5steps", "--quiet"], 1);
    assert!(told.contains(&format!("{}.log: no worker can be started", ids[1])), "{told}");
    let manifest = fs::read_to_string(folder.join(&ids[0]).join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["outcome"], "interrupted", "it was asked to end, and has saved what it had");
}

#[test]
fn several_seeds_are_several_items() {
    let desk = Desk::new("seeds");
    let folds = desk.json(&["folds", "--seeds", "1,2", "--jobs", "2", "--quiet"]);
    assert_eq!(folds["items"].as_array().unwrap().len(), 8);
    assert_ne!(folds["by_seed"]["1"]["left_out"]["rmse"]["mean"], folds["by_seed"]["2"]["left_out"]["rmse"]["mean"]);
    let told = desk.refused(&["plan", "--seeds", "1,1"], 1);
    assert!(told.contains("seed 1 is given twice"), "{told}");
}

#[test]
fn a_plan_keeps_the_parameters_that_it_was_made_with() {
    let desk = Desk::new("parameters");
    let narrow = desk.json(&["folds", "--set", "width=2", "--jobs", "2", "--quiet"]);
    let wide = desk.json(&["folds", "--quiet"]);
    assert_ne!(narrow["by_seed"], wide["by_seed"]);
    assert_ne!(narrow["plan"], wide["plan"]);
    // Nothing needs to be said again.
    let plan = narrow["plan"].as_str().unwrap();
    assert_eq!(desk.json(&["collect", plan])["by_seed"], narrow["by_seed"]);
    let told = desk.refused(&["collect", plan, "--set", "width=3"], 1);
    assert!(told.contains("is declared otherwise now; plan again"), "{told}");
}

/// An item that reports runs the trials that it needs, whoever comes first.
#[test]
fn nested_choices_have_the_same_bits_in_any_order_and_on_two_workers() {
    let (items, one, two) = (Desk::choosing("trials"), Desk::choosing("search-1"), Desk::choosing("search-2"));
    let (_, ids) = plan(&items);
    assert_eq!(ids.len(), 3 * 2 * 2 + 3, "two widths in two inner folds for each of three folds, and these");
    for place in [14, 3, 12, 13] {
        assert!(items.run(&["run", "--item", &place.to_string(), "--quiet"]).status.success());
    }
    let collected = items.json(&["collect"]);
    let alone = one.json(&["search", "--quiet"]);
    let beside = two.json(&["folds", "--jobs", "2", "--quiet"]);
    assert_eq!(collected["by_seed"], alone["by_seed"]);
    assert_eq!(collected["choices"], alone["choices"]);
    assert_eq!(collected["by_seed"], beside["by_seed"]);
    assert_eq!(collected["choices"], beside["choices"]);
    assert_eq!(alone["choices"].as_array().unwrap().len(), 3);
    let text = text(&one.run(&["collect"]).stdout);
    assert!(text.contains("fold 2: chosen of 2 trials: width="), "{text}");
    // One trial by itself has what it had in the search.
    let trial = &alone["choices"][1]["trials"][0];
    let asked = one.json(&["trial", "--set", "width=2", "--within", "1", "--quiet"]);
    assert_eq!(asked["value"], trial["value"]);
    let refused = one.refused(&["trial", "--set", "width=2"], 1);
    assert!(refused.contains("say for which one the trial is: --within 0"), "{refused}");
    let refused = one.refused(&["trial", "--set", "widht=2", "--within", "0"], 2);
    assert!(refused.contains("there is no parameter `widht`; did you mean `width`?"), "{refused}");
}

/// A report that is told to end while it runs its trials saves what it has, and tells by its exit code that it can go on.
#[cfg(unix)]
#[test]
fn an_item_that_is_told_to_end_among_its_trials_goes_on() {
    let (stopped, whole) = (Desk::choosing("told"), Desk::choosing("untold"));
    let ((_, ids), _) = (plan(&stopped), plan(&whole));
    let folder = folder_of(&stopped);
    let mut process = stopped.command(&["run", "--item", "12", "--quiet"]).spawn().unwrap();
    let began = Instant::now();
    while !ids.iter().any(|id| folder.join(id).join("manifest.json").is_file()) {
        assert!(began.elapsed() < Duration::from_mins(1), "no trial was begun");
        std::thread::sleep(Duration::from_millis(5));
    }
    Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(75));
    let results = |desk: &Desk| desk.json(&["run", "--item", "12", "--quiet"]);
    let on = results(&stopped);
    assert_eq!(on["items"], results(&whole)["items"]);
    let rmse = |desk: &Desk| fs::read_to_string(folder_of(desk).join(&ids[12]).join("results.json")).unwrap();
    assert_eq!(rmse(&stopped), rmse(&whole));
}

/// The only plan of a desk.
fn folder_of(desk: &Desk) -> PathBuf {
    fs::read_dir(desk.0.join("runs")).unwrap().next().unwrap().unwrap().path()
}
