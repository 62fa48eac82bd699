//! Which kind of numbers losses and metrics take of a node: logits, probabilities, or logarithms of them.

use crate::plan::ending::{Kind, ending};
use crate::plan::site::Measured;
use crate::plan::wiring::Wiring;
use crate::spec::{Activation, GraphSpec, Takes};
use crate::text::{Message, Verdict, same};

/// A node gives the kind of numbers that its place takes. What a layer of one's own or a merge gives is not known, and is
/// refused nowhere.
pub(super) const fn kind_of_numbers(
    graph: &GraphSpec,
    wiring: &Wiring,
    measured: &Measured<'_>,
    slot: usize,
    node: usize,
) -> Verdict {
    let takes = measured.slots[slot].takes;
    let what = match takes {
        Takes::Logits => "logits",
        Takes::Probabilities => "probabilities",
        Takes::LogProbabilities => "logarithms of probabilities",
        _ => return Ok(()),
    };
    let (kind, at) = ending(graph, wiring, node);
    // A message is made only where something is wrong: this runs for every operand at every edit.
    if is_right(takes, kind, measured.is_metric) {
        return Ok(());
    }
    let message = Message::new().text(measured.name).text(" takes ").text(what).text(", but ");
    let message = message.name(graph.nodes.items()[at].name);
    match (takes, kind) {
        (Takes::Logits, Kind::LogProbabilities) => Err(message.text(" gives logarithms of probabilities; use Nll")),
        (Takes::Logits, Kind::Probabilities(function)) => {
            Err(message.text(" ends in ").text(function.name()).text("; remove the activation"))
        }
        (_, Kind::OfClasses) => {
            Err(message.text(", a fitted model, gives probabilities; measure LogLoss, or Brier of one class"))
        }
        (Takes::Probabilities, _) => Err(no_probabilities(message, measured, kind)),
        (_, Kind::Probabilities(function)) => {
            Err(message.text(" ends in ").text(function.name()).text("; end it in LogSoftmax instead"))
        }
        _ => {
            let message = ends_in(message, kind, "LogSoftmax").text("; put a LogSoftmax node behind it, and name that");
            Err(match instead_of(measured.name) {
                Some(other) => message.text(", or use ").text(other).text(", which takes logits"),
                None => message,
            })
        }
    }
}

const fn is_right(takes: Takes, kind: Kind, is_metric: bool) -> bool {
    match (takes, kind) {
        (_, Kind::Unknown | Kind::AsRead)
        | (Takes::Logits, Kind::Scores(_))
        | (Takes::Probabilities, Kind::Probabilities(_) | Kind::OfClasses)
        | (Takes::LogProbabilities, Kind::LogProbabilities) => true,
        // The softmax of such logarithms is what they are the logarithms of.
        (Takes::Logits, Kind::LogProbabilities) => is_metric,
        _ => false,
    }
}

const fn no_probabilities(message: Message, measured: &Measured<'_>, kind: Kind) -> Message {
    if measured.is_metric {
        let message = ends_in(message, kind, "Softmax or Sigmoid");
        return if measured.settings.has("from_logits") {
            message.text("; write ").text(measured.name).text(".from_logits()")
        } else {
            message.text("; put a Softmax node behind it, and measure that")
        };
    }
    let message = ends_in(message, kind, "Sigmoid").text("; put a Sigmoid node behind it, and name that");
    match instead_of(measured.name) {
        Some(other) => message.text(", or use ").text(other),
        None => message,
    }
}

/// Appends what a node ends in, or what it does not end in.
const fn ends_in(message: Message, kind: Kind, wanted: &str) -> Message {
    match kind {
        Kind::LogProbabilities => message.text(" ends in LogSoftmax"),
        Kind::Scores(function) if !matches!(function, Activation::Identity) => {
            message.text(" ends in ").text(function.name())
        }
        _ => message.text(" does not end in ").text(wanted),
    }
}

/// The loss that compares logits in place of a loss that compares what is made of them.
const fn instead_of(loss: &str) -> Option<&'static str> {
    let pairs = [("Bce", "BceWithLogits"), ("Nll", "CrossEntropy"), ("KlDiv", "SoftCrossEntropy")];
    let mut i = 0;
    while i < pairs.len() {
        if same(pairs[i].0, loss) {
            return Some(pairs[i].1);
        }
        i += 1;
    }
    None
}
