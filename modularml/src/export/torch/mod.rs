//! Models as modules of PyTorch: the weights, and a file of Python that builds the module that they belong to.

mod layer;
mod settings;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use candle_core::{DType, Tensor};

use self::layer::{Shapes, module, tuple};
use crate::archive::tensors;
use crate::data::ColumnSpec;
use crate::data::beside::replace;
use crate::error::{At as _, Problem};
use crate::experiment::{Predictor, Session};
use crate::plan::wiring::Link;
use crate::spec::NodeSpec;
use crate::text::{Name, Shape};
use crate::{Error, Result};

/// The modules that a written file may need, each a class or function of its own.
const MODULES: &str = include_str!("modules.py");

/// Names that a module of PyTorch has itself.
const MEMBERS: &str = "T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double \
    dump_patches eval extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu \
    load_state_dict modules mtia named_buffers named_children named_modules named_parameters parameters \
    register_backward_hook register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook \
    register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module \
    register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state \
    set_submodule share_memory state_dict to to_empty train training type xpu zero_grad";
/// Words of Python, and names that the written file gives something else.
const WORDS: &str = "False None True and as assert async await break class continue def del elif else except finally for \
    from global if import in is lambda nonlocal not or pass raise return try while with yield torch nn math load F Path \
    load_file";

impl Session {
    /// Writes the model as a module of PyTorch, as [`Predictor::export_torch`].
    ///
    /// # Errors
    /// As there.
    pub fn export_torch(&self, folder: impl AsRef<Path>) -> Result<()> {
        self.predictor()?.export_torch(folder)
    }
}

impl<S> Predictor<S> {
    /// Writes the model as a module of PyTorch into a folder, which is made where it is not there: `model.safetensors`, the
    /// weights under the names that they have here and in PyTorch, and `model.py`, which builds the module layer by layer
    /// and loads them.
    ///
    /// The module computes what the graph computes: it reads columns as the graph reads them, which are scaled where the
    /// experiment scales them, and gives outputs in the units that nodes give.
    ///
    /// # Errors
    /// [`Error::Node`] of a node that has no module in PyTorch: of a component of one's own, of times, of sequences whose
    /// rows differ in length, or of a name that a module cannot have; and when a file cannot be written. Nothing is
    /// written then.
    pub fn export_torch(&self, folder: impl AsRef<Path>) -> Result<()> {
        let folder = folder.as_ref();
        let code = code(self)?;
        let mut weights = BTreeMap::new();
        for (name, tensor) in self.graph().state()? {
            let wide = if matches!(tensor.dtype(), DType::F16 | DType::BF16) { DType::F32 } else { tensor.dtype() };
            let tensor: Tensor = tensor.to_dtype(wide).at(|| name.clone())?;
            weights.insert(name, tensor);
        }
        std::fs::create_dir_all(folder).map_err(|error| Problem::from(error).of("cannot be made").in_file(folder))?;
        replace(&folder.join("model.safetensors"), |mut file| tensors::write(&weights, &mut file))?;
        replace(&folder.join("model.py"), |mut file| Ok(file.write_all(code.as_bytes())?))
    }
}

/// The file of Python.
fn code<S>(model: &Predictor<S>) -> Result<String> {
    let graph = &model.spec().graph;
    let mut made = String::new();
    let mut run = String::new();
    let mut outputs = Vec::new();
    if !is_name(graph.name) {
        return Err(Error::Component(format!(
            "`{}` can be no name of a module; give the graph another one",
            graph.name
        )));
    }
    for &position in model.plan().wiring.order() {
        let Some(node) = graph.nodes.items().get(position) else { continue };
        let made_of = of_node(model, position, node);
        let refused = |why| Error::Component(format!("cannot be written for PyTorch: {why}"));
        let (module, reads) = made_of.map_err(refused).in_node((node.name, node.line))?;
        // Writing into text cannot fail.
        let _ = writeln!(made, "        self.{} = {module}", node.name);
        let reads: Vec<String> = reads.iter().map(|name| format!("x[\"{name}\"]")).collect();
        let _ = writeln!(run, "        x[\"{}\"] = self.{}({})", node.name, node.name, reads.join(", "));
    }
    for node in &graph.nodes {
        outputs.push(format!("\"{}\"", node.name));
    }
    let mut listed = String::new();
    for (name, text) in columns(model) {
        let _ = writeln!(listed, "    {name}: {text}");
    }
    let double = if model.graph().dtype() == DType::F64 { ".double()" } else { "" };
    let name = graph.name;
    Ok(format!(
        "\"\"\"{name} as a module of PyTorch.\n\nWritten by modularml {version}; needs torch and safetensors.\n\n    model = \
         load()\n    outputs = model({{\"{example}\": tensor}})\n\nColumns, as the graph reads them:\n\n{columns}\n\"\"\"\n\n\
         import math\nfrom pathlib import Path\n\nimport torch\nimport torch.nn.functional as F\nfrom safetensors.torch import \
         load_file\nfrom torch import nn\n\n\n{modules}class {name}(nn.Module):\n    \"\"\"The graph: a tensor [rows, ..] for \
         each column in, one for each node out.\"\"\"\n\n    def __init__(self):\n        super().__init__()\n{made}\n    def \
         forward(self, columns):\n        x = dict(columns)\n{run}        return {{name: x[name] for name in ({outputs},)}}\n\n\n\
         def load(weights=Path(__file__).with_name(\"model.safetensors\")):\n    \"\"\"The graph with its weights, to be used \
         or trained on.\"\"\"\n    model = {name}(){double}\n    model.load_state_dict(load_file(weights))\n    return \
         model.eval()\n",
        version = env!("CARGO_PKG_VERSION"),
        example = columns(model).first().map_or("input.column", |column| column.0.as_str()),
        columns = listed,
        modules = used(&made),
        outputs = outputs.join(", "),
    ))
}

/// What a node is made of, and the names of what it reads; or why PyTorch has nothing like it.
fn of_node<S>(model: &Predictor<S>, position: usize, node: &NodeSpec) -> Result<(String, Vec<String>), String> {
    let (graph, wiring) = (&model.spec().graph, &model.plan().wiring);
    if MEMBERS.split_whitespace().any(|member| member == node.name) || !is_name(node.name) {
        return Err("no part of a module can have its name; give the node another one".to_owned());
    }
    if wiring.padded_input(graph, position).is_some() {
        return Err(
            "it reads sequences whose rows differ in length, and modules are not told where one ends".to_owned()
        );
    }
    let mut inputs: Vec<Shape> = Vec::new();
    let mut reads = Vec::new();
    let mut classes = 0;
    for link in wiring.links(position).iter() {
        inputs.push(wiring.link_shape(graph, link).ok_or("what it reads is not known")?);
        reads.push(match link {
            Link::Node(read) => graph.nodes.items().get(read).map_or_else(String::new, |node| node.name.to_owned()),
            Link::Column { input, column } => {
                let (input, column) = named(model, input, column).ok_or("what it reads is not known")?;
                classes = column.classes.len();
                if [input, column.key].iter().any(|name| name.contains(['"', '\\']) || name.contains(char::is_control))
                {
                    return Err(format!("`{}` cannot stand in a text of Python; rename the column", column.key));
                }
                format!("{input}.{}", column.key)
            }
            Link::Input(_) | Link::Unknown => return Err("what it reads is not known".to_owned()),
        });
    }
    if inputs.len() > 1 && matches!(node.layer.name, "OneHot" | "Embedding") {
        return Err("it reads several columns, which one module cannot; write a node for each and join them".to_owned());
    }
    let output = wiring.shape(position).ok_or("its shape is not known")?;
    let state = model.graph().state().map_err(|error| error.to_string())?;
    if node.layer.name == "Ridge" && !state.contains_key(&format!("{}.weight", node.name)) {
        return Err("it has not been fitted; run its fit phase before".to_owned());
    }
    Ok((module(&node.layer, Shapes { inputs: &inputs, output, classes })?, reads))
}

fn named<S>(model: &Predictor<S>, input: usize, column: usize) -> Option<(Name, &'static ColumnSpec)> {
    let input = model.spec().graph.inputs.items().get(input)?;
    Some((input.name, input.schema.columns.get(column)?))
}

/// The columns that are read, and what is said of them.
fn columns<S>(model: &Predictor<S>) -> Vec<(String, String)> {
    let graph = &model.spec().graph;
    let mut all: Vec<(String, String)> = Vec::new();
    for (position, input) in graph.inputs.iter().enumerate() {
        for column in input.schema.columns {
            let reads = |node: usize| model.graph().columns(node).any(|read| read == (position, column.key));
            if !(0..graph.nodes.len()).any(reads) {
                continue;
            }
            let scaled = model.scales().iter().any(|it| it.input == position && it.chain.column() == column.key);
            let scaled = if scaled { ", scaled as in scalers.safetensors of an .mml file" } else { "" };
            let shape = tuple(column.shape.axes());
            all.push((format!("{}.{}", input.name, column.key), format!("{} of {shape}{scaled}", column.dtype.name())));
        }
    }
    all
}

/// The modules that a text names, and those that they are made of.
fn used(text: &str) -> String {
    let items: Vec<&str> = MODULES.split("\n\n\n").map(str::trim_end).collect();
    let name = |item: &str| {
        let head = item.trim_start_matches("class ").trim_start_matches("def ");
        head.split(['(', ':']).next().unwrap_or_default().to_owned()
    };
    let mut wanted: Vec<bool> = items.iter().map(|item| names(text, &name(item))).collect();
    loop {
        let more = items.iter().enumerate().position(|(place, item)| {
            let needed = items.iter().zip(&wanted).any(|(other, is)| *is && names(other, &name(item)));
            needed && !wanted.get(place).copied().unwrap_or(true)
        });
        match more.and_then(|place| wanted.get_mut(place)) {
            Some(place) => *place = true,
            None => break,
        }
    }
    let mut used = String::new();
    for (item, _) in items.iter().zip(wanted).filter(|(_, is)| *is) {
        used.push_str(item);
        used.push_str("\n\n\n");
    }
    used
}

/// Whether a text has a name as a whole word.
fn names(text: &str, name: &str) -> bool {
    let is_part = |part: Option<char>| part.is_some_and(|it| it.is_alphanumeric() || it == '_');
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let behind = text.get(at + name.len()..).and_then(|text| text.chars().next());
        !is_part(before) && !is_part(behind)
    })
}

/// Whether Python takes a text for a name.
fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && !WORDS.split_whitespace().any(|word| word == text)
}
