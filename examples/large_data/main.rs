//! Data larger than memory: a CSV file is converted to a store, and split, scaled, sampled and trained on from there.
//!
//! `cargo run --release --example large_data -- 4` makes 4 GB; without a number it is 0.2.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use modularml::layers::Mlp;
use modularml::losses::Mse;
use modularml::metrics::Rmse;
use modularml::prelude::*;

/// How many points a pulse has.
const POINTS: usize = 101;

/// One voltage pulse of one cell.
#[derive(SampleSchema)]
struct Pulse {
    /// Volts over time.
    #[feat]
    voltage: [f32; POINTS],
    /// State of health.
    #[target]
    soh: f32,
    /// The cell; its pulses are spread evenly over the splits.
    #[tag]
    cell: i64,
}

model_graph! {
    /// State of health from one pulse.
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        soh = Mlp::hidden([32, 16])(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    /// Two epochs are enough to see that it learns.
    experiment SohStudy for SohNet {
        seed = 42;
        split pulse = Random::ratios(train: 0.8, val: 0.1, test: 0.1).stratify_by(pulse.cell);
        scale pulse.voltage = Standard fitted on train;

        train regress {
            feed pulse = Batches::of(256).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { loss; }
            epochs = 2;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

/// The highest anonymous memory in kB: what is not a page of a file, which the system can take back at any time.
static PEAK: AtomicU64 = AtomicU64::new(0);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gigabytes: f64 = std::env::args().nth(1).map_or(Ok(0.2), |number| number.parse())?;
    let folder = std::env::temp_dir().join(format!("modularml-large-data-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    std::thread::spawn(watch_memory);
    let done = run(&folder, gigabytes);
    std::fs::remove_dir_all(&folder)?;
    done?;
    println!("anonymous_mb = {}", PEAK.load(Ordering::Relaxed) * 1024 / 1_000_000);
    Ok(())
}

fn run(folder: &Path, gigabytes: f64) -> Result<(), Box<dyn std::error::Error>> {
    let (csv, store) = (folder.join("pulses.csv"), folder.join("pulses.arrow"));
    let start = Instant::now();
    make_csv(&csv, gigabytes * 1e9)?;
    println!("made {} MB of CSV in {:.1} s", megabytes(&csv)?, start.elapsed().as_secs_f64());

    let start = Instant::now();
    let pulses = Reader::<Pulse>::new().to_store(&store).csv(&csv)?;
    let (rows, size) = (pulses.len(), megabytes(&store)?);
    println!("converted {rows} pulses to a store of {size} MB in {:.1} s", start.elapsed().as_secs_f64());

    // The next time it is opened, which takes no time at all.
    let start = Instant::now();
    let pulses = FeatureSet::<Pulse>::open(&store)?;
    println!("opened it in {:.1} ms", start.elapsed().as_secs_f64() * 1e3);

    let results = SohStudy::new(pulses)?.run()?;
    println!("the loss went from {:.4} to {:.4}", results.regress.val.loss[0], results.regress.val.loss[1]);
    println!("the test split has an error of {:.4}", results.test.rmse);
    Ok(())
}

/// Pulses that sag the more the older the cell is, with noise.
fn make_csv(path: &Path, bytes: f64) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let names: Vec<String> = (0..POINTS).map(|point| format!("voltage_{point}")).collect();
    let mut line = names.join(",") + ",soh,cell\n";
    let (mut written, mut seed, mut row) = (0.0, 1_u32, 0_u32);
    while written < bytes {
        file.write_all(line.as_bytes())?;
        written += f64::from(u32::try_from(line.len()).unwrap_or(u32::MAX));
        line.clear();
        let age = f64::from(row % 1000) / 1000.0;
        for point in 0..u8::try_from(POINTS).unwrap_or(u8::MAX) {
            // The generator of Numerical Recipes; good enough for noise.
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = f64::from(seed >> 16) / 65_536.0 - 0.5;
            let volts = 4.0 - (0.2 + 0.5 * age) * (f64::from(point) / 30.0).tanh() + 0.02 * noise;
            let _ = write!(line, "{volts:.5},");
        }
        let _ = writeln!(line, "{:.4},{}", 1.0 - 0.4 * age, row % 7);
        row = row.wrapping_add(1);
    }
    file.flush()
}

fn megabytes(path: &Path) -> std::io::Result<u64> {
    Ok(std::fs::metadata(path)?.len() / 1_000_000)
}

/// Reads `RssAnon` again and again; where there is no `/proc`, the peak stays 0.
fn watch_memory() {
    while let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or_default();
        let kilobytes = line.trim().trim_end_matches("kB").trim().parse().unwrap_or(0);
        PEAK.fetch_max(kilobytes, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(5));
    }
}
