//! Windows over recordings.

use modularml::data::{ColumnSpec, Domain, Dtype, Longer, SchemaSpec, Take, WindowColumn, WindowsSpec};

use crate::shared::column;
use crate::{Case, same_words, told};

const CELL: ColumnSpec = ColumnSpec { groups: true, ..column("cell", Domain::Tag, Dtype::U32, &[]) };
const SECOND: ColumnSpec = column("second", Domain::Tag, Dtype::I64, &[]);
const CURRENT: ColumnSpec = column("current", Domain::Feature, Dtype::F32, &[]);
const VOLTAGE: ColumnSpec = column("voltage", Domain::Feature, Dtype::F32, &[]);
const READING: SchemaSpec = reading(&[CELL, SECOND, CURRENT, VOLTAGE]);

const fn reading(columns: &'static [ColumnSpec]) -> SchemaSpec {
    SchemaSpec { name: "Reading", columns }
}

const fn feature(key: &'static str, dtype: Dtype, axes: &[usize]) -> ColumnSpec {
    column(key, Domain::Feature, dtype, axes)
}

const fn target(key: &'static str, dtype: Dtype, axes: &[usize]) -> ColumnSpec {
    column(key, Domain::Target, dtype, axes)
}

const fn of(of: &'static [&'static str], take: Take) -> WindowColumn {
    WindowColumn { of, ahead: false, take: Some(take), columns_first: false }
}

/// Windows of the voltage, and of which cell they are.
const VOLTS: (ColumnSpec, WindowColumn) = (feature("voltage", Dtype::F32, &[256]), of(&["voltage"], Take::Every));
const OF_CELL: (ColumnSpec, WindowColumn) = (CELL, of(&["cell"], Take::First));

/// Windows of 256 rows of which each column is made so.
fn windows(columns: &[(ColumnSpec, WindowColumn)]) -> WindowsSpec {
    let (specs, columns): (Vec<_>, Vec<_>) = columns.iter().copied().unzip();
    WindowsSpec {
        schema: SchemaSpec::at_run_time("Piece", specs),
        of: READING,
        resampled: None,
        length: 256,
        horizon: 0,
        by: Some("cell"),
        in_order_of: None,
        columns: columns.leak(),
    }
}

pub(crate) fn whole() -> Vec<Case> {
    const SPECTRUM: ColumnSpec = column("spectrum", Domain::Tag, Dtype::F32, &[8]);
    const DAY: ColumnSpec = column("day", Domain::Tag, Dtype::Text, &[]);
    const UNGROUPED: ColumnSpec = ColumnSpec { groups: false, ..CELL };
    let mean = (feature("voltage", Dtype::F32, &[]), of(&["voltage"], Take::Mean));
    let volts = windows(&[VOLTS]);
    let mut cases = same_words(vec![
        ("windows/WN03_window_of_no_rows", WindowsSpec { length: 0, ..windows(&[mean, OF_CELL]) }),
        ("windows/WN04_horizon_that_is_not_read", WindowsSpec { horizon: 10, ..windows(&[VOLTS, OF_CELL]) }),
        ("windows/WN05_recording_that_is_not_carried_over", windows(&[VOLTS, (UNGROUPED, OF_CELL.1)])),
        (
            "windows/WN06_recording_of_arrays",
            WindowsSpec { of: reading(&[CELL, SPECTRUM, VOLTAGE]), by: Some("spectrum"), ..volts },
        ),
        (
            "windows/WN07_order_of_text",
            WindowsSpec { of: reading(&[DAY, VOLTAGE]), by: None, in_order_of: Some("day"), ..volts },
        ),
    ]);
    cases.push(told(
        "no column `cel` in `Reading`; did you mean `cell`? columns: cell, second, current, voltage",
        WindowsSpec { by: Some("cel"), ..volts },
    ));
    cases.push(told(
        "no column `secnd` in `Reading`; did you mean `second`? columns: cell, second, current, voltage",
        WindowsSpec { in_order_of: Some("secnd"), by: None, ..volts },
    ));
    cases
}

pub(crate) fn columns() -> Vec<Case> {
    const DOUBLE: ColumnSpec = column("current", Domain::Feature, Dtype::F64, &[]);
    const RAGGED: ColumnSpec =
        ColumnSpec { sequence: Some(Longer::Refuse), ..column("current", Domain::Feature, Dtype::F32, &[4]) };
    const GAPS: ColumnSpec = ColumnSpec { allows_missing: true, ..VOLTAGE };
    const UNTIMED: ColumnSpec = ColumnSpec { allows_missing: true, ..SECOND };
    const MODE: ColumnSpec =
        ColumnSpec { classes: &["charge", "rest"], ..column("mode", Domain::Tag, Dtype::Class, &[]) };
    const OTHER_MODE: ColumnSpec =
        ColumnSpec { classes: &["rest", "charge"], ..column("mode", Domain::Target, Dtype::Class, &[]) };
    let one = |spec: ColumnSpec, from: WindowColumn| windows(&[(spec, from), OF_CELL]);
    let second = |spec: ColumnSpec, from: WindowColumn| windows(&[VOLTS, (spec, from), OF_CELL]);
    let both = of(&["current", "voltage"], Take::Every);
    let signals = feature("signals", Dtype::F32, &[256, 2]);
    let ahead = WindowColumn { ahead: true, ..of(&["voltage"], Take::Every) };
    let unsaid = WindowColumn { take: None, ..VOLTS.1 };
    let first = WindowColumn { columns_first: true, ..VOLTS.1 };
    let mut cases = same_words(vec![
        ("windows/WN08_values_that_are_not_said", one(VOLTS.0, unsaid)),
        ("windows/WN09_ahead_without_a_horizon", second(target("next", Dtype::F32, &[10]), ahead)),
        (
            "windows/WN10_two_types_side_by_side",
            WindowsSpec { of: reading(&[CELL, SECOND, DOUBLE, VOLTAGE]), ..one(signals, both) },
        ),
        (
            "windows/WN10_one_value_of_two_columns",
            one(feature("signals", Dtype::F32, &[]), of(&["current", "voltage"], Take::Mean)),
        ),
        ("windows/WN10_columns_first_of_one_column", one(VOLTS.0, first)),
        ("windows/WN11_another_element_type", one(feature("voltage", Dtype::F64, &[256]), VOLTS.1)),
        ("windows/WN11_mean_of_an_integer", second(target("middle", Dtype::I64, &[]), of(&["second"], Take::Mean))),
        ("windows/WN11_any_of_a_number", second(target("flows", Dtype::F32, &[]), of(&["current"], Take::Any))),
        (
            "windows/WN11_window_of_sequences",
            WindowsSpec {
                of: reading(&[CELL, SECOND, RAGGED, VOLTAGE]),
                ..one(feature("current", Dtype::F32, &[256]), of(&["current"], Take::Every))
            },
        ),
        ("windows/WN12_another_length", one(feature("voltage", Dtype::F32, &[128]), VOLTS.1)),
        ("windows/WN12_axes_the_other_way_round", one(feature("signals", Dtype::F32, &[2, 256]), both)),
        (
            "windows/WN12_all_values_where_one_is_taken",
            second(target("last", Dtype::F32, &[256]), of(&["voltage"], Take::Last)),
        ),
        (
            "windows/WN13_missing_values_of_rows",
            WindowsSpec { of: reading(&[CELL, SECOND, CURRENT, GAPS]), ..windows(&[VOLTS, OF_CELL]) },
        ),
        (
            "windows/WN13_missing_integers_in_an_array",
            WindowsSpec {
                of: reading(&[CELL, UNTIMED, CURRENT, VOLTAGE]),
                ..one(feature("seconds", Dtype::I64, &[256]), of(&["second"], Take::Every))
            },
        ),
        (
            "windows/WN14_other_classes",
            WindowsSpec {
                of: reading(&[CELL, SECOND, MODE, VOLTAGE]),
                ..second(OTHER_MODE, of(&["mode"], Take::Last))
            },
        ),
    ]);
    cases.push(told(
        "no column `voltag` in `Reading`; did you mean `voltage`? columns: cell, second, current, voltage",
        one(VOLTS.0, of(&["voltag"], Take::Every)),
    ));
    cases.push(told(
        "`voltage` is made of no column; name one or more: window = [current, voltage]",
        one(VOLTS.0, of(&[], Take::Every)),
    ));
    cases
}
