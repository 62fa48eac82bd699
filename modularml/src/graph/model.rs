//! The running graph: the one engine under macros, builder and files.

mod onnx;

use std::collections::BTreeMap;
use std::sync::Arc;

use candle_core::{DType, Device, DeviceLocation, Tensor, Var};

use super::device;
use super::files::{Files, MODEL};
use super::kernel::device::on_cpu;
use super::layer::{Layer, LayerBuild, Learns, Mode, OnPadding, padded};
use super::mask::Mask;
use crate::error::At as _;
use crate::plan::lookup::input_named;
use crate::plan::wiring::{Link, Wiring};
use crate::random::{Place, Purpose, Rng};
use crate::source_line::SourceLine;
use crate::spec::{GraphSpec, NodeSpec};
use crate::text::Name;
use crate::{Error, Result};

/// Where a graph gets the columns of a batch from.
pub trait ColumnSource {
    /// The column of an input for the rows of one role, as `[rows, shape..]`.
    ///
    /// # Errors
    /// When there is no such column.
    fn column(&self, input: usize, role: usize, key: &str) -> Result<Tensor>;

    /// Where the column has values and not padding; none where it has no padding, as unless it is told otherwise.
    ///
    /// # Errors
    /// When there is no such column.
    fn mask(&self, input: usize, role: usize, key: &str) -> Result<Option<Mask>> {
        let _ = (input, role, key);
        Ok(None)
    }

    /// How many roles the rows of an input have.
    fn roles(&self, input: usize) -> usize;
}

/// What the nodes computed: for each node that ran, one tensor a role.
#[derive(Debug, Default)]
pub struct Outputs {
    /// By node in the order of declaration, then by role; empty for nodes that did not run.
    pub by_node: Vec<Vec<Tensor>>,
    /// Where the outputs have values and not padding, by node, then by role; none for outputs without padding.
    masks: Vec<Vec<Option<Mask>>>,
}

impl Outputs {
    /// Where the output of a node for a role has values; none where it has no padding.
    #[must_use]
    pub fn mask(&self, node: usize, role: usize) -> Option<&Mask> {
        self.masks.get(node).and_then(|roles| roles.get(role)).and_then(Option::as_ref)
    }

    /// The output of a node for a role, with zeros in place of padding; none where it did not run.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    pub fn zeroed(&self, node: usize, role: usize) -> Result<Option<Tensor>> {
        let output = self.by_node.get(node).and_then(|roles| roles.get(role));
        output
            .map(|output| self.mask(node, role).map_or_else(|| Ok(output.clone()), |mask| mask.zero(output)))
            .transpose()
    }
}

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
}

/// Where the share of a batch stands in the item of a place of noise, above the node: a graph has fewer than 2^16 nodes.
const SHARE_AT: u32 = 16;

/// The type and place of what is computed.
type Numbers<'a> = (DType, &'a Device);

/// What a node reads, by position.
#[derive(Clone, Copy)]
enum Read {
    Node(usize),
    Column { input: usize, key: Name, is_sequence: bool },
}

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

    /// Everything that saving must keep, by full names. The tensors are copies, which later steps do not change.
    ///
    /// # Errors
    /// When a tensor cannot be copied.
    pub fn state(&self) -> Result<BTreeMap<String, Tensor>> {
        let mut all = BTreeMap::new();
        for node in &self.nodes {
            let state = node.layer.state().in_node(node.called())?;
            all.extend(state.into_iter().map(|(name, tensor)| (format!("{}.{name}", node.name), tensor)));
        }
        Ok(all)
    }

    /// Takes over a saved state whole, or refuses it and changes nothing.
    ///
    /// # Errors
    /// [`Error::State`] in the [`Error::Node`] that it does not fit.
    pub fn set_state(&mut self, state: &BTreeMap<String, Tensor>) -> Result<()> {
        let mut by_node: BTreeMap<&str, BTreeMap<String, Tensor>> = BTreeMap::new();
        for (key, tensor) in state {
            match key.split_once('.') {
                Some((name, rest)) if self.nodes.iter().any(|node| node.name == name) => {
                    by_node.entry(name).or_default().insert(rest.to_owned(), tensor.clone());
                }
                _ => {
                    let nodes: Vec<_> = self.nodes.iter().map(|node| node.name).collect();
                    return Err(Error::State(format!(
                        "`{key}` belongs to no node of `{}`; nodes: {}",
                        self.spec.name,
                        nodes.join(", ")
                    )));
                }
            }
        }
        let before = self.nodes.iter().map(|node| node.layer.state()).collect::<Result<Vec<_>>>()?;
        for position in 0..self.nodes.len() {
            let node = &mut self.nodes[position];
            let result = node.layer.set_state(&by_node.remove(node.name).unwrap_or_default());
            if result.is_err() {
                for (node, state) in self.nodes.iter_mut().zip(&before).take(position) {
                    node.layer.set_state(state).in_node(node.called())?;
                }
            }
            result.in_node(self.nodes[position].called())?;
        }
        Ok(())
    }

    /// Fits one node to the target that it predicts, on all rows; those of several roles are joined.
    ///
    /// # Errors
    /// When the node predicts nothing, does not learn by fit, or cannot be fitted to these rows.
    pub fn fit(&mut self, node: usize, rows: &dyn ColumnSource) -> Result<()> {
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
        let fitted = &mut self.nodes[node];
        let called = fitted.called();
        fitted.fit(&outputs, rows, numbers).in_node(called)
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
        let reads =
            links.iter().map(|link| Read::of(spec, link).ok_or_else(open)).collect::<Result<_>>().in_node(called)?;
        let shape = |link| wiring.link_shape(spec, link).ok_or_else(open);
        let inputs = links.iter().map(shape).collect::<Result<_>>().in_node(called)?;
        let target = node.target.and_then(|target| Some((input_named(spec, target.input)?, target.column)));
        let output = wiring.shape(position).ok_or_else(open).in_node(called)?;
        let drawn_at = Place { fold: draws.fold, item: item(position)?, ..Place::default() };
        let rng = Rng::new(draws.seed, Purpose::Weights, drawn_at);
        let column = match links.iter().next() {
            Some(Link::Column { input, column }) => {
                spec.inputs.items().get(input).and_then(|input| input.schema.columns.get(column)).copied()
            }
            _ => None,
        };
        let dtype = spec.precision.of_parameters();
        let build = LayerBuild { inputs, column, output, dtype, device: device.clone(), rng };
        let layer = node.layer.build(build).in_node(called)?;
        let reads_padding = wiring.padded_input(spec, position).is_some();
        Ok(Self { name: node.name, line: node.line, layer, padding: node.layer.padding, reads_padding, reads, target })
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

    fn fit(&mut self, outputs: &Outputs, rows: &dyn ColumnSource, numbers: Numbers<'_>) -> Result<()> {
        let Some((input, key)) = self.target else {
            return Err(Error::Component("it predicts no target to be fitted to; add `-> input.column`".to_owned()));
        };
        let mut by_role = self.inputs(&outputs.by_node, rows, numbers)?;
        for (role, inputs) in by_role.iter_mut().enumerate() {
            let masks =
                self.reads.iter().map(|read| read.mask(&outputs.masks, rows, role)).collect::<Result<Vec<_>>>()?;
            *inputs = padded::zeroed(inputs, &masks)?;
        }
        let targets = (0..by_role.len()).map(|role| rows.column(input, role, key)).collect::<Result<Vec<_>>>()?;
        let mut inputs = Vec::with_capacity(self.reads.len());
        for position in 0..self.reads.len() {
            let roles: Vec<&Tensor> = by_role.iter().filter_map(|inputs| inputs.get(position)).collect();
            inputs.push(Tensor::cat(&roles, 0)?);
        }
        self.layer.fit(&inputs, &Tensor::cat(&targets, 0)?)
    }
}

impl Read {
    fn of(spec: &GraphSpec, link: Link) -> Option<Self> {
        match link {
            Link::Node(node) => Some(Self::Node(node)),
            Link::Column { input, column } => {
                let column = spec.inputs.items().get(input)?.schema.columns.get(column)?;
                Some(Self::Column { input, key: column.key, is_sequence: column.sequence.is_some() })
            }
            Link::Input(_) | Link::Unknown => None,
        }
    }

    /// Where it has values; none where it has no padding.
    fn mask(self, masks: &[Vec<Option<Mask>>], rows: &dyn ColumnSource, role: usize) -> Result<Option<Mask>> {
        match self {
            Self::Node(node) => Ok(masks.get(node).and_then(|roles| roles.get(role)).cloned().flatten()),
            Self::Column { input, key, is_sequence: true } => rows.mask(input, role, key),
            Self::Column { .. } => Ok(None),
        }
    }

    fn tensor(
        self,
        by_node: &[Vec<Tensor>],
        rows: &dyn ColumnSource,
        role: usize,
        numbers: Numbers<'_>,
    ) -> Result<Tensor> {
        match self {
            Self::Node(node) => {
                let output = by_node.get(node).and_then(|roles| roles.get(role));
                output.cloned().ok_or_else(|| Error::Component(format!("an input has no role {role}")))
            }
            Self::Column { input, key, .. } => {
                let (dtype, device) = numbers;
                let column = rows.column(input, role, key)?;
                // Times keep their bits: no float holds nanoseconds since 1970.
                let dtype = if column.dtype() == DType::I64 { DType::I64 } else { dtype };
                let column = column.to_dtype(dtype);
                column.and_then(|column| column.to_device(device)).at(|| format!("`{key}`"))
            }
        }
    }
}

/// The position of a node as a coordinate of randomness.
fn item(position: usize) -> Result<u32> {
    u32::try_from(position).map_err(|_| Error::Component(format!("a graph can have 2^32 nodes, found {position}")))
}
