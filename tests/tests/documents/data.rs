//! The examples of `docs/data.md`.

use super::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 8],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

struct Measured {
    volts: [f32; 8],
    soh: f32,
    id: i64,
}

fn reading(measured: &[Measured]) -> Result<()> {
    let pulses = FeatureSet::<Pulse>::from_parquet("pulses.parquet")?; // with the feature `parquet`
    let pulses = Reader::<Pulse>::new().missing("NA").drop_rows_with_missing().csv(["mon.csv", "tue.csv"])?;

    let pulses =
        FeatureSet::from_rows(measured.iter().map(|it| Pulse { voltage: it.volts, soh: it.soh, cell: it.id }))?;

    let german = Dialect::new().separator(';').decimal_comma().thousands('.').encoding("latin1");
    let pulses = Reader::<Pulse>::new().dialect(german).csv("pulses.csv")?;

    let summary = Reader::<Pulse>::new().dialect(Dialect::guessed()).summary().csv("pulses.csv")?;
    println!("{summary}"); // rows, and of each column its type, missing values, range and number of different ones
    let first = summary.problems.first(); // the error that reading would give

    let pulses = Reader::<Pulse>::new().to_store("pulses.arrow").csv("pulses.csv")?; // converts in bounded memory
    let pulses = FeatureSet::<Pulse>::open("pulses.arrow")?; // the next time: opens at once

    let pulses = Reader::<Pulse>::new().to_stores("stores").parquet(Paths::folder("pulses", "parquet")?)?; // a store a file
    let pulses = FeatureSet::<Pulse>::open(Paths::folder("stores", "arrow")?)?;
    Ok(())
}

/// A row of a recording.
#[derive(SampleSchema)]
struct Reading {
    #[tag(group)]
    cell: u32,
    #[tag]
    second: i64,
    #[feat]
    current: f32,
    #[feat]
    voltage: f32,
    #[target]
    soh: f32,
}

/// 256 readings, and the 10 behind them.
#[derive(SampleSchema)]
#[windows(of = Reading, length = 256, horizon = 10, by = cell, in_order_of = second)]
struct Piece {
    #[feat(window = [current, voltage])]
    signals: [[f32; 2]; 256],
    #[feat(window = [current, voltage], columns_first)]
    channels: [[f32; 256]; 2],
    #[target(window = voltage, ahead)]
    next: [f32; 10],
    #[target(last)]
    soh: f32,
    #[tag(group)]
    cell: u32,
    #[tag]
    second: i64,
}

fn windows() -> Result<()> {
    let readings = FeatureSet::<Reading>::open("readings.arrow")?; // sorted by cell and second
    let pieces: FeatureSet<Piece> = Windows::stride(64).longest_step(2.0).over(&readings)?;
    Ok(())
}

fn looking(pulses: FeatureSet<Pulse>) -> Result<()> {
    const WORN: Condition = Pulse::COLUMNS.soh.lt(0.8);
    let rows = pulses.view().filter(WORN.and(Pulse::COLUMNS.cell.is_in(&[1, 2])))?;
    let rows = pulses.view().filter(column("soh").between(0.5, 0.8))?; // by name, checked when it runs
    let high = rows.filter_by(Pulse::COLUMNS.voltage, |voltage| voltage[0] > 3.5)?;
    Ok(())
}

fn arrays(rows: View, study: Scaled) -> Result<()> {
    let voltage = rows.ndarray::<f32>(Pulse::COLUMNS.voltage.key(), Representation::Raw)?; // `[rows, 8]`
    let cell = rows.masked_ndarray::<i64>("cell", Representation::Raw)?; // `.values`, and `.mask`: where there are any
    let soh = study.session().predictions("test")?.ndarray::<f64>("predicted.soh")?.to_owned();
    let table = rows.to_arrow()?; // a `RecordBatch`
    Ok(())
}

#[derive(NamedArray)]
struct Signals {
    voltage: f32,
    /// Amperes.
    #[column(rename = "I (A)")]
    current: f32,
    temperature: f32,
}

#[derive(SampleSchema)]
struct Measurement {
    #[feat(missing = allow)]
    signals: Signals,
    #[target]
    soh: f32,
}

/// Times as columns, and as what a graph reads.
#[derive(SampleSchema)]
struct Visit {
    #[feat]
    volts: f32,
    /// When it was measured, by a clock in Berlin.
    #[feat(format = "%d.%m.%Y %H:%M", zone = "Europe/Berlin")]
    at: Timestamp,
    /// When the cell was made.
    #[tag]
    made: Date,
    /// How long it rested before.
    #[tag]
    rest: TimeDelta,
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Aging(visit: Visit) {
        hour = Hour::new().cyclic()(visit.at);       // sine and cosine, in which 23:30 is near 00:30
        weekday = DayOfWeek(visit.at);               // 0 is Monday
        age = Elapsed::since("2020-01-01")(visit.at);    // days
        all = Concat::axis(0)(hour, weekday, age);
        soh = Linear(all) -> visit.soh;
    }
}

fn times(readings: FeatureSet<Visit>) -> Result<()> {
    let late = readings.view().filter(Visit::COLUMNS.at.ge("2026-01-01"))?;
    let at: Vec<Timestamp> = late.values(Visit::COLUMNS.at)?;
    let texts = late.times("at")?;
    Ok(())
}

#[derive(SampleSchema)]
struct Sale {
    /// Euros and cents.
    #[tag]
    price: Decimal<2>,
    #[feat]
    weight: Decimal<3>,
    #[target]
    profit: f32,
}

fn decimals(sales: FeatureSet<Sale>) -> Result<()> {
    let dear = sales.view().filter(Sale::COLUMNS.price.ge("99.95"))?;
    Ok(())
}

#[derive(SampleSchema)]
struct Aged {
    #[feat]
    age: TimeDelta,
}

fn ages(visits: FeatureSet) -> Result<()> {
    let aged = visits.with_time_since_first("age", Domain::Feature, "at", "cell")?.typed::<Aged>()?;
    Ok(())
}

#[derive(SampleSchema)]
struct Encoded {
    #[feat]
    state_hot: [f32; 3],
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Line(pulse: Pulse) { soh = Linear(pulse.voltage) -> pulse.soh; }
}

experiment! {
    experiment Scaled for Line {
        seed = 1;
        split pulse = Random::ratios(train: 0.8, test: 0.2);
        scale pulse.voltage = [PerSampleZeroStart, MinMax] fitted on train;
        train regress { feed pulse = Batches::of(32)(train); loss = Mse(soh, pulse.soh); epochs = 1; }
    }
}

fn scaling(train: View, cells: FeatureSet) -> Result<()> {
    let chain = process::FittedChain::fit(&[Standard::new().spec()], "voltage", &train)?;

    let chain = process::FittedChain::fit(&[OneHot::new().spec()], "state", &train)?;
    let cells = cells.with_transformed("state_hot", Domain::Feature, "state", &chain)?.typed::<Encoded>()?;
    Ok(())
}

fn batches(view: View) -> Result<()> {
    let mut loader = Batches::of(32).shuffled().spec().loader(&view, 42);
    let position = loader.position(); // to be saved
    let loader = Batches::of(32).shuffled().spec().loader(&view, 42).resume(position);
    Ok(())
}
