//! What was declared, as lines that can be read: components with those of their settings that say something.

use serde_json::{Map, Value as Json};

use super::contents::Contents;
use super::html::{Html, short};
use super::number::significant;
use crate::spec::callback::VAL;

/// A statement and what it says.
pub(super) type Line = (String, String);

/// Longer lists are cut off.
const LONGEST_LIST: usize = 40;
/// Longer lines are cut off.
const LONGEST_LINE: usize = 2000;

/// Writes the section.
pub(super) fn section(html: &mut Html, contents: &Contents<'_>) {
    for (title, lines) in groups(&contents.manifest.description) {
        html.say("h3", &[], &short(&title, 80));
        html.element("dl", &[("class", "lines")], |html| {
            for (name, text) in lines {
                html.say("dt", &[], &short(&name, 120));
                html.element("dd", &[], |html| html.say("code", &[], &short(&text, LONGEST_LINE)));
            }
        });
    }
}

/// The lines of a description, by part: of the experiment, of the graph, of each phase.
pub(super) fn groups(description: &Json) -> Vec<(String, Vec<Line>)> {
    let mut all = Vec::new();
    let mut experiment = vec![("seed".to_owned(), text(description.get("seed")))];
    for split in list(description, "splits") {
        let of = split.get("of").and_then(Json::as_str).map(|of| format!(".{of}")).unwrap_or_default();
        experiment.push((format!("split {}{of}", text(split.get("input"))), text(split.get("splitter"))));
    }
    for scale in list(description, "scales") {
        let name = format!("scale {}.{}", text(scale.get("input")), text(scale.get("column")));
        experiment.push((name, format!("{} fitted on {}", text(scale.get("scalers")), text(scale.get("fitted_on")))));
    }
    for augment in list(description, "augments") {
        let name = format!("augment {}.{}", text(augment.get("input")), text(augment.get("column")));
        experiment.push((name, text(augment.get("augmenters"))));
    }
    for weights in list(description, "weights") {
        let input = text(weights.get("input"));
        experiment.push((format!("weigh {input}"), format!("by {input}.{}", text(weights.get("column")))));
    }
    experiment.extend(watched(description, "callbacks"));
    all.push(("Experiment".to_owned(), experiment));
    if let Some(graph) = description.get("graph") {
        all.push(("Graph".to_owned(), of_graph(graph)));
    }
    for phase in list(description, "phases") {
        all.push((format!("Phase {}", text(phase.get("name"))), of_phase(phase)));
    }
    for (_, lines) in &mut all {
        lines.retain(|(_, text)| !text.is_empty());
    }
    all.retain(|(_, lines)| !lines.is_empty());
    all
}

fn of_graph(graph: &Json) -> Vec<Line> {
    let mut lines = Vec::new();
    for input in list(graph, "inputs") {
        let schema = input.get("schema");
        let columns = schema.map(|schema| list(schema, "columns")).unwrap_or_default();
        let columns: Vec<String> = columns.into_iter().map(column).collect();
        lines.push((format!("input {}", text(input.get("name"))), columns.join(", ")));
    }
    lines.push(("optimizer".to_owned(), text(graph.get("optimizer"))));
    lines.push(("precision".to_owned(), text(graph.get("precision"))));
    for node in list(graph, "nodes") {
        let own = node.get("optimizer").filter(|own| says(own)).map(|own| format!(", optimizer {}", text(Some(own))));
        let inputs: Vec<String> = list(node, "inputs").iter().map(|read| path(read)).collect();
        let layer = format!("{} of {}{}", text(node.get("layer")), inputs.join(", "), own.unwrap_or_default());
        lines.push((text(node.get("name")), layer));
    }
    lines
}

/// `soh: f32[101], target`.
fn column(column: &Json) -> String {
    let shape = column.get("shape").filter(|shape| says(shape)).map(|shape| text(Some(shape))).unwrap_or_default();
    let classes = column.get("classes").and_then(Json::as_array).map_or(0, Vec::len);
    let classes = if classes > 0 { format!(" of {classes}") } else { String::new() };
    let groups = if column.get("groups") == Some(&Json::Bool(true)) { ", groups rows" } else { "" };
    format!(
        "{}: {}{shape}{classes} ({}{groups})",
        text(column.get("name")),
        text(column.get("dtype")),
        text(column.get("domain"))
    )
}

fn feed(feed: &Json) -> Line {
    let sampler = feed.get("sampler").filter(|sampler| says(sampler)).map(|it| format!(" by {}", text(Some(it))));
    let stream = feed.get("stream").filter(|it| says(it)).map(|it| format!(", stream {}", text(Some(it))));
    let text_of = format!("{}{}{}", text(feed.get("split")), sampler.unwrap_or_default(), stream.unwrap_or_default());
    (format!("feed {}", text(feed.get("input"))), text_of)
}

/// An evaluation of a train phase, each line behind its name.
fn validation(validation: &Json) -> Vec<Line> {
    let every = match validation.get("every").and_then(Json::as_u64) {
        Some(1) => "every epoch".to_owned(),
        _ => format!("every {} epochs", text(validation.get("every"))),
    };
    let of = text(validation.get("name"));
    let statement = if of == VAL { "validate on".to_owned() } else { format!("validate {of} on") };
    let mut lines = vec![(statement, format!("{}, {every}", text(validation.get("split"))))];
    let measured = validation.get("eval").map(of_kind).unwrap_or_default();
    let inner = list(validation, "feeds").into_iter().map(feed).chain(measured);
    lines.extend(inner.map(|(name, text)| (format!("{of}.{name}"), text)));
    lines
}

fn of_phase(phase: &Json) -> Vec<Line> {
    let mut lines: Vec<Line> = list(phase, "feeds").into_iter().map(feed).collect();
    let kind = phase.get("kind").and_then(Json::as_object).and_then(|kind| kind.iter().next());
    if let Some((kind, what)) = kind {
        lines.push(("kind".to_owned(), kind.clone()));
        lines.extend(of_kind(what));
    }
    lines
}

/// All that a phase declares: what is known by name in words, all else as it stands.
fn of_kind(what: &Json) -> Vec<Line> {
    let mut lines = Vec::new();
    for (name, value) in what.as_object().into_iter().flatten().filter(|(_, value)| says(value)) {
        match name.as_str() {
            "loss" => lines.push((name.clone(), terms(value))),
            "metrics" => lines.extend(list(what, "metrics").into_iter().map(metric)),
            "callbacks" => lines.extend(watched(what, "callbacks")),
            "validations" => lines.extend(list(what, "validations").into_iter().flat_map(validation)),
            _ => lines.push((name.replace('_', " "), text(Some(value)))),
        }
    }
    lines
}

fn terms(terms: &Json) -> String {
    let term = |term: &Json| {
        let weight = term.get("weight").and_then(Json::as_f64).filter(|weight| (weight - 1.0).abs() > 0.0);
        let weight = weight.map(|weight| format!("{} × ", significant(weight, 6))).unwrap_or_default();
        let label = term.get("label").and_then(Json::as_str).map(|label| format!("{label}: ")).unwrap_or_default();
        format!("{label}{weight}{} of {}", text(term.get("loss")), words(term.get("inputs")))
    };
    terms.as_array().into_iter().flatten().map(term).collect::<Vec<_>>().join(" + ")
}

fn metric(metric: &Json) -> Line {
    let units =
        metric.get("units").filter(|units| says(units)).map(|it| format!(", {} units", text(Some(it)).to_lowercase()));
    let text_of =
        format!("{} of {}{}", text(metric.get("metric")), words(metric.get("inputs")), units.unwrap_or_default());
    (text(metric.get("name")), text_of)
}

/// Callbacks, with what each watches.
fn watched(of: &Json, key: &str) -> Vec<Line> {
    let line = |it: &&Json| {
        let watches = it.get("watches").filter(|watches| says(watches)).map(|it| format!(" of {}", words(Some(it))));
        ("callback".to_owned(), format!("{}{}", text(it.get("callback")), watches.unwrap_or_default()))
    };
    list(of, key).iter().map(line).collect()
}

/// Where a node reads: `{"column": {"input": "pulse", "column": "voltage"}}`, or the name of a node.
fn path(read: &Json) -> String {
    let column = read.get("column").filter(|column| column.is_object());
    match (column, read.as_object().and_then(|read| read.values().next())) {
        (Some(column), _) => format!("{}.{}", text(column.get("input")), text(column.get("column"))),
        (None, Some(name)) => text(Some(name)),
        (None, None) => text(Some(read)),
    }
}

fn list<'a>(of: &'a Json, key: &str) -> Vec<&'a Json> {
    of.get(key).and_then(Json::as_array).into_iter().flatten().collect()
}

/// Names without brackets around them.
fn words(value: Option<&Json>) -> String {
    let items = value.and_then(Json::as_array).into_iter().flatten();
    items.map(|item| text(Some(item))).collect::<Vec<_>>().join(" and ")
}

/// Whether a value says something: not that something is left out or off.
fn says(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => false,
        Json::Array(items) => !items.is_empty(),
        Json::Object(fields) => fields.is_empty() || fields.values().any(says),
        _ => true,
    }
}

/// A value as it can be read: `Mlp(hidden: [64, 32], dropout: 0.5)`.
fn text(value: Option<&Json>) -> String {
    match value {
        None | Some(Json::Null) => String::new(),
        Some(Json::Bool(it)) => it.to_string(),
        Some(Json::String(it)) => it.clone(),
        Some(Json::Number(number)) => match (number.as_i64(), number.as_f64()) {
            (None, Some(number)) => significant(number, 6),
            _ => number.to_string(),
        },
        Some(Json::Array(items)) => match items.as_slice() {
            [one] if one.is_object() => text(Some(one)),
            items => {
                let more = if items.len() > LONGEST_LIST { ", …" } else { "" };
                let items: Vec<String> = items.iter().take(LONGEST_LIST).map(|item| text(Some(item))).collect();
                format!("[{}{more}]", items.join(", "))
            }
        },
        Some(Json::Object(fields)) => object(fields),
    }
}

fn object(fields: &Map<String, Json>) -> String {
    if let Some(Json::String(name)) = fields.get("component") {
        let settings = fields.get("settings").and_then(Json::as_object);
        let settings = settings.map(settings_of).unwrap_or_default();
        return if settings.is_empty() { name.clone() } else { format!("{name}({settings})") };
    }
    match (fields.len(), fields.iter().next()) {
        (1, Some((key, value))) if ["choice", "column", "float"].contains(&key.as_str()) => text(Some(value)),
        (1, Some((key, value))) if key == "shares" => shares(value),
        _ => format!("({})", settings_of(fields)),
    }
}

/// `train 0.7, val 0.15, test 0.15`.
fn shares(value: &Json) -> String {
    let share = |share: &Json| match share.as_array().map(Vec::as_slice) {
        Some([name, share]) => format!("{} {}", text(Some(name)), text(Some(share))),
        _ => text(Some(share)),
    };
    value.as_array().into_iter().flatten().map(share).collect::<Vec<_>>().join(", ")
}

fn settings_of(fields: &Map<String, Json>) -> String {
    let settings = fields.iter().filter(|(_, value)| says(value)).map(|(key, value)| match value {
        Json::Bool(true) => key.replace('_', " "),
        _ => format!("{}: {}", key.replace('_', " "), text(Some(value))),
    });
    settings.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn components_are_lines_that_can_be_read() {
        let mlp = json!({"component": "Mlp", "settings": {
            "hidden": [64, 32], "output": null, "dropout": 0.5, "activation": {"choice": "Relu"}, "residual": false
        }});
        assert_eq!(text(Some(&mlp)), "Mlp(activation: Relu, dropout: 0.5, hidden: [64, 32])");
        let random = json!({"component": "Random", "settings": {
            "ratios": {"shares": [["train", 0.7], ["test", 0.3]]}, "stratify_by": {"column": "digit"}, "seed": null
        }});
        assert_eq!(text(Some(&random)), "Random(ratios: train 0.7, test 0.3, stratify by: digit)");
        assert_eq!(text(Some(&json!({"component": "Mse", "settings": {}}))), "Mse");
        let loss = json!([
            {"inputs": ["y", "rows.y"], "loss": {"component": "Mse", "settings": {}}, "weight": 1.0},
            {"inputs": ["y"], "loss": {"component": "L2Penalty", "settings": {}}, "weight": 0.01}
        ]);
        assert_eq!(terms(&loss), "Mse of y and rows.y + 0.01 × L2Penalty of y");
        assert_eq!(
            path(&json!({"column": {"input": "pulse", "column": "voltage", "as_number": false}})),
            "pulse.voltage"
        );
    }

    #[test]
    fn a_statement_that_is_not_known_stands_as_it_is() {
        let train =
            json!({"epochs": 3, "surprise": {"component": "New", "settings": {"x": 1}}, "off": false, "none": null});
        let lines = of_kind(&train);
        assert_eq!(lines, [("epochs".to_owned(), "3".to_owned()), ("surprise".to_owned(), "New(x: 1)".to_owned())]);
        // What is no description at all has no lines, and ends nothing.
        assert!(groups(&json!([1, "x", null])).is_empty());
    }
}
