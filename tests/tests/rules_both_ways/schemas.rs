//! Columns of a schema. A schema of a file is read with the same rules.

use modularml::data::{ColumnSpec, Domain, Dtype, Longer, SchemaSpec};

use crate::shared::{CELL, SOH, STATE, column};
use crate::{Case, same_words, told};

const fn schema(columns: &'static [ColumnSpec]) -> SchemaSpec {
    SchemaSpec { name: "Pulse", columns }
}

pub(crate) fn columns() -> Vec<Case> {
    const NO_AXIS: ColumnSpec = column("voltage", Domain::Feature, Dtype::F32, &[0]);
    const NO_CLASSES: ColumnSpec = ColumnSpec { classes: &[], ..STATE };
    const SIGNALS: ColumnSpec =
        ColumnSpec { positions: &["voltage", "soh"], ..column("signals", Domain::Feature, Dtype::F32, &[2]) };
    const FLOAT_CLASSES: ColumnSpec = ColumnSpec { classes: &["fresh", "worn"], ..SOH };
    const CLASS_ARRAY: ColumnSpec =
        ColumnSpec { classes: &["fresh", "worn"], ..column("states", Domain::Target, Dtype::Class, &[3]) };
    const LONG: ColumnSpec = ColumnSpec { scale: 19, ..column("price", Domain::Tag, Dtype::Decimal, &[]) };
    same_words(vec![
        ("schema/SC12_array_of_classes_as_target", schema(&[CLASS_ARRAY])),
        ("schema/SC17_decimal_of_too_many_digits", schema(&[LONG])),
        ("schema/SC07_axis_of_length_zero", schema(&[NO_AXIS])),
        ("schema/SC12_class_column_without_classes", schema(&[NO_CLASSES])),
        ("schema/SC12_classes_of_a_float", schema(&[FLOAT_CLASSES])),
        ("schema/SC16_position_that_is_a_column", schema(&[SIGNALS, SOH])),
    ])
}

/// What the derive refuses by its tokens, in other words.
pub(crate) fn columns_at_run_time() -> Vec<Case> {
    const SEQUENCE: ColumnSpec = ColumnSpec { sequence: Some(Longer::Refuse), ..SOH };
    const GROUPS: ColumnSpec = ColumnSpec { groups: true, ..SOH };
    const NAMED: ColumnSpec = ColumnSpec { positions: &["volts", "amps"], ..SOH };
    const RESERVED: ColumnSpec = ColumnSpec { stored_as: "raw", ..CELL };
    const DECIMALS: ColumnSpec = column("prices", Domain::Tag, Dtype::Decimal, &[3]);
    vec![
        told("`prices` is an array of Decimal; a column holds one a sample, arrays hold numbers", schema(&[DECIMALS])),
        told(
            "`soh` is a sequence of f32 and has no length; sequences hold numbers, and their shape begins with a length",
            schema(&[SEQUENCE]),
        ),
        told("only a #[tag] groups rows, and `soh` is a #[target]; remove `group`", schema(&[GROUPS])),
        told("`soh` is [] and names 2 positions; name each of them, or none", schema(&[NAMED])),
        told("`raw` is a reserved name; give the column another", schema(&[RESERVED])),
    ]
}
