//! How much memory a file may ask for beyond what it holds.

use std::collections::BTreeMap;

use candle_core::Tensor;

use crate::error::Problem;
use crate::plan::own;
use crate::plan::phase::Plan;
use crate::plan::sequence::parameters;
use crate::plan::shapes::crossed;
use crate::spec::{ColumnSpec, Dtype, LayerSpec, Learns, ShapeRule, Value};
use crate::text::Shape;

/// What is asked for whatever the size of the file: shapes and windows of small graphs.
const SPARE_BYTES: usize = 1 << 20;
/// The bytes of a number as most are kept.
const BYTES: usize = 4;

/// What a file of some size may ask for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// In bytes, beyond the entries themselves.
    most: usize,
}

impl Limits {
    /// So many times the size of the file.
    pub(super) fn of(size: usize, factor: usize) -> Self {
        Self { most: size.saturating_mul(factor).saturating_add(SPARE_BYTES) }
    }

    /// Rule: nothing that a description names takes more memory than the limit: weights that the file does not hold,
    /// windows, and the padding of sequences.
    pub(super) fn check(self, plan: &Plan, weights: &BTreeMap<String, Tensor>) -> Result<(), Problem> {
        let (wiring, spec) = (&plan.wiring, &plan.spec);
        let mut asked = 0usize;
        for (index, node) in spec.graph.nodes.iter().enumerate() {
            let inputs: Vec<Shape> =
                wiring.links(index).iter().filter_map(|link| wiring.link_shape(&spec.graph, link)).collect();
            let output = wiring.shape(index).unwrap_or(Shape::SCALAR);
            let held: usize = weights
                .iter()
                .filter(|(name, _)| name.split_once('.').is_some_and(|(owner, _)| owner == node.name))
                .map(|(_, tensor)| tensor.elem_count())
                .sum();
            let wanted = wanted(&node.layer, &inputs, &output);
            // Biases that are left out and numbers that are counted twice make less of a difference.
            let beyond = wanted.saturating_sub(held.saturating_mul(4)).saturating_mul(BYTES);
            asked = asked.saturating_add(beyond);
            if asked > self.most {
                let problem = format!(
                    "node `{}` asks for {wanted} numbers, of which the file holds {held}; if that is meant, load it with \
                     Registry::memory_factor",
                    node.name
                );
                return Err(problem.into());
            }
        }
        Ok(())
    }

    /// Rule: rows of sequences that are padded to their declared length, in all columns together, stay below the limit.
    /// `asked` is what the columns before this one take, in bytes.
    pub(super) fn check_padding(self, asked: usize, column: &ColumnSpec, rows: usize) -> Result<usize, Problem> {
        let bytes = if matches!(column.dtype, Dtype::F64 | Dtype::I64 | Dtype::U64) { 2 * BYTES } else { BYTES };
        let own = column.shape.elements().and_then(|numbers| numbers.checked_mul(rows)?.checked_mul(bytes));
        let asked = own.and_then(|own| own.checked_add(asked)).filter(|asked| *asked <= self.most);
        asked.ok_or_else(|| {
            let problem = format!(
                "{rows} rows of column `{}` padded to {} are far more than the file holds; if that is meant, load it with \
                 Registry::memory_factor",
                column.key, column.shape
            );
            problem.into()
        })
    }
}

/// How many numbers a layer keeps at most: its parameters, and the positions of its windows.
fn wanted(layer: &LayerSpec, inputs: &[Shape], output: &Shape) -> usize {
    let counted = match inputs {
        _ if layer.learns == Learns::Nothing && counts(layer) => 0,
        [a, b] if matches!(layer.shape, ShapeRule::Crossed(_)) => {
            usize::try_from(crossed(&[a, b], output)).unwrap_or(usize::MAX)
        }
        [input] if counts(layer) => usize::try_from(parameters(layer, input, output)).unwrap_or(usize::MAX),
        _ => guessed(layer, inputs, output),
    };
    counted.saturating_add(windows(layer, inputs, output))
}

/// What the windows of a layer, and of those in it, take, and the axes that they make longer.
fn windows(layer: &LayerSpec, inputs: &[Shape], output: &Shape) -> usize {
    let Some(input) = inputs.first() else { return 0 };
    match layer.shape {
        ShapeRule::Window(window) => {
            let slides = (0..window.spatial).map(|axis| (window.slide(axis), input.axis(axis + 1)));
            positions(slides.map(|(slide, length)| slide.count(length).unwrap_or(0).saturating_mul(slide.size)))
        }
        ShapeRule::Spread { window, .. } => {
            let spread = (0..window.spatial).map(|axis| input.axis(axis + 1).saturating_mul(window.kernel.axis(axis)));
            positions(spread).saturating_add(elements(output))
        }
        // Windows that cover an axis overlap by less than two positions each.
        ShapeRule::Covered(sizes) => positions(
            (0..sizes.rank()).map(|axis| sizes.axis(axis).saturating_mul(2).saturating_add(input.axis(axis + 1))),
        ),
        // Each position is read from two others; what it is read by grows with them.
        ShapeRule::Resized { .. } => elements(output).saturating_mul(8),
        _ => {
            let inner = own::shapes(layers(layer), *input, *output).unwrap_or_default();
            let pairs = layers(layer).iter().zip(inner.windows(2));
            let inner = pairs.map(|(layer, pair)| match pair {
                [input, output] => windows(layer, &[*input], output),
                _ => 0,
            });
            inner.fold(0, usize::saturating_add)
        }
    }
}

/// Whether the parameters of a layer, and of those in it, follow from its shapes.
fn counts(layer: &LayerSpec) -> bool {
    !matches!(layer.shape, ShapeRule::Own(_) | ShapeRule::Setting { .. }) && layers(layer).iter().all(counts)
}

fn layers(layer: &LayerSpec) -> &'static [LayerSpec] {
    match layer.settings.get("layers") {
        Value::Layers(layers) => layers,
        _ => &[],
    }
}

fn elements(shape: &Shape) -> usize {
    shape.elements().unwrap_or(usize::MAX)
}

/// The positions of all windows, given those along each axis; one takes about as much memory as four numbers.
fn positions(by_axis: impl Iterator<Item = usize>) -> usize {
    by_axis.fold(4, usize::saturating_mul)
}

/// What is not known is at most the sum of the products of neighbouring sizes: of the inputs, of settings, of the output.
fn guessed(layer: &LayerSpec, inputs: &[Shape], output: &Shape) -> usize {
    let mut sizes = vec![inputs.iter().map(elements).fold(0, usize::saturating_add)];
    for setting in layer.settings.iter() {
        match setting.value {
            Value::Sizes(all) => sizes.extend(all.as_slice()),
            Value::Int(size) => sizes.push(usize::try_from(size).unwrap_or(0)),
            _ => {}
        }
    }
    sizes.push(elements(output));
    let products = sizes.windows(2).map(|pair| pair.iter().fold(1, |all: usize, &size| all.saturating_mul(size)));
    let sum = sizes.iter().copied().fold(0, usize::saturating_add);
    let inner = layers(layer).iter().map(|layer| guessed(layer, inputs, output));
    products.chain(inner).fold(sum, usize::saturating_add)
}
