//! The graph: a picture of it where it is small enough to be seen, and a table.

mod layout;

use std::collections::{BTreeMap, BTreeSet};

use super::chart::path::Path;
use super::chart::{styled_picture, text};
use super::contents::Contents;
use super::html::{Html, short};
use super::number::{count, counted, length, thousands};
use crate::graph::{Summary, SummaryRow};
use layout::{Layout, Line, Part, layout};

/// Of more nodes there is a table alone.
const MOST_DRAWN: usize = 60;
/// How many characters of a name are drawn.
const LONGEST: usize = 24;
/// How high nodes and columns are.
const HEIGHTS: (f64, f64) = (46.0, 26.0);

/// Writes the section.
pub(super) fn section(html: &mut Html, contents: &Contents<'_>) {
    let graph = &contents.manifest.graph;
    let all: usize = graph.nodes.iter().map(|node| node.parameters).sum();
    let frozen: usize = graph.nodes.iter().filter(|node| node.frozen).map(|node| node.parameters).sum();
    html.element("p", &[], |html| {
        html.say("b", &[], &short(graph.graph, 80));
        html.text(": ");
        html.text(&counted(graph.nodes.len(), "node", "nodes"));
        html.text(", ");
        html.text(&counted(all, "parameter", "parameters"));
        if frozen > 0 {
            html.text(&format!(", {} of them in frozen nodes", thousands(frozen)));
        }
        html.text(".");
    });
    if graph.nodes.len() <= MOST_DRAWN {
        html.element("figure", &[("class", "scroll"), ("tabindex", "0"), ("aria-label", "the graph")], |html| {
            draw(html, graph);
        });
        html.say(
            "p",
            &[("class", "small")],
            "In a box: layer, shape of what it gives for a row, number of parameters.",
        );
        html.element("details", &[], |html| {
            html.say("summary", &[], "Nodes as a table");
            table(html, graph);
        });
    } else {
        table(html, graph);
    }
}

fn table(html: &mut Html, graph: &Summary) {
    html.element("div", &[("class", "scroll"), ("tabindex", "0")], |html| {
        html.element("table", &[], |html| {
            html.element("tr", &[], |html| {
                for head in ["node", "layer", "reads", "output", "parameters", ""] {
                    let class = if head == "parameters" { "number" } else { "" };
                    html.say("th", &[("scope", "col"), ("class", class)], head);
                }
            });
            for node in &graph.nodes {
                html.element("tr", &[], |html| {
                    html.say("th", &[("scope", "row")], &short(node.node, 80));
                    html.say("td", &[], &short(node.layer, 80));
                    html.say("td", &[], &short(&node.reads.join(", "), 200));
                    html.say("td", &[], &shape(node));
                    html.say("td", &[("class", "number")], &thousands(node.parameters));
                    html.say("td", &[], &notes(node));
                });
            }
        });
    });
}

fn shape(node: &SummaryRow) -> String {
    match node.output {
        Some(shape) if shape.rank() == 0 => "1 number".to_owned(),
        Some(shape) => shape.to_string(),
        None => "not known".to_owned(),
    }
}

fn notes(node: &SummaryRow) -> String {
    let frozen = node.frozen.then(|| "frozen".to_owned());
    let target = node.target.as_ref().map(|target| format!("predicts {}", short(target, 80)));
    frozen.into_iter().chain(target).collect::<Vec<_>>().join(", ")
}

/// What is drawn as a part of the picture.
struct Drawn {
    look: &'static str,
    name: String,
    below: String,
    part: Part,
}

impl Drawn {
    fn new(look: &'static str, name: &str, below: &str, reads: Vec<usize>) -> Self {
        let (name, below) = (short(name, LONGEST), short(below, LONGEST + 10));
        let letters = count(name.chars().count()) * 7.2;
        let width = letters.max(count(below.chars().count()) * 6.2) + 22.0;
        let (height, is_source) = if look == "node" { (HEIGHTS.0, false) } else { (HEIGHTS.1, look == "source") };
        Self { look, name, below, part: Part { width: width.max(64.0), height, reads, is_source } }
    }
}

fn draw(html: &mut Html, graph: &Summary) {
    let drawn = parts(graph);
    let parts: Vec<Part> = drawn.iter().map(|it| Part { reads: it.part.reads.clone(), ..it.part }).collect();
    let Layout { width, height, parts: places, lines } = layout(&parts);
    let size = (width + 4.0, height + 4.0);
    let title = format!("the graph {}, each node below what it reads", short(graph.graph, 80));
    // It shrinks a little before it must be scrolled.
    let style = format!("max-width: {}px; min-width: {}px", length(size.0), length(0.75 * size.0));
    styled_picture(html, size, ("graph", &style), &title, |svg| {
        for Line { reader, places } in &lines {
            let is_target = drawn.get(*reader).is_some_and(|it| it.look == "target");
            curve(places).draw(svg, if is_target { "edge dashed" } else { "edge" });
            if let Some((x, y)) = places.last() {
                let mut tip = Path::default();
                tip.tip(x + 2.0, y + 2.0);
                tip.draw(svg, "arrow");
            }
        }
        for (it, (x, y)) in drawn.iter().zip(&places) {
            let (x, y) = (x + 2.0, y + 2.0);
            let radius = if it.look == "node" { "4" } else { "13" };
            let (left, top) = (length(x - it.part.width / 2.0), length(y));
            let (width, height) = (length(it.part.width), length(it.part.height));
            let sides = [("x", &*left), ("y", &*top), ("width", &*width), ("height", &*height), ("rx", radius)];
            let attributes: Vec<(&'static str, &str)> = std::iter::once(("class", it.look)).chain(sides).collect();
            svg.leaf("rect", &attributes);
            if it.look == "node" {
                text(svg, (x, y + 19.0), "name mid", &it.name);
                text(svg, (x, y + 36.0), "tick mid", &it.below);
            } else {
                text(svg, (x, y + 17.0), "tick mid", &it.name);
            }
        }
    });
}

/// Columns, nodes and targets, each behind what it reads.
fn parts(graph: &Summary) -> Vec<Drawn> {
    let mut all: Vec<Drawn> = Vec::new();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let names: BTreeSet<&str> = graph.nodes.iter().map(|node| node.node).collect();
    let mut waiting: Vec<&SummaryRow> = graph.nodes.iter().collect();
    while !waiting.is_empty() {
        // What reads a node that is not there yet waits; where all wait, the folder was changed, and the first goes on.
        let is_ready =
            |node: &&SummaryRow| node.reads.iter().all(|read| !names.contains(&**read) || known.contains_key(&**read));
        let node = waiting.remove(waiting.iter().position(is_ready).unwrap_or_default());
        let mut reads = Vec::new();
        for read in &node.reads {
            reads.push(*known.entry(read).or_insert_with(|| {
                all.push(Drawn::new("source", read, "", Vec::new()));
                all.len() - 1
            }));
        }
        let frozen = if node.frozen { " · frozen" } else { "" };
        let below = format!("{}{frozen} · {} · {}", short(node.layer, 18), shape(node), thousands(node.parameters));
        known.insert(node.node, all.len());
        all.push(Drawn::new("node", node.node, &below, reads));
    }
    for node in &graph.nodes {
        if let (Some(target), Some(place)) = (&node.target, known.get(node.node)) {
            all.push(Drawn::new("target", &format!("predicts {target}"), "", vec![*place]));
        }
    }
    all
}

/// A line through some places, which leaves and comes straight down.
fn curve(places: &[(f64, f64)]) -> Path {
    let mut path = Path::default();
    let mut places = places.iter().map(|(x, y)| (x + 2.0, y + 2.0));
    let Some(mut before) = places.next() else { return path };
    path.from(before.0, before.1);
    for place in places {
        path.down(before, place);
        before = place;
    }
    path
}
