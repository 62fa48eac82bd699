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
        #[tag]
        day: i64,
    }

    model_graph! {
        #[optimizer(Adam::lr(1e-3))]
        graph Line(pulse: Pulse) { soh = Linear(pulse.voltage) -> pulse.soh; }
    }

    experiment! {
        experiment ByTag for Line {
            seed = 1;
            split pulse = ByCondition::splits(train: pulse.set.eq("train"), test: pulse.day.ge(10)).complete();
            train regress { feed pulse = Batches::of(32)(train); loss = Mse(soh, pulse.soh); epochs = 1; }
        }
    }

    experiment! {
        experiment ByName for Line {
            seed = 1;
            split pulse = ByValues::of(pulse.set).splits(train: "train", val: ["val", "early"], test: "test").complete();
            train regress { feed pulse = Batches::of(32)(train); loss = Mse(soh, pulse.soh); epochs = 1; }
        }
    }

    experiment! {
        experiment ByFew for Line {
            seed = 1;
            split pulse = ByValues::of(pulse.serial).splits(train: ["a1", "a2", "b7"], test: ["c3", "d4"]);
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

mod splits_by_columns_of_a_joined_input {
    use super::*;

    #[derive(SampleSchema)]
    struct Cell {
        #[feat]
        capacity: [f32; 4],
        #[tag]
        cell: i64,
        #[tag]
        year: i32,
        #[tag]
        maker: String,
    }

    model_graph! {
        #[optimizer(Adam::lr(1e-3))]
        graph Pair(pulse: Pulse, cell: Cell) {
            align pulse with cell by cell; // in the graph
            both = Concat::axis(-1)(pulse.voltage, cell.capacity);
            soh = Linear(both) -> pulse.soh;
        }
    }

    experiment! {
        experiment ByYear for Pair {
            seed = 1;
            split pulse = ByCondition::splits(
                train: cell.year.lt(2020).and(cell.maker.ne("C")),
                test: cell.year.ge(2020)
            );
            folds pulse.train = KFold::of(5).group_by(cell.maker) into fit, val;
            train regress { feed pulse = Batches::of(32)(fit); loss = Mse(soh, pulse.soh); epochs = 1; }
            eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
            eval left_out { feed pulse = val; rmse = Rmse(soh, pulse.soh); }
        }
    }
}

mod classes_of_their_own {
    use super::*;

    #[derive(SampleSchema)]
    struct Cell {
        #[feat]
        #[classes("lfp", "nmc", "lco")]
        cathode: Class,
        #[feat]
        #[classes("graphite", "silicon")]
        anode: Class,
        #[target]
        life: f32,
    }

    model_graph! {
        #[optimizer(Adam::lr(1e-3))]
        graph Life(cell: Cell) {
            places = OneHot(cell.cathode, cell.anode); // [5], the places of the cathode first
            vectors = Embedding::size(8)(cell.cathode, cell.anode); // [2, 8], a table of vectors for each column
            flat = Flatten(vectors);
            all = Concat::axis(-1)(places, flat);
            life = Linear(all) -> cell.life;
        }
    }
}

mod tamed {
    use super::*;

    #[derive(SampleSchema)]
    struct Person {
        #[feat]
        income: f32,
        #[feat]
        rent: f32,
        #[feat]
        age: f32,
        #[target]
        debt: f32,
    }

    model_graph! {
        #[optimizer(Adam::lr(1e-3))]
        graph Net(person: Person) {
            income = Linear::to([4])(person.income);
            rent = Linear::to([4])(person.rent);
            age = Linear::to([4])(person.age);
            all = Concat::axis(-1)(income, rent, age);
            debt = Linear(all) -> person.debt;
        }
    }

    experiment! {
        experiment Tamed for Net {
            seed = 1;
            split person = Random::ratios(train: 0.8, test: 0.2);
            scale person.income = [Log1p, Standard] fitted on train;
            scale person.rent = [Winsorize.lower(1.0).upper(99.0), MinMax] fitted on train;
            scale person.age = KBins.bins(10).strategy(BinWidth::Uniform) fitted on train;
            scale person.debt = Quantile.normal() fitted on train;
            train regress { feed person = Batches::of(32)(train); loss = Mse(debt, person.debt); epochs = 1; }
            eval test { feed person = test; rmse = Rmse(debt, person.debt) in raw units; }
        }
    }

    #[test]
    fn incomes_are_scaled_and_debts_brought_back() -> Result<()> {
        let rows = (1u8..=100).map(|row| Person {
            income: f32::from(row).powi(3),
            rent: f32::from(row),
            age: f32::from(row % 60),
            debt: f32::from(row) * 3.0,
        });
        let mut study = Tamed::new(FeatureSet::from_rows(rows)?)?;
        let results = study.run()?;
        assert!(results.test.rmse.is_finite());
        let rows = study.split(Tamed::SPLITS.person.test)?;
        let ages = rows.numbers("age", Representation::Transformed)?;
        assert!(ages.iter().all(|age| age.fract() == 0.0 && (0.0..10.0).contains(age)));
        Ok(())
    }
}

fn batches(view: View) -> Result<()> {
    let mut loader = Batches::of(32).shuffled().spec().loader(&view, 42);
    let position = loader.position(); // to be saved
    let loader = Batches::of(32).shuffled().spec().loader(&view, 42).resume(position);
    Ok(())
}
