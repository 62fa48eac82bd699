//! The model card in Markdown: what was trained on what, how well it does, and what is not known of it.

use std::fmt::Write as _;

use super::contents::{Contents, Kind};
use super::number::{count, counted, fixed, measured, percent, thousands};
use super::splits::overlaps;
use super::{environment, evaluation, head, html, settings, training};
use crate::record::analysis::{ClassAnalysis, Found, NumberAnalysis};
use crate::record::{RunRecord, SplitSummary};

/// As many classes are listed.
const MOST_CLASSES: usize = 60;
/// As many numbers that belong to no phase are listed.
const MOST_RECORDED: usize = 20;

impl RunRecord {
    /// A model card in Markdown: what was trained on what, what was measured, settings, environment, and limits, of which those
    /// that the folder does not tell are said to be unknown.
    #[must_use]
    pub fn card(&self) -> String {
        let contents = Contents::of(self);
        let mut card = String::new();
        for part in [summary, data, results, settings_of, environment_of, limits] {
            part(&mut card, &contents);
        }
        card
    }
}

/// A text in Markdown, in which nothing is markup, on one line.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for character in html::short(text, 300).chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' => {
                plain.push('\\');
                plain.push(character);
            }
            '&' => plain.push_str("&amp;"),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            control if control.is_control() => plain.push(' '),
            other => plain.push(other),
        }
    }
    plain
}

/// A text in Markdown as it stands, on one line, between more backticks than it has in a row.
fn code(text: &str) -> String {
    let text: String = html::short(text, 1000).chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
    let longest = text.split(|it| it != '`').map(str::len).max().unwrap_or_default();
    let (fence, room) = ("`".repeat(longest + 1), if longest > 0 { " " } else { "" });
    format!("{fence}{room}{text}{room}{fence}")
}

fn summary(card: &mut String, contents: &Contents<'_>) {
    let manifest = contents.manifest;
    let graph = &manifest.graph;
    let parameters: usize = graph.nodes.iter().map(|node| node.parameters).sum();
    let targets: Vec<String> = graph.nodes.iter().filter_map(|node| node.target.as_deref()).map(plain).collect();
    let targets = if targets.is_empty() { "nothing by name".to_owned() } else { targets.join(", ") };
    let _ = writeln!(card, "# {}\n", plain(&manifest.experiment));
    let _ = writeln!(
        card,
        "Graph {} with {} and {}; it predicts {targets}. Run {}, {}, begun {}.\n",
        plain(graph.graph),
        counted(graph.nodes.len(), "node", "nodes"),
        counted(parameters, "parameter", "parameters"),
        plain(&contents.name),
        plain(&manifest.outcome),
        head::written(&manifest.started),
    );
    for phase in contents.phases.iter().filter(|phase| phase.kind != Kind::Eval) {
        let _ = writeln!(card, "- {}: {}", plain(&phase.name), plain(&training::told(contents, phase)));
    }
    for (name, value) in contents.of_run.iter().take(MOST_RECORDED) {
        let _ = writeln!(card, "- Recorded of the run itself: {} {}.", plain(name), measured(*value));
    }
    if !contents.of_run.is_empty() || contents.phases.iter().any(|phase| phase.kind != Kind::Eval) {
        card.push('\n');
    }
}

fn data(card: &mut String, contents: &Contents<'_>) {
    let splits = &contents.manifest.splits;
    card.push_str("## Data\n\n");
    if splits.is_empty() {
        card.push_str("How rows were split is unknown.\n\n");
        return;
    }
    card.push_str("| input | split | rows |\n| --- | --- | ---: |\n");
    for split in splits {
        let _ = writeln!(card, "| {} | {} | {} |", plain(&split.input), plain(&split.split), thousands(split.rows));
    }
    card.push('\n');
    let all: Vec<&SplitSummary> = splits.iter().collect();
    for of_input in all.chunk_by(|a, b| a.input == b.input) {
        for warning in overlaps(of_input) {
            let _ = writeln!(card, "**Shared groups.** {}\n", plain(&warning));
        }
        classes(card, of_input);
    }
    card.push_str("Where the data comes from, how it was collected and under which licence it is: unknown.\n\n");
}

fn classes(card: &mut String, splits: &[&SplitSummary]) {
    for split in splits {
        for (column, counts) in &split.classes {
            let listed = counts.iter().take(MOST_CLASSES).map(|(class, rows)| {
                format!("{} {} ({})", plain(class), thousands(*rows), percent(count(*rows) / count(split.rows.max(1))))
            });
            let more = if counts.len() > MOST_CLASSES { ", .." } else { "" };
            let listed = listed.collect::<Vec<_>>().join(", ");
            let _ = writeln!(card, "Classes of {} in {}: {listed}{more}.\n", plain(column), plain(&split.split));
        }
    }
}

fn results(card: &mut String, contents: &Contents<'_>) {
    card.push_str("## Results\n\n");
    let mut evals = contents.evals().peekable();
    if evals.peek().is_none() {
        card.push_str(
            "The experiment has no eval phase: how well it does on rows of which it has seen none is unknown.\n\n",
        );
    }
    for phase in evals {
        let _ = writeln!(card, "### {}\n", plain(&phase.name));
        if phase.values.is_empty() {
            card.push_str("Nothing was measured.\n\n");
        } else {
            card.push_str("| measured | value |\n| --- | ---: |\n");
            for (name, value, _) in evaluation::values(contents, phase) {
                let _ = writeln!(card, "| {} | {value} |", plain(&name));
            }
            card.push('\n');
        }
        for node in contents.analysis(&phase.name).into_iter().flat_map(|analysis| &analysis.nodes) {
            match &node.found {
                Found::Classes(found) => by_class(card, &node.node, found),
                Found::Numbers(found) => of_numbers(card, &node.node, found),
                Found::Nothing(_) => {}
            }
        }
    }
}

fn by_class(card: &mut String, node: &str, found: &ClassAnalysis) {
    let _ = writeln!(card, "Classes that {} predicts, on {}:\n", plain(node), counted(found.rows, "row", "rows"));
    card.push_str("| class | rows | precision | recall | F1 |\n| --- | ---: | ---: | ---: | ---: |\n");
    let value = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| fixed(value, 4));
    for (class, it) in found.classes.iter().zip(&found.per_class).take(MOST_CLASSES) {
        let (precision, recall, f1) = (value(it.precision), value(it.recall), value(it.f1));
        let _ = writeln!(card, "| {} | {} | {precision} | {recall} | {f1} |", plain(class), thousands(it.rows));
    }
    card.push('\n');
    if found.classes.len() > MOST_CLASSES {
        let _ = writeln!(
            card,
            "{} more are not listed.\n",
            counted(found.classes.len() - MOST_CLASSES, "class", "classes")
        );
    }
    if let Some(error) = found.calibration.as_ref().and_then(|it| it.error) {
        let _ = writeln!(card, "Expected calibration error: {}.\n", measured(error));
    }
}

fn of_numbers(card: &mut String, node: &str, found: &NumberAnalysis) {
    let value = |value: Option<f64>| value.map_or_else(|| "not defined".to_owned(), measured);
    let _ = writeln!(
        card,
        "{}, on {}, in raw units: root mean squared error {}, R² {}, mean of predicted − true {}.\n",
        plain(node),
        counted(found.rows, "row", "rows"),
        value(found.rmse),
        value(found.r2),
        value(found.bias),
    );
}

fn settings_of(card: &mut String, contents: &Contents<'_>) {
    card.push_str("## Settings\n\n");
    for (title, lines) in settings::groups(&contents.manifest.description) {
        let _ = writeln!(card, "{}:\n", plain(&title));
        for (name, text) in lines {
            let _ = writeln!(card, "- {}: {}", plain(&name), code(&text));
        }
        card.push('\n');
    }
}

fn environment_of(card: &mut String, contents: &Contents<'_>) {
    card.push_str("## Environment\n\n");
    for (name, text) in environment::lines(contents).into_iter().filter(|(_, text)| !text.is_empty()) {
        let _ = writeln!(card, "- {name}: {}", code(&text));
    }
    card.push('\n');
}

fn limits(card: &mut String, contents: &Contents<'_>) {
    card.push_str("## Limits\n\n");
    if !contents.manifest.is_finished() {
        let outcome = plain(&contents.manifest.outcome);
        let _ = writeln!(card, "- The run has not finished ({outcome}); what is above is what there was.");
    }
    if !contents.problems.is_empty() {
        let errors = counted(contents.problems.len(), "error or warning", "errors and warnings");
        let _ = writeln!(card, "- {errors} were recorded in `events.jsonl`.");
    }
    for text in &contents.unread {
        let _ = writeln!(card, "- Not all of the folder could be read: {}.", plain(text));
    }
    card.push_str("- What it is meant for, and what it must not be used for: unknown.\n");
    card.push_str("- How it does on data that was gathered elsewhere or later: unknown.\n");
    card.push_str("- Whether groups of people or things that the columns do not name are treated alike: unknown.\n");
}

#[cfg(test)]
mod tests {
    use super::{code, plain};

    #[test]
    fn names_are_no_markup() {
        assert_eq!(plain("<b>*a*|b\n# c</b>"), "&lt;b&gt;\\*a\\*\\|b \\# c&lt;/b&gt;");
        assert_eq!(code("Mlp(hidden: [64])"), "`Mlp(hidden: [64])`");
        assert_eq!(code("``a\n`b"), "``` ``a `b ```");
    }
}
