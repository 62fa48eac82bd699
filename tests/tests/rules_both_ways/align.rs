//! Inputs that are joined to another.

use modularml::data::{Column, ColumnSpec, Domain, Dtype, SchemaSpec};
use modularml::experiment::ExperimentBuilder;
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::prelude::*;

use crate::shared::{CELL, SOH, TAGGED, VOLTAGE, column, graph, merged, split_by, trained};
use crate::{Case, same_words};

const PIXELS: ColumnSpec = column("pixels", Domain::Feature, Dtype::F32, &[64]);

const fn image(columns: &'static [ColumnSpec]) -> SchemaSpec {
    SchemaSpec { name: "Image", columns }
}

/// Nodes over both inputs.
fn over_both(pulse: SchemaSpec, image: SchemaSpec) -> GraphBuilder {
    graph(pulse).input("image", image).node("a", Linear::to([16]), ["pulse.voltage"]).node(
        "b",
        Linear::to([4]),
        ["image.pixels"],
    )
}

fn fused(graph: GraphBuilder) -> GraphBuilder {
    merged(graph, -1, &["a", "b"])
}

fn aligned() -> GraphBuilder {
    over_both(TAGGED, image(&[PIXELS, CELL])).align("pulse", "image", "cell")
}

pub(crate) fn alignments() -> Vec<Case> {
    const FLOAT: ColumnSpec = column("cell", Domain::Tag, Dtype::F32, &[]);
    const TEXT: ColumnSpec = column("cell", Domain::Tag, Dtype::Text, &[]);
    const CENTS: ColumnSpec = ColumnSpec { scale: 2, ..column("cell", Domain::Tag, Dtype::Decimal, &[]) };
    const MILLS: ColumnSpec = ColumnSpec { scale: 3, ..CENTS };
    const TARGET: ColumnSpec = column("cell", Domain::Target, Dtype::I64, &[]);
    const OPTIONAL: ColumnSpec = ColumnSpec { allows_missing: true, ..CELL };
    const HUMIDITY: ColumnSpec = column("humidity", Domain::Feature, Dtype::F32, &[]);
    const SITE: SchemaSpec = SchemaSpec { name: "Site", columns: &[HUMIDITY, CELL] };
    let by_cell = |pulse, image| fused(over_both(pulse, image).align("pulse", "image", "cell"));
    let pulse = |columns| SchemaSpec { name: "Pulse", columns };
    same_words(vec![
        ("align/AL02_float_column", by_cell(pulse(&[VOLTAGE, SOH, FLOAT]), image(&[PIXELS, FLOAT]))),
        ("align/AL02_target_as_column", by_cell(TAGGED, image(&[PIXELS, TARGET]))),
        ("align/AL02_missing_values", by_cell(pulse(&[VOLTAGE, SOH, OPTIONAL]), image(&[PIXELS, CELL]))),
        ("align/AL03_types_differ", by_cell(TAGGED, image(&[PIXELS, TEXT]))),
        ("align/AL03_decimals_of_other_digits", by_cell(pulse(&[VOLTAGE, SOH, CENTS]), image(&[PIXELS, MILLS]))),
        (
            "align/AL04_aligned_with_itself",
            fused(over_both(TAGGED, image(&[PIXELS, CELL])).align("pulse", "pulse", "cell")),
        ),
        ("align/AL04_aligned_twice", fused(aligned().align("pulse", "image", "cell"))),
        (
            "align/AL04_chain",
            merged(
                aligned().input("site", SITE).align("image", "site", "cell").node(
                    "c",
                    Linear::to([4]),
                    ["site.humidity"],
                ),
                -1,
                &["a", "b", "c"],
            ),
        ),
        ("merges/ME04_rows_that_could_be_aligned", fused(over_both(TAGGED, image(&[PIXELS, CELL])))),
    ])
}

pub(crate) fn statements_about_rows_that_come_along() -> Vec<Case> {
    const RANDOM: Random = Random::ratios([("train", 0.7), ("test", 0.3)]);
    let whole = |splitter: Random| split_by(fused(aligned()), splitter);
    let by_cell = || RANDOM.group_by(modularml::data::Column::<i64>::new(CELL));
    let cases: Vec<(&str, ExperimentBuilder)> = vec![
        ("align/AL05_joined_input_is_split", whole(by_cell()).split("image", RANDOM).train("regress", trained)),
        (
            "align/AL05_joined_input_is_fed",
            whole(by_cell()).train("regress", |phase| trained(phase).feed("image", Batches::of(32), "train")),
        ),
        ("align/AL06_split_tears_rows_apart", whole(RANDOM).train("regress", trained)),
    ];
    same_words(cases)
}

/// Splits that ask columns of another input.
pub(crate) fn columns_of_another_input() -> Vec<Case> {
    const YEAR: Column<i64> = Column::new(column("image.year", Domain::Tag, Dtype::I64, &[]));
    const CELLS: Column<i64> = Column::new(CELL);
    const HEALTH: Column<f32> = Column::new(SOH);
    const GROUPED: SchemaSpec =
        SchemaSpec { name: "Pulse", columns: &[VOLTAGE, SOH, ColumnSpec { groups: true, ..CELL }] };
    const YEARS: SchemaSpec = image(&[PIXELS, CELL, column("year", Domain::Tag, Dtype::I64, &[])]);
    let alone = || {
        let graph = over_both(GROUPED, YEARS).node("soh", Linear::new(), Reads::of(["a"]).predicts("pulse.soh"));
        graph.node("copy", Linear::new(), Reads::of(["b"]).reconstructs("image.pixels"))
    };
    let joined = || fused(over_both(GROUPED, YEARS).align("pulse", "image", "cell"));
    let by = |graph, pairs| split_by(graph, ByCondition::splits(pairs)).train("regress", trained);
    let random = Random::ratios([("train", 0.7), ("test", 0.3)]);
    let pixels = Column::<[f32; 64]>::new(PIXELS).keyed("image.pixels");
    same_words(vec![
        (
            "align/AL08_condition_on_an_input_that_is_not_joined",
            by(alone(), const { &[("train", YEAR.lt(2020)), ("test", CELLS.lt(10))] }),
        ),
        (
            "align/AL08_group_of_an_input_that_is_not_joined",
            split_by(alone(), random.group_by(YEAR)).train("regress", trained),
        ),
        (
            "align/AL08_joined_conditions_that_meet",
            by(joined(), const { &[("train", YEAR.lt(2020)), ("test", YEAR.ge(2019))] }),
        ),
        (
            "align/AL08_condition_on_a_joined_array",
            split_by(joined(), random.group_by(pixels)).train("regress", trained),
        ),
        (
            "align/AL08_pulses_of_a_cell_apart",
            by(joined(), const { &[("train", YEAR.lt(2020)), ("test", HEALTH.ge(0.5))] }),
        ),
    ])
}
