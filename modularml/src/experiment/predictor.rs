//! A model for use: weights and fitted scalers, without data.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::binding::Scale;
use super::model::Model;
use super::node_value::NodeValue;
use super::one_row::OneRowPlan;
use super::predict::Predictions;
use super::session::Session;
use super::table::PredictionTable;
use crate::data::{Dynamic, OneRow, View};
use crate::graph::{Draws, ModelGraph, NodeHandle, NodeOutputs};
use crate::plan::phase::Plan;
use crate::spec::ExperimentSpec;
use crate::{Error, Result};

/// A model to be used: the weights and fitted scalers of a study, and nothing else of it: no rows, no optimizer, no splits.
///
/// Models that are made of rows hold what they need of these: `NearestNeighbours` all of them, `SupportVectors` and
/// `GaussianProcess` some.
///
/// Cloning shares everything, and many threads may predict at once. `Predictor<SohStudy>` is that of a declared study; one
/// that is known at run time only is a `Predictor`.
///
/// ```
/// use modularml::{layers::*, losses::*, metrics::*, prelude::*};
///
/// /// One pulse.
/// #[derive(SampleSchema)]
/// struct Pulse {
///     #[feat]
///     voltage: [f32; 2],
///     #[target]
///     soh: f32,
/// }
///
/// model_graph! {
///     #[optimizer(Adam::lr(1e-2))]
///     graph SohNet(pulse: Pulse) {
///         soh = Mlp::hidden([8])(pulse.voltage) -> pulse.soh;
///     }
/// }
///
/// experiment! {
///     experiment SohStudy for SohNet {
///         seed = 42;
///         split pulse = Random::ratios(train: 0.5, test: 0.5);
///         scale pulse.voltage = Standard fitted on train;
///         train regress { feed pulse = Batches::of(2)(train); loss = Mse(soh, pulse.soh); epochs = 1; }
///         eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
///     }
/// }
///
/// # let rows = (0..8u8).map(|row| Pulse { voltage: [3.0 + f32::from(row), 3.5], soh: f32::from(row) / 8.0 });
/// # let pulses = FeatureSet::from_rows(rows)?;
/// let mut study = SohStudy::new(pulses)?;
/// study.run()?;
/// let predictor = study.predictor()?;
/// // Targets of the row are not read.
/// let pulse = Pulse { voltage: [4.0, 3.5], soh: f32::NAN };
/// let soh = predictor.predict_one(&pulse)?.soh.number()?;
/// assert_eq!(soh, study.predict_one(&pulse)?.soh.number()?);
/// # Ok::<(), Error>(())
/// ```
pub struct Predictor<S = Dynamic> {
    fitted: Arc<Fitted>,
    one_row: Arc<OneRowPlan>,
    study: PhantomData<fn() -> S>,
}

/// What predictors share.
struct Fitted {
    plan: Arc<Plan>,
    draws: Draws,
    graph: ModelGraph,
    scales: Vec<Scale>,
}

impl Fitted {
    fn model(&self) -> Model<'_> {
        Model { plan: &self.plan, graph: &self.graph, scales: &self.scales }
    }
}

impl Session {
    /// The model as it is now: later steps do not change it.
    ///
    /// # Errors
    /// When a weight cannot be copied.
    pub fn predictor(&self) -> Result<Predictor> {
        let graph = self.graph.on_device(&self.graph.device_name())?;
        Ok(Predictor::of_parts(Arc::clone(&self.plan), self.draws, graph, self.scales.clone()))
    }

    /// What every node gives for one row of each input, which need not be in any FeatureSet: of features those are read, and
    /// checked against the schema, that nodes read. Targets are not read, so that outputs stay scaled whose scalers need
    /// the target of the row to be undone, such as `Absolute`.
    ///
    /// # Errors
    /// [`Error::Column`] with the column that is not as its schema declares, and when a node fails.
    pub fn predict_one(&self, row: &dyn OneRow) -> Result<NodeOutputs<NodeValue>> {
        let model = self.model();
        self.one_row.get_or_init(|| OneRowPlan::of(model, &all_nodes(model.plan))).run(model, row)
    }
}

/// The positions of all nodes.
fn all_nodes(plan: &Plan) -> Vec<usize> {
    (0..plan.spec.graph.nodes.len()).collect()
}

impl<S> Predictor<S> {
    /// Of parts that belong together.
    pub(crate) fn of_parts(plan: Arc<Plan>, draws: Draws, graph: ModelGraph, scales: Vec<Scale>) -> Self {
        let fitted = Fitted { plan, draws, graph, scales };
        let one_row = Arc::new(OneRowPlan::of(fitted.model(), &all_nodes(&fitted.plan)));
        Self { fitted: Arc::new(fitted), one_row, study: PhantomData }
    }

    /// The same model under the type of a study that has this description; for the macro.
    pub(crate) fn of_study<T>(self) -> Predictor<T> {
        Predictor { fitted: self.fitted, one_row: self.one_row, study: PhantomData }
    }

    /// The same model, of which [`predict_one`](Self::predict_one) computes some nodes alone, `[SohNet::NAMES.soh]`, and what
    /// they read: columns that only other nodes read are not looked at.
    ///
    /// # Errors
    /// When a node is none of this graph.
    pub fn only(&self, nodes: impl IntoIterator<Item = NodeHandle>) -> Result<Self> {
        let wanted = self.fitted.graph.positions(nodes)?;
        if wanted.is_empty() {
            return Err(Error::Data("no node is named whose output is wanted; name at least one".to_owned()));
        }
        let one_row = Arc::new(OneRowPlan::of(self.fitted.model(), &wanted));
        Ok(Self { fitted: Arc::clone(&self.fitted), one_row, study: PhantomData })
    }

    /// The description of the experiment that it was learned in.
    #[must_use]
    pub fn spec(&self) -> &ExperimentSpec {
        &self.fitted.plan.spec
    }

    /// The graph with its weights.
    #[must_use]
    pub fn graph(&self) -> &ModelGraph {
        &self.fitted.graph
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.fitted.plan
    }

    /// The seed and fold that it was learned under.
    pub(crate) fn draws(&self) -> Draws {
        self.fitted.draws
    }

    pub(crate) fn scales(&self) -> &[Scale] {
        &self.fitted.scales
    }

    /// What the nodes give for one row of each input, by position; a declared study has `predict_one`.
    ///
    /// # Errors
    /// As [`Session::predict_one`].
    pub fn values(&self, row: &dyn OneRow) -> Result<NodeOutputs<NodeValue>> {
        self.one_row.run(self.fitted.model(), row)
    }

    /// What every node gives for rows, as [`Session::predict`].
    ///
    /// # Errors
    /// As [`Session::predict`].
    pub fn outputs(&self, data: &[View]) -> Result<Predictions> {
        self.fitted.model().predict(data)
    }

    /// A table of what the graph gives for rows, as [`Session::prediction_table`].
    ///
    /// # Errors
    /// As [`Session::prediction_table`].
    pub fn prediction_table(&self, data: &[View]) -> Result<PredictionTable> {
        self.fitted.model().prediction_table(data)
    }
}

impl<S> Clone for Predictor<S> {
    fn clone(&self) -> Self {
        Self { fitted: Arc::clone(&self.fitted), one_row: Arc::clone(&self.one_row), study: PhantomData }
    }
}

impl<S> fmt::Debug for Predictor<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Predictor").field("name", &self.spec().name).finish_non_exhaustive()
    }
}
