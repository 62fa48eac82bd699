//! Rows at a fixed step, and windows over them.

use modularml::data::{
    ColumnSpec, Domain, Dtype, Fill, Longer, Origin, ResampledColumn, ResampledSpec, SchemaSpec, Take, TimeStep,
    WindowColumn, WindowsSpec,
};

use crate::shared::column;
use crate::{Case, same_words, told};

const CELL: ColumnSpec = ColumnSpec { groups: true, ..column("cell", Domain::Tag, Dtype::U32, &[]) };
const VOLTAGE: ColumnSpec = feature("voltage", Dtype::F32, &[]);
const MODE: ColumnSpec = ColumnSpec { classes: &["charge", "rest"], ..feature("mode", Dtype::Class, &[]) };

const fn feature(key: &'static str, dtype: Dtype, axes: &[usize]) -> ColumnSpec {
    column(key, Domain::Feature, dtype, axes)
}

const fn tag(key: &'static str, dtype: Dtype) -> ColumnSpec {
    column(key, Domain::Tag, dtype, &[])
}

const fn from(of: &'static str, fill: Fill) -> ResampledColumn {
    ResampledColumn { of, fill: Some(fill) }
}

const fn own(of: &'static str) -> ResampledColumn {
    ResampledColumn { of, fill: None }
}

const LINE: (ColumnSpec, ResampledColumn) = (VOLTAGE, from("voltage", Fill::Linear));
const OF_CELL: (ColumnSpec, ResampledColumn) = (CELL, own("cell"));

/// Rows every ten seconds, of rows with times of a type and more columns, some of which are read.
fn every(times: Dtype, rows: &[ColumnSpec], columns: &[(ColumnSpec, ResampledColumn)]) -> ResampledSpec {
    let rows = [&[CELL, tag("at", times), VOLTAGE, MODE], rows].concat();
    let (specs, columns): (Vec<_>, Vec<_>) = columns.iter().copied().unzip();
    let step = |span, number| if times.is_time() { TimeStep::Span(span) } else { TimeStep::Number(number) };
    ResampledSpec {
        schema: SchemaSpec::at_run_time("Even", specs),
        of: SchemaSpec::at_run_time("Reading", rows),
        every: step("10 s", 10.0),
        limit: step("1 min", 60.0),
        origin: Origin::StartDay,
        by: Some("cell"),
        in_order_of: "at",
        columns: columns.leak(),
    }
}

/// The same that hold the voltage, the cell and the time.
fn even(times: Dtype) -> ResampledSpec {
    every(times, &[], &[LINE, OF_CELL, (tag("at", times), own("at"))])
}

pub(crate) fn grids() -> Vec<Case> {
    const IMAGE: ColumnSpec = column("cell", Domain::Tag, Dtype::U32, &[2]);
    let at = (tag("at", Dtype::Timestamp), own("at"));
    let stamps = even(Dtype::Timestamp);
    let whole = even(Dtype::I64);
    let of_arrays = {
        let columns = [LINE, (IMAGE, own("cell")), at];
        let of = SchemaSpec::at_run_time("Reading", vec![IMAGE, at.0, VOLTAGE, MODE]);
        ResampledSpec { of, ..every(Dtype::Timestamp, &[], &columns) }
    };
    let rows: &'static ResampledSpec = Box::leak(Box::new(stamps));
    let volts = (feature("voltage", Dtype::F32, &[8]), window("voltage", Take::Every));
    let (specs, columns): (Vec<_>, Vec<_>) = [volts, (CELL, window("cell", Take::First))].into_iter().unzip();
    let windows = WindowsSpec {
        schema: SchemaSpec::at_run_time("Piece", specs),
        of: rows.schema,
        resampled: Some(rows),
        length: 8,
        horizon: 0,
        by: Some("cell"),
        in_order_of: None,
        columns: columns.leak(),
    };
    let span = TimeStep::Span;
    let mut cases = same_words(vec![
        ("resampled/RS01_step_of_zero", ResampledSpec { every: span("0 s"), ..stamps }),
        ("resampled/RS01_step_of_the_number_zero", ResampledSpec { every: 0.into(), ..whole }),
        ("resampled/RS01_limit_that_is_no_span", ResampledSpec { limit: span("soon"), ..stamps }),
        ("resampled/RS03_number_in_an_order_of_times", ResampledSpec { every: 10.into(), ..stamps }),
        ("resampled/RS03_span_in_an_order_of_numbers", ResampledSpec { every: span("10 s"), ..whole }),
        (
            "resampled/RS03_part_of_a_day",
            ResampledSpec { every: span("12 h"), limit: span("7 days"), ..even(Dtype::Date) },
        ),
        ("resampled/RS03_fraction_of_whole_numbers", ResampledSpec { every: 0.5.into(), ..whole }),
        ("resampled/RS04_limit_below_the_step", ResampledSpec { limit: span("1 s"), ..stamps }),
        ("resampled/RS05_recording_that_is_not_carried_over", every(Dtype::Timestamp, &[], &[LINE, at])),
        ("resampled/RS05_times_that_are_not_carried_over", every(Dtype::Timestamp, &[], &[LINE, OF_CELL])),
        (
            "resampled/RS06_order_of_text",
            ResampledSpec { every: span("10 s"), limit: span("1 min"), ..even(Dtype::Text) },
        ),
        ("resampled/RS06_recording_of_arrays", of_arrays),
    ]);
    cases.extend(same_words(vec![("resampled/RS14_windows_that_do_not_know_of_gaps", windows)]));
    cases.extend([
        told("every = NaN; it must be above 0", ResampledSpec { every: f64::NAN.into(), ..whole }),
        told("every = infinity; it must be above 0", ResampledSpec { every: f64::INFINITY.into(), ..even(Dtype::F64) }),
        told(
            "every = \"-1 h\" is no span of time above 0; write a number and its unit, for example \"10 s\"",
            ResampledSpec { every: span("-1 h"), ..stamps },
        ),
        told(
            "no column `cel` in `Reading`; did you mean `cell`? columns: cell, at, voltage, mode",
            ResampledSpec { by: Some("cel"), ..every(Dtype::Timestamp, &[], &[LINE, at]) },
        ),
        told(
            "no column `ta` in `Reading`; columns: cell, at, voltage, mode",
            ResampledSpec { in_order_of: "ta", ..every(Dtype::Timestamp, &[], &[LINE, OF_CELL]) },
        ),
    ]);
    cases
}

const fn window(of: &'static str, take: Take) -> WindowColumn {
    // A list in a constant, as the macros write it.
    let of: &'static [&'static str] = match of.as_bytes() {
        b"cell" => &["cell"],
        _ => &["voltage"],
    };
    WindowColumn { of, ahead: false, take: Some(take), columns_first: false }
}

pub(crate) fn columns() -> Vec<Case> {
    const OTHER_MODE: ColumnSpec = ColumnSpec { classes: &["rest", "charge"], ..MODE };
    let at = (tag("at", Dtype::Timestamp), own("at"));
    let with = |rows: &[ColumnSpec], column: ColumnSpec, of: ResampledColumn| {
        every(Dtype::Timestamp, rows, &[LINE, OF_CELL, at, (column, of)])
    };
    let only = |column: ColumnSpec, of: ResampledColumn| every(Dtype::Timestamp, &[], &[(column, of), OF_CELL, at]);
    let maker = tag("maker", Dtype::Text);
    let steps = ColumnSpec { sequence: Some(Longer::Refuse), ..feature("steps", Dtype::F32, &[8]) };
    let count = feature("count", Dtype::I64, &[]);
    let mut cases = same_words(vec![
        ("resampled/RS07_values_that_are_not_said", only(VOLTAGE, own("voltage"))),
        ("resampled/RS08_mean_of_classes", with(&[], MODE, from("mode", Fill::Mean))),
        ("resampled/RS08_line_between_texts", with(&[maker], maker, from("maker", Fill::Linear))),
        ("resampled/RS08_mean_of_times", with(&[], tag("middle", Dtype::Timestamp), from("at", Fill::Mean))),
        (
            "resampled/RS08_values_of_sequences",
            with(&[steps], feature("steps", Dtype::F32, &[8]), from("steps", Fill::Last)),
        ),
        ("resampled/RS09_mean_that_is_whole", with(&[count], count, from("count", Fill::Mean))),
        ("resampled/RS09_another_element_type", only(feature("voltage", Dtype::F64, &[]), from("voltage", Fill::Last))),
        ("resampled/RS10_another_shape", only(feature("voltage", Dtype::F32, &[2]), from("voltage", Fill::Linear))),
        ("resampled/RS11_other_classes", with(&[], OTHER_MODE, from("mode", Fill::Last))),
    ]);
    cases.extend([
        told(
            "no column `votlage` in `Reading`; did you mean `voltage`? columns: cell, at, voltage, mode",
            with(&[], feature("latest", Dtype::F32, &[]), from("votlage", Fill::Last)),
        ),
        told(
            "`mode` does not say how its values are made; write #[feat(last)] for the last known value",
            with(&[], MODE, own("mode")),
        ),
    ]);
    cases
}
