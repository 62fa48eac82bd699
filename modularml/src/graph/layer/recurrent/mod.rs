//! Recurrent layers.

mod cell;
mod recurrence;
mod scan;

pub use recurrence::Recurrence;

use cell::Cell;
use recurrence::Recurrent;

use super::init::Init;
use super::{BuildLayer, Layer, LayerBuild, Learns, OnPadding, ShapeRule};
use crate::Result;

/// Writes a recurrent component.
macro_rules! recurrent {
    ($($(#[$documentation:meta])* $name:ident)*) => { $(
        $(#[$documentation])*
        ///
        /// The input is `[length, width]`, read from its first position to its last; the states before the first are 0.
        /// The output is h at every position, `[length, hidden]`, or with `last` h after the last step alone,
        /// `[hidden]`; with two directions twice as wide, forward before backward. W is `weight_ih`, U `weight_hh`, b
        /// `bias_ih` and d `bias_hh`, as in PyTorch, each with the gates one below the other.
        ///
        /// Rows that are shorter than others are read to their own end, and backward from it, as PyTorch's packed
        /// sequences; h behind the end is 0.
        #[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
        #[spec(
            learns = Learns::BySteps,
            shape = ShapeRule::Recurrent {
                gates: Cell::$name.gates(),
                hidden: self.hidden,
                layers: self.layers,
                directions: if self.bidirectional { 2 } else { 1 },
                last: self.last,
            },
            padding = if self.last { OnPadding::Reduces } else { OnPadding::Masks },
        )]
        pub struct $name {
            /// How many numbers h holds.
            #[setting(first, at_least = 1)]
            hidden: usize,
            /// How many layers stand one over the other, each reading h of the one below.
            #[setting(default = 1, at_least = 1)]
            layers: usize,
            /// Each layer reads its input from both ends.
            #[setting(default = false)]
            bidirectional: bool,
            /// The output is h after the last step alone: of the backward direction that is at the first position.
            #[setting(default = false)]
            last: bool,
            /// The probability that an element of h is set to zero between two layers in training.
            #[setting(default = 0.0, at_least = 0.0, below = 1.0)]
            dropout: f64,
            /// No b and d are added.
            #[setting(default = false)]
            no_bias: bool,
            /// How the initial weights are drawn, each gate by itself; `FanIn` is ±1 / sqrt(hidden) here.
            #[setting(default = Init::FanIn)]
            init: Init,
            /// What the initial weights are multiplied by.
            #[setting(default = 1.0, above = 0.0)]
            init_gain: f64,
        }

        impl $name {
            /// The running layer, whose states can be given and read.
            ///
            /// # Errors
            /// When the input is not `[length, width]`.
            pub fn recurrence(self, build: LayerBuild) -> Result<Recurrence> {
                let Self { hidden, layers, bidirectional, last, dropout, no_bias, init, init_gain } = self;
                let cell = Cell::$name;
                let recurrent =
                    Recurrent { cell, hidden, layers, bidirectional, last, dropout, no_bias, init, init_gain };
                Recurrence::new(recurrent, build)
            }
        }

        impl BuildLayer for $name {
            fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
                Ok(Box::new(self.recurrence(build)?))
            }
        }
    )* };
}

recurrent! {
    /// The recurrent net of Elman, 1990: h' = tanh(W x + b + U h + d).
    ///
    /// ```
    /// use modularml::graph::Rnn;
    ///
    /// let code = Rnn::hidden(32).last();
    /// ```
    Rnn
    /// Long short-term memory (Hochreiter and Schmidhuber, 1997; with the forget gate of Gers et al., 2000): with
    /// (i, f, g, o) = W x + b + U h + d, c' = sigmoid(f) c + sigmoid(i) tanh(g) and h' = sigmoid(o) tanh(c').
    ///
    /// ```
    /// use modularml::graph::Lstm;
    ///
    /// let code = Lstm::hidden(32).layers(2).dropout(0.1).last();
    /// ```
    Lstm
    /// The gated recurrent unit (Cho et al., 2014), with r applied behind U as in PyTorch: r and z are the sigmoid of
    /// W x + b + U h + d, n = tanh(W x + b + r (U h + d)), h' = (1 - z) n + z h.
    ///
    /// ```
    /// use modularml::graph::Gru;
    ///
    /// let each_position = Gru::hidden(32).bidirectional();
    /// ```
    Gru
}
