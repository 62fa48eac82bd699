//! The output shapes of nodes, inferred from what they read.

use super::inference::{Answers, Inference, MOST_ELEMENTS, Reader, Reads, elements};
use super::lookup::{predicting_shape, target_column};
use super::wiring::{Link, Wiring};
use super::{layers, merges, sequence};
use crate::spec::{GraphSpec, Predicts, ShapeRule};
use crate::text::{Message, Shape, Verdict, same};

/// The most bytes of parameters that a node may have.
const MAX_PARAMETER_BYTES: u128 = 64 << 30;

/// Infers the output shape of a node from the shapes of what it reads, and from what layers with rules of their own have
/// answered.
pub(crate) const fn infer<'a>(
    graph: &'a GraphSpec,
    wiring: &Wiring,
    node: usize,
    answers: &mut Answers<'_>,
) -> Inference<'a> {
    let spec = &graph.nodes.items()[node];
    let links = wiring.links(node);
    if links.is_empty() || links.len() > spec.layer.arity.most {
        return Inference::Open;
    }
    let Some(first) = wiring.link_shape(graph, links.get(0)) else {
        return Inference::Open;
    };
    match spec.layer.shape {
        ShapeRule::Concat { .. } | ShapeRule::Equal | ShapeRule::Stack { .. } => {
            return merges::infer(graph, wiring, node, &first);
        }
        ShapeRule::Own(_) if !spec.layer.arity.takes(links.len()) || !wiring.knows_inputs(graph, node) => {
            return Inference::Open;
        }
        _ => {}
    }
    let predicted = match &spec.target {
        Some(target) => match target_column(graph, target) {
            Some(column) => Some(predicting_shape(column)),
            None => return Inference::Open,
        },
        None => None,
    };
    if let ShapeRule::Setting { name, shape: None } = spec.layer.shape
        && predicted.is_none()
    {
        let message =
            Message::new().name(spec.name).text(" states no output shape; add .").text(name).text("([n]), or `-> ");
        return Inference::Refused(message.text(graph.inputs.items()[0].name).text(".<target>` if it predicts"));
    }
    let takes_it =
        matches!(spec.layer.shape, ShapeRule::Stated(None) | ShapeRule::Crossed(None) | ShapeRule::Convolved(None));
    let fits_it = match spec.layer.learns.fitting() {
        Some(fitting) => !matches!(fitting.predicts, Predicts::Nothing),
        None => false,
    };
    if (takes_it || fits_it) && predicted.is_none() {
        if spec.layer.learns.fitting().is_some() {
            let message = Message::new().name(spec.name).text(" predicts nothing; write `-> ");
            let message = message.text(graph.inputs.items()[0].name).text(".<target>` behind it, to which ");
            return Inference::Refused(message.text(spec.layer.name).text(" is fitted"));
        }
        return Inference::Refused(
            Message::new()
                .name(spec.name)
                .text(" states no output shape; add ")
                .text(if same(spec.layer.name, "Linear") { "Linear::to([n])" } else { ".output([n])" })
                .text(", or `-> ")
                .text(graph.inputs.items()[0].name)
                .text(".<target>` if it predicts"),
        );
    }
    let reads = Reads::Source(&spec.inputs.items()[0]);
    let reader = Reader { node: spec.name, layer: &spec.layer, position: 0, reads };
    if let ShapeRule::Embedded { entries, size } = spec.layer.shape
        && links.len() > 1
    {
        return looked_up(graph, wiring, node, entries, size);
    }
    if let ShapeRule::Embedded { entries, size: None } = spec.layer.shape {
        let size = match (entries, links.get(0)) {
            (Some(_), _) => entries,
            (None, Link::Column { input, column }) => {
                let classes = graph.inputs.items()[input].schema.columns[column].classes.len();
                if classes == 0 { None } else { Some(classes) }
            }
            (None, _) => None,
        };
        return match size {
            Some(_) => layers::infer(reader, ShapeRule::Embedded { entries, size }, &first),
            None => Inference::Open,
        };
    }
    sequence::layer(reader, &first, predicted, answers)
}

/// What is looked up of several columns: the places of all in one vector, or a vector for each code.
const fn looked_up<'a>(
    graph: &GraphSpec,
    wiring: &Wiring,
    node: usize,
    entries: Option<usize>,
    size: Option<usize>,
) -> Inference<'a> {
    let links = wiring.links(node);
    let mut all = 0usize;
    let mut i = 0;
    while i < links.len() {
        let link = links.get(i);
        let (Link::Column { input, column }, Some(shape)) = (link, wiring.link_shape(graph, link)) else {
            return Inference::Open;
        };
        let Some(codes) = shape.elements() else { return Inference::Open };
        let classes = graph.inputs.items()[input].schema.columns[column].classes.len();
        let places = match (size, entries) {
            (Some(_), _) => 1,
            (None, Some(entries)) => entries,
            (None, None) => classes,
        };
        if places == 0 {
            return Inference::Open;
        }
        all = all.saturating_add(codes.saturating_mul(places));
        i += 1;
    }
    Inference::Known(match size {
        Some(size) => Shape::new(&[all, size]),
        None => Shape::new(&[all]),
    })
}

/// How many parameters a map of all products of two inputs has, where more than [`MOST_ELEMENTS`] are as many.
pub(crate) const fn crossed(inputs: &[&Shape; 2], output: &Shape) -> u128 {
    let products = elements(inputs[0]) * elements(inputs[1]);
    let products = if products < MOST_ELEMENTS { products } else { MOST_ELEMENTS };
    let count = (products + 1) * elements(output);
    if count < MOST_ELEMENTS { count } else { MOST_ELEMENTS }
}

/// Refuses a layer whose parameters could not be held.
pub(crate) const fn size(graph: &GraphSpec, wiring: &Wiring, node: usize) -> Verdict {
    let spec = &graph.nodes.items()[node];
    let links = wiring.links(node);
    if links.is_empty() {
        return Ok(());
    }
    let (Some(input), Some(output)) = (&wiring.link_shape(graph, links.get(0)), &wiring.shape(node)) else {
        return Ok(());
    };
    let count = match (spec.layer.shape, links.len()) {
        (ShapeRule::Crossed(_), 2) => match wiring.link_shape(graph, links.get(1)) {
            Some(second) => crossed(&[input, &second], output),
            None => return Ok(()),
        },
        _ => sequence::parameters(&spec.layer, input, output),
    };
    let bytes = count * 4;
    if bytes <= MAX_PARAMETER_BYTES {
        return Ok(());
    }
    // A node of absurd width makes its readers as absurd; it is told alone.
    if let Link::Node(read) = links.get(0)
        && size(graph, wiring, read).is_err()
    {
        return Ok(());
    }
    let message = Message::new().name(spec.name).text(" would need ");
    #[allow(clippy::cast_possible_truncation, reason = "larger values are told apart before")]
    let message = match bytes >> 30 {
        huge if huge > 1 << 40 => message.text("more than 2^40"),
        gigabytes => message.int(gigabytes as i64),
    };
    Err(message.text(" GiB of parameters; a node may hold 64 GiB; reduce its widths"))
}
