//! The optimizers of an experiment: one for the graph and one for each node that has its own.
//!
//! They live as long as the experiment, and keep their state by the names of parameters, so that moments survive when
//! a phase freezes a node. Parameters of half precision are changed by way of f32 copies.

use std::collections::BTreeMap;

use candle_core::{Tensor, Var};

use super::masters::Masters;
use crate::graph::{Change, GraphSpec, ModelGraph, Optimizer, OptimizerSpec};
use crate::spec::Value;
use crate::text::{Name, intern};
use crate::{Error, Result};

/// All optimizers of an experiment.
pub(crate) struct Optimizers {
    sites: Vec<Site>,
    /// By node, the position of its optimizer.
    of_node: Vec<Option<usize>>,
    masters: Masters,
    /// What the rates that they were declared with are multiplied by.
    factor: f64,
}

/// Where the states of optimizers have the f32 copies of parameters.
const MASTERS: &str = "master";

struct Site {
    /// `graph`, or `node.` and the name of the node that has its own.
    name: String,
    spec: OptimizerSpec,
    running: Box<dyn Optimizer>,
}

impl Site {
    /// What the rate is multiplied by from layer to layer, where it differs.
    fn rate_by_depth(&self) -> Option<f64> {
        match self.spec.settings.get("rate_by_depth") {
            Value::Float(factor) if (factor - 1.0).abs() > 0.0 => Some(factor),
            _ => None,
        }
    }
}

/// A parameter that changes.
pub(crate) struct Changing<'a> {
    /// The position of its optimizer.
    pub site: usize,
    /// How many layers stand behind it on the longest way to an output.
    pub depth: usize,
    pub change: Change<'a>,
}

/// The states of all optimizers, by site and then by the optimizer's own names.
pub(crate) type OptimizerStates = BTreeMap<String, BTreeMap<String, Tensor>>;

impl Optimizers {
    /// The optimizers that a graph declares, each with an empty state.
    pub(crate) fn new(graph: &GraphSpec) -> Result<Self> {
        let mut sites = Vec::new();
        let mut site = |name: String, spec: OptimizerSpec| {
            sites.push(Site { name, spec, running: spec.build()? });
            Ok(sites.len() - 1)
        };
        let whole = graph.optimizer.map(|spec| site("graph".to_owned(), spec)).transpose()?;
        let of_node = graph.nodes.iter().map(|node| match node.optimizer {
            Some(own) => site(format!("node.{}", node.name), own.optimizer).map(Some),
            None => Ok(whole),
        });
        let of_node = of_node.collect::<Result<_>>()?;
        Ok(Self { sites, of_node, masters: Masters::default(), factor: 1.0 })
    }

    /// The position of a node's optimizer.
    pub(crate) fn of_node(&self, node: usize) -> Option<usize> {
        self.of_node.get(node).copied().flatten()
    }

    /// Changes parameters along their gradients, each by its optimizer, at the rate of its depth.
    pub(crate) fn step(&mut self, changes: &[Changing<'_>]) -> Result<()> {
        let parameters = changes.iter().map(|it| self.masters.of(it.change.name, it.change.parameter));
        let parameters: Vec<Var> = parameters.collect::<Result<_>>()?;
        for (position, site) in self.sites.iter_mut().enumerate() {
            let own = changes.iter().zip(&parameters).filter(|(it, _)| it.site == position);
            let by_depth = site.rate_by_depth();
            let mut groups: BTreeMap<usize, Vec<Change<'_>>> = BTreeMap::new();
            for (Changing { depth, change, .. }, parameter) in own {
                let group = groups.entry(by_depth.map_or(0, |_| *depth)).or_default();
                group.push(Change { parameter, ..*change });
            }
            for (depth, group) in &groups {
                if let Some(by_depth) = by_depth {
                    site.running.scale_rate(self.factor * by_depth.powi(i32::try_from(*depth).unwrap_or(i32::MAX)));
                }
                site.running.step(group)?;
            }
            if by_depth.is_some() {
                site.running.scale_rate(self.factor);
            }
        }
        changes.iter().try_for_each(|it| self.masters.round(it.change.name, it.change.parameter))
    }

    /// Multiplies the learning rates that the optimizers were declared with.
    pub(crate) fn scale_rates(&mut self, factor: f64) {
        self.factor = factor;
        for site in &mut self.sites {
            site.running.scale_rate(factor);
        }
    }

    /// The learning rates of the last change, of those that have one, each that of the layer before an output: by position, with the name of the site behind
    /// `learning_rate`.
    pub(crate) fn rates(&self) -> impl Iterator<Item = (usize, Name, f64)> {
        self.sites.iter().enumerate().filter_map(|(position, site)| match site.spec.settings.get("lr") {
            Value::Float(lr) => Some((position, intern(&format!("learning_rate.{}", site.name)), lr * self.factor)),
            _ => None,
        })
    }

    /// Sets the momentum of those that have one, or gives them back their own where none is given.
    pub(crate) fn set_momentum(&mut self, momentum: Option<f64>) {
        for site in &mut self.sites {
            site.running.set_momentum(momentum);
        }
    }

    /// The optimizers of these sites with their learning rates, for messages: "Adam, lr 0.001".
    pub(crate) fn describe(&self, used: &[usize]) -> String {
        let used = self.sites.iter().enumerate().filter(|(index, _)| used.contains(index));
        let texts = used.map(|(_, site)| match site.spec.settings.get("lr") {
            Value::Float(lr) => format!("{}, lr {lr}", site.spec.name),
            _ => site.spec.name.to_owned(),
        });
        texts.collect::<Vec<_>>().join("; ")
    }

    /// The names of the states: `graph`, `node.` with the name of each node that has its own optimizer, and `master`.
    pub(crate) fn sites(&self) -> impl Iterator<Item = &str> {
        self.sites.iter().map(|site| site.name.as_str()).chain([MASTERS])
    }

    /// A copy of all states.
    pub(crate) fn states(&self) -> Result<OptimizerStates> {
        let states = self.sites.iter().map(|site| Ok((site.name.clone(), site.running.state()?)));
        states.chain([Ok((MASTERS.to_owned(), self.masters.state()?))]).collect()
    }

    /// Takes over saved states, for the parameters of a graph and on its device.
    ///
    /// # Errors
    /// When the sites are not those of this graph, or a state does not fit.
    pub(crate) fn set_states(&mut self, states: &OptimizerStates, graph: &ModelGraph) -> Result<()> {
        if let Some(foreign) = states.keys().find(|name| !self.sites().any(|site| site == *name)) {
            return Err(Error::Data(format!("a state for optimizer `{foreign}`, which the graph does not declare")));
        }
        let masters = states.get(MASTERS).map(|copies| Masters::read(copies, graph)).transpose()?;
        self.masters = masters.unwrap_or_default();
        for site in &mut self.sites {
            match states.get(&site.name) {
                Some(state) => {
                    let moved = state.iter().map(|(name, tensor)| Ok((name.clone(), graph.here(tensor)?)));
                    site.running.set_state(&moved.collect::<Result<_>>()?)?;
                }
                None => return Err(Error::Data(format!("no state for optimizer `{}`", site.name))),
            }
        }
        Ok(())
    }
}
