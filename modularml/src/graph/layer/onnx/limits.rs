//! What a file in ONNX may ask for, looked at before it is run: it may be damaged, or made to do harm.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;

use crate::onnx::messages::{Constant, Graph, Model, Node, data_type};

/// The most bytes of a file: 2 GiB, as of any message of Protocol Buffers.
pub(super) const MOST_BYTES: u64 = (1 << 31) - 1;
/// The most operators, with those in subgraphs.
const MOST_NODES: usize = 100_000;
/// The most numbers of a value of one row.
pub(super) const MOST_ELEMENTS: usize = 1 << 28;
/// The most axes of a value.
const MOST_AXES: usize = 16;

/// Operators whose output is as large as their inputs say, with the places of those inputs.
const SIZED: &[(&str, &[usize])] = &[
    ("ConstantOfShape", &[0]),
    ("Expand", &[1]),
    ("EyeLike", &[0]),
    ("OneHot", &[1]),
    ("Pad", &[1]),
    ("Range", &[0, 1, 2]),
    ("Reshape", &[1]),
    ("Resize", &[1, 2, 3]),
    ("Tile", &[1]),
    ("Upsample", &[1]),
];

/// What no seed of a study repeats.
const RANDOM: &[&str] =
    &["Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"];

/// Refuses a file that asks for too much, or for what cannot be done.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err("is larger than 2 GiB, which no file of ONNX is".to_owned());
    }
    let model = Model::decode(bytes).map_err(|error| format!("is no file of ONNX, or damaged: {error}"))?;
    let Some(graph) = &model.graph else { return Err("is no file of ONNX, or damaged: it has no graph".to_owned()) };
    let mut found = Found { file: bytes.len(), ..Found::default() };
    found.graph(graph)?;
    for function in &model.functions {
        found.nodes(&function.node, &BTreeMap::new())?;
    }
    found.told()
}

/// What was found in a file.
#[derive(Default)]
struct Found {
    file: usize,
    nodes: usize,
    unknown: BTreeSet<String>,
    random: BTreeSet<String>,
}

impl Found {
    fn graph(&mut self, graph: &Graph) -> Result<(), String> {
        let mut constants: BTreeMap<&str, &Constant> = BTreeMap::new();
        for constant in &graph.initializer {
            self.constant(constant)?;
            constants.insert(&constant.name, constant);
        }
        for node in graph.node.iter().filter(|node| node.op_type == "Constant") {
            let value = node.attribute.iter().find_map(|attribute| attribute.t.as_ref());
            if let (Some(value), Some(name)) = (value, node.output.first()) {
                constants.insert(name, value);
            }
        }
        let sizes =
            graph.input.iter().chain(&graph.output).filter_map(|info| info.r#type.as_ref()?.tensor_type.as_ref());
        for shape in sizes.filter_map(|tensor| tensor.shape.as_ref()) {
            let dims: Vec<i64> = shape.dim.iter().map(|dim| dim.dim_value.unwrap_or(1)).collect();
            elements(&dims)?;
        }
        self.nodes(&graph.node, &constants)
    }

    fn nodes(&mut self, nodes: &[Node], constants: &BTreeMap<&str, &Constant>) -> Result<(), String> {
        self.nodes = self.nodes.saturating_add(nodes.len());
        if self.nodes > MOST_NODES {
            return Err(format!("has more than {MOST_NODES} operators"));
        }
        let known = tract_onnx::onnx();
        for node in nodes {
            let name = node.op_type.as_str();
            if RANDOM.contains(&name) {
                self.random.insert(name.to_owned());
            } else if !known.op_register.0.contains_key(name) {
                self.unknown.insert(name.to_owned());
            }
            let places = SIZED.iter().find(|(sized, _)| *sized == name).map_or(&[] as &[usize], |(_, places)| places);
            for input in places.iter().filter_map(|&place| node.input.get(place)) {
                if let Some(sizes) = constants.get(input.as_str()).and_then(|constant| whole(constant)) {
                    bounded(name, &sizes)?;
                }
            }
            for attribute in &node.attribute {
                if matches!(attribute.name.as_str(), "pads" | "kernel_shape" | "strides" | "dilations" | "output_shape")
                {
                    bounded(name, &attribute.ints)?;
                }
                if let Some(constant) = &attribute.t {
                    self.constant(constant)?;
                }
                for graph in attribute.g.iter().chain(&attribute.graphs) {
                    self.graph(graph)?;
                }
            }
        }
        Ok(())
    }

    /// A constant holds what it says, in the file.
    fn constant(&self, constant: &Constant) -> Result<(), String> {
        let name = &constant.name;
        if constant.data_location != 0 || !constant.external_data.is_empty() {
            return Err(format!(
                "keeps the numbers of `{name}` in another file; save it as one file (onnx.save with \
                 save_as_external_data=False)"
            ));
        }
        let count = elements(&constant.dims).map_err(|problem| format!("constant `{name}` {problem}"))?;
        // No type takes less than a byte for two numbers.
        if count > self.file.saturating_mul(2) {
            return Err(format!(
                "is damaged: constant `{name}` says that it has {count} numbers, more than the file holds"
            ));
        }
        Ok(())
    }

    fn told(&self) -> Result<(), String> {
        let list = |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        if !self.random.is_empty() {
            let names = list(&self.random);
            return Err(format!(
                "draws random numbers ({names}), which no seed of a study repeats; export it for inference"
            ));
        }
        if !self.unknown.is_empty() {
            let names = list(&self.unknown);
            return Err(format!(
                "has operators that are not known here: {names}; export it with others, or an older opset"
            ));
        }
        Ok(())
    }
}

/// How many numbers a value of a shape has.
fn elements(dims: &[i64]) -> Result<usize, String> {
    let too_many = || format!("has the shape {dims:?}; a value may have {MOST_AXES} axes and 2^28 numbers");
    if dims.len() > MOST_AXES {
        return Err(too_many());
    }
    let count = dims.iter().try_fold(1usize, |count, &dim| count.checked_mul(usize::try_from(dim).ok()?));
    count.filter(|count| *count <= MOST_ELEMENTS).ok_or_else(too_many)
}

/// Sizes that an output follows from.
fn bounded(operator: &str, sizes: &[i64]) -> Result<(), String> {
    let product = sizes.iter().try_fold(1u64, |product, size| product.checked_mul(size.unsigned_abs().max(1)));
    if product.is_some_and(|product| product <= MOST_ELEMENTS as u64) {
        return Ok(());
    }
    Err(format!("{operator} makes a value by the sizes {sizes:?}; one may have 2^28 numbers"))
}

/// The whole numbers of a short constant.
fn whole(constant: &Constant) -> Option<Vec<i64>> {
    let raw = constant.raw_data.as_deref().filter(|_| constant.data_type == data_type::INT64)?;
    let (numbers, _) = raw.as_chunks::<8>();
    (numbers.len() <= MOST_AXES * 2).then(|| numbers.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect())
}
