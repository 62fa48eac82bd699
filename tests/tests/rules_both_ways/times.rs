//! Columns of times: how they are written, what reads them, and how they are compared.

use modularml::data::{Column, ColumnSpec, Domain, Dtype, SchemaSpec};
use modularml::experiment::ExperimentBuilder;
use modularml::graph::{GraphBuilder, LayerSpec};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;

use crate::shared::{SOH, VOLTAGE, column, fed, graph, net, pulse, soh, split_by, study, trained};
use crate::{Case, same_words, told};

const AT: ColumnSpec = column("at", Domain::Tag, Dtype::Timestamp, &[]);
const DAY: ColumnSpec = column("day", Domain::Tag, Dtype::Date, &[]);
const COUNT: ColumnSpec = column("at", Domain::Tag, Dtype::I64, &[]);
const LOCAL: ColumnSpec = ColumnSpec { zone: "Europe/Berlin", ..AT };
const FEE: ColumnSpec = ColumnSpec { scale: 2, ..column("fee", Domain::Tag, Dtype::Decimal, &[]) };
const TAGGED: SchemaSpec = pulse(&[VOLTAGE, AT, SOH]);
const FED: SchemaSpec = pulse(&[VOLTAGE, ColumnSpec { domain: Domain::Feature, ..AT }, SOH]);

const fn at(dtype: Dtype) -> ColumnSpec {
    column("at", Domain::Feature, dtype, &[])
}

pub(crate) fn schemas() -> Vec<Case> {
    const NO_YEAR: ColumnSpec = ColumnSpec { format: "%d.%m. %H:%M", ..AT };
    const NO_PART: ColumnSpec = ColumnSpec { format: "%Y-%m-%dT%Q", ..AT };
    const TOO_MUCH: ColumnSpec = ColumnSpec { format: "%d.%m.%Y %H:%M", ..DAY };
    const OF_A_NUMBER: ColumnSpec = ColumnSpec { format: "epoch s", ..COUNT };
    const NO_ZONE: ColumnSpec = ColumnSpec { zone: "Europe/Berln", ..AT };
    const OF_A_DAY: ColumnSpec = ColumnSpec { zone: "Europe/Berlin", ..DAY };
    const TWICE: ColumnSpec = ColumnSpec { twice: Twice::Earlier, ..AT };
    const TWICE_AHEAD: ColumnSpec = ColumnSpec { zone: "+01:00", twice: Twice::Later, ..AT };
    const TWICE_A_DAY: ColumnSpec = ColumnSpec { twice: Twice::Missing, ..DAY };
    const TARGET: ColumnSpec = ColumnSpec { domain: Domain::Target, ..AT };
    const SEVERAL: ColumnSpec = column("at", Domain::Tag, Dtype::Timestamp, &[3]);
    let mut cases = same_words(vec![
        ("times/TI01_format_without_a_year", pulse(&[VOLTAGE, NO_YEAR, SOH])),
        ("times/TI01_specifier_that_is_none", pulse(&[VOLTAGE, NO_PART, SOH])),
        ("times/TI02_format_of_another_type", pulse(&[VOLTAGE, TOO_MUCH, SOH])),
        ("times/TI02_format_of_a_number", pulse(&[VOLTAGE, OF_A_NUMBER, SOH])),
        ("times/TI03_misspelt_zone", pulse(&[VOLTAGE, NO_ZONE, SOH])),
        ("times/TI03_zone_of_a_date", pulse(&[VOLTAGE, OF_A_DAY, SOH])),
        ("times/TI16_twice_without_a_zone", pulse(&[VOLTAGE, TWICE, SOH])),
        ("times/TI16_twice_at_an_offset", pulse(&[VOLTAGE, TWICE_AHEAD, SOH])),
        ("times/TI16_twice_of_a_date", pulse(&[VOLTAGE, TWICE_A_DAY, SOH])),
        ("times/TI04_time_as_a_target", pulse(&[VOLTAGE, TARGET, SOH])),
    ]);
    cases.push(told(
        "`at` is an array of Timestamp; a column holds one time a sample, arrays hold numbers",
        pulse(&[VOLTAGE, SEVERAL, SOH]),
    ));
    cases
}

fn node(dtype: Dtype, layer: impl Into<LayerSpec>) -> GraphBuilder {
    let schema = SchemaSpec::at_run_time("Pulse", vec![VOLTAGE, at(dtype), SOH]);
    graph(schema).node("part", layer, ["pulse.at"]).node("soh", Mlp::hidden([32]), soh("part"))
}

pub(crate) fn nodes() -> Vec<Case> {
    const HOUR: &[LayerSpec] = &[Hour::new().cyclic().spec(), Linear::new().spec()];
    let named = |name: &str, dtype, layer: LayerSpec| {
        let schema = SchemaSpec::at_run_time("Pulse", vec![VOLTAGE, at(dtype), SOH]);
        graph(schema).node(name, layer, ["pulse.at"]).node("soh", Mlp::hidden([32]), soh(name))
    };
    let months = graph(FED).node("hour", Hour::new(), ["pulse.at"]).node("month", Month::new(), ["hour"]).node(
        "soh",
        Mlp::hidden([32]),
        soh("month"),
    );
    same_words(vec![
        ("times/TI06_time_as_amount", named("all", Dtype::Timestamp, Linear::to([2]).spec())),
        ("times/TI07_hour_of_a_date", named("hour", Dtype::Date, Hour::new().spec())),
        ("times/TI07_weekday_of_a_number", named("day", Dtype::F32, DayOfWeek::new().spec())),
        ("times/TI07_month_of_a_node", months),
        ("times/TI07_hour_as_an_element", graph(FED).node("soh", Sequential::of(HOUR), soh("pulse.voltage"))),
        (
            "times/TI15_hour_of_a_time_that_may_be_missing",
            graph(SchemaSpec::at_run_time(
                "Pulse",
                vec![VOLTAGE, ColumnSpec { allows_missing: true, ..at(Dtype::Timestamp) }, SOH],
            ))
            .node("hour", Hour::new(), ["pulse.at"])
            .node("soh", Mlp::hidden([32]), soh("hour")),
        ),
        ("times/TI08_since_no_time", node(Dtype::Timestamp, Elapsed::since("2026-02-30"))),
    ])
}

pub(crate) fn experiments() -> Vec<Case> {
    let at = Column::<Timestamp>::new(AT);
    let by = |train: Condition<'static>, test: Condition<'static>| -> ExperimentBuilder {
        let pairs = vec![("train", train), ("test", test)];
        split_by(net(TAGGED), ByCondition::splits(pairs.leak())).train("regress", trained)
    };
    let ordered = |schema: SchemaSpec, ordered: Ordered| {
        split_by(net(schema), ordered.ratios([("train", 0.7), ("test", 0.3)])).train("regress", trained)
    };
    let fee = Column::<Decimal<2>>::new(FEE);
    let by_fee = |train: Condition<'static>, test: Condition<'static>| {
        let pairs = vec![("train", train), ("test", test)];
        let net = net(SchemaSpec::at_run_time("Pulse", vec![VOLTAGE, FEE, SOH]));
        split_by(net, ByCondition::splits(pairs.leak())).train("regress", trained)
    };
    same_words(vec![
        ("columns/CO15_condition_that_is_no_decimal", by_fee(fee.lt("2.505"), fee.ge("2.51"))),
        ("columns/CO15_conditions_on_a_decimal_that_meet", by_fee(fee.lt("3"), fee.ge("2.51"))),
        ("times/TI09_condition_that_is_no_time", by(at.lt("2026-13-01"), at.ge("2027-01-01"))),
        (
            "times/TI14_zone_without_an_offset",
            split_by(
                net(pulse(&[VOLTAGE, LOCAL, SOH])),
                ByCondition::splits(
                    const {
                        &[
                            ("train", Column::<Timestamp>::new(LOCAL).lt("2026-01-01")),
                            ("test", Column::<Timestamp>::new(LOCAL).ge("2026-01-02T00:00+01:00")),
                        ]
                    },
                ),
            )
            .train("regress", trained),
        ),
        ("times/TI10_conditions_that_meet", by(at.le("2026-01-01"), at.ge("2026-01-01T00:00Z"))),
        ("times/TI11_gap_that_is_no_span", ordered(TAGGED, Ordered::by(at).gap_time("7 moons"))),
        (
            "times/TI11_gap_in_time_of_a_number",
            ordered(pulse(&[VOLTAGE, COUNT, SOH]), Ordered::by(Column::<i64>::new(COUNT)).gap_time("7 days")),
        ),
        ("times/TI11_gap_in_time_and_in_rows", ordered(TAGGED, Ordered::by(at).gap(3).gap_time("7 days"))),
        (
            "times/TI12_scaled_time",
            study(net(FED)).scale("pulse.at", [Standard::new()], "train").train("regress", trained),
        ),
        ("times/TI12_time_in_a_loss", study(net(FED)).train("regress", |t| fed(t).loss(Mse, ["soh", "pulse.at"]))),
    ])
}
