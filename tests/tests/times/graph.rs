//! Numbers that a graph makes of times.

use std::f64::consts::TAU;

use modularml::losses::*;
use modularml::prelude::*;
use modularml::{layers::*, metrics::*};
use modularml_tests::{difference, numbers};
use serde_json::Value;

use super::comparing::{Daily, daily};
use modularml_tests::file::File;

use super::{expected, floats, whole};

#[derive(SampleSchema)]
struct Visit {
    #[feat]
    at: Timestamp,
    #[feat(zone = "Europe/Berlin")]
    local: Timestamp,
    #[feat]
    day: Date,
    #[feat]
    clock: TimeOfDay,
    #[feat]
    rest: TimeDelta,
    #[tag]
    noted: Timestamp,
    #[target]
    sales: f32,
}

model_graph! {
    #[optimizer(Adam::lr(0.01))]
    graph Parts(visit: Visit) {
        hour = Hour(visit.at);
        local_hour = Hour::new().cyclic()(visit.local);
        weekday = DayOfWeek(visit.local);
        circle = DayOfWeek::new().cyclic()(visit.day);
        of_year = DayOfYear(visit.local);
        season = DayOfYear::new().cyclic()(visit.at);
        month = Month(visit.local);
        months = Month::new().cyclic()(visit.day);
        since = Elapsed::since("2020-01-01")(visit.at);
        clock = Hour(visit.clock);
        rest = Days(visit.rest);
        all = Concat::axis(0)(hour, local_hour, weekday, circle, of_year, season, month, months, since, clock, rest);
        sales = Linear(all) -> visit.sales;
    }
}

experiment! {
    experiment Sales for Parts {
        seed = 7;
        split visit = ByCondition::splits(train: visit.at.lt("2026-07-01"), test: visit.at.ge("2026-07-01"));
        train learn {
            feed visit = Batches::of(4)(train);
            loss = Mse(sales, visit.sales);
            epochs = 2;
        }
        eval test { feed visit = test; rmse = Rmse(sales, visit.sales); predictions; }
    }
}

fn visits() -> FeatureSet<Visit> {
    let expected = expected();
    let (clocks, spans) = (whole(&expected["clocks"]), whole(&expected["spans"]));
    let rows = whole(&expected["nanos"]).into_iter().zip(clocks).zip(spans).map(|((nanos, clock), span)| Visit {
        at: Timestamp::from_nanos(nanos),
        local: Timestamp::from_nanos(nanos),
        day: Timestamp::from_nanos(nanos).date(),
        clock: TimeOfDay::from_nanos(clock).unwrap(),
        rest: TimeDelta::from_nanos(span),
        noted: Timestamp::from_nanos(nanos),
        sales: 1.0,
    });
    FeatureSet::from_rows(rows).unwrap()
}

#[test]
fn parts_of_times_are_those_of_pandas() {
    let (expected, visits) = (expected(), visits());
    let outputs = Parts::new(0).unwrap().forward(vec![visits.view()]).unwrap();
    let circle = |of: &dyn Fn(usize) -> f64| -> Vec<f64> {
        (0..6).flat_map(|row| [(of(row) * TAU).sin(), (of(row) * TAU).cos()]).collect()
    };
    let (utc, berlin) = (&expected["utc"], &expected["berlin"]);
    let part = |zone: &Value, part: &str| floats(&zone[part]);
    let same = |found: &Tensor, expected: Vec<f64>| {
        let difference = difference(&numbers(found), &expected, 1.0);
        assert!(difference < 1e-6, "{difference}: {:?} {expected:?}", numbers(found));
    };
    same(&outputs.hour, part(utc, "hour"));
    same(&outputs.local_hour, circle(&|row| part(berlin, "hour")[row] / 24.0));
    same(&outputs.weekday, part(berlin, "day_of_week"));
    same(&outputs.circle, circle(&|row| part(utc, "day_of_week")[row] / 7.0));
    same(&outputs.of_year, part(berlin, "day_of_year"));
    same(&outputs.season, circle(&|row| (part(utc, "day_of_year")[row] - 1.0) / part(utc, "days_in_year")[row]));
    same(&outputs.month, part(berlin, "month"));
    same(&outputs.months, circle(&|row| (part(utc, "month")[row] - 1.0) / 12.0));
    same(&outputs.since, floats(&expected["days_since_2020"]));
    same(&outputs.clock, floats(&expected["clocks"]).iter().map(|nanos| nanos / 3600e9).collect());
    same(&outputs.rest, floats(&expected["spans"]).iter().map(|nanos| nanos / 86_400e9).collect());
}

/// Times are features of an experiment, its splits are made by them, and a file keeps them.
#[test]
fn an_experiment_learns_from_times() {
    let mut study = Sales::new(visits()).unwrap();
    let results = study.run().unwrap();
    assert!(results.test.rmse.is_finite());
    assert_eq!(study.split(Sales::SPLITS.visit.test).unwrap().len(), 2);
    let csv = File::of("predictions.csv", "");
    results.test.predictions.write_csv(&csv.0).unwrap();
    assert!(std::fs::read_to_string(&csv.0).unwrap().contains("2026-12-31T23:59:59.5"));
    let file = File::of("sales.mml", "");
    study.save(&file.0).unwrap();
    let loaded = Sales::load(&file.0).unwrap();
    let predicted = |study: &Sales| numbers(&study.predict(visits().view()).unwrap().sales);
    assert_eq!(predicted(&loaded), predicted(&study));
    let new =
        FeatureSet::from_rows(daily(0..1).view().values(Daily::COLUMNS.at).unwrap().into_iter().map(|at| Visit {
            at,
            local: at,
            day: at.date(),
            clock: TimeOfDay::default(),
            rest: TimeDelta::hours(1),
            noted: at,
            sales: 0.0,
        }));
    assert_eq!(numbers(&loaded.predict(new.unwrap().view()).unwrap().sales).len(), 1);
}
