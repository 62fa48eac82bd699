//! `plan`, `run --plan`, `collect` and `folds`: the items of a study.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::answer::{Answer, Code, number};
use super::arguments::{Common, Folds, Planned, Run, Trial};
use super::ranks::share_out;
use super::run::{recorded, records};
use super::study::Study;
use super::workers::Workers;
use crate::experiment::{FoldsResult, OverFolds, Session, log_line};
use crate::items::{Choice, Collected, Item, ItemPlan};
use crate::record::{REPORT, Signals, json_number};
use crate::spec::ParameterSpec;
use crate::{Error, Result};

/// Variables in which a scheduler tells which of its tasks this is: `HyperQueue`, which may run within a job of another, Slurm,
/// a Kubernetes Indexed Job, PBS.
const TASKS: [&str; 4] = ["HQ_TASK_ID", "SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "PBS_ARRAY_INDEX"];

/// Writes the items of the study.
pub(super) fn plan(study: Study, settings: &Planned, to: Option<PathBuf>) -> Result<Answer> {
    let runs = study.runs();
    let session = study.session()?;
    let plan = ItemPlan::of(&session, &seeds(&session, settings))?;
    let path = plan.write(to.unwrap_or_else(|| plan.folder_in(&runs)))?;
    let count = plan.items.len();
    let rows: Vec<Json> = plan.items.iter().map(|item| Json::Object(described(item))).collect();
    let text = format!("{count} items: 0 to {}\nplan: {}\n", count.saturating_sub(1), path.display());
    Ok(Answer::fine(text, json!({ "plan": path.to_string_lossy(), "items": rows })))
}

/// Runs one item of a plan, those of a scheduler's task, or all.
pub(super) fn run(study: Study, settings: &Run) -> Result<Answer> {
    let ranks = study.ranks.clone();
    let Planning { mut session, plan, folder, .. } = planned(study, settings.plan.as_deref())?;
    share_out(&mut session, ranks, settings.shares)?;
    let items = chosen(&plan, settings.item.as_deref(), settings.per_task)?;
    let records = records(folder.clone(), &settings.recording);
    let mut text = String::new();
    // Also a signal between two items is heard.
    let _signals = Signals::watch()?;
    let mut failed = Vec::new();
    for item in &items {
        let results = match session.run_item(&plan, item, records.clone()) {
            Ok(results) => results,
            Err(stopped @ Error::Interrupted { .. }) => return Err(stopped),
            Err(error) => {
                log_line(&format!("error: {error}"));
                failed.push(error.to_string());
                continue;
            }
        };
        let answer = recorded(&folder.join(&item.id), &results);
        let _ = write!(text, "item {} ({})\n{}", item.id, item.words(), answer.text);
    }
    let ids: Vec<&str> = items.iter().map(|item| item.id.as_str()).collect();
    let code = if failed.is_empty() { Code::Fine } else { Code::Failed };
    Ok(Answer { text, json: json!({ "plan": folder.to_string_lossy(), "items": ids, "failed": failed }), code })
}

/// Collects the results of a plan.
pub(super) fn collect(study: Study, plan: Option<&Path>) -> Result<Answer> {
    let Planning { session, plan, folder, again } = planned(study, plan)?;
    collected(&session, &plan, &folder, &again)
}

/// Runs all folds in worker processes, and collects them.
pub(super) fn folds(study: Study, settings: &Folds) -> Result<Answer> {
    let (runs, again, common) = (study.runs(), study.again(), study.common.clone());
    let session = study.session()?;
    let seeds = seeds(&session, &settings.planned);
    if session.folds()?.is_none() && seeds.len() < 2 && session.spec().choose.is_none() {
        return Err(session.without_folds());
    }
    run_all(&session, &seeds, (&runs, &again, &common), settings)
}

/// Tries what may be chosen, and runs the study with what is best, in worker processes.
pub(super) fn search(study: Study, settings: &Folds) -> Result<Answer> {
    let (runs, again, common) = (study.runs(), study.again(), study.common.clone());
    let session = study.session()?;
    session.choose()?;
    run_all(&session, &seeds(&session, &settings.planned), (&runs, &again, &common), settings)
}

fn run_all(
    session: &Session,
    seeds: &[u64],
    (runs, again, common): (&Path, &str, &Common),
    settings: &Folds,
) -> Result<Answer> {
    let plan = ItemPlan::of(session, seeds)?;
    let folder = plan.folder_in(runs);
    let path = plan.write(&folder)?;
    Workers::new(&path, common, settings).run(&plan)?;
    collected(session, &plan, &folder, again)
}

/// Runs one trial, and tells what decides.
pub(super) fn trial(study: Study, settings: &Trial) -> Result<Answer> {
    let runs = study.runs();
    let (study, values) = study.without_choices()?;
    let session = study.session()?;
    let trial = session.trial_in(&values, settings.within, records(runs, &settings.run))?;
    let by_fold: Vec<Json> = trial.by_fold.iter().map(|value| json_number(*value)).collect();
    let text = format!("{} = {}\n", decides(&session), number(trial.value));
    let json = json!({
        "value": json_number(trial.value),
        "higher_is_better": session.higher_is_better()?,
        "by_fold": by_fold,
        "failed": trial.failed,
    });
    Ok(Answer { text, json, code: if trial.failed.is_none() { Code::Fine } else { Code::Failed } })
}

/// The value that decides, as it is written.
fn decides(session: &Session) -> String {
    session.spec().choose.iter().map(|choose| choose.by.items().join(".")).collect()
}

/// An item for programs that read it.
fn described(item: &Item) -> serde_json::Map<String, Json> {
    let mut object = serde_json::Map::new();
    object.insert("id".to_owned(), json!(item.id));
    object.insert("seed".to_owned(), json!(item.seed));
    object.insert("fold".to_owned(), json!(item.fold));
    if item.is_trial() {
        let tries: Vec<String> = item.tries.iter().map(ToString::to_string).collect();
        object.insert("tries".to_owned(), json!(tries));
        object.insert("within".to_owned(), json!(item.within));
    }
    object
}

/// The seeds that the command line gives, else that of the experiment.
fn seeds(session: &Session, settings: &Planned) -> Vec<u64> {
    if settings.seeds.is_empty() { vec![session.seed()] } else { settings.seeds.clone() }
}

/// A plan, and the study that it is of.
pub(super) struct Planning {
    pub session: Session,
    pub plan: ItemPlan,
    /// The folder of the plan, beside which its items are.
    pub folder: PathBuf,
    /// The program with what it was told.
    pub again: String,
}

/// The plan of a path, else the only one of this study.
pub(super) fn planned(study: Study, path: Option<&Path>) -> Result<Planning> {
    let (runs, again) = (study.runs(), study.again());
    if let Some(path) = path {
        let plan = ItemPlan::read(path)?;
        let folder = ItemPlan::file(path).parent().map(Path::to_owned).unwrap_or_default();
        return Ok(Planning { session: study.planned_with(&plan)?.session()?, plan, folder, again });
    }
    let session = study.session()?;
    let mut plans = Vec::new();
    for entry in std::fs::read_dir(&runs).into_iter().flatten().flatten() {
        let folder = entry.path();
        // Of other studies, and of what this one was before, there may be plans as well.
        if let Ok(plan) = ItemPlan::read(&folder)
            && plan.check(&session).is_ok()
        {
            plans.push((plan, folder));
        }
    }
    let runs = runs.display();
    if plans.len() > 1 {
        let named: Vec<String> = plans.iter().map(|(_, folder)| folder.display().to_string()).collect();
        let named = named.join(", ");
        return Err(Error::Data(format!("there are several plans of this study in {runs}; name one: {named}")));
    }
    let (plan, folder) = plans.pop().ok_or_else(|| {
        Error::Data(format!(
            "there is no plan of this study, data and build in {runs}; write one by `plan`, or name it by --plan"
        ))
    })?;
    Ok(Planning { session, plan, folder, again })
}

/// The item of an id or a position; without one those of the task that a scheduler has started, else all.
fn chosen(plan: &ItemPlan, item: Option<&str>, per_task: usize) -> Result<Vec<Item>> {
    if let Some(item) = item {
        return Ok(vec![plan.item(item)?.clone()]);
    }
    let task = TASKS.iter().find_map(|name| Some((*name, std::env::var(name).ok().filter(|value| !value.is_empty())?)));
    let Some((name, value)) = task else { return Ok(plan.items.clone()) };
    let task: usize = value.parse().map_err(|_| Error::Data(format!("{name} is `{value}`, and should be a number")))?;
    let items = plan.items.iter().skip(task.saturating_mul(per_task)).take(per_task);
    let items: Vec<Item> = items.cloned().collect();
    if items.is_empty() {
        let count = plan.items.len();
        return Err(Error::Data(format!(
            "{name} is {task}, and with {per_task} items a task the {count} items of the plan are in tasks 0 to {}",
            count.div_ceil(per_task.max(1)).saturating_sub(1)
        )));
    }
    Ok(items)
}

/// What the items have come to. Where some have not finished, they are named, with what to do.
fn collected(session: &Session, plan: &ItemPlan, folder: &Path, again: &str) -> Result<Answer> {
    let collected = session.collect(plan, folder)?;
    let (mut text, mut json, mut chosen_as_json) = (String::new(), serde_json::Map::new(), Vec::new());
    for (seed, folds) in &collected.by_seed {
        if plan.items.iter().any(|item| item.seed != *seed) {
            let _ = writeln!(text, "seed {seed}:");
        }
        let choices: Vec<&Choice> = collected.choices.iter().filter(|choice| choice.seed == *seed).collect();
        for choice in &choices {
            let of_fold = choice.fold.map(|fold| format!("fold {fold}: ")).unwrap_or_default();
            let count = choice.trials.len();
            let (value, decides) = (number(choice.value), decides(session));
            let _ = writeln!(text, "{of_fold}chosen of {count} trials: {} ({decides} = {value})", choice.words());
            let failed: Vec<_> =
                choice.trials.iter().filter_map(|trial| Some((trial, trial.failed.as_ref()?))).collect();
            if let Some((trial, why)) = failed.first() {
                let (count, words) = (failed.len(), trial.words());
                let _ = writeln!(text, "  {count} trials have failed, the first one with {words}: {why}");
            }
        }
        if !choices.is_empty() {
            chosen_as_json.extend(choices.into_iter().map(choice_as_json));
        }
        for (phase, name, over) in folds.numbers() {
            let _ = writeln!(text, "{phase}.{name} = {}", written(&over));
        }
        json.insert(seed.to_string(), as_json(folds));
        let report =
            folder.join(if collected.by_seed.len() > 1 { format!("report-{seed}.html") } else { REPORT.to_owned() });
        folds.write_report(&report)?;
        let _ = writeln!(text, "report: {}", report.display());
        for phase in folds.phases_with_predictions() {
            let path = folder.join("predictions").join(format!("{phase}-{seed}.csv"));
            std::fs::create_dir_all(folder.join("predictions"))
                .map_err(|error| crate::error::Problem::from(error).of("cannot be made").in_file(&path))?;
            folds.predictions(phase)?.write_csv(&path)?;
            let _ = writeln!(text, "predictions of {phase}: {}", path.display());
        }
    }
    let unfinished = unfinished(&collected, folder, again);
    let code = if unfinished.is_empty() { Code::Fine } else { Code::Failed };
    text.push_str(&unfinished);
    let states = collected.items.iter().map(|(item, state)| {
        let mut object = described(item);
        object.insert("state".to_owned(), json!(state.words()));
        Json::Object(object)
    });
    let states = states.collect::<Vec<_>>();
    let json = json!({ "plan": folder.to_string_lossy(), "items": states, "by_seed": json, "choices": chosen_as_json });
    Ok(Answer { text, json, code })
}

/// The items that have not finished, each with the line that runs it.
fn unfinished(collected: &Collected, folder: &Path, again: &str) -> String {
    let mut text = String::new();
    let all = collected.items.len();
    let count = collected.unfinished().count();
    if count > 0 {
        let _ = writeln!(text, "{count} of {all} items have not finished:");
    }
    let is_open = |item: &Item| collected.unfinished().any(|(open, _)| open.id == item.id);
    for (place, (item, state)) in collected.items.iter().enumerate() {
        if is_open(item) {
            let (plan, words) = (folder.display(), state.words());
            let _ = writeln!(text, "item {place} ({}) {words}", item.words());
            let _ = writeln!(text, "  run it by: {again} run --plan {plan} --item {place}");
        }
    }
    text
}

/// Mean and deviation, and the value over the rows of all folds together.
fn written(over: &OverFolds) -> String {
    let pooled = over.pooled.map(|pooled| format!(", over all rows {}", number(pooled))).unwrap_or_default();
    match over.by_fold.as_slice() {
        [single] => number(*single),
        _ => format!("{} (deviation {}){pooled}", number(over.mean), number(over.deviation)),
    }
}

fn choice_as_json(choice: &Choice) -> Json {
    let values = |values: &[ParameterSpec]| values.iter().map(ToString::to_string).collect::<Vec<_>>();
    let trials = choice.trials.iter().map(|trial| {
        let by_fold: Vec<Json> = trial.by_fold.iter().map(|value| json_number(*value)).collect();
        json!({
            "values": values(&trial.values),
            "value": json_number(trial.value),
            "by_fold": by_fold,
            "epochs": trial.epochs,
            "failed": trial.failed,
        })
    });
    json!({
        "seed": choice.seed,
        "fold": choice.fold,
        "values": values(&choice.values),
        "value": json_number(choice.value),
        "trials": trials.collect::<Vec<_>>(),
    })
}

fn as_json(folds: &FoldsResult) -> Json {
    let mut phases = serde_json::Map::new();
    for (phase, name, over) in folds.numbers() {
        let by_fold: Vec<Json> = over.by_fold.iter().map(|value| json_number(*value)).collect();
        let value = json!({
            "mean": json_number(over.mean),
            "deviation": json_number(over.deviation),
            "by_fold": by_fold,
            "pooled": over.pooled.map(json_number),
        });
        if let Some(phase) = phases.entry(phase).or_insert_with(|| json!({})).as_object_mut() {
            phase.insert(name.to_owned(), value);
        }
    }
    phases.into()
}
