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

/// A reading whenever a sensor sends one.
#[derive(SampleSchema)]
struct Sampled {
    #[tag(group)]
    cell: u32,
    #[tag]
    at: Timestamp,
    #[feat]
    voltage: f32,
    #[feat]
    #[classes("charge", "rest")]
    mode: Class,
}

/// A reading every half second, where readings are at most two seconds apart.
#[derive(SampleSchema)]
#[resampled(of = Sampled, every = "500 ms", limit = "2 s", by = cell, in_order_of = at)]
struct Even {
    #[feat(linear)]
    voltage: f32,
    #[feat(of = voltage, mean, missing = allow)]
    mean_voltage: f32,
    #[feat(last)]
    #[classes("charge", "rest")]
    mode: Class,
    #[tag(group)]
    cell: u32,
    #[tag]
    at: Timestamp,
}

fn at_a_fixed_step(readings: FeatureSet<Sampled>) -> Result<()> {
    let even: FeatureSet<Even> = Resample::new().over(&readings)?; // in memory
    let even: FeatureSet<Even> = Resample::new().to_store("even.arrow").over(&readings)?; // larger than memory
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

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Filled(measurement: Measurement) {
        filled = FillMissing::with(0.0)(measurement.signals);
        missing = IsMissing(measurement.signals);
        both = Concat::axis(-1)(filled, missing);
        soh = Linear(both) -> measurement.soh;
    }
}

#[derive(NamedArray)]
struct Electrodes {
    cathode: Class,
    anode: Class,
}

#[derive(SampleSchema)]
struct Marked {
    #[feat]
    #[classes("lfp", "nmc", "graphite", "silicon")]
    electrodes: Electrodes,
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

    let chain = process::FittedChain::fit(&[process::OneHot::new().spec()], "state", &train)?;
    let cells = cells.with_transformed("state_hot", Domain::Feature, "state", &chain)?.typed::<Encoded>()?;
    Ok(())
}

mod by_several_columns {
    use super::*;

    #[derive(SampleSchema)]
    struct Pulse {
        #[feat]
        voltage: [f32; 8],
        #[target]
        soh: Option<f32>,
        #[tag]
        cell: i64,
        #[tag]
        #[classes("fresh", "worn", "dead")]
        state: Class,
        #[tag]
        set: String,
    }

    const DEAD: Condition = Pulse::COLUMNS.state.eq("dead");

    model_graph! {
        #[optimizer(Adam::lr(1e-3))]
        graph Line(pulse: Pulse) { #[allow(reconstruct)] copy = Linear(pulse.voltage) -> pulse.voltage; }
    }

    experiment! {
        experiment Split for Line {
            seed = 1;
            split pulse = ByCondition::splits(
                train: pulse.cell.lt(10).and(pulse.state.ne("dead")),
                test: pulse.cell.ge(10).and(!(pulse.state.eq("dead").or(pulse.soh.is_missing())))
            );
            train code { feed pulse = Batches::of(32)(train); loss = Mse(copy, pulse.voltage); epochs = 1; }
            eval test { feed pulse = test; error = Mse(copy, pulse.voltage); }
        }
    }
}

mod of_another_table {
    use super::*;

    #[derive(SampleSchema)]
    struct Cell {
        #[tag]
        cell: i64,
        #[tag]
        maker: String,
    }

    #[derive(SampleSchema)]
    struct MadePulse {
        #[feat]
        voltage: [f32; 8],
        #[target]
        soh: f32,
        #[tag]
        cell: i64,
        #[tag]
        maker: String,
    }

    fn joined(pulses: FeatureSet<Pulse>, cells: FeatureSet<Cell>) -> Result<()> {
        let pulses = pulses.with_columns_of(&cells, "cell", ["maker"])?.typed::<MadePulse>()?;
        Ok(())
    }
}

mod sets_that_stand_ready {
    use super::*;

    #[derive(SampleSchema)]
    struct Pulse {
        #[feat]
        voltage: [f32; 8],
        #[target]
        soh: f32,
        #[tag]
        set: String,
        #[tag]
        serial: String,
    }

    model_graph! {
        #[optimizer(Adam::lr(1e-3))]
        graph Line(pulse: Pulse) { soh = Linear(pulse.voltage) -> pulse.soh; }
    }

    experiment! {
        experiment ByTag for Line {
            seed = 1;
            split pulse = ByCondition::splits(train: pulse.set.eq("train"), test: pulse.set.eq("test")).complete();
            train regress { feed pulse = Batches::of(32)(train); loss = Mse(soh, pulse.soh); epochs = 1; }
        }
    }

    experiment! {
        experiment ByList for Line {
            seed = 1;
            split pulse = ByIds::files(train: "train.txt", test: "test.txt").in_column(pulse.serial);
            train regress { feed pulse = Batches::of(32)(train); loss = Mse(soh, pulse.soh); epochs = 1; }
        }
    }
}

fn batches(view: View) -> Result<()> {
    let mut loader = Batches::of(32).shuffled().spec().loader(&view, 42);
    let position = loader.position(); // to be saved
    let loader = Batches::of(32).shuffled().spec().loader(&view, 42).resume(position);
    Ok(())
}
