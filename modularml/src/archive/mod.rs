//! Saving and loading: one `.mml` file, a zip of standard formats that other tools read too.
//!
//! | entry | what it holds |
//! | --- | --- |
//! | `manifest.json` | format, its version, and the version of this crate |
//! | `config.json` | the description of the experiment: components by name and settings |
//! | `weights.safetensors` | the parameters and what was fitted, by full names |
//! | `optimizers.safetensors` | the optimizers' states, and the f32 copies of parameters of half precision |
//! | `scalers.safetensors` | what the scalers learned, in f64 |
//! | `splits.safetensors` | the rows of each split |
//! | `data/<input>.arrow` | the rows of each input with their ids, as an Arrow IPC file |
//!
//! A file of a model alone (`"holds": "model"` in the manifest) has the first three of these entries and the scalers.
//!
//! Loading runs no code from the file and trusts no length in it. The manifest lists the SHA-256 of every other entry, and
//! what a description asks for beyond what the file holds is limited ([`Registry::memory_factor`]).
//!
//! The descriptions serialise themselves (`spec/`). What a file lacks and what it has more:
//!
//! - A field or a setting that is missing in the file takes its default.
//! - A field, setting, component or entry that is not known here is refused by its name.
//! - A file of another version of the format is refused.

pub(crate) mod checkpoint;
mod container;
mod content;
mod differences;
mod digests;
mod limits;
mod model;
pub(crate) mod tensors;
#[cfg(test)]
mod tests;
mod weights;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use self::content::{Content, Entries};
use self::digests::MANIFEST;
use self::limits::Limits;
use self::tensors::Named;
use crate::data::{Reader, View, ipc};
use crate::error::{FileFault, Problem};
use crate::experiment::{ExperimentSpec, OptimizerStates, Scale, Session, Split, bound, checked};
use crate::graph::files::Files;
use crate::graph::{Alignment, Draws};
use crate::plan::phase::{Plan, SplitPlan};
use crate::process::FittedChain;
use crate::spec::{self, Registry};
use crate::{Error, Result};

/// The format's name in the manifest.
const FORMAT: &str = "modularml";
/// The version of the format that is written, and the only one that is read. It changes where a file would be read with
/// another meaning than it was written with; a setting or field more is no new version.
const VERSION: u64 = 2;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: String,
    version: u64,
    modularml: String,
    /// The fold of a cross-validation; 0 outside of one.
    #[serde(default)]
    fold: u32,
    /// By phase, how many epochs have been drawn.
    #[serde(default)]
    drawn: Vec<usize>,
    /// What of the experiment is in the file.
    #[serde(default, skip_serializing_if = "Holds::is_everything")]
    holds: Holds,
    /// The SHA-256 of every other entry.
    digests: BTreeMap<String, String>,
}

/// What of an experiment a file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Holds {
    /// All of it, so that it can go on.
    #[default]
    Everything,
    /// What predicts: description, weights and scalers.
    Model,
}

impl Holds {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    const fn is_everything(&self) -> bool {
        matches!(self, Self::Everything)
    }
}

impl Session {
    /// Saves everything to one file: description, weights, optimizer states, scalers, splits and data. A file of that
    /// name is replaced, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let contents = self.contents().map_err(|error| Problem::from(error).in_file(path))?;
        container::write(path, &contents, |digests| {
            json(&Manifest {
                format: FORMAT.to_owned(),
                version: VERSION,
                modularml: env!("CARGO_PKG_VERSION").to_owned(),
                fold: self.fold(),
                drawn: self.drawn.clone(),
                holds: Holds::Everything,
                digests,
            })
        })
    }

    /// Loads a saved experiment with the components of a registry. It goes on where it was saved, and predicts the same
    /// bits.
    ///
    /// # Errors
    /// When the file is damaged, of another version, or names a component that is not registered.
    pub fn load(path: impl AsRef<Path>, registry: &Registry) -> Result<Self> {
        let path = path.as_ref();
        let mut saved = Saved::open(path)?;
        saved.experiment(registry).map_err(|problem| problem.in_file(path))
    }

    /// Loads what was saved into a declared experiment.
    ///
    /// # Errors
    /// As [`Session::load`], and when the file holds another experiment; the message names the first differences.
    pub fn load_into(spec: ExperimentSpec, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut saved = Saved::open(path)?;
        saved.experiment_as(spec).map_err(|problem| problem.in_file(path))
    }

    fn contents(&self) -> Result<BTreeMap<String, Content>> {
        let config = json(&ExperimentSpec { seed: self.seed(), ..self.spec().clone() })?;
        let mut optimizers = Named::new();
        for (site, state) in self.optimizers.states()? {
            optimizers.extend(state.into_iter().map(|(name, tensor)| (format!("{site}/{name}"), tensor)));
        }
        let mut contents = BTreeMap::from([
            ("config.json".to_owned(), Content::Bytes(config)),
            ("weights.safetensors".to_owned(), Content::Tensors(self.graph.state()?)),
            ("optimizers.safetensors".to_owned(), Content::Tensors(optimizers)),
            ("scalers.safetensors".to_owned(), Content::Tensors(scaler_tensors(&self.scales)?)),
            ("splits.safetensors".to_owned(), Content::Tensors(self.split_tensors()?)),
        ]);
        for (input, view) in self.spec().graph.inputs.iter().zip(&self.data) {
            let rows = self.without_scaled_forms(input.name, &view.to_arrow()?)?;
            let rows = ipc::to_bytes(&rows).map_err(|problem| Error::Data(problem.text))?;
            contents.insert(data_entry(input.name), Content::Bytes(rows));
        }
        Ok(contents)
    }

    /// The rows without what the scalers compute again.
    fn without_scaled_forms(&self, input: &str, rows: &RecordBatch) -> Result<RecordBatch> {
        let scaled = |name: &str| {
            let of_input = self.spec().scales.iter().filter(|scale| scale.input == input);
            of_input.into_iter().any(|scale| name.ends_with(&format!(".{}.transformed", scale.column)))
        };
        let fields = rows.schema();
        let kept = fields.fields().iter().enumerate().filter(|(_, field)| !scaled(field.name()));
        let kept: Vec<usize> = kept.map(|(index, _)| index).collect();
        rows.project(&kept).map_err(|error| Error::Data(error.to_string()))
    }

    fn split_tensors(&self) -> Result<Named> {
        let mut splits = Named::new();
        for split in &self.splits {
            let input = self.spec().graph.inputs.items().get(split.input).map_or("", |input| input.name);
            let name = split_name(input, split.name);
            tensors::put_rows(&mut splits, name, &split.positions).map_err(|error| Error::Data(error.to_string()))?;
        }
        Ok(splits)
    }
}

/// What the scalers of an experiment have learned.
fn scaler_tensors(scales: &[Scale]) -> Result<Named> {
    let mut all = Named::new();
    for (statement, fitted) in scales.iter().enumerate() {
        for (scaler, state) in fitted.chain.state().iter().enumerate() {
            for (part, numbers) in state.iter().enumerate() {
                let name = state_name(statement, scaler, part);
                tensors::put_numbers(&mut all, name, numbers).map_err(|error| Error::Data(error.to_string()))?;
            }
        }
    }
    Ok(all)
}

/// An opened file whose entries are taken one by one.
struct Saved {
    entries: Entries,
    /// The bytes of all entries.
    size: usize,
    /// The description as JSON.
    config: Vec<u8>,
    fold: u32,
    drawn: Vec<usize>,
    holds: Holds,
}

impl Saved {
    fn open(path: &Path) -> Result<Self> {
        let entries = container::read(path)?;
        Self::checked(entries, |_| true).map_err(|problem| problem.in_file(path))
    }

    /// Of entries that are those which were saved, as far as they are wanted.
    fn checked(entries: Entries, is_wanted: fn(&str) -> bool) -> Result<Self, Problem> {
        let manifest =
            entries.get(MANIFEST).map(|manifest| spec::from_json(manifest)).transpose().map_err(in_manifest)?;
        if let Some(manifest) = manifest {
            check_version(&manifest)?;
            digests::check(&manifest, &entries, is_wanted)?;
        }
        Self::from_entries(entries)
    }

    fn from_entries(mut entries: Entries) -> Result<Self, Problem> {
        let size = entries.values().map(Vec::len).sum();
        let manifest = take(&mut entries, MANIFEST)?;
        check_version(&spec::from_json(&manifest).map_err(in_manifest)?)?;
        let Manifest { fold, drawn, holds, .. } = spec::from_json(&manifest).map_err(in_manifest)?;
        let config = take(&mut entries, "config.json")?;
        Ok(Self { entries, size, config, fold, drawn, holds })
    }

    /// The experiment with the components of a registry.
    fn experiment(&mut self, registry: &Registry) -> Result<Session, Problem> {
        self.check_everything()?;
        let (plan, limits) = self.plan(registry)?;
        self.bind(plan, Some(limits))
    }

    /// The declared experiment, when the file holds that one.
    fn experiment_as(&mut self, spec: ExperimentSpec) -> Result<Session, Problem> {
        self.check_everything()?;
        let plan = self.plan_as(spec)?;
        // The declaration itself says how large everything is.
        self.bind(plan, None)
    }

    /// Rule: what an experiment goes on with is there.
    fn check_everything(&self) -> Result<(), Problem> {
        match self.holds {
            Holds::Everything => Ok(()),
            Holds::Model => Err(Problem {
                fault: FileFault::ModelAlone,
                text: "holds a model alone, without data, splits and optimizers, so that no study can go on with it; load it by \
                       Predictor::<S>::load with the study as S, or by Predictor::load_with"
                    .to_owned(),
            }),
        }
    }

    /// The plan of what the file describes, and what it may ask for.
    fn plan(&self, registry: &Registry) -> Result<(Plan, Limits), Problem> {
        let spec = spec::read(registry, &self.config).map_err(in_config)?;
        Ok((checked(spec)?, Limits::of(self.size, registry.memory_factor)))
    }

    /// The plan of the declared experiment, when the file holds that one.
    fn plan_as(&self, spec: ExperimentSpec) -> Result<Plan, Problem> {
        let plan = checked(spec)?;
        let found = differences::differences(&self.config, &plan.spec).map_err(in_config)?;
        if !found.is_empty() {
            let text = format!(
                "holds another experiment: {}; change the declaration, or load the file as it is by Session::load",
                found.join("; ")
            );
            return Err(Problem { fault: FileFault::OtherExperiment { differences: found }, text });
        }
        Ok(plan)
    }

    /// Gives a checked description the saved data and states.
    fn bind(&mut self, plan: Plan, limits: Option<Limits>) -> Result<Session, Problem> {
        let spec = &plan.spec;
        let weights = self.tensors("weights.safetensors")?;
        let optimizers = self.tensors("optimizers.safetensors")?;
        if let Some(limits) = limits {
            limits.check(&plan, &weights)?;
        }
        let data = self.data(spec, limits)?;
        let splits = self.splits(&plan, &data)?;
        let scales = self.scales(&plan)?;
        self.none_left()?;
        let aligned = Alignment::all(&spec.graph, &data)?;
        let draws = Draws { seed: plan.spec.seed, fold: self.fold };
        let files = Files::of(&plan.spec.graph, &weights);
        let from_parts = || Session::from_parts(Arc::new(plan), draws, data, aligned, splits, scales);
        let mut experiment = files.during(from_parts)?;
        if !self.drawn.is_empty() {
            let (found, expected) = (self.drawn.len(), experiment.drawn.len());
            if found != expected {
                return Err(format!("tells drawn epochs of {found} phases, of which there are {expected}").into());
            }
            experiment.drawn.clone_from(&self.drawn);
        }
        experiment.graph.set_state(&weights)?;
        let optimizers = by_site(optimizers, &experiment)?;
        experiment.optimizers.set_states(&optimizers, &experiment.graph)?;
        Ok(experiment)
    }

    /// Rule: every entry was taken.
    fn none_left(&self) -> Result<(), Problem> {
        match self.entries.keys().next() {
            Some(unknown) => Err(format!("has an entry `{unknown}` that does not belong there").into()),
            None => Ok(()),
        }
    }

    fn tensors(&mut self, entry: &str) -> Result<Named, Problem> {
        let bytes = take(&mut self.entries, entry)?;
        tensors::from_bytes(&bytes).map_err(|problem| problem.of(format_args!("entry `{entry}`")))
    }

    fn data(&mut self, spec: &ExperimentSpec, limits: Option<Limits>) -> Result<Vec<View>, Problem> {
        let (mut data, mut padded) = (Vec::new(), 0);
        for input in &spec.graph.inputs {
            let entry = data_entry(input.name);
            let bytes = take(&mut self.entries, &entry)?;
            let in_entry = |problem: Problem| problem.of(format_args!("entry `{entry}`"));
            let batches = ipc::batches(bytes).map_err(in_entry)?;
            let rows = batches.iter().map(RecordBatch::num_rows).sum();
            for column in input.schema.columns.iter().filter(|column| column.sequence.is_some()) {
                if let Some(limits) = limits {
                    padded = limits.check_padding(padded, column, rows).map_err(in_entry)?;
                }
            }
            let rows = Reader::with_schema(input.schema).batches(batches).map_err(|error| in_entry(error.into()))?;
            data.push(rows.view());
        }
        Ok(bound(&spec.graph, data)?)
    }

    fn splits(&mut self, plan: &Plan, data: &[View]) -> Result<Vec<Split>, Problem> {
        let mut saved = self.tensors("splits.safetensors")?;
        let mut splits = Vec::new();
        for &SplitPlan { input, name } in &plan.splits {
            let rows = data.get(input).map_or(0, View::len);
            let owner = plan.spec.graph.inputs.items().get(input).map_or("", |input| input.name);
            let key = split_name(owner, name);
            let positions = tensors::rows(&saved, &key)?;
            saved.remove(&key);
            if positions.is_empty() || positions.iter().any(|&position| position as usize >= rows) {
                let problem = format!("split `{key}` is empty or has rows that are not among the {rows} of its input");
                return Err(problem.into());
            }
            splits.push(Split { input, name, positions });
        }
        none_left(&saved, "splits.safetensors")?;
        Ok(splits)
    }

    fn scales(&mut self, plan: &Plan) -> Result<Vec<Scale>, Problem> {
        let mut saved = self.tensors("scalers.safetensors")?;
        let mut scales = Vec::new();
        for (statement, (scale, input)) in
            plan.spec.scales.iter().zip(plan.scales.iter().map(|scale| scale.input)).enumerate()
        {
            let mut states = Vec::new();
            for scaler in 0..scale.scalers.len() {
                let mut state = Vec::new();
                while saved.contains_key(&state_name(statement, scaler, state.len())) {
                    let name = state_name(statement, scaler, state.len());
                    state.push(tensors::numbers(&saved, &name)?);
                    saved.remove(&name);
                }
                states.push(state);
            }
            let column = plan.spec.graph.inputs.items().get(input).and_then(|it| it.schema.column(scale.column));
            let column = column.ok_or_else(|| format!("`{}` has no column `{}`", scale.input, scale.column))?;
            scales.push(Scale { input, chain: FittedChain::restore_of(scale.scalers.items(), column, &states)? });
        }
        none_left(&saved, "scalers.safetensors")?;
        Ok(scales)
    }
}

/// Sorts the states of optimizers by site: entries are called `graph/..` and `node.encoder/..`.
fn by_site(states: Named, experiment: &Session) -> Result<OptimizerStates, Problem> {
    let mut by_site: OptimizerStates =
        experiment.optimizers.sites().map(|site| (site.to_owned(), BTreeMap::new())).collect();
    for (name, tensor) in states {
        let (site, rest) = name.split_once('/').ok_or_else(|| format!("`{name}` names no optimizer"))?;
        let site = by_site.get_mut(site).ok_or_else(|| format!("`{name}` belongs to no declared optimizer"))?;
        site.insert(rest.to_owned(), tensor);
    }
    Ok(by_site)
}

fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec_pretty(value).map_err(|error| Error::Data(error.to_string()))
}

/// Rule: the file is of the format and version that is read here. A newer manifest may hold what is not known here, so
/// this comes before anything else in it.
fn check_version(manifest: &Json) -> Result<(), Problem> {
    let text = |key: &str| manifest.get(key).and_then(Json::as_str).unwrap_or("unknown");
    let (format, writer, ours) = (text("format"), text("modularml"), env!("CARGO_PKG_VERSION"));
    if format != FORMAT {
        return Err(format!("is of format `{format}`; modularml {ours} reads `{FORMAT}`").into());
    }
    let is = format!("written by modularml {writer}; this is modularml {ours}, which reads version {VERSION}");
    let found = manifest.get("version").and_then(Json::as_u64);
    let text = match found {
        Some(VERSION) => return Ok(()),
        Some(version) if version > VERSION => {
            format!("is of version {version} of the format, a newer one, {is}; load it with a newer modularml")
        }
        Some(version) => format!(
            "is of version {version} of the format, an older one that is no longer read, {is}; load it with the modularml \
             that wrote it, or run the experiment again"
        ),
        None => format!("does not say of which version of the format it is, {is}"),
    };
    Err(Problem { fault: FileFault::Version { found, read: VERSION }, text })
}

fn in_manifest(problem: Problem) -> Problem {
    problem.of("entry `manifest.json`")
}

fn in_config(problem: Problem) -> Problem {
    problem.of("entry `config.json`")
}

fn take(entries: &mut Entries, entry: &str) -> Result<Vec<u8>, Problem> {
    entries.remove(entry).ok_or_else(|| format!("has no entry `{entry}`; is it an .mml file?").into())
}

fn none_left(saved: &Named, entry: &str) -> Result<(), Problem> {
    match saved.keys().next() {
        Some(name) => Err(format!("entry `{entry}` holds `{name}`, which nothing declares").into()),
        None => Ok(()),
    }
}

fn data_entry(input: &str) -> String {
    format!("data/{input}.arrow")
}

fn split_name(input: &str, split: &str) -> String {
    format!("{input}.{split}")
}

fn state_name(statement: usize, scaler: usize, part: usize) -> String {
    format!("{statement}.{scaler}.{part}")
}
