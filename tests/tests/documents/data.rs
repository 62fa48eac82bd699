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

fn looking(pulses: FeatureSet<Pulse>) -> Result<()> {
    const WORN: Condition = Pulse::COLUMNS.soh.lt(0.8);
    let rows = pulses.view().filter(WORN.and(Pulse::COLUMNS.cell.is_in(&[1, 2])))?;
    let rows = pulses.view().filter(column("soh").between(0.5, 0.8))?; // by name, checked when it runs
    let high = rows.filter_by(Pulse::COLUMNS.voltage, |voltage| voltage[0] > 3.5)?;
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
