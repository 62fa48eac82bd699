use modularml::data::{ColumnSpec, Domain, Dtype, Longer};
use modularml::graph::{
    Cnn1d, Concat, Dropout, Embedding, FillMissing, Flatten, IsMissing, LayerSpec, Linear, Lstm, MaxPool1d,
    MultiHeadAttention, OneHot, Reads, Relu, Residual, Ridge, Sequential, TransformerEncoder,
};

use crate::shared::{SOH, TEMPERATURE, TWO, column, graph, pulse, soh};
use crate::{Case, same_words};

const CHEMISTRY: ColumnSpec =
    ColumnSpec { classes: &["lfp", "nmc", "lco"], ..column("chemistry", Domain::Feature, Dtype::Class, &[]) };
const WEEKDAY: ColumnSpec = column("weekday", Domain::Feature, Dtype::U8, &[]);

pub(crate) fn layers_of_layers_and_sequences() -> Vec<Case> {
    const IMAGES: ColumnSpec = column("images", Domain::Feature, Dtype::F32, &[3, 8, 8]);
    const LAYERS: [&[LayerSpec]; 7] = [
        &[Linear::to([4, 16]).spec(), Relu.spec(), Flatten.spec(), MaxPool1d::kernel(2).spec()],
        &[Linear::new().spec(), Relu.spec(), Linear::new().spec()],
        &[Linear::to([4]).spec(), Concat::axis(-1).spec()],
        &[Relu.spec(), Ridge::penalty(1.0).spec()],
        &[Linear::to([64]).spec(), Relu.spec()],
        &[Dropout::probability(1.5).spec(), Linear::new().spec()],
        &[Relu.spec(), Embedding::size(4).entries(7).spec(), Linear::new().spec()],
    ];
    let code = |schema, layer: LayerSpec, source: &str| {
        graph(schema).node("code", layer, [source]).node("soh", Linear::new(), soh("code"))
    };
    let sequence = |layers| graph(TWO).node("soh", Sequential::of(layers), soh("pulse.voltage"));
    let voltage = |layer| code(TWO, layer, "pulse.voltage");
    same_words(vec![
        ("shapes/SH01_sequence_wanted_vector_given", voltage(Lstm::hidden(16).last().spec())),
        (
            "shapes/SH01_channels_wanted_image_given",
            graph(pulse(&[IMAGES, SOH])).node("soh", Cnn1d::channels([8]), soh("pulse.images")),
        ),
        (
            "shapes/SH01_attention_of_a_vector",
            graph(TWO).node("block", TransformerEncoder::heads(4), ["pulse.voltage"]).node(
                "soh",
                Linear::new(),
                soh("block"),
            ),
        ),
        (
            "shapes/SH03_heads_that_do_not_divide",
            graph(pulse(const { &[column("voltage", Domain::Feature, Dtype::F32, &[20, 16]), SOH] }))
                .node("attended", MultiHeadAttention::heads(3), ["pulse.voltage"])
                .node("block", TransformerEncoder::heads(5), ["pulse.voltage"])
                .node("soh", Concat::axis(-1), ["attended", "block"])
                .node("out", Linear::new(), soh("soh")),
        ),
        ("shapes/SH08_element_that_does_not_fit", voltage(Sequential::of(LAYERS[0]).spec())),
        ("shapes/SH08_element_without_output_shape", sequence(LAYERS[1])),
        ("shapes/SH08_merge_as_an_element", voltage(Sequential::of(LAYERS[2]).spec())),
        ("shapes/SH08_fit_only_element", sequence(LAYERS[3])),
        ("shapes/SH08_embedding_as_an_element", sequence(LAYERS[6])),
        ("shapes/SH08_no_elements", voltage(Sequential::of(&[]).spec())),
        ("shapes/SH09_residual_of_another_shape", voltage(Residual::around(LAYERS[4]).spec())),
        ("nodes/NO12_setting_of_an_element_out_of_range", sequence(LAYERS[5])),
    ])
}

/// Columns of classes and codes, and missing values.
pub(crate) fn codes() -> Vec<Case> {
    const FORM: ColumnSpec =
        ColumnSpec { classes: &["round", "flat"], ..column("form", Domain::Feature, Dtype::Class, &[]) };
    const STEPS: ColumnSpec =
        ColumnSpec { sequence: Some(Longer::Refuse), ..column("steps", Domain::Feature, Dtype::U32, &[4]) };
    let code = |schema, layer: LayerSpec, source: &str| {
        graph(schema).node("code", layer, [source]).node("soh", Linear::new(), soh("code"))
    };
    let side_by_side = |layer: LayerSpec, sources: Reads| {
        let graph = graph(pulse(&[CHEMISTRY, FORM, STEPS, SOH])).node("code", layer, sources);
        graph.node("soh", Linear::new(), soh("code"))
    };
    let codes = |column, layer: Embedding, source| code(pulse(column), layer.spec(), source);
    same_words(vec![
        (
            "columns/CO05_class_as_amount",
            graph(pulse(&[CHEMISTRY, SOH])).node("soh", Linear::new(), soh("pulse.chemistry")),
        ),
        ("columns/CO12_embedding_of_a_float", codes(&[TEMPERATURE, SOH], Embedding::size(4), "pulse.temperature")),
        (
            "columns/CO12_embedding_of_a_node",
            graph(pulse(&[TEMPERATURE, SOH]))
                .node("rest", Linear::to([2]), ["pulse.temperature"])
                .node("code", Embedding::size(4).entries(7), ["rest"])
                .node("soh", Linear::new(), soh("code")),
        ),
        (
            "columns/CO12_embedding_of_codes_without_entries",
            codes(&[WEEKDAY, SOH], Embedding::size(4), "pulse.weekday"),
        ),
        (
            "columns/CO15_missing_of_a_whole_column",
            graph(pulse(&[TEMPERATURE, SOH])).node("known", IsMissing::new(), ["pulse.temperature"]).node(
                "soh",
                Linear::new(),
                soh("known"),
            ),
        ),
        (
            "columns/CO15_missing_of_a_node",
            graph(pulse(&[TEMPERATURE, SOH]))
                .node("hidden", Linear::to([2]), ["pulse.temperature"])
                .node("known", FillMissing::with(0.0), ["hidden"])
                .node("soh", Linear::new(), soh("known")),
        ),
        (
            "columns/CO12_one_hot_of_codes_without_entries",
            code(pulse(&[WEEKDAY, SOH]), OneHot::new().spec(), "pulse.weekday"),
        ),
        (
            "columns/CO12_one_hot_of_a_float",
            code(pulse(&[TEMPERATURE, SOH]), OneHot::new().spec(), "pulse.temperature"),
        ),
        (
            "columns/CO12_embedding_of_other_classes",
            codes(&[CHEMISTRY, SOH], Embedding::size(4).entries(10), "pulse.chemistry"),
        ),
        (
            "columns/CO12_embedding_padding_no_code",
            codes(&[CHEMISTRY, SOH], Embedding::size(4).padding(3), "pulse.chemistry"),
        ),
        (
            "columns/CO12_padding_of_several_columns",
            side_by_side(Embedding::size(4).padding(0).spec(), Reads::of(["pulse.chemistry", "pulse.form"])),
        ),
        (
            "columns/CO12_one_column_of_classes_twice",
            side_by_side(OneHot::new().spec(), Reads::of(["pulse.chemistry", "pulse.form", "pulse.chemistry"])),
        ),
        (
            "columns/CO12_sequence_beside_a_column",
            side_by_side(Embedding::size(4).entries(3).spec(), Reads::of(["pulse.chemistry", "pulse.steps"])),
        ),
    ])
}
