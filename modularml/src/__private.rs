//! What the macros' expansions name; no part of the public interface.

pub use crate::plan::wiring::Wiring;
use crate::spec::parameter::find;
pub use crate::spec::standing::Standing;
use crate::spec::{self, Between, LayerSpec, MetricSpec, ParameterSpec, ParameterValue, Spread};
pub use crate::text::message::require;
use crate::text::{List, Message, Shape, Verdict};

/// What a layer in the source says of itself.
pub struct WrittenLayer {
    /// Its description.
    pub spec: LayerSpec,
    /// What its own shape rule says of the inputs that it was asked about.
    pub own_shape: Option<Result<Shape, Message>>,
}

/// What a layer says of its shape whose description tells it; no layer is asked then.
///
/// # Errors
/// Always.
pub const fn no_own_shape() -> Result<Shape, Message> {
    Err(Message::new().text("has no shape rule of its own"))
}

/// The value at a position among those that a `vary` lists; it takes its type from the parameter.
pub const fn listed<T: Copy, const N: usize>(values: [T; N], position: usize) -> T {
    values[position]
}

/// The low or the high end of the range that a `vary` gives, and how it is drawn; it takes its type from the parameter.
pub const fn end<T: Copy>(range: Between<T>, position: usize, spread: &mut Spread) -> T {
    *spread = range.spread;
    if position == 0 { range.low } else { range.high }
}

/// The value of a parameter, which rustc has refused as a field where there is none of this name.
#[must_use]
pub const fn value(parameters: &List<ParameterSpec>, name: &str) -> ParameterValue {
    match find(parameters, name) {
        Some(parameter) => parameter.value,
        None => ParameterValue::Bool(false),
    }
}

/// Whether there is a parameter of this name.
#[must_use]
pub const fn has(parameters: &List<ParameterSpec>, name: &str) -> bool {
    find(parameters, name).is_some()
}

/// A refusal of what a choice leads to: with which value, and the words of the rule.
pub const fn with(name: &str, value: &ParameterValue, verdict: &Verdict) -> Verdict {
    match verdict {
        Ok(()) => Ok(()),
        Err(message) => {
            Err(value.push(Message::new().text("with ").text(name).text(" = ")).text(": ").text(message.as_str()))
        }
    }
}

/// A list of layers that is made at run time, for the life of the process: each different one is kept once.
#[must_use]
pub fn keep_layers<const N: usize>(layers: [LayerSpec; N]) -> &'static [LayerSpec] {
    spec::keep_layers(&layers)
}

/// A metric whose value the results hold as a number gives one: the type of another value is known by the name of its
/// component alone.
///
/// # Errors
/// When it gives something else.
pub const fn is_number(metric: &MetricSpec) -> Result<(), Message> {
    if metric.gives.is_number() {
        return Ok(());
    }
    let message = Message::new().text(metric.name).text(" gives ").text(metric.gives.words());
    Err(message.text(", and what is no number is known by its name alone: write Confusion, Roc, PrecisionRecall, Calibration or PerClass"))
}

/// What is no layer has this `own_shape`, which no constant can call, so that rustc misses nothing there but its `spec`.
pub trait NoLayer {
    /// Never called.
    ///
    /// # Errors
    /// Always.
    fn own_shape(&self, _: &[Shape]) -> Result<Shape, Message> {
        Err(Message::new())
    }
}

impl<T> NoLayer for T {}

pub mod places {
    //! The places at which expansions ask the rules, in constants.
    pub use crate::rules::Part;
    pub use crate::rules::experiment::{sound as sound_experiment, table as experiment};
    pub use crate::rules::graph::{sound, table as graph};
    pub use crate::rules::resampled::table as resampled;
    pub use crate::rules::schema::table as schema;
    pub use crate::rules::windows::table as windows;
}

pub mod rules {
    //! The rules as a running program asks them.
    pub use crate::rules::{Finding, Place, Rule, experiment, graph, resampled, schema, windows};
}
