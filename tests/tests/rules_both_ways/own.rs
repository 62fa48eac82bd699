//! Layers of one's own with a shape rule of their own: constants ask them by name, a running program by pointer.

#![allow(
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "every shape rule has the same signature, whatever it looks at"
)]

use modularml::candle_nn::VarBuilder;
use modularml::data::{Domain, Dtype, SchemaSpec, Shape};
use modularml::graph::{GraphBuilder, LayerSpec, Reads};
use modularml::layers::*;
use modularml::prelude::*;
use modularml::text::Message;

use crate::shared::{SOH, column, graph, pulse, soh};
use crate::{Case, same_words, told};

/// All products of a number of one vector with a number of the other, mixed into so many.
#[derive(Layer, Clone, Copy)]
#[layer(shape = own, inputs = 2)]
struct CrossProduct {
    /// How many numbers come out.
    #[setting(first, at_least = 1)]
    rank: usize,
}

impl CrossProduct {
    const fn infer(&self, inputs: &[Shape]) -> Result<Shape, Message> {
        if inputs[0].rank() != 1 || inputs[1].rank() != 1 {
            let message = Message::new().text("crosses two vectors, not ").shape(&inputs[0]);
            return Err(message.text(" and ").shape(&inputs[1]));
        }
        Ok(Shape::new(&[self.rank]))
    }
}

/// Never runs: each graph is refused.
struct Crossed;

impl MergeModule for Crossed {
    fn forward(&self, inputs: &[Tensor], _: bool) -> Result<Tensor> {
        Ok((&inputs[0] * &inputs[1])?)
    }
}

impl BuildMerge for CrossProduct {
    type Module = Crossed;

    fn build(&self, _: &[Shape], _: &Shape, _: VarBuilder<'_>) -> Result<Crossed> {
        Ok(Crossed)
    }
}

/// Takes vectors of even length.
#[derive(Layer, Clone, Copy)]
#[layer(shape = own, learns = nothing)]
struct Even;

impl Even {
    const fn infer(self, inputs: &[Shape]) -> Result<Shape, Message> {
        if !inputs[0].axis(0).is_multiple_of(2) {
            return Err(Message::new().text("takes an even length, not ").count(inputs[0].axis(0)));
        }
        Ok(inputs[0])
    }
}

impl BuildModule for Even {
    type Module = modularml::candle_nn::Func<'static>;

    fn build(&self, _: &Shape, _: &Shape, _: VarBuilder<'_>) -> Result<Self::Module> {
        Ok(modularml::candle_nn::func(|x| Ok(x.clone())))
    }
}

/// Half of a vector.
#[derive(Layer, Clone, Copy)]
#[layer(shape = own, learns = nothing)]
struct Halved;

impl Halved {
    const fn infer(self, inputs: &[Shape]) -> Result<Shape, Message> {
        Ok(Shape::new(&[inputs[0].axis(0) / 2]))
    }
}

impl BuildModule for Halved {
    type Module = modularml::candle_nn::Func<'static>;

    fn build(&self, _: &Shape, output: &Shape, _: VarBuilder<'_>) -> Result<Self::Module> {
        let half = output.axis(0);
        Ok(modularml::candle_nn::func(move |x| x.narrow(1, 0, half)))
    }
}

pub(crate) fn layers_with_rules_of_their_own() -> Vec<Case> {
    const PULSE: SchemaSpec = pulse(&[
        column("voltage", Domain::Feature, Dtype::F32, &[8]),
        column("image", Domain::Feature, Dtype::F32, &[4, 4]),
        SOH,
    ]);
    let cross = || CrossProduct::rank(4);
    let crossed = |sources: &[&str]| {
        graph(PULSE).node("crossed", cross(), sources.to_vec()).node("soh", Linear::new(), soh("crossed"))
    };
    same_words(vec![
        ("derive_layer/DA06_refused_by_its_own_rule", crossed(&["pulse.voltage", "pulse.image"])),
        ("derive_layer/DA09_one_input_twice", crossed(&["pulse.voltage", "pulse.voltage"])),
        (
            "derive_layer/DA06_two_refused_and_one_of_another_shape",
            graph(PULSE)
                .node("crossed", cross(), ["narrow", "wide"])
                .node("soh", Linear::new(), soh("again"))
                .node("again", cross(), ["pulse.image", "wide"])
                .node("narrow", Linear::to([2, 2]), ["pulse.voltage"])
                .node("wide", Linear::to([3]), ["pulse.voltage"])
                .node("predicts", cross(), Reads::of(["wide", "pulse.voltage"]).predicts("pulse.soh"))
                .node("out", Flatten, Reads::of(["crossed"]).output()),
        ),
        (
            "derive_layer/DA07_wrong_number_of_inputs",
            graph(PULSE)
                .node("few", cross(), ["pulse.voltage"])
                .node("many", cross(), ["pulse.voltage", "few", "pulse.image"])
                .node("soh", Linear::new(), soh("many")),
        ),
    ])
}

/// In the macros these rules are not asked, and the shape is open.
pub(crate) fn rules_inside_other_layers() -> Vec<Case> {
    const PULSE: SchemaSpec = pulse(&[column("voltage", Domain::Feature, Dtype::F32, &[8]), SOH]);
    const LAYERS: [&[LayerSpec]; 4] = [
        &[Even.spec(), Linear::to([3]).spec(), Residual::around(&[Even.spec()]).spec()],
        &[Even.spec(), MaxPool1d::kernel(2).spec()],
        &[Even.spec(), CrossProduct::rank(4).spec()],
        &[Linear::to([4]).spec(), Even.spec()],
    ];
    let chain = |layers| graph(PULSE).node("chain", Sequential::of(layers), ["pulse.voltage"]);
    let read = |graph: GraphBuilder| graph.node("soh", Linear::new(), soh("chain"));
    vec![
        // What one node was answered is no answer for the next.
        Case::new(
            "a refusal behind an answer, and another node",
            vec![
                "node `chain`: element 1, Even: takes an even length, not 3".to_owned(),
                "node `even`: Even: takes an even length, not 5".to_owned(),
                "node `none`: Halved: gives [0]; every axis must be at least 1".to_owned(),
            ],
            read(chain(LAYERS[0]))
                .node("odd", Linear::to([5]), ["pulse.voltage"])
                .node("even", Even, Reads::of(["odd"]).output())
                .node("one", Linear::to([1]), ["pulse.voltage"])
                .node("none", Halved, Reads::of(["one"]).output()),
        ),
        told(
            "node `chain`: element 2, MaxPool1d, takes [channels, length], but element 1, Even, is [8]; put \
             Reshape::to([1, 8]) between them",
            read(chain(LAYERS[1])),
        ),
        told(
            "node `chain`: element 2, CrossProduct, joins several inputs, but an element has one; make it a node of \
             its own",
            read(chain(LAYERS[2])),
        ),
        told(
            "`chain` gives [4], but `pulse.soh` is []; put Linear::new() behind it, and let that predict",
            graph(PULSE).node("chain", Sequential::of(LAYERS[3]), Reads::of(["pulse.voltage"]).predicts("pulse.soh")),
        ),
    ]
}
