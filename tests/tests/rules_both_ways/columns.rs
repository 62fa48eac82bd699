//! What nodes read and what they predict.

use modularml::data::{ColumnSpec, Domain, Dtype, SchemaSpec};
use modularml::graph::Reads;
use modularml::layers::*;

use crate::shared::{CAPACITY, CELL, FOUR, SOH, STATE, TAGGED, VOLTAGE, column, graph, net, pulse, soh};
use crate::{Case, same_words};

pub(crate) fn sources_and_targets() -> Vec<Case> {
    const CODE: ColumnSpec = column("chemistry", Domain::Feature, Dtype::U8, &[]);
    const STATE_AS_TEXT: ColumnSpec = column("state", Domain::Target, Dtype::Text, &[]);
    const LIFE: ColumnSpec = column("life", Domain::Target, Dtype::F32, &[]);
    const CELLS_TAGGED: SchemaSpec = SchemaSpec { name: "Cell", columns: &[CAPACITY, CELL, LIFE] };
    const TEXT: ColumnSpec = column("chemistry", Domain::Feature, Dtype::Text, &[]);
    let reads = |source| graph(FOUR).node("soh", Mlp::hidden([8]), soh(source));
    let predicts = |target| graph(FOUR).node("soh", Mlp::hidden([32]), Reads::of(["pulse.voltage"]).predicts(target));
    same_words(vec![
        ("columns/CO02_target_as_model_input", reads("pulse.soh")),
        ("columns/CO03_tag_as_model_input", reads("pulse.cell")),
        ("columns/CO04_whole_input_as_column", reads("pulse")),
        (
            "columns/CO05_integer_code_as_amount",
            graph(pulse(&[CODE, SOH])).node("soh", Mlp::hidden([8]), soh("pulse.chemistry")),
        ),
        (
            "columns/CO05_text_as_model_input",
            graph(pulse(&[TEXT, SOH])).node("soh", Mlp::hidden([8]), soh("pulse.chemistry")),
        ),
        ("targets/TA01_output_and_target_disagree", graph(FOUR).node("soh", Linear::to([3]), soh("pulse.voltage"))),
        (
            "targets/TA01_too_few_classes",
            graph(pulse(&[VOLTAGE, STATE])).node(
                "state",
                Linear::to([2]),
                Reads::of(["pulse.voltage"]).predicts("pulse.state"),
            ),
        ),
        (
            "targets/TA01_text_predicted",
            graph(pulse(&[VOLTAGE, STATE_AS_TEXT])).node(
                "state",
                Mlp::hidden([32]),
                Reads::of(["pulse.voltage"]).predicts("pulse.state"),
            ),
        ),
        ("targets/TA03_feature_predicted", predicts("pulse.temperature")),
        ("targets/TA04_tag_predicted", predicts("pulse.cell")),
        (
            "targets/TA06_target_of_other_rows",
            net(TAGGED)
                .input("cell", CELLS_TAGGED)
                .node("aged", Linear::new(), Reads::of(["cell.capacity"]).predicts("cell.life"))
                .node("life", Linear::new(), Reads::of(["soh"]).predicts("cell.life")),
        ),
        (
            "targets/TA05_target_reconstructed",
            graph(FOUR).node("soh", Mlp::hidden([32]), Reads::of(["pulse.voltage"]).reconstructs("pulse.soh")),
        ),
    ])
}
