//! `runs` and `report`: what recorded runs tell.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::answer::{Answer, Code, number, results_as_json, results_as_text, table};
use super::arguments::Runs;
use super::export;
use super::study::Study;
use crate::experiment::PhaseResult;
use crate::record::{Difference, MANIFEST, RunRecord};
use crate::text::nearest;
use crate::{Error, Result};

/// Which run a command takes where none is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Newest {
    Any,
    Finished,
    Unfinished,
}

impl Newest {
    fn takes(self, run: &RunRecord) -> bool {
        match self {
            Self::Any => true,
            Self::Finished => run.manifest().is_finished(),
            Self::Unfinished => !run.manifest().is_finished() && !run.is_in_use(),
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Finished => " that has finished",
            Self::Unfinished => " that has not finished and is not in use",
        }
    }
}

/// The run of a folder or name, else the newest one of the experiment.
pub(super) fn find(study: &Study, run: Option<&Path>, newest: Newest) -> Result<RunRecord> {
    let runs = study.runs();
    if let Some(run) = run {
        return named(&runs, run);
    }
    let experiment = study.spec.name;
    // A run that cannot be read is none that goes on or is measured; `runs list` tells of it.
    let all = folders(&runs)?.into_iter().filter_map(|folder| RunRecord::open(folder).ok());
    let seed = study.common.seed;
    let is_own = |run: &RunRecord| {
        let manifest = run.manifest();
        manifest.experiment == experiment && seed.is_none_or(|seed| manifest.seed == seed) && newest.takes(run)
    };
    let mut own = all.filter(is_own);
    own.next_back().ok_or_else(|| {
        let (runs, words) = (runs.display(), newest.words());
        let seed = seed.map(|seed| format!(" with seed {seed}")).unwrap_or_default();
        Error::Data(format!(
            "there is no run of `{experiment}`{seed}{words} in {runs}; name its folder, or say --runs FOLDER"
        ))
    })
}

/// The folders of runs in a folder that may not be there yet.
fn folders(runs: &Path) -> Result<Vec<PathBuf>> {
    if runs.is_dir() { RunRecord::folders(runs) } else { Ok(Vec::new()) }
}

fn named(runs: &Path, run: &Path) -> Result<RunRecord> {
    let inside = runs.join(run);
    // A name is looked for among the runs where no run has that path.
    if let Some(folder) = [run, &inside].into_iter().find(|folder| folder.join(MANIFEST).is_file()) {
        return RunRecord::open(folder);
    }
    if let Some(folder) = [inside.as_path(), run].into_iter().find(|folder| folder.exists()) {
        return RunRecord::open(folder);
    }
    let names =
        folders(runs)?.into_iter().filter_map(|folder| Some(folder.file_name()?.to_string_lossy().into_owned()));
    let known: Vec<String> = names.collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let name = run.display().to_string();
    let near = nearest(&name, &known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    let problem = format!("there is no run `{name}`, neither here nor in {}{near}", runs.display());
    Err(Error::Unknown { what: "run", name, problem })
}

/// Lists, shows, compares or verifies.
pub(super) fn runs(study: Study, command: Runs) -> Result<Answer> {
    match command {
        Runs::List => list(&study),
        Runs::Show { run } => show(&find(&study, run.as_deref(), Newest::Any)?),
        Runs::Diff { first, second } => {
            let runs = study.runs();
            let differences = named(&runs, &first)?.differences(&named(&runs, &second)?)?;
            Ok(compared(&differences, "no difference"))
        }
        Runs::Export { run, tensorboard, weights } => {
            export::tensorboard(&find(&study, run.as_deref(), Newest::Any)?, &tensorboard, weights)
        }
        #[cfg(feature = "mlflow")]
        Runs::Upload { run, mlflow, experiment } => {
            export::mlflow(&find(&study, run.as_deref(), Newest::Any)?, &mlflow, experiment.as_deref())
        }
        Runs::Verify { run } => verify(study, run.as_deref()),
    }
}

/// Writes the report of a run anew.
pub(super) fn report(study: &Study, run: Option<&Path>) -> Result<Answer> {
    let report = find(study, run, Newest::Any)?.write_report()?;
    Ok(Answer::fine(format!("{}\n", report.display()), json!({ "report": report.to_string_lossy() })))
}

fn verify(study: Study, run: Option<&Path>) -> Result<Answer> {
    let run = find(&study, run, Newest::Finished)?;
    let differences = study.session_like(&run)?.verify(run.path())?;
    let same = format!("{}: run again, every measured number and the weights are the same to the bit", run.name());
    Ok(compared(&differences, &same))
}

/// A line a difference, or that there is none.
fn compared(differences: &[Difference], same: &str) -> Answer {
    let lines: Vec<String> = differences.iter().map(Difference::to_string).collect();
    let (text, code) = if lines.is_empty() { (same.to_owned(), Code::Fine) } else { (lines.join("\n"), Code::Differs) };
    Answer { text: format!("{text}\n"), json: json!(differences), code }
}

fn list(study: &Study) -> Result<Answer> {
    let runs = study.runs();
    let folders = folders(&runs)?;
    let mut rows = vec![["run", "experiment", "seed", "outcome", "results"].map(str::to_owned).to_vec()];
    let mut objects = Vec::new();
    for folder in &folders {
        let read = RunRecord::open(folder).and_then(|run| Ok((run.results()?.unwrap_or_default(), run)));
        match read {
            Ok((results, run)) => {
                let manifest = run.manifest();
                let (experiment, outcome) = (manifest.experiment.clone(), manifest.outcome.clone());
                rows.push(vec![run.name(), experiment, manifest.seed.to_string(), outcome, headline(&results)]);
                objects.push(summary(&run, &results));
            }
            Err(error) => {
                let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                rows.push(vec![name, String::new(), String::new(), format!("cannot be read: {error}")]);
                objects.push(json!({ "run": folder.to_string_lossy(), "error": error.to_string() }));
            }
        }
    }
    let text = if folders.is_empty() { format!("no runs in {}\n", runs.display()) } else { table(&rows) };
    Ok(Answer::fine(text, Json::Array(objects)))
}

/// What the last eval phase measured, in a line.
fn headline(results: &[PhaseResult]) -> String {
    let mut evals = results.iter().filter_map(|result| match result {
        PhaseResult::Eval(eval) => Some(eval),
        _ => None,
    });
    let values = evals.next_back().into_iter().flat_map(|eval| eval.metrics.iter());
    values.map(|(name, value)| format!("{name} {}", number(*value))).collect::<Vec<_>>().join(", ")
}

fn summary(run: &RunRecord, results: &[PhaseResult]) -> Json {
    let manifest = run.manifest();
    json!({
        "run": run.path().to_string_lossy(),
        "experiment": manifest.experiment,
        "seed": manifest.seed,
        "fold": manifest.fold,
        "outcome": manifest.outcome,
        "started": manifest.started,
        "ended": manifest.ended,
        "results": results_as_json(results),
    })
}

fn show(run: &RunRecord) -> Result<Answer> {
    let (manifest, results) = (run.manifest(), run.results()?.unwrap_or_default());
    let versions: Vec<String> = manifest.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let ended = manifest.ended.as_ref().map(|ended| format!(", ended {ended}")).unwrap_or_default();
    let machine = &manifest.machine;
    let mut rows = vec![
        vec![
            "experiment".to_owned(),
            format!("{}, seed {}, fold {}", manifest.experiment, manifest.seed, manifest.fold),
        ],
        vec!["outcome".to_owned(), manifest.outcome.clone()],
        vec!["started".to_owned(), format!("{}{ended}", manifest.started)],
        vec!["folder".to_owned(), run.path().display().to_string()],
        vec!["command".to_owned(), manifest.command.join(" ")],
        vec!["versions".to_owned(), format!("{}, {}", versions.join(", "), machine.rustc)],
        vec![
            "machine".to_owned(),
            format!(
                "{}, {} threads, {}, {}",
                machine.system,
                machine.threads,
                machine.features.join(" "),
                machine.device
            ),
        ],
    ];
    rows.extend(
        manifest
            .splits
            .iter()
            .map(|split| vec![format!("{}.{}", split.input, split.split), format!("{} rows", split.rows)]),
    );
    let mut text = table(&rows);
    // Writing to a String cannot fail.
    let _ = write!(text, "\n{}\n\n{}", manifest.graph, results_as_text(&results));
    Ok(Answer::fine(text, summary(run, &results)))
}
