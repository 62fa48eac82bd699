//! Inputs that are joined to another.

use modularml::data::{ColumnSpec, Domain, Dtype, SchemaSpec};
use modularml::experiment::ExperimentBuilder;
use modularml::graph::GraphBuilder;
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
