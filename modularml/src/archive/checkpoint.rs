//! Checkpoints: a run in progress in one file, to go on from with the same bits.
//!
//! | entry | what it holds |
//! | --- | --- |
//! | `manifest.json` | format, its version, the version of this crate, and of the data a digest by input and column |
//! | `config.json` | the description of the experiment |
//! | `run.json` | how far the run is, and the states of its callbacks |
//! | `run.safetensors` | weights, optimizer states, gradients that were gathered, and what callbacks keep |
//!
//! The data is not in it, nor what is drawn or fitted again from it with the same bits: splits, scalers and batches.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use candle_core::Tensor;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::container;
use super::content::{Content, Entries};
use super::digests::{self, Digests, MANIFEST};
use super::{differences, in_config, in_manifest, json, take, tensors};
use crate::error::{FileFault, Problem};
use crate::experiment::{ExperimentSpec, Run, Session, State, Tree};
use crate::process::ByIds;
use crate::spec;
use crate::{Error, Result};

/// The format's name in the manifest.
const FORMAT: &str = "modularml checkpoint";
/// The version of the format that is written and read.
const VERSION: u64 = 1;

/// Digests of the data by input, then by column.
pub type Fingerprint = BTreeMap<String, BTreeMap<String, String>>;

/// What all checkpoints of a run are of; it is written down once.
#[derive(Clone)]
pub(crate) struct OfRun(Arc<Described>);

struct Described {
    config: Vec<u8>,
    data: Fingerprint,
}

impl OfRun {
    /// That of the runs of a session with this data.
    ///
    /// # Errors
    /// When the description cannot be written.
    pub(crate) fn new(session: &Session, data: Fingerprint) -> Result<Self> {
        let config = json(&ExperimentSpec { seed: session.seed(), ..session.spec().clone() })?;
        Ok(Self(Arc::new(Described { config, data })))
    }
}

/// A run where it was at one moment.
pub(crate) struct Checkpoint {
    of: OfRun,
    tree: Tree,
    tensors: BTreeMap<String, Tensor>,
    note: Json,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: String,
    version: u64,
    modularml: String,
    data: Fingerprint,
    /// What the writer of the checkpoint keeps beside the run.
    note: Json,
    digests: Digests,
}

impl Session {
    /// What identifies the data that the session is bound to.
    ///
    /// # Errors
    /// When a mapped file is no longer what was opened.
    pub(crate) fn fingerprint(&self) -> Result<Fingerprint> {
        let inputs = self.spec().graph.inputs.iter().zip(self.given());
        let mut all: Fingerprint =
            inputs.map(|(input, view)| Ok((input.name.to_owned(), view.fingerprint()?))).collect::<Result<_>>()?;
        for split in &self.spec().splits {
            // Lists of ids are data: the description has the names of their files alone.
            for (name, digest) in ByIds::digests(&split.splitter)? {
                all.entry(split.input.to_owned()).or_default().insert(format!(".ids of {name}"), digest);
            }
        }
        Ok(all)
    }
}

impl Checkpoint {
    /// A copy of a run, which later steps do not change.
    ///
    /// # Errors
    /// When the run has failed, or a tensor cannot be copied.
    pub(crate) fn of(run: &Run<'_>, of: OfRun, note: Json) -> Result<Self> {
        let (tree, tensors) = run.state()?.into_tree();
        Ok(Self { of, tree, tensors, note })
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write(self, path: &Path) -> Result<()> {
        let Self { of: OfRun(of), tree, tensors, note } = self;
        let in_file = |error: Error| Problem::from(error).in_file(path);
        let contents = BTreeMap::from([
            ("config.json".to_owned(), Content::Bytes(of.config.clone())),
            ("run.json".to_owned(), Content::Bytes(json(&tree).map_err(in_file)?)),
            ("run.safetensors".to_owned(), Content::Tensors(tensors)),
        ]);
        container::write(path, &contents, |digests| {
            json(&Manifest {
                format: FORMAT.to_owned(),
                version: VERSION,
                modularml: env!("CARGO_PKG_VERSION").to_owned(),
                data: of.data.clone(),
                note,
                digests,
            })
        })
    }

    /// Reads one.
    ///
    /// # Errors
    /// When the file is damaged, or no checkpoint of this version.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        Self::of_entries(container::read(path)?).map_err(|problem| problem.in_file(path))
    }

    fn of_entries(mut entries: Entries) -> Result<Self, Problem> {
        let manifest: Json = entries
            .get(MANIFEST)
            .map(|manifest| spec::from_json(manifest))
            .transpose()
            .map_err(in_manifest)?
            .ok_or("has no entry `manifest.json`; is it a checkpoint?")?;
        check_version(&manifest)?;
        digests::check(&manifest, &entries, |_| true)?;
        let Manifest { data, note, .. } = spec::from_json(&take(&mut entries, MANIFEST)?).map_err(in_manifest)?;
        let tree =
            spec::from_json(&take(&mut entries, "run.json")?).map_err(|problem| problem.of("entry `run.json`"))?;
        let bytes = take(&mut entries, "run.safetensors")?;
        let tensors = tensors::from_bytes(&bytes).map_err(|problem| problem.of("entry `run.safetensors`"))?;
        let of = OfRun(Arc::new(Described { config: take(&mut entries, "config.json")?, data }));
        Ok(Self { of, tree, tensors, note })
    }

    /// What the writer kept beside the run.
    pub(crate) fn note(&self) -> &Json {
        &self.note
    }

    /// Rule: it is of the experiment and of the data of a session.
    ///
    /// # Errors
    /// The first differences.
    pub(crate) fn check(&self, session: &Session, data: &Fingerprint) -> Result<(), Problem> {
        same_description(&self.of.0.config, session)?;
        same_data(&self.of.0.data, data)
    }

    /// The state of the run.
    ///
    /// # Errors
    /// When tensors belong to no part of it.
    pub(crate) fn into_state(self) -> Result<State> {
        State::of_tree(self.tree, self.tensors)
    }
}

/// Rule: a run was of the description of a session.
///
/// # Errors
/// The first differences.
pub(crate) fn same_description(then: &[u8], session: &Session) -> Result<(), Problem> {
    let declared = ExperimentSpec { seed: session.seed(), ..session.spec().clone() };
    let found = differences::differences(then, &declared).map_err(in_config)?;
    if found.is_empty() {
        return Ok(());
    }
    let found_text = found.join("; ");
    let text = format!("is of another experiment: {found_text}; resume what was declared then, or begin a new run");
    Err(Problem { fault: FileFault::OtherExperiment { differences: found }, text })
}

/// Rule: a run was of this data.
///
/// # Errors
/// The columns that differ.
pub(crate) fn same_data(then: &Fingerprint, now: &Fingerprint) -> Result<(), Problem> {
    let inputs: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    let mut changed = Vec::new();
    for input in inputs {
        let none = BTreeMap::new();
        let (then, now) = (then.get(input).unwrap_or(&none), now.get(input).unwrap_or(&none));
        let columns: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
        changed.extend(columns.into_iter().filter(|column| then.get(*column) != now.get(*column)).map(|column| {
            let column = column.trim_start_matches('.');
            format!("{input}.{column}")
        }));
    }
    if changed.is_empty() {
        return Ok(());
    }
    let changed = changed.join(", ");
    Err(format!("is of other data: {changed} have changed; give it the data that the run began with").into())
}

fn check_version(manifest: &Json) -> Result<(), Problem> {
    let text = |key: &str| manifest.get(key).and_then(Json::as_str).unwrap_or("unknown").to_owned();
    if text("format") != FORMAT {
        return Err(format!("is of format `{}`; a checkpoint is `{FORMAT}`", text("format")).into());
    }
    let found = manifest.get("version").and_then(Json::as_u64);
    if found == Some(VERSION) {
        return Ok(());
    }
    let text = format!(
        "was written by modularml {} in another version of the format; resume it with that one",
        text("modularml")
    );
    Err(Problem { fault: FileFault::Version { found, read: VERSION }, text })
}
