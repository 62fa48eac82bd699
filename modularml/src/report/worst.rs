//! The table of the rows that are predicted worst.

use super::html::{Html, short};
use super::number::{measured, significant};
use crate::record::analysis::{Shown, WorstRows};

/// Writes it.
pub(super) fn write(html: &mut Html, worst: &WorstRows) {
    if worst.rows.is_empty() {
        return;
    }
    // What people gave as a name says more than an id.
    let mut labels: Vec<(&String, usize)> = worst.labels.iter().zip(0..).collect();
    labels.sort_by_key(|(name, _)| is_id(name));
    html.say("h4", &[], &format!("Rows with the largest {}", plural(&worst.by)));
    html.element("div", &[("class", "scroll"), ("tabindex", "0")], |html| {
        html.element("table", &[], |html| {
            html.element("tr", &[], |html| {
                html.say("th", &[("scope", "col"), ("class", "number")], &short(&worst.by, 60));
                let is_number = worst.rows.iter().all(|row| matches!(&row.target, Shown::Numbers(it) if it.len() == 1));
                for head in ["true", "predicted"] {
                    html.say("th", &[("scope", "col"), ("class", if is_number { "number" } else { "" })], head);
                }
                for (label, _) in &labels {
                    html.say("th", &[("scope", "col")], &short(label, 60));
                }
            });
            for row in &worst.rows {
                html.element("tr", &[], |html| {
                    html.say("td", &[("class", "number")], &measured(row.error));
                    for value in [&row.target, &row.predicted] {
                        let is_number = matches!(value, Shown::Numbers(numbers) if numbers.len() == 1);
                        html.say("td", &[("class", if is_number { "number" } else { "" })], &shown(value));
                    }
                    for (name, place) in &labels {
                        let label = row.labels.get(*place).map_or("", String::as_str);
                        html.say("td", &[("class", if is_id(name) { "id" } else { "" })], &short(label, 80));
                    }
                });
            }
        });
    });
}

/// Whether a column holds ids: `id`, or that of one of several inputs.
fn is_id(label: &str) -> bool {
    label.rsplit('.').next() == Some("id") && !label.contains("tags.")
}

fn plural(by: &str) -> String {
    if by.ends_with("error") { format!("{by}s") } else { by.to_owned() }
}

/// A class, or numbers with six digits: what differs little must still differ.
fn shown(value: &Shown) -> String {
    match value {
        Shown::Class(name) => short(name, 60),
        Shown::Numbers(numbers) => numbers.iter().map(|number| significant(*number, 6)).collect::<Vec<_>>().join("; "),
    }
}
