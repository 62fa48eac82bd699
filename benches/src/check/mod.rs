//! What an edit costs: `cargo check` after one width was changed, against the same edit in a hand-written candle module of
//! as many layers, and against bounds.

mod sources;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use std::{env, fs};

use crate::figure::{Figure, alternate};
use crate::{Request, Result};
use sources::{candle_module, columns, fields, graph, group, nothing, phases};

const ROUNDS: usize = 11;
/// Of crates that take longer.
const FEW_ROUNDS: usize = 5;

/// How many nodes in a row, and the target of the ratio to the candle module.
const CHAINS: [(&str, usize, f64); 5] = [
    ("check_20_nodes", 20, 1.2),
    ("check_100_nodes", 100, 2.0),
    ("check_200_nodes", 200, 2.0),
    ("check_400_nodes", 400, 2.0),
    ("check_512_nodes", 512, 2.0),
];
const PHASES: usize = 60;
const COLUMNS: usize = 120;
const FEW_COLUMNS: usize = 10;

pub const PARTS: &[&str] = &["nodes", "experiments", "schemas"];

pub fn run(request: &Request) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let program = env::current_exe()?;
    let target = program.ancestors().nth(2).ok_or("the bench must run from cargo's target folder")?.join("bench-check");

    let modularml = format!("modularml = {{ path = '{}' }}", root.join("modularml").display());
    let ours = Scratch::create("ours", &target, &root, &modularml)?;
    let candle = "candle-core = { version = \"=0.11.1\", default-features = false }\n\
                  candle-nn = { version = \"=0.11.1\", default-features = false }";
    let peer = Scratch::create("peer", &target, &root, candle)?;

    eprintln!("checking the dependencies");
    ours.check(&graph(2, 0))?;
    if request.wants("nodes") {
        peer.check(&candle_module(2, 0))?;
        nodes(&ours, &peer)?;
    }
    if request.wants("experiments") {
        experiments(&ours)?;
    }
    if request.wants("schemas") {
        schemas(&ours)?;
    }
    Ok(())
}

/// Graphs of many nodes.
fn nodes(ours: &Scratch, peer: &Scratch) -> Result<()> {
    for (name, nodes, bound) in CHAINS {
        let rounds = if nodes > 20 { FEW_ROUNDS } else { ROUNDS };
        eprintln!("{nodes} nodes, {rounds} rounds");
        let (edited, peers) = alternate(
            rounds,
            |round| ours.check(&graph(nodes, round)),
            |round| peer.check(&candle_module(nodes, round)),
        )?;
        println!("{}", Figure { name, ours: edited, peer_name: "candle", peer: peers, unit: "s", target: bound });
    }
    let (_, most, _) = CHAINS[CHAINS.len() - 1];
    let longest = |round| ours.check(&graph(most, round));
    let (chain, empty) = alternate(FEW_ROUNDS, longest, |round| ours.check(&nothing(round)))?;
    let name = "check_512_nodes_bound";
    println!(
        "{}",
        Figure { name, ours: chain, peer_name: "an empty crate and 2 s", peer: empty + 2.0, unit: "s", target: 1.0 }
    );
    Ok(())
}

/// Experiments of many statements.
fn experiments(ours: &Scratch) -> Result<()> {
    for (name, source) in [
        ("check_60_phases", &(|round| phases(PHASES, round)) as &dyn Fn(usize) -> String),
        ("check_120_columns", &|round| columns(COLUMNS, round)),
    ] {
        let (edited, _) = alternate(FEW_ROUNDS, |round| ours.check(&source(round)), |_| Ok(0.0))?;
        println!("{}", Figure { name, ours: edited, peer_name: "bound", peer: 1.0, unit: "s", target: 1.0 });
    }
    Ok(())
}

/// Samples of many columns, each a field, and all in one group.
fn schemas(ours: &Scratch) -> Result<()> {
    for (name, source) in
        [("check_schema_120_columns", &fields as &dyn Fn(usize, usize) -> String), ("check_group_120_columns", &group)]
    {
        let edited = |columns: usize| move |round| ours.check(&source(columns, round));
        let (many, few) = alternate(FEW_ROUNDS, edited(COLUMNS), edited(FEW_COLUMNS))?;
        let peer_name = "10 columns and 1 s";
        println!("{}", Figure { name, ours: many, peer_name, peer: few + 1.0, unit: "s", target: 1.0 });
    }
    Ok(())
}

/// What the README advises: dependencies, and with them the macros, are optimised.
const PROFILE: &str = "[profile.dev.package.\"*\"]\nopt-level = 3\n";

/// A crate outside the workspace; all of them share the target folder in which they lie.
struct Scratch {
    name: &'static str,
    folder: PathBuf,
    target: PathBuf,
}

impl Scratch {
    fn create(name: &'static str, target: &Path, root: &Path, dependencies: &str) -> Result<Self> {
        let folder = target.join(name);
        fs::create_dir_all(folder.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [workspace]\n\n[dependencies]\n{dependencies}\n\n{PROFILE}"
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        // The same versions as in the workspace.
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Self { name, folder, target: target.to_owned() })
    }

    /// Puts the source in place of the one before and returns the seconds that `cargo check` takes.
    fn check(&self, source: &str) -> Result<f64> {
        fs::write(self.folder.join("src/lib.rs"), source)?;
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut check = Command::new(cargo);
        check.args(["check", "--offline"]).current_dir(&self.folder).env("CARGO_TARGET_DIR", &self.target);
        let start = Instant::now();
        let output = check.output()?;
        let seconds = start.elapsed().as_secs_f64();
        let report = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            return Err(format!("`cargo check` of {} failed:\n{report}", self.folder.display()).into());
        }
        if !report.contains(&format!("Checking {} ", self.name)) {
            return Err(format!("`cargo check` of {} did nothing:\n{report}", self.folder.display()).into());
        }
        Ok(seconds)
    }
}
