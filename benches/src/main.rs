//! Side by side with peers: every figure is ours and a peer's, measured in turns in one run.
//!
//! `--list` lists the suites; a suite's name runs it, with `--full` at the full size of its data, and a name behind it
//! only the part of that name. What the figures were is in `benches/README.md`.

mod check;
mod data;
mod figure;
mod fit;
mod items;
mod peer;
mod predict;
mod ranks;
mod step;

use std::error::Error;
use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What is asked for beside the suite.
struct Request {
    /// At the full size of the data.
    is_full: bool,
    /// Names of parts; all where there are none.
    parts: Vec<String>,
}

impl Request {
    fn wants(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|wanted| wanted == part)
    }
}

struct Suite {
    name: &'static str,
    about: &'static str,
    /// The names of its parts.
    parts: &'static [&'static str],
    run: fn(&Request) -> Result<()>,
}

const SUITES: [Suite; 7] = [
    Suite {
        name: "check",
        about: "`cargo check` after an edit of a graph of 20 nodes, against a candle module of 20 layers",
        parts: check::PARTS,
        run: check::run,
    },
    Suite {
        name: "data",
        about: "gather, split, bind, convert (`--full` at 2 GB), scalers and samplers, against copying and Python",
        parts: data::PARTS,
        run: data::run,
    },
    Suite {
        name: "fit",
        about: "fitting models to all rows at once, and predicting, against scikit-learn (`--full` with 100,000 rows)",
        parts: fit::PARTS,
        run: fit::run,
    },
    Suite {
        name: "items",
        about: "five folds on one thread and on two; what an item costs beside its run, and a thousand of them",
        parts: items::PARTS,
        run: items::run,
    },
    Suite {
        name: "predict",
        about: "a prediction of one row against one of a FeatureSet and against plain candle; a model out of its file",
        parts: predict::PARTS,
        run: predict::run,
    },
    Suite {
        name: "ranks",
        about: "a step of `mlp_classes` on two ranks against one, of threads, and with `--features mpi` of MPI",
        parts: ranks::PARTS,
        run: ranks::run,
    },
    Suite {
        name: "step",
        about: "a whole training step of eight networks, against plain candle, PyTorch and the bare products",
        parts: step::PARTS,
        run: step::run,
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
    if let Some((items::CHILD, words)) = wanted.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return items::child(words);
    }
    if let Some((step::CHILD, words)) = wanted.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return step::child(words);
    }
    if let Some((ranks::CHILD, words)) = wanted.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return ranks::child(words);
    }
    if wanted.iter().any(|word| word == "--list") {
        for suite in &SUITES {
            println!("{}: {}", suite.name, suite.about);
        }
        return Ok(());
    }
    let mut words = wanted.iter().filter(|word| *word != "--full").cloned();
    let name = words.next().ok_or("which suite? `--list` lists them")?;
    let suite = SUITES.iter().find(|suite| suite.name == name);
    let suite = suite.ok_or_else(|| format!("there is no suite `{name}`; `--list` lists them"))?;
    let parts: Vec<String> = words.collect();
    if let Some(unknown) = parts.iter().find(|part| !suite.parts.contains(&part.as_str())) {
        return Err(format!("suite `{name}` has no part `{unknown}`; its parts: {}", suite.parts.join(", ")).into());
    }
    (suite.run)(&Request { is_full: wanted.iter().any(|word| word == "--full"), parts })
}
