//! What the macros' expansions name; no part of the public interface.

pub use crate::plan::wiring::Wiring;
pub use crate::spec::standing::Standing;
use crate::spec::{LayerSpec, MetricSpec};
pub use crate::text::message::require;
use crate::text::{Message, Shape};

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
    pub use crate::rules::experiment::table as experiment;
    pub use crate::rules::graph::{sound, table as graph};
    pub use crate::rules::schema::table as schema;
}

pub mod rules {
    //! The rules as a running program asks them.
    pub use crate::rules::{Finding, Place, Rule, experiment, graph, schema};
}
