//! What an edit costs: `cargo check` of a graph of 20 nodes, after one width was changed, against the same edit in a
//! hand-written candle module of 20 layers.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use std::{env, fs};

use crate::figure::{Figure, alternate};
use crate::{Request, Result};

const ROUNDS: usize = 11;
const NODES: usize = 20;
/// The node whose width is edited.
const EDITED: usize = 10;
const WIDTH: usize = 32;

pub fn run(_: &Request) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let program = env::current_exe()?;
    let target = program.ancestors().nth(2).ok_or("the bench must run from cargo's target folder")?.join("bench-check");

    let modularml = format!("modularml = {{ path = '{}' }}", root.join("modularml").display());
    let ours = Scratch::create("ours", &target, &root, &modularml, our_graph)?;
    let candle = "candle-core = { version = \"=0.11.1\", default-features = false }\n\
                  candle-nn = { version = \"=0.11.1\", default-features = false }";
    let peer = Scratch::create("peer", &target, &root, candle, candle_module)?;

    eprintln!("checking the dependencies");
    ours.edit_and_check(0)?;
    peer.edit_and_check(0)?;
    eprintln!("{ROUNDS} rounds");
    let (ours, peer) = alternate(ROUNDS, |round| ours.edit_and_check(round), |round| peer.edit_and_check(round))?;
    println!("{}", Figure { name: "check_20_nodes", ours, peer_name: "candle", peer, unit: "s", target: 1.5 });
    Ok(())
}

/// A crate outside the workspace; all of them share the target folder in which they lie.
struct Scratch {
    name: &'static str,
    folder: PathBuf,
    target: PathBuf,
    source: fn(usize) -> String,
}

impl Scratch {
    fn create(
        name: &'static str,
        target: &Path,
        root: &Path,
        dependencies: &str,
        source: fn(usize) -> String,
    ) -> Result<Self> {
        let folder = target.join(name);
        fs::create_dir_all(folder.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [workspace]\n\n[dependencies]\n{dependencies}\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        // The same versions as in the workspace.
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Self { name, folder, target: target.to_owned(), source })
    }

    /// Changes the width for this round and returns the seconds that `cargo check` takes.
    fn edit_and_check(&self, round: usize) -> Result<f64> {
        fs::write(self.folder.join("src/lib.rs"), (self.source)(WIDTH + round))?;
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

fn width_of(node: usize, edited: usize) -> usize {
    if node == EDITED { edited } else { WIDTH }
}

fn our_graph(edited: usize) -> String {
    let mut nodes = String::new();
    for node in 0..NODES - 1 {
        let width = width_of(node, edited);
        let input = if node == 0 { "row.x".to_owned() } else { format!("n{}", node - 1) };
        let _ = writeln!(nodes, "        n{node} = Linear::to([{width}])({input});");
    }
    let (last, before) = (NODES - 1, NODES - 2);
    format!(
        "//! {NODES} nodes.
use modularml::{{layers::*, prelude::*}};

/// A row.
#[derive(SampleSchema)]
pub struct Row {{
    /// What is known.
    #[feat]
    pub x: [f32; {WIDTH}],
    /// What is predicted.
    #[target]
    pub y: f32,
}}

model_graph! {{
    /// {NODES} nodes in a row.
    #[optimizer(Adam::lr(1e-3))]
    pub graph Deep(row: Row) {{
{nodes}        n{last} = Linear::new()(n{before}) -> row.y;
    }}
}}
"
    )
}

fn candle_module(edited: usize) -> String {
    let (mut fields, mut layers, mut steps) = (String::new(), String::new(), String::new());
    let mut read = WIDTH;
    for node in 0..NODES {
        let width = if node == NODES - 1 { 1 } else { width_of(node, edited) };
        let input = if node == 0 { "x".to_owned() } else { format!("&n{}", node - 1) };
        let _ = writeln!(fields, "    n{node}: Linear,");
        let _ = writeln!(layers, "            n{node}: linear({read}, {width}, vars.pp(\"n{node}\"))?,");
        let _ = writeln!(steps, "        let n{node} = self.n{node}.forward({input})?;");
        read = width;
    }
    let last = NODES - 1;
    format!(
        "//! {NODES} layers.
use candle_core::{{Result, Tensor}};
use candle_nn::{{Linear, Module, VarBuilder, linear}};

/// {NODES} layers in a row.
pub struct Deep {{
{fields}}}

impl Deep {{
    /// The layers with their initial weights.
    pub fn new(vars: &VarBuilder<'_>) -> Result<Self> {{
        Ok(Self {{
{layers}        }})
    }}

    /// The prediction for each row.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {{
{steps}        n{last}.squeeze(1)
    }}
}}
"
    )
}
