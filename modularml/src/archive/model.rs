//! Files of a model alone: what predicts, without data, splits and optimizers.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::content::Content;
use super::digests::MANIFEST;
use super::limits::Limits;
use super::{FORMAT, Holds, Manifest, Saved, VERSION, container, json, scaler_tensors};
use crate::Result;
use crate::error::Problem;
use crate::experiment::{ExperimentSpec, Predictor, Scale, Session};
use crate::graph::{Draws, ModelGraph};
use crate::plan::phase::Plan;
use crate::spec::Registry;

/// The entries that predict; those of a whole study are left where they are.
const ENTRIES: [&str; 4] = [MANIFEST, "config.json", "weights.safetensors", "scalers.safetensors"];

impl Session {
    /// Saves the model alone: description, weights and scalers, without data, splits and optimizers. A file of that name
    /// is replaced, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save_model(&self, path: impl AsRef<Path>) -> Result<()> {
        let draws = Draws { seed: self.seed(), fold: self.fold() };
        write(path.as_ref(), (self.spec(), draws), self.graph(), &self.scales)
    }
}

impl<S> Predictor<S> {
    /// Saves the model, as the `save_model` of a study does.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        write(path.as_ref(), (self.spec(), self.draws()), self.graph(), self.scales())
    }
}

impl Predictor {
    /// Loads the model of any study with the components of a registry: of a file of `save_model`, or of the model alone in
    /// a file of `save`, whose data and optimizers are not read.
    ///
    /// # Errors
    /// When the file is damaged, of another version, or names a component that is not registered.
    pub fn load_with(path: impl AsRef<Path>, registry: &Registry) -> Result<Self> {
        let path = path.as_ref();
        let mut saved = Saved::open_model(path)?;
        let model = saved.plan(registry).and_then(|(plan, limits)| saved.predictor(plan, Some(limits)));
        model.map_err(|problem| problem.in_file(path))
    }

    /// Loads the model of a declared study.
    ///
    /// # Errors
    /// As [`load_with`](Self::load_with), and when the file holds another experiment.
    pub(crate) fn load_into(spec: ExperimentSpec, path: &Path) -> Result<Self> {
        let mut saved = Saved::open_model(path)?;
        let model = saved.plan_as(spec).and_then(|plan| saved.predictor(plan, None));
        model.map_err(|problem| problem.in_file(path))
    }
}

/// Writes a model that was learned under a seed and in a fold.
fn write(path: &Path, (spec, draws): (&ExperimentSpec, Draws), graph: &ModelGraph, scales: &[Scale]) -> Result<()> {
    let contents = || {
        Ok::<_, crate::Error>(BTreeMap::from([
            ("config.json".to_owned(), Content::Bytes(json(&ExperimentSpec { seed: draws.seed, ..spec.clone() })?)),
            ("weights.safetensors".to_owned(), Content::Tensors(graph.state()?)),
            ("scalers.safetensors".to_owned(), Content::Tensors(scaler_tensors(scales)?)),
        ]))
    };
    let contents = contents().map_err(|error| Problem::from(error).in_file(path))?;
    container::write(path, &contents, |digests| {
        json(&Manifest {
            format: FORMAT.to_owned(),
            version: VERSION,
            modularml: env!("CARGO_PKG_VERSION").to_owned(),
            fold: draws.fold,
            drawn: Vec::new(),
            holds: Holds::Model,
            digests,
        })
    })
}

impl Saved {
    /// A file of which the model alone is read.
    fn open_model(path: &Path) -> Result<Self> {
        let is_wanted = |name: &str| ENTRIES.contains(&name);
        let entries = container::read_wanted(path, is_wanted)?;
        Self::checked(entries, is_wanted).map_err(|problem| problem.in_file(path))
    }

    /// Gives a checked description the saved weights and scalers.
    fn predictor(&mut self, plan: Plan, limits: Option<Limits>) -> Result<Predictor, Problem> {
        let weights = self.tensors("weights.safetensors")?;
        if let Some(limits) = limits {
            limits.check(&plan, &weights)?;
        }
        let scales = self.scales(&plan)?;
        self.none_left()?;
        let draws = Draws { seed: plan.spec.seed, fold: self.fold };
        let mut graph = ModelGraph::of_wiring(Arc::clone(&plan.wiring), plan.spec.graph.clone(), draws)?;
        graph.set_state(&weights)?;
        Ok(Predictor::of_parts(Arc::new(plan), draws, graph, scales))
    }
}
