//! The table of the rows that are predicted worst.

use super::html::{Html, short};
use super::number::{measured, significant};
use crate::record::analysis::{Shown, WorstRows};

/// Writes it.
pub(super) fn write(html: &mut Html, worst: &WorstRows) {
    if worst.rows.is_empty() {
        return;
    }
    html.say("h4", &[], &format!("Rows with the largest {}", plural(&worst.by)));
    html.element("div", &[("class", "scroll"), ("tabindex", "0")], |html| {
        html.element("table", &[], |html| {
            html.element("tr", &[], |html| {
                html.say("th", &[("scope", "col"), ("class", "number")], &short(&worst.by, 60));
                html.say("th", &[("scope", "col")], "true");
                html.say("th", &[("scope", "col")], "predicted");
                for label in &worst.labels {
                    html.say("th", &[("scope", "col")], &short(label, 60));
                }
            });
            for row in &worst.rows {
                html.element("tr", &[], |html| {
                    html.say("td", &[("class", "number")], &measured(row.error));
                    html.say("td", &[], &shown(&row.target));
                    html.say("td", &[], &shown(&row.predicted));
                    for (name, label) in worst.labels.iter().zip(&row.labels) {
                        let is_id = name.rsplit('.').next() == Some("id");
                        html.say("td", &[("class", if is_id { "id" } else { "" })], &short(label, 80));
                    }
                });
            }
        });
    });
}

fn plural(by: &str) -> String {
    if by.ends_with("error") { format!("{by}s") } else { by.to_owned() }
}

/// A class, or numbers with six digits: what differs little must still differ.
pub(super) fn shown(value: &Shown) -> String {
    match value {
        Shown::Class(name) => short(name, 60),
        Shown::Numbers(numbers) => numbers.iter().map(|number| significant(*number, 6)).collect::<Vec<_>>().join("; "),
    }
}
