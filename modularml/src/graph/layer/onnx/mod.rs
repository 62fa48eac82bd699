//! A network in ONNX as a node: it was trained elsewhere, and stays as it is.

mod limits;
mod model;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use candle_core::{Device, Tensor};

use super::affine::unflat;
use super::{Arity, BuildLayer, Layer, LayerBuild, Mode, OnPadding, ShapeRule};
use crate::digest::Digest;
use crate::error::At as _;
use crate::graph::files::{Files, MODEL};
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::spec::Label;
use crate::text::Shape;
use crate::{Error, Result};
use limits::MOST_BYTES;
use model::{Declared, Model};

/// The name of the digest in a state.
const DIGEST: &str = "sha256";

/// A network in ONNX from a file, with the feature `onnx`: a backbone that was trained elsewhere. It is frozen: nothing in it
/// learns, and no gradient passes through it. It is run by tract, on the CPU.
///
/// The node reads as many inputs as the file declares, in that order. Behind the axis of the rows their shapes are those that
/// the file declares, and so is the output; both are compared when the graph is built. A file that declares batches of one
/// row is run row by row; one of another fixed number is refused.
///
/// ```no_run
/// use modularml::graph::Onnx;
///
/// let code = Onnx::file("backbone.onnx").output([128]);
/// ```
///
/// In a graph, where a shape that is not stated is refused, and so is training what only the network reads:
///
/// ```
/// use modularml::{layers::*, prelude::*};
///
/// #[derive(SampleSchema)]
/// struct Pulse {
///     #[feat]
///     voltage: [f32; 101],
///     #[target]
///     soh: f32,
/// }
///
/// model_graph! {
///     #[optimizer(Adam::lr(1e-3))]
///     graph OnBackbone(pulse: Pulse) {
///         backbone = Onnx::file("backbone.onnx").output([128])(pulse.voltage);
///         soh = Linear(backbone) -> pulse.soh;
///     }
/// }
/// # fn main() {}
/// ```
///
/// ```compile_fail,E0080
/// # use modularml::{layers::*, prelude::*};
/// # #[derive(SampleSchema)]
/// # struct Pulse {
/// #     #[feat]
/// #     voltage: [f32; 101],
/// #     #[target]
/// #     soh: f32,
/// # }
/// model_graph! {
///     #[optimizer(Adam::lr(1e-3))]
///     graph OnBackbone(pulse: Pulse) {
///         backbone = Onnx::file("backbone.onnx")(pulse.voltage);
///         soh = Linear(backbone) -> pulse.soh;
///     }
/// }
/// # fn main() {}
/// ```
///
/// The path is taken as programs take
/// paths, from the folder in which they run. A saved study holds the file, and runs without it.
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(
    arity = Arity { least: 1, most: Arity::MOST_OF_OWN },
    shape = ShapeRule::Stated(self.output),
    passes_gradient = false,
    padding = OnPadding::Refuses,
    allows_repeat = true
)]
pub struct Onnx {
    /// The path of the file.
    #[setting(first)]
    file: Label,
    /// The shape of the output; that of the target when not given.
    #[setting(default = None, at_least = 1.0)]
    output: Option<Shape>,
    /// Which of several outputs of the file is taken; none needs to be named where there is one.
    #[setting(default = "")]
    result: Label,
}

impl BuildLayer for Onnx {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        let bytes = match Files::kept(self.file) {
            Some(kept) => kept.to_vec1::<u8>().at(|| self.file.to_owned())?,
            None => read(self.file)?,
        };
        Ok(Box::new(Running::new(*self, build, bytes)?))
    }
}

/// The bytes of a file that is not too large.
fn read(path: &str) -> Result<Vec<u8>> {
    let path = Path::new(path);
    let failed = |problem: crate::error::Problem| problem.in_file(path);
    let file = File::open(path).map_err(|error| failed(error.into()))?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(error.into()))?;
    Ok(bytes)
}

struct Running {
    component: Onnx,
    build: LayerBuild,
    model: Model,
    /// The file, `[bytes]`.
    bytes: Tensor,
    digest: String,
}

impl Running {
    fn new(component: Onnx, build: LayerBuild, bytes: Vec<u8>) -> Result<Self> {
        let of_file = |problem: String| Error::Component(format!("{}: {problem}", component.file));
        let declared = Declared { inputs: &build.inputs, output: build.output, result: component.result };
        let model = Model::load(&bytes, &declared).map_err(of_file)?;
        let digest = Digest::of(&bytes);
        let count = bytes.len();
        let bytes = Tensor::from_vec(bytes, count, &Device::Cpu)?;
        Ok(Self { component, build, model, bytes, digest })
    }
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        let y = self.model.run(inputs, self.build.computes_in());
        let y = y.map_err(|problem| Error::Component(format!("{}: {problem}", self.component.file)))?;
        Ok(unflat(&y.to_device(&self.build.device)?, &self.build.output)?)
    }

    fn file(&self) -> Option<Tensor> {
        Some(self.bytes.clone())
    }

    fn state(&self) -> Result<BTreeMap<String, Tensor>> {
        let digest = Tensor::new(self.digest.as_bytes(), &Device::Cpu)?;
        Ok(BTreeMap::from([(MODEL.to_owned(), self.bytes.clone()), (DIGEST.to_owned(), digest)]))
    }

    fn set_state(&mut self, state: &BTreeMap<String, Tensor>) -> Result<()> {
        let part = |name: &str| {
            let tensor = state.get(name).ok_or_else(|| Error::State(format!("`{name}` is missing")))?;
            tensor.to_vec1::<u8>().map_err(|_| Error::State(format!("`{name}` is not a list of bytes")))
        };
        let (bytes, digest) = (part(MODEL)?, part(DIGEST)?);
        if let Some(unknown) = state.keys().find(|key| ![MODEL, DIGEST].contains(&key.as_str())) {
            return Err(Error::State(format!("`{unknown}` is not known here")));
        }
        if Digest::of(&bytes).as_bytes() != digest.as_slice() {
            return Err(Error::State("the network is not the one that was saved: its SHA-256 differs".to_owned()));
        }
        if self.digest.as_bytes() == digest.as_slice() {
            return Ok(());
        }
        let LayerBuild { inputs, column, target, output, dtype, device, rng } = &self.build;
        let (inputs, device, rng) = (inputs.clone(), device.clone(), rng.clone());
        let build =
            LayerBuild { inputs, column: *column, target: *target, output: *output, dtype: *dtype, device, rng };
        *self = Self::new(self.component, build, bytes)?;
        Ok(())
    }

    fn onnx(&self, _: &mut OnnxGraph, _: &[OnnxValue]) -> Result<OnnxValue> {
        let problem = "it is a network in ONNX itself, with operators of another version, and is not put into another file; \
                       hand it on beside one of a graph that reads its output as a column";
        Err(Error::Component(problem.to_owned()))
    }
}
