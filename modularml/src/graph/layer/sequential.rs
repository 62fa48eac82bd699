//! Layers one after the other as one node.

use candle_core::{Tensor, Var};

use super::{
    Activation, BuildLayer, Layer, LayerBuild, LayerSpec, Learns, Mode, OnPadding, ShapeRule, only, only_value, padded,
};
use crate::error::At as _;
use crate::graph::kernel::sum;
use crate::graph::mask::{Mask, Masked};
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::plan::own::shapes;
use crate::random::{Place, Purpose, Rng};
use crate::spec::Settings;
use crate::{Error, Result};

/// Layers one after the other, each reading the one before it, as one node: one name, one optimizer, one place to
/// freeze.
///
/// In `model_graph!` the layers are written as nodes are: `Sequential::of([Conv1d::channels(16), Relu, Flatten])`. The
/// last one may leave its output shape to the target. Parameters are named by the layer's position, `0.weight`.
///
/// ```
/// use modularml::graph::layer::{Conv1d, GlobalAvgPool, MaxPool1d, Relu, Sequential};
///
/// const FEATURES: Sequential = Sequential::of(&[
///     Conv1d::channels(16).kernel(5).spec(),
///     Relu.spec(),
///     MaxPool1d::kernel(2).spec(),
///     GlobalAvgPool.spec(),
/// ]);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(
    shape = ShapeRule::Sequence,
    learns = learns(self.layers),
    passes_gradient = pass_gradients(self.layers),
    activation = last_activation(self.layers),
    padding = on_padding(self.layers)
)]
pub struct Sequential {
    /// The layers, the first of which reads the input of the node.
    #[setting(first = of)]
    layers: &'static [LayerSpec],
}

impl BuildLayer for Sequential {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Ok(Box::new(Chain::new(self.layers, build)?))
    }
}

/// x + f(x), where f is layers one after the other whose last gives the shape of x (He et al., 2016).
///
/// In `model_graph!`: `Residual::around([LayerNorm, Linear::to([64]), Relu])`. A last `Linear` or `Mlp` may leave its
/// output shape out.
///
/// ```
/// use modularml::graph::layer::{Linear, Relu, Residual};
///
/// const BLOCK: Residual = Residual::around(&[Linear::to([64]).spec(), Relu.spec()]);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Residual, learns = learns(self.layers), padding = if matches!(on_padding(self.layers), OnPadding::Refuses) { OnPadding::Refuses } else { OnPadding::Masks })]
pub struct Residual {
    /// The layers of f, the first of which reads the input of the node.
    #[setting(first = around)]
    layers: &'static [LayerSpec],
}

impl BuildLayer for Residual {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Ok(Box::new(Skip(Chain::new(self.layers, build)?)))
    }
}

const fn learns(layers: &[LayerSpec]) -> Learns {
    let mut i = 0;
    while i < layers.len() {
        if !matches!(layers[i].learns, Learns::Nothing) {
            return Learns::BySteps;
        }
        i += 1;
    }
    Learns::Nothing
}

const fn on_padding(layers: &[LayerSpec]) -> OnPadding {
    let mut i = 0;
    while i < layers.len() {
        match layers[i].padding {
            OnPadding::Refuses => return OnPadding::Refuses,
            OnPadding::Zeros | OnPadding::Reduces => return OnPadding::Reduces,
            OnPadding::Keeps | OnPadding::Masks => i += 1,
        }
    }
    OnPadding::Masks
}

const fn pass_gradients(layers: &[LayerSpec]) -> bool {
    let mut i = 0;
    while i < layers.len() {
        if !layers[i].passes_gradient {
            return false;
        }
        i += 1;
    }
    true
}

const fn last_activation(layers: &[LayerSpec]) -> Activation {
    match layers.last() {
        Some(last) => last.activation,
        None => Activation::Identity,
    }
}

/// Running layers, each reading the one before it.
pub(super) struct Chain {
    elements: Vec<Element>,
}

struct Element {
    padding: OnPadding,
    /// Which one it was declared as, counted from 0.
    position: usize,
    place: String,
    layer: Box<dyn Layer>,
}

impl Chain {
    /// Builds the layers, each with a generator of its own.
    pub fn new(layers: &[LayerSpec], mut build: LayerBuild) -> Result<Self> {
        let Some(&input) = build.inputs.first() else {
            return Err(Error::Component("layers one after the other need an input, found none".to_owned()));
        };
        let Some(shapes) = shapes(layers, input, build.output) else {
            return Err(Error::Component("the layers do not fit each other".to_owned()));
        };
        let seed = build.rng.bits();
        let mut elements: Vec<Element> = Vec::with_capacity(layers.len());
        for (item, (layer, shapes)) in (0..).zip(layers.iter().zip(shapes.windows(2))) {
            let &[input, output] = shapes else { continue };
            // A function without settings belongs to the layer before it where that can compute both at once.
            let is_function = layer.activation != Activation::Identity && layer.settings == Settings::NONE;
            if is_function && elements.last_mut().is_some_and(|last| last.layer.take_over(layer.activation)) {
                continue;
            }
            let rng = Rng::new(seed, Purpose::Weights, Place { item, ..Place::default() });
            let build = LayerBuild {
                inputs: vec![input],
                column: None,
                target: None,
                output,
                dtype: build.dtype,
                device: build.device.clone(),
                rng,
            };
            let place = format!("element {}, {}", item + 1, layer.name);
            let padding = layer.padding;
            let layer = layer.build(build).at(|| place.clone())?;
            elements.push(Element { padding, position: item as usize, place, layer });
        }
        Ok(Self { elements })
    }

    fn named<T>(&self, of: impl Fn(&dyn Layer) -> Vec<(String, T)>) -> Vec<(String, T)> {
        let named = |Element { position, layer, .. }: &Element| {
            let position = *position;
            of(layer.as_ref()).into_iter().map(move |(name, it)| (format!("{position}.{name}"), it))
        };
        self.elements.iter().flat_map(named).collect()
    }
}

impl Layer for Chain {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        let mut x = only(inputs)?.clone();
        for Element { place, layer, .. } in &self.elements {
            x = layer.forward(&[x], mode).at(|| place.clone())?;
        }
        Ok(x)
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
        let (x, mask) = padded::only(inputs, masks)?;
        let (mut x, mut mask) = (x.clone(), Some(mask.clone()));
        for Element { padding, place, layer, .. } in &self.elements {
            (x, mask) = padded::forward(layer.as_ref(), *padding, &[x], &[mask], mode).at(|| place.clone())?;
        }
        Ok((x, mask))
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        self.named(|layer| layer.parameters())
    }

    fn buffers(&self) -> Vec<(String, Var)> {
        self.named(|layer| layer.buffers())
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let mut x = only_value(inputs)?.clone();
        for Element { place, layer, .. } in &self.elements {
            x = layer.onnx(graph, &[x]).at(|| place.clone())?;
        }
        Ok(x)
    }
}

/// A chain whose input is added to its output.
struct Skip(Chain);

impl Layer for Skip {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        Ok(sum(only(inputs)?, &self.0.forward(inputs, mode)?)?)
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
        let (x, mask) = padded::only(inputs, masks)?;
        let (y, of_y) = self.0.forward_masked(inputs, masks, mode)?;
        Ok((sum(x, &y)?, Mask::of_all(&[Some(mask.clone()), of_y], x.rank())?))
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        self.0.parameters()
    }

    fn buffers(&self) -> Vec<(String, Var)> {
        self.0.buffers()
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let y = self.0.onnx(graph, inputs)?;
        Ok(graph.binary("Add", only_value(inputs)?, &y))
    }
}
