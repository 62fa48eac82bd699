//! Classes in an order.

use candle_core::{Tensor, Var};

use super::activation::onnx_softplus;
use super::affine::{Affine, flat, onnx_flat, unflat};
use super::init::{Init, Initial};
use super::{Activation, BuildLayer, Layer, LayerBuild, Learns, Mode, OnPadding, ShapeRule, only, only_value};
use crate::error::At as _;
use crate::graph::kernel::device::f64s;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;
use crate::{Error, Result};

/// Logarithms of the probabilities of classes in an order, as fresh, worn and dead: the proportional odds model.
///
/// One score s = w x of the flattened input is compared with thresholds t that ascend, and the probability of class k or
/// one before it is `σ(tₖ - s)` (`McCullagh`, 1980), as `OrderedModel` of statsmodels with `logit`: what speaks for a later
/// class speaks against all earlier ones. Learned are w, the first threshold and the distances between them, each the
/// softplus of a number; at first all classes are as likely at a score of 0. The loss is `Nll`. The output has one number
/// for each class, two or more.
///
/// ```
/// use modularml::graph::layer::ProportionalOdds;
///
/// let as_the_target = ProportionalOdds::new();
/// let of_four = ProportionalOdds::new().output([4]);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Stated(self.output), learns = Learns::BySteps, activation = Activation::LogSoftmax, padding = OnPadding::Zeros)]
pub struct ProportionalOdds {
    /// How many classes there are, as a shape; those of the predicted target when not given.
    #[setting(default = None, at_least = 2.0)]
    output: Option<Shape>,
    /// How the initial weights are drawn.
    #[setting(default = Init::FanIn)]
    init: Init,
    /// What the initial weights are multiplied by.
    #[setting(default = 1.0, above = 0.0)]
    init_gain: f64,
}

impl BuildLayer for ProportionalOdds {
    fn build(&self, mut build: LayerBuild) -> Result<Box<dyn Layer>> {
        let (inputs, classes) = (build.input_width()?, build.output_width()?);
        if build.output.rank() != 1 || classes < 2 {
            let found = build.output;
            return Err(Error::Component(format!(
                "ProportionalOdds gives one number for each of two classes or more, as [3]; the output is {found}"
            )));
        }
        let mut initial = Initial::of(self.init, self.init_gain, &mut build);
        let score = Affine::new(inputs, 1, false, &mut initial).at(|| "initial weights".to_owned())?;
        let (dtype, device) = (build.dtype, &build.device);
        let thresholds = Tensor::new(equally_likely(classes), device)?.to_dtype(dtype)?;
        let ascending = (1..classes).flat_map(|row| (1..classes).map(move |column| f64::from(u8::from(row <= column))));
        let sums = Tensor::from_iter(ascending, device)?.reshape((classes - 1, classes - 1))?.to_dtype(dtype)?;
        Ok(Box::new(Running { score, thresholds: Var::from_tensor(&thresholds)?, sums, output: build.output }))
    }
}

/// The first threshold, and what the distances to the others are the softplus of, so that each class is as likely.
#[allow(clippy::cast_precision_loss, reason = "counts of classes are far below 2^53")]
fn equally_likely(classes: usize) -> Vec<f64> {
    let threshold = |class: usize| (class as f64 / (classes - class) as f64).ln();
    let distance = |class: usize| (threshold(class) - threshold(class - 1)).exp_m1().ln();
    std::iter::once(threshold(1)).chain((2..classes).map(distance)).collect()
}

struct Running {
    score: Affine,
    /// The first threshold, and what the distances between them are the softplus of.
    thresholds: Var,
    /// Ones above the diagonal and on it: a row times it is the row of its sums so far.
    sums: Tensor,
    output: Shape,
}

impl Running {
    /// The logarithm of σ(x).
    fn log_sigmoid(x: &Tensor) -> Result<Tensor> {
        Ok(Activation::Softplus.apply(&x.neg()?)?.neg()?)
    }
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        let score = self.score.forward(&flat(only(inputs)?)?, Activation::Identity, mode)?;
        let learned = mode.parameter(&self.thresholds)?;
        let (count, rows) = (learned.dim(0)?, score.dim(0)?);
        let (first, distances) = (learned.narrow(0, 0, 1)?, learned.narrow(0, 1, count - 1)?);
        let steps = Tensor::cat(&[first, Activation::Softplus.apply(&distances)?], 0)?;
        let sums = self.sums.to_dtype(steps.dtype())?;
        let above = steps.unsqueeze(0)?.matmul(&sums)?.broadcast_sub(&score)?;
        // With a = t_k - s and b = t_(k-1) - s, σ(a) - σ(b) = σ(a) σ(-b) (1 - e^(b - a)), and as a - b is the softplus of
        // a distance d, the last factor is σ(d): nothing cancels.
        let zero = above.zeros_like()?.narrow(1, 0, 1)?;
        let below = Tensor::cat(&[&zero, &Self::log_sigmoid(&above.neg()?)?], 1)?;
        let above = Tensor::cat(&[&Self::log_sigmoid(&above)?, &zero], 1)?;
        let between = Self::log_sigmoid(&distances)?.unsqueeze(0)?.broadcast_as((rows, count - 1))?;
        let between = Tensor::cat(&[&zero, &between.contiguous()?, &zero], 1)?;
        Ok(unflat(&((above + below)? + between)?, &self.output)?)
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        let mut parameters = self.score.parameters("");
        parameters.push(("thresholds".to_owned(), self.thresholds.clone()));
        parameters
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let x = onnx_flat(graph, only_value(inputs)?);
        let score = self.score.onnx(graph, &x, Activation::Identity)?;
        let learned = f64s(&self.thresholds.as_detached_tensor())?;
        let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
        let Some((&first, distances)) = learned.split_first() else {
            return Err(Error::Component("there is no threshold between classes".to_owned()));
        };
        let steps = std::iter::once(first).chain(distances.iter().map(|&distance| softplus(distance)));
        let thresholds = steps.scan(0.0, |sum, step| {
            *sum += step;
            Some(*sum)
        });
        let thresholds = thresholds.collect::<Vec<f64>>();
        let thresholds = graph.numbers(&thresholds, &[learned.len()]);
        let above = graph.binary("Sub", &thresholds, &score);
        // log sigmoid(x) is -softplus(-x).
        let negated = graph.unary("Neg", &above);
        let (of_above, of_below) = (onnx_softplus(graph, &negated), onnx_softplus(graph, &above));
        let (above, below) = (graph.unary("Neg", &of_above), graph.unary("Neg", &of_below));
        let (above, below) = (graph.pad(&above, &[(0, 1)], 0.0), graph.pad(&below, &[(1, 0)], 0.0));
        let between = distances.iter().map(|&distance| -softplus(-distance));
        let between: Vec<f64> = std::iter::once(0.0).chain(between).chain([0.0]).collect();
        let between = graph.numbers(&between, &[between.len()]);
        let sum = graph.binary("Add", &above, &below);
        let sum = graph.binary("Add", &sum, &between);
        Ok(graph.reshape(&sum, self.output.axes()))
    }
}
