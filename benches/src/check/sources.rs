//! The sources of crates whose check is timed; `round` changes what is edited.

use std::fmt::Write as _;

const WIDTH: usize = 32;

/// How wide a node is: the one in the middle is edited.
fn width_of(node: usize, nodes: usize, round: usize) -> usize {
    if node == nodes / 2 { WIDTH + round } else { WIDTH }
}

const ROW: &str = "use modularml::{layers::*, losses::*, metrics::*, prelude::*};

/// A row.
#[derive(SampleSchema)]
pub struct Row {
    /// What is known.
    #[feat]
    pub x: [f32; 32],
    /// What is predicted.
    #[target]
    pub y: f32,
}
";

/// Nodes in a row.
pub fn graph(nodes: usize, round: usize) -> String {
    let mut written = String::new();
    for node in 0..nodes - 1 {
        let width = width_of(node, nodes, round);
        let input = if node == 0 { "row.x".to_owned() } else { format!("n{}", node - 1) };
        let _ = writeln!(written, "        n{node} = Linear::to([{width}])({input});");
    }
    let (last, before) = (nodes - 1, nodes - 2);
    let used = ROW.replace(", losses::*, metrics::*", "");
    format!(
        "//! {nodes} nodes.
{used}
model_graph! {{
    /// {nodes} nodes in a row.
    #[optimizer(Adam::lr(1e-3))]
    pub graph Deep(row: Row) {{
{written}        n{last} = Linear::new()(n{before}) -> row.y;
    }}
}}
"
    )
}

/// No more than a constant.
pub fn nothing(round: usize) -> String {
    format!("//! Nothing.\n#![allow(unused_crate_dependencies)]\n\n/// A number.\npub const NUMBER: usize = {round};\n")
}

/// An experiment of train and eval phases in turn.
pub fn phases(phases: usize, round: usize) -> String {
    let mut written = String::new();
    for phase in 0..phases / 2 {
        let epochs = if phase == phases / 4 { 2 + round } else { 2 };
        let _ = write!(
            written,
            "        train learn{phase} {{
            feed row = Batches::of(32).shuffled()(train);
            loss = Mse(y, row.y);
            validate on val every 1 epoch {{ loss; rmse = Rmse(y, row.y); }}
            stop = EarlyStopping::patience(1).restore_best()(val.loss);
            epochs = {epochs};
        }}
        eval check{phase} {{ feed row = test; rmse = Rmse(y, row.y); }}
"
        );
    }
    format!(
        "//! {phases} phases.
{ROW}
model_graph! {{
    /// One node.
    #[optimizer(Adam::lr(1e-3))]
    pub graph Net(row: Row) {{
        y = Mlp::hidden([32])(row.x) -> row.y;
    }}
}}

experiment! {{
    /// {phases} phases.
    pub experiment Study for Net {{
        seed = 1;
        split row = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
{written}    }}
}}
"
    )
}

/// An experiment in which many columns are read and scaled.
pub fn columns(columns: usize, round: usize) -> String {
    let (mut fields, mut nodes, mut scales) = (String::new(), Vec::new(), String::new());
    for column in 0..columns {
        let _ = writeln!(fields, "    /// A number.\n    #[feat]\n    pub x{column}: f32,");
        nodes.push(format!("row.x{column}"));
        let _ = writeln!(scales, "        scale row.x{column} = Standard fitted on train;");
    }
    let nodes = nodes.join(", ");
    let width = WIDTH + round;
    format!(
        "//! {columns} columns.
use modularml::{{layers::*, losses::*, metrics::*, prelude::*}};

/// A row.
#[derive(SampleSchema)]
pub struct Row {{
{fields}    /// What is predicted.
    #[target]
    pub y: f32,
}}

model_graph! {{
    /// One node over all columns.
    #[optimizer(Adam::lr(1e-3))]
    pub graph Net(row: Row) {{
        all = Stack::axis(0)({nodes});
        y = Mlp::hidden([{width}])(all) -> row.y;
    }}
}}

experiment! {{
    /// All columns are scaled.
    pub experiment Study for Net {{
        seed = 1;
        split row = Random::ratios(train: 0.8, test: 0.2);
{scales}        train learn {{
            feed row = Batches::of(32).shuffled()(train);
            loss = Mse(y, row.y);
            epochs = 2;
        }}
        eval check {{ feed row = test; rmse = Rmse(y, row.y); }}
    }}
}}
"
    )
}

/// A sample of many columns, of which a graph reads one.
pub fn fields(columns: usize, round: usize) -> String {
    let mut fields = String::new();
    for column in 0..columns {
        let _ = writeln!(fields, "    /// A number.\n    #[tag]\n    pub x{column}: f32,");
    }
    format!(
        "//! {columns} columns.
use modularml::prelude::*;

/// A row.
#[derive(SampleSchema)]
pub struct Row {{
{fields}    /// What is predicted.
    #[feat(rename = \"y{round}\")]
    pub y: f32,
}}
"
    )
}

/// A sample of many columns in one group, which are scaled and read by one statement each.
pub fn group(columns: usize, round: usize) -> String {
    let mut fields = String::new();
    for column in 0..columns {
        let _ = writeln!(
            fields,
            "    /// A number.\n    #[column(rename = \"x{column} {round}\")]\n    pub x{column}: f32,"
        );
    }
    format!(
        "//! {columns} columns.
use modularml::{{layers::*, losses::*, metrics::*, prelude::*}};

/// What is measured at once.
#[derive(NamedArray)]
pub struct Signals {{
{fields}}}

/// A row.
#[derive(SampleSchema)]
pub struct Row {{
    /// What is known.
    #[feat]
    pub signals: Signals,
    /// What is predicted.
    #[target]
    pub y: f32,
}}

model_graph! {{
    /// One node over all columns.
    #[optimizer(Adam::lr(1e-3))]
    pub graph Net(row: Row) {{
        y = Mlp::hidden([32])(row.signals) -> row.y;
    }}
}}

experiment! {{
    /// All columns are scaled.
    pub experiment Study for Net {{
        seed = 1;
        split row = Random::ratios(train: 0.8, test: 0.2);
        scale row.signals = Standard fitted on train;
        train learn {{
            feed row = Batches::of(32).shuffled()(train);
            loss = Mse(y, row.y);
            epochs = 2;
        }}
        eval check {{ feed row = test; rmse = Rmse(y, row.y); }}
    }}
}}
"
    )
}

/// As many layers in a hand-written module.
pub fn candle_module(nodes: usize, round: usize) -> String {
    let (mut fields, mut layers, mut steps) = (String::new(), String::new(), String::new());
    let mut read = WIDTH;
    for node in 0..nodes {
        let width = if node == nodes - 1 { 1 } else { width_of(node, nodes, round) };
        let input = if node == 0 { "x".to_owned() } else { format!("&n{}", node - 1) };
        let _ = writeln!(fields, "    n{node}: Linear,");
        let _ = writeln!(layers, "            n{node}: linear({read}, {width}, vars.pp(\"n{node}\"))?,");
        let _ = writeln!(steps, "        let n{node} = self.n{node}.forward({input})?;");
        read = width;
    }
    let last = nodes - 1;
    format!(
        "//! {nodes} layers.
use candle_core::{{Result, Tensor}};
use candle_nn::{{Linear, Module, VarBuilder, linear}};

/// {nodes} layers in a row.
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
