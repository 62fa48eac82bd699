//! A run as its folder tells it; the one reader of all that shows runs or hands them on.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value as Json;

use super::analysis::PhaseAnalysis;
use super::folder::{ANALYSIS, EVENTS, MANIFEST, METRICS, PREDICTIONS, RESULTS, is_locked, no_run};
use super::manifest::Manifest;
use super::settings::Until;
use crate::Result;
use crate::error::Problem;
use crate::experiment::PhaseResult;
use crate::spec;

/// The folder of a run, to be read; the run may be going on.
///
/// ```no_run
/// use modularml::record::RunRecord;
///
/// for run in RunRecord::all("runs")? {
///     let mut loss = None;
///     for it in run.metrics()? {
///         let it = it?;
///         loss = if it.name == "val.loss" { Some(it.value) } else { loss };
///     }
///     println!("{} {} {loss:?}", run.name(), run.manifest().outcome);
/// }
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RunRecord {
    path: PathBuf,
    manifest: Manifest,
}

/// One line of `events.jsonl`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// What happened: `epoch`, `evaluation`, `error`.
    pub event: String,
    /// When, in seconds since 1970.
    pub time: f64,
    /// All else that is told of it.
    #[serde(flatten)]
    pub more: BTreeMap<String, Json>,
}

impl Event {
    /// A text of the event, such as its `phase`; none where it has no such text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.more.get(key)?.as_str()
    }

    /// A number of the event, such as its `epoch` or `loss`, also where it is not finite; none where it has no such number.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<f64> {
        number(self.more.get(key)?)
    }

    /// A count of the event; none where it has no such count.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "what is no count is left out before")]
    pub(crate) fn whole(&self, key: &str) -> Option<usize> {
        self.number(key).filter(|number| *number >= 0.0 && number.fract() == 0.0).map(|number| number as usize)
    }

    /// The numbers under a key, by name: the `values` of an evaluation.
    #[must_use]
    pub fn numbers(&self, key: &str) -> Vec<(&str, f64)> {
        let values = self.more.get(key).and_then(Json::as_object).into_iter().flatten();
        values.filter_map(|(name, value)| Some((name.as_str(), number(value)?))).collect()
    }
}

/// JSON has no NaN and no infinity: they are texts.
fn number(value: &Json) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str().filter(|text| ["NaN", "inf", "-inf"].contains(text))?.parse().ok())
}

/// One line of `metrics.csv`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MeasuredValue {
    /// The phase.
    pub phase: String,
    /// The epoch, counted from 0; none behind an eval phase.
    pub epoch: Option<usize>,
    /// What was measured; `val.rmse` where `validate` did.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// The step in the epoch, counted from 0; none of what belongs to no step.
    pub step: Option<usize>,
}

impl RunRecord {
    /// Reads what a run was made of.
    ///
    /// # Errors
    /// When the folder is none of a run, or of another version of its layout.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref();
        if !Self::is_run(folder) {
            return Err(no_run(folder));
        }
        Ok(Self { path: folder.to_owned(), manifest: Manifest::read(folder)? })
    }

    /// Whether a folder is one of a run.
    #[must_use]
    pub fn is_run(folder: &Path) -> bool {
        folder.join(MANIFEST).is_file()
    }

    /// The runs in a folder, by name, which begins with the time: the oldest first. Folders that are none of a run are left
    /// out.
    ///
    /// # Errors
    /// When the folder cannot be listed, or the manifest of a run in it cannot be read.
    pub fn all(runs: impl AsRef<Path>) -> Result<Vec<Self>> {
        Self::folders(runs)?.into_iter().map(Self::open).collect()
    }

    /// The folders of the runs in a folder, by name, the oldest first, whether they can be read or not.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn folders(runs: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
        let runs = runs.as_ref();
        let fail = |error| Problem::from(error).of("cannot be listed").in_file(runs);
        let mut folders = Vec::new();
        for entry in fs::read_dir(runs).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            if Self::is_run(&path) {
                folders.push(path);
            }
        }
        folders.sort();
        Ok(folders)
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the folder.
    #[must_use]
    pub fn name(&self) -> String {
        let name = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        name.file_name().map_or_else(|| self.path.display().to_string(), |name| name.to_string_lossy().into_owned())
    }

    /// Whether a process runs in the folder.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        is_locked(&self.path)
    }

    /// What the run was made of.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The events in order, read as they are asked for. A last line that a killed process has not ended is left out.
    ///
    /// # Errors
    /// When the file cannot be read, or a line in it is no event.
    pub fn events(&self) -> Result<impl Iterator<Item = Result<Event>> + use<>> {
        let path = self.path.join(EVENTS);
        let lines = lines(&path)?;
        Ok(lines.enumerate().map(move |(number, line)| {
            let event = spec::from_json(line?.as_bytes());
            event.map_err(|problem| problem.of(format!("line {}", number + 1)).in_file(&path))
        }))
    }

    /// What was measured, in order, read as it is asked for: what is recorded of steps may be more than fits into memory. A last
    /// line that a killed process has not ended is left out.
    ///
    /// # Errors
    /// When the file cannot be read, or a line in it is no measured number.
    pub fn metrics(&self) -> Result<impl Iterator<Item = Result<MeasuredValue>> + use<>> {
        let path = self.path.join(METRICS);
        let lines = lines(&path)?;
        // The first line names the columns.
        Ok(lines.enumerate().skip(1).map(move |(number, line)| {
            let line = line?;
            metric(&line).ok_or_else(|| {
                Problem::from(format!("line {}: is no measured number: `{line}`", number + 1)).in_file(&path)
            })
        }))
    }

    /// The results of all phases; none where the run has not finished.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn results(&self) -> Result<Option<Vec<PhaseResult>>> {
        if !self.manifest.is_finished() {
            return Ok(None);
        }
        let path = self.path.join(RESULTS);
        let bytes = fs::read(&path).map_err(|error| Problem::from(error).of("cannot be read").in_file(&path))?;
        spec::from_json(&bytes).map(Some).map_err(|problem| problem.in_file(&path))
    }

    /// What an evaluation of a train phase measured under a name up to there, by epoch.
    ///
    /// # Errors
    /// When the file of metrics cannot be read.
    pub fn validated(&self, evaluation: &str, name: &str, until: &Until) -> Result<Vec<(usize, f64)>> {
        let (name, mut values) = (format!("{evaluation}.{name}"), Vec::new());
        for measured in self.metrics()? {
            let measured = measured?;
            let epoch = measured.epoch.filter(|epoch| *epoch < until.epochs);
            if let Some(epoch) = epoch.filter(|_| measured.phase == until.phase && measured.name == name) {
                values.push((epoch, measured.value));
            }
        }
        Ok(values)
    }

    /// Whether the run has come so far: the loss of an epoch is written behind all else of it.
    ///
    /// # Errors
    /// When the file of metrics cannot be read.
    pub fn has_reached(&self, until: &Until) -> Result<bool> {
        for measured in self.metrics()? {
            let measured = measured?;
            let is_behind = measured.epoch.is_some_and(|epoch| epoch + 1 >= until.epochs);
            if is_behind && measured.phase == until.phase && measured.step.is_none() && measured.name == "loss" {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What the predictions of eval phases tell, by the name of the phase; none of a run that has not finished, or is recorded
    /// [without a report](super::Records::without_report).
    ///
    /// # Errors
    /// When a file is damaged.
    pub fn analyses(&self) -> Result<Vec<PhaseAnalysis>> {
        let entries = fs::read_dir(self.path.join(ANALYSIS)).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        let read = |path: PathBuf| {
            let bytes = fs::read(&path).map_err(|error| Problem::from(error).of("cannot be read").in_file(&path))?;
            spec::from_json(&bytes).map_err(|problem| problem.in_file(&path))
        };
        files.into_iter().map(read).collect()
    }

    /// The files of predictions that are there, by name; those that are still being written are not.
    #[must_use]
    pub fn predictions(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path.join(PREDICTIONS)).into_iter().flatten().flatten();
        // A file that is being written stands beside its place, under a hidden name.
        let entries = entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
        files.sort();
        files
    }
}

/// The lines of a file that grows; the last one only where it has ended.
fn lines(path: &Path) -> Result<impl Iterator<Item = Result<String>> + use<>> {
    let failed = |error, path: &Path| Problem::from(error).of("cannot be read").in_file(path);
    let mut reader = BufReader::new(File::open(path).map_err(|error| failed(error, path))?);
    let path = path.to_owned();
    Ok(std::iter::from_fn(move || {
        let mut line = String::new();
        match reader.read_line(&mut line) {
            Ok(_) if line.ends_with('\n') => {
                line.pop();
                Some(Ok(line))
            }
            Ok(_) => None,
            Err(error) => Some(Err(failed(error, &path))),
        }
    }))
}

fn metric(line: &str) -> Option<MeasuredValue> {
    let mut fields = line.split(',');
    let (phase, epoch, name, value) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let number = |text: &str| if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) };
    let (epoch, value, step) = (number(epoch)?, value.parse().ok()?, number(fields.next()?)?);
    let (phase, name) = (phase.to_owned(), name.to_owned());
    fields.next().is_none().then_some(MeasuredValue { phase, epoch, name, value, step })
}
