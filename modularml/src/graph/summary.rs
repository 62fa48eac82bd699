//! What a graph is made of, as a table and as a picture.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use super::model::ModelGraph;
use crate::spec::Source;
use crate::text::{Name, Shape, interned};

/// The nodes of a graph in the order of declaration; printed, it is a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The name of the graph.
    #[serde(deserialize_with = "interned")]
    pub graph: Name,
    /// A row a node.
    pub nodes: Vec<SummaryRow>,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SummaryRow {
    /// Its name.
    #[serde(deserialize_with = "interned")]
    pub node: Name,
    /// The name of its layer.
    #[serde(deserialize_with = "interned")]
    pub layer: Name,
    /// What it reads: `encoder`, `pulse.voltage`.
    pub reads: Vec<String>,
    /// The shape of its output for one row.
    pub output: Option<Shape>,
    /// How many numbers it learns or has learned.
    pub parameters: usize,
    /// Whether it is marked as frozen.
    pub frozen: bool,
    /// The column that it predicts, with its input.
    pub target: Option<String>,
}

impl ModelGraph {
    /// What the graph is made of: layers, shapes, parameters.
    ///
    /// ```
    /// use modularml::{layers::*, prelude::*};
    ///
    /// #[derive(SampleSchema)]
    /// struct Pulse {
    ///     #[feat]
    ///     voltage: [f32; 101],
    ///     #[target]
    ///     soh: f32,
    /// }
    ///
    /// model_graph! {
    ///     graph SohNet(pulse: Pulse) {
    ///         encoder = Mlp::hidden([64]).output([16])(pulse.voltage);
    ///         #[frozen]
    ///         soh = Linear(encoder) -> pulse.soh;
    ///     }
    /// }
    ///
    /// let summary = SohNet::new(1)?.graph().summary();
    /// assert_eq!(
    ///     summary.to_string(),
    ///     "SohNet
    /// node     layer   reads          output  parameters
    /// encoder  Mlp     pulse.voltage  [16]         7,568
    /// soh      Linear  encoder        []              17  frozen, predicts pulse.soh
    /// 7,585 parameters, 17 of them in frozen nodes"
    /// );
    /// # Ok::<(), modularml::Error>(())
    /// ```
    #[must_use]
    pub fn summary(&self) -> Summary {
        let spec = self.spec();
        let rows = spec.nodes.iter().enumerate().map(|(position, node)| SummaryRow {
            node: node.name,
            layer: node.layer.name,
            reads: node.inputs.iter().map(read).collect(),
            output: self.wiring().shape(position),
            parameters: self.parameters(position).iter().map(|(_, var)| var.elem_count()).sum(),
            frozen: node.frozen,
            target: node.target.map(|target| format!("{}.{}", target.input, target.column)),
        });
        Summary { graph: spec.name, nodes: rows.collect() }
    }

    /// The graph as a Mermaid flowchart, which Markdown viewers draw.
    #[must_use]
    pub fn mermaid(&self) -> String {
        let (summary, mut text) = (self.summary(), "flowchart LR\n".to_owned());
        for input in &self.spec().inputs {
            let _ = writeln!(text, "    {0}[(\"{0}\")]", input.name);
        }
        for row in &summary.nodes {
            let _ = writeln!(text, "    {}[\"{}\"]", row.node, row.title("<br/>"));
        }
        for row in &summary.nodes {
            for read in &row.reads {
                let _ = match read.split_once('.') {
                    Some((input, column)) => writeln!(text, "    {input} -- {column} --> {}", row.node),
                    None => writeln!(text, "    {read} --> {}", row.node),
                };
            }
            if let Some(target) = &row.target {
                let _ = writeln!(text, "    {} -. predicts .-> {0}_target([\"{target}\"])", row.node);
            }
        }
        text
    }

    /// The graph in the language of Graphviz.
    #[must_use]
    pub fn dot(&self) -> String {
        let summary = self.summary();
        let mut text = format!("digraph \"{}\" {{\n    rankdir=LR;\n", summary.graph);
        for input in &self.spec().inputs {
            let _ = writeln!(text, "    \"{0}\" [shape=cylinder];", input.name);
        }
        for row in &summary.nodes {
            let _ = writeln!(text, "    \"{}\" [shape=box, label=\"{}\"];", row.node, row.title("\\n"));
        }
        for row in &summary.nodes {
            for read in &row.reads {
                let _ = match read.split_once('.') {
                    Some((input, column)) => {
                        writeln!(text, "    \"{input}\" -> \"{}\" [label=\"{column}\"];", row.node)
                    }
                    None => writeln!(text, "    \"{read}\" -> \"{}\";", row.node),
                };
            }
            if let Some(target) = &row.target {
                let _ = writeln!(text, "    \"{}\" -> \"{target}\" [style=dashed];", row.node);
            }
        }
        text.push_str("}\n");
        text
    }
}

impl SummaryRow {
    /// "encoder: Mlp, [16], 7,568 parameters", on two lines.
    fn title(&self, line: &str) -> String {
        let shape = self.output.map_or_else(String::new, |shape| shape.to_string());
        let frozen = if self.frozen { ", frozen" } else { "" };
        format!("{}: {}{frozen}{line}{shape}, {} parameters", self.node, self.layer, thousands(self.parameters))
    }

    /// What stands behind the columns.
    fn notes(&self) -> String {
        let frozen = self.frozen.then(|| "frozen".to_owned());
        let target = self.target.as_ref().map(|target| format!("predicts {target}"));
        frozen.into_iter().chain(target).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shape = |row: &SummaryRow| row.output.map_or_else(|| "?".to_owned(), |shape| shape.to_string());
        let head = ["node", "layer", "reads", "output", "parameters"].map(str::to_owned);
        let rows = self.nodes.iter().map(|row| {
            [row.node.to_owned(), row.layer.to_owned(), row.reads.join(", "), shape(row), thousands(row.parameters)]
        });
        let rows: Vec<[String; 5]> = std::iter::once(head).chain(rows).collect();
        let width =
            |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count()).max();
        let widths = [0, 1, 2, 3, 4].map(|column| width(column).unwrap_or_default());
        writeln!(f, "{}", self.graph)?;
        let notes = std::iter::once(String::new()).chain(self.nodes.iter().map(SummaryRow::notes));
        for (row, notes) in rows.iter().zip(notes) {
            let mut line = String::new();
            for (column, (text, width)) in row.iter().zip(widths).enumerate() {
                // Numbers stand at the right.
                let _ = if column + 1 == row.len() {
                    write!(line, "{text:>width$}  ")
                } else {
                    write!(line, "{text:width$}  ")
                };
            }
            line.push_str(&notes);
            writeln!(f, "{}", line.trim_end())?;
        }
        let count = |frozen: bool| -> usize {
            self.nodes.iter().filter(|row| row.frozen || !frozen).map(|row| row.parameters).sum()
        };
        let (all, frozen) = (count(false), count(true));
        write!(f, "{} parameters", thousands(all))?;
        if frozen > 0 { write!(f, ", {} of them in frozen nodes", thousands(frozen)) } else { Ok(()) }
    }
}

fn read(source: &Source) -> String {
    match source {
        Source::Name(name) => (*name).to_owned(),
        Source::Column { input, column, .. } => format!("{input}.{column}"),
    }
}

/// `7568` as `7,568`.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
