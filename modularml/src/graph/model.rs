//! The running graph: the one engine under macros, builder and files.

mod onnx;
mod outputs;
mod read;
mod source;
mod state;

use std::sync::Arc;

use candle_core::{DType, Device, DeviceLocation, Tensor, Var};

pub use outputs::Outputs;
use read::{Numbers, Read};
pub use source::ColumnSource;

use super::device;
use super::files::{Files, MODEL};
use super::kernel::device::on_cpu;
use super::layer::{FitRows, Layer, LayerBuild, Learns, Mode, OnPadding, lookups, padded};
use super::mask::Mask;
use crate::error::At as _;
use crate::plan::lookup::{input_named, row_source, target_column};
use crate::plan::wiring::{Link, Wiring};
use crate::random::{Place, Purpose, Rng};
use crate::source_line::SourceLine;
use crate::spec::{GraphSpec, NodeSpec, ShapeRule};
use crate::text::Name;
use crate::{Error, Result};

/// A graph with its weights.
pub struct ModelGraph {
    spec: GraphSpec,
    wiring: Arc<Wiring>,
    draws: Draws,
    device: Device,
    /// By position in the order of declaration.
    nodes: Vec<Node>,
}

/// Where initial weights are drawn from.
#[derive(Clone, Copy)]
pub(crate) struct Draws {
    pub(crate) seed: u64,
    /// The fold of a cross-validation; 0 outside of one.
    pub(crate) fold: u32,
}

struct Node {
    name: Name,
    line: SourceLine,
    layer: Box<dyn Layer>,
    padding: OnPadding,
    /// Whether some of what it reads may be padding.
    reads_padding: bool,
    reads: Vec<Read>,
    target: Option<(usize, Name)>,
    /// The input that says what its rows weigh.
    weighed_as: usize,
}

/// Where the share of a batch stands in the item of a place of noise, above the node: a graph has fewer than 2^16 nodes.
const SHARE_AT: u32 = 16;

impl ModelGraph {
    /// Checks a description with every rule and builds it, with initial weights drawn from `seed`.
    ///
    /// # Errors
    /// [`Error::Refused`] with one line a mistake; otherwise the node that cannot be built and why.
    pub fn build(spec: GraphSpec, seed: u64) -> Result<Self> {
        let wiring = Arc::new(Wiring::of(&spec));
        let mistakes = crate::rules::graph::all(&spec, &wiring);
        if !mistakes.is_empty() {
            return Err(Error::Refused(mistakes.iter().map(ToString::to_string).collect()));
        }
        Self::of_wiring(wiring, spec, Draws { seed, fold: 0 })
    }

    /// Builds a description that the rules have passed, with its wiring.
    pub(crate) fn of_wiring(wiring: Arc<Wiring>, spec: GraphSpec, draws: Draws) -> Result<Self> {
        Self::build_on(Device::Cpu, wiring, spec, draws)
    }

    fn build_on(device: Device, wiring: Arc<Wiring>, spec: GraphSpec, draws: Draws) -> Result<Self> {
        let build = |(position, node)| Node::build(&spec, &wiring, position, node, (&device, draws));
        let nodes = spec.nodes.iter().enumerate().map(build).collect::<Result<_>>()?;
        Ok(Self { spec, wiring, draws, device, nodes })
    }

    /// The description.
    #[must_use]
    pub fn spec(&self) -> &GraphSpec {
        &self.spec
    }

    /// The seed of its initial weights.
    pub(super) const fn seed(&self) -> u64 {
        self.draws.seed
    }

    /// Takes over the weights of each node that has the name, layer and shapes of one of another graph; gives the names of
    /// those, and of the others.
    pub(super) fn take_nodes_of(&mut self, other: &Self) -> Result<(Vec<Name>, Vec<Name>)> {
        let (mut kept, mut drawn) = (Vec::new(), Vec::new());
        for (spec, node) in self.spec.nodes.iter().zip(&mut self.nodes) {
            let at = other.spec.nodes.iter().position(|known| known.name == spec.name && known.layer == spec.layer);
            let known = at.and_then(|at| other.nodes.get(at));
            let state = known.map(|known| known.layer.state()).transpose()?;
            match state {
                Some(state) if node.layer.set_state(&state).is_ok() => kept.push(spec.name),
                _ => drawn.push(spec.name),
            }
        }
        Ok((kept, drawn))
    }

    /// Who reads what, with which shapes.
    pub(super) fn wiring(&self) -> &Wiring {
        &self.wiring
    }

    /// The device that the graph is on, as [`device`](Self::device) takes it.
    #[must_use]
    pub fn device_name(&self) -> String {
        match self.device.location() {
            DeviceLocation::Cpu => "cpu".to_owned(),
            DeviceLocation::Cuda { gpu_id } => format!("cuda:{gpu_id}"),
            DeviceLocation::Metal { gpu_id } => format!("metal:{gpu_id}"),
        }
    }

    /// Moves the graph to a device: `cpu`, `cuda`, `cuda:1`, `metal`, `metal:1`, the feature of that name being turned
    /// on. Rows may stay where they are: columns are brought to the device when they are read.
    ///
    /// The parameters are new ones with the same numbers, so those that were asked for before belong to no graph.
    ///
    /// # Errors
    /// When there is no such device; nothing is moved then.
    pub fn device(&mut self, name: &str) -> Result<&mut Self> {
        *self = self.on_device(name)?;
        Ok(self)
    }

    /// The same graph on another device.
    pub(crate) fn on_device(&self, name: &str) -> Result<Self> {
        let device = device::named(name)?;
        device::check(&device, self.spec.precision)?;
        let build = || Self::build_on(device, Arc::clone(&self.wiring), self.spec.clone(), self.draws);
        let mut moved = self.files().during(build)?;
        moved.set_state(&self.state()?)?;
        Ok(moved)
    }

    /// Where the parameters are, and what is computed.
    #[must_use]
    pub fn runs_on(&self) -> &Device {
        &self.device
    }

    /// A tensor where the graph computes.
    pub(crate) fn here(&self, tensor: &Tensor) -> candle_core::Result<Tensor> {
        if tensor.device().same_device(&self.device) {
            return Ok(tensor.clone());
        }
        on_cpu(tensor)?.to_device(&self.device)
    }

    /// The type of columns and of all that is computed.
    #[must_use]
    pub fn dtype(&self) -> DType {
        self.spec.precision.of_computation()
    }

    /// The wanted nodes and all that they read, as positions in a topological order.
    #[must_use]
    pub fn needed(&self, wanted: &[usize]) -> Vec<usize> {
        let needed = self.wiring.upstream(wanted.iter().copied().collect());
        self.wiring.order().iter().copied().filter(|&node| needed.contains(node)).collect()
    }

    /// The columns that a node reads itself, by input and key.
    pub(crate) fn columns(&self, node: usize) -> impl Iterator<Item = (usize, Name)> {
        self.nodes.get(node).into_iter().flat_map(|node| &node.reads).filter_map(|read| match *read {
            Read::Column { input, key, .. } => Some((input, key)),
            Read::Node(_) => None,
        })
    }

    /// Runs the wanted nodes and all that they read.
    ///
    /// `active` says by node which learn. The others run without noise and with constant parameters; where nothing
    /// above them learns either, their outputs carry no gradient at all. `noise` is the seed and the place that dropout
    /// draws from; without it the active nodes run without noise too. Nodes without parameters, such as a dropout, draw
    /// it whoever learns, unless the graph marks them frozen.
    ///
    /// # Errors
    /// The node that failed and why, for example a column that does not exist.
    pub fn run(
        &self,
        wanted: &[usize],
        active: &[bool],
        rows: &dyn ColumnSource,
        noise: Option<(u64, Place)>,
    ) -> Result<Outputs> {
        self.run_in(&self.needed(wanted), active, rows, noise)
    }

    /// Runs nodes in an order in which each stands behind all that it reads, as [`needed`](Self::needed) gives it. The item of
    /// the place of noise is the share of a batch that the rows are.
    pub(crate) fn run_in(
        &self,
        order: &[usize],
        active: &[bool],
        rows: &dyn ColumnSource,
        noise: Option<(u64, Place)>,
    ) -> Result<Outputs> {
        let mut by_node = vec![Vec::new(); self.nodes.len()];
        let pads = self.nodes.iter().any(|node| node.reads_padding);
        let mut masks: Vec<Vec<Option<Mask>>> = if pads { vec![Vec::new(); self.nodes.len()] } else { Vec::new() };
        for &position in order {
            let spec = self.spec.nodes.items().get(position);
            let can_be_still = spec.is_none_or(|spec| spec.frozen || !matches!(spec.layer.learns, Learns::Nothing));
            let mut mode = match noise {
                _ if can_be_still && !active.get(position).copied().unwrap_or(false) => Mode::Frozen,
                Some((seed, place)) => {
                    let item = place.item << SHARE_AT | item(position)?;
                    Mode::Train(Rng::new(seed, Purpose::Noise, Place { item, ..place }))
                }
                None => Mode::Eval,
            };
            let node = &self.nodes[position];
            let inputs = node.inputs(&by_node, rows, self.numbers()).in_node(node.called())?;
            if !node.reads_padding {
                let outputs = inputs.iter().map(|inputs| node.layer.forward(inputs, &mut mode));
                by_node[position] = outputs.collect::<Result<_>>().in_node(node.called())?;
                continue;
            }
            let outputs = inputs.iter().enumerate().map(|(role, inputs)| {
                let of_inputs =
                    node.reads.iter().map(|read| read.mask(&masks, rows, role)).collect::<Result<Vec<_>>>()?;
                padded::forward(node.layer.as_ref(), node.padding, inputs, &of_inputs, &mut mode)
            });
            (by_node[position], masks[position]) =
                outputs.collect::<Result<Vec<_>>>().in_node(node.called())?.into_iter().unzip();
        }
        Ok(Outputs { by_node, masks })
    }

    /// The type and place of what is computed.
    fn numbers(&self) -> Numbers<'_> {
        (self.dtype(), &self.device)
    }

    /// The parameters of a node, by full names such as `encoder.0.weight`; none for a node that does not exist.
    #[must_use]
    pub fn parameters(&self, node: usize) -> Vec<(String, Var)> {
        let parameters = |node: &Node| {
            let parameters = node.layer.parameters().into_iter();
            parameters.map(|(name, var)| (format!("{}.{name}", node.name), var)).collect()
        };
        self.nodes.get(node).map(parameters).unwrap_or_default()
    }

    /// The files that layers are made of.
    pub(crate) fn files(&self) -> Files {
        let files = self.nodes.iter().filter_map(|node| Some((format!("{}.{MODEL}", node.name), node.layer.file()?)));
        Files::of(&self.spec, &files.collect())
    }

    /// What layers change without a gradient, such as running means.
    pub(crate) fn buffers(&self) -> Vec<Var> {
        self.nodes.iter().flat_map(|node| node.layer.buffers()).map(|(_, buffer)| buffer).collect()
    }

    /// What the layer of a node changes without a gradient, by names.
    pub(crate) fn buffers_of(&self, node: usize) -> Vec<(String, Var)> {
        self.nodes.get(node).map(|node| node.layer.buffers()).unwrap_or_default()
    }

    /// Fits one node to all rows, and to the target that it predicts; those of several roles are joined. What it
    /// draws depends on the seed, the fold, the phase and the node.
    ///
    /// # Errors
    /// When the node does not learn by fit, or cannot be fitted to these rows.
    pub fn fit(&mut self, node: usize, rows: &dyn ColumnSource, phase: u32) -> Result<()> {
        let Some(fitted) = self.nodes.get(node) else {
            return Err(Error::Component(format!("`{}` has no node {node}", self.spec.name)));
        };
        let upstream: Vec<usize> = fitted
            .reads
            .iter()
            .filter_map(|read| if let Read::Node(node) = *read { Some(node) } else { None })
            .collect();
        let outputs = self.run(&upstream, &[], rows, None)?;
        let numbers = (self.dtype(), &self.device);
        let place = Place { fold: self.draws.fold, phase, item: item(node)?, ..Place::default() };
        let rng = Rng::new(self.draws.seed, Purpose::Fit, place);
        let fitted = &mut self.nodes[node];
        let called = fitted.called();
        fitted.fit((&outputs, rows), numbers, rng).in_node(called)
    }
}

impl Node {
    fn build(
        spec: &GraphSpec,
        wiring: &Wiring,
        position: usize,
        node: &NodeSpec,
        (device, draws): (&Device, Draws),
    ) -> Result<Self> {
        let called = (node.name, node.line);
        let open = || Error::Component("what it reads, or its output shape, is not known".to_owned());
        let links = wiring.links(position);
        let keeps_codes = node.layer.learns.fitting().is_some_and(|fitting| fitting.reads_classes);
        let read = |link| Read::of(spec, link, keeps_codes).ok_or_else(open);
        let reads = links.iter().map(read).collect::<Result<_>>().in_node(called)?;
        let shape = |link| wiring.link_shape(spec, link).ok_or_else(open);
        let inputs = links.iter().map(shape).collect::<Result<_>>().in_node(called)?;
        let target = node.target.and_then(|target| Some((input_named(spec, target.input)?, target.column)));
        let weighed_as =
            target.map(|(input, _)| row_source(spec, input)).or_else(|| wiring.rows(position).first_from(0));
        let predicted = node.target.and_then(|target| target_column(spec, &target)).copied();
        let output = wiring.shape(position).ok_or_else(open).in_node(called)?;
        let drawn_at = Place { fold: draws.fold, item: item(position)?, ..Place::default() };
        let rng = Rng::new(draws.seed, Purpose::Weights, drawn_at);
        let column_of = |link| match link {
            Link::Column { input, column } => {
                spec.inputs.items().get(input).and_then(|input| input.schema.columns.get(column)).copied()
            }
            _ => None,
        };
        let columns: Vec<_> = links.iter().map(column_of).collect();
        let column = columns.first().copied().flatten();
        let dtype = spec.precision.of_parameters();
        let build = LayerBuild { inputs, column, target: predicted, output, dtype, device: device.clone(), rng };
        let looks_up = matches!(node.layer.shape, ShapeRule::Embedded { .. });
        let layer = if looks_up && columns.len() > 1 {
            lookups::build(&node.layer, &columns, build)
        } else {
            node.layer.build(build)
        };
        let layer = layer.in_node(called)?;
        let reads_padding = wiring.padded_input(spec, position).is_some();
        Ok(Self {
            name: node.name,
            line: node.line,
            layer,
            padding: node.layer.padding,
            reads_padding,
            reads,
            target,
            weighed_as: weighed_as.unwrap_or_default(),
        })
    }

    /// Its name and where it is declared, for errors.
    fn called(&self) -> (Name, SourceLine) {
        (self.name, self.line)
    }

    /// The inputs of the layer, by role.
    fn inputs(
        &self,
        by_node: &[Vec<Tensor>],
        rows: &dyn ColumnSource,
        numbers: Numbers<'_>,
    ) -> Result<Vec<Vec<Tensor>>> {
        let mut roles: Option<usize> = None;
        for read in &self.reads {
            let found = match *read {
                Read::Node(node) => by_node.get(node).map_or(0, Vec::len),
                Read::Column { input, .. } => rows.roles(input),
            };
            match roles {
                Some(roles) if roles != found => {
                    return Err(Error::Component(format!(
                        "its inputs have {roles} and {found} roles; feed all of them by samplers with equal roles"
                    )));
                }
                _ => roles = Some(found),
            }
        }
        let inputs = |role| self.reads.iter().map(|read| read.tensor(by_node, rows, role, numbers)).collect();
        (0..roles.unwrap_or(0)).map(inputs).collect()
    }

    fn fit(&mut self, (outputs, rows): (&Outputs, &dyn ColumnSource), numbers: Numbers<'_>, rng: Rng) -> Result<()> {
        let mut by_role = self.inputs(&outputs.by_node, rows, numbers)?;
        for (role, inputs) in by_role.iter_mut().enumerate() {
            let masks =
                self.reads.iter().map(|read| read.mask(&outputs.masks, rows, role)).collect::<Result<Vec<_>>>()?;
            *inputs = padded::zeroed(inputs, &masks)?;
        }
        let mut inputs = Vec::with_capacity(self.reads.len());
        for position in 0..self.reads.len() {
            let roles: Vec<&Tensor> = by_role.iter().filter_map(|inputs| inputs.get(position)).collect();
            inputs.push(Tensor::cat(&roles, 0)?);
        }
        let roles = 0..by_role.len();
        let target = |(input, key)| -> Result<Tensor> {
            let of_roles = roles.clone().map(|role| rows.column(input, role, key)).collect::<Result<Vec<_>>>()?;
            Ok(Tensor::cat(&of_roles, 0)?)
        };
        let target = self.target.map(target).transpose()?;
        let weights = roles.map(|role| rows.weights(self.weighed_as, role)).collect::<Option<Vec<_>>>();
        self.layer.fit(FitRows { inputs, target, weights: weights.map(|weights| weights.concat()), rng })
    }
}

/// The position of a node as a coordinate of randomness.
fn item(position: usize) -> Result<u32> {
    u32::try_from(position).map_err(|_| Error::Component(format!("a graph can have 2^32 nodes, found {position}")))
}
