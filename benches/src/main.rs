//! Side by side with peers: every figure is ours and a peer's, measured in turns in one run.
//!
//! `--list` lists the suites; a suite's name runs it, with `--full` at the full size of its data. What the figures were is in `benches/README.md`.

mod check;
mod data;
mod figure;
mod scalers;

use std::error::Error;
use std::process::ExitCode;

use figure::Figure;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

struct Suite {
    name: &'static str,
    about: &'static str,
    run: fn() -> Result<Vec<Figure>>,
}

const SUITES: [Suite; 3] = [
    Suite {
        name: "check",
        about: "`cargo check` after an edit of a graph of 20 nodes, against a candle module of 20 layers",
        run: check::run,
    },
    Suite {
        name: "data",
        about: "gathers, splits, reading and conversion, against copying and shuffling; `--full` converts 2 GB",
        run: data::run,
    },
    Suite {
        name: "scalers",
        about: "fitting and transforming 1,000,000 x 16 f64 by each scaler, against scikit-learn; one thread each",
        run: scalers::run,
    },
];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    match run(&wanted) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(wanted: &[String]) -> Result<()> {
    if let Some((data::CHILD, words)) = wanted.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return data::child(words);
    }
    if wanted.iter().any(|word| word == "--list") {
        for suite in &SUITES {
            println!("{}: {}", suite.name, suite.about);
        }
        return Ok(());
    }
    if wanted.is_empty() {
        return Err("which suite? `--list` lists them".into());
    }
    for name in wanted.iter().filter(|word| *word != "--full") {
        let suite = SUITES
            .iter()
            .find(|suite| suite.name == name)
            .ok_or_else(|| format!("there is no suite `{name}`; `--list` lists them"))?;
        for figure in (suite.run)()? {
            println!("{figure}");
        }
    }
    Ok(())
}
