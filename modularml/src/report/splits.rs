//! The data: how rows are split, which classes are where, and what splits have in common.

use std::collections::BTreeSet;

use super::contents::Contents;
use super::figure::bar;
use super::html::{Html, short};
use super::number::{count, counted, percent, thousands};
use crate::record::SplitSummary;

/// As many classes of a column are listed.
const MOST_CLASSES: usize = 60;

/// Writes the section.
pub(super) fn section(html: &mut Html, contents: &Contents<'_>) {
    let splits = &contents.manifest.splits;
    let mut inputs: Vec<&str> = splits.iter().map(|split| split.input.as_str()).collect();
    inputs.dedup();
    if inputs.is_empty() {
        html.say("p", &[], "No split is known.");
    }
    for input in &inputs {
        let of_input: Vec<&SplitSummary> = splits.iter().filter(|split| split.input == *input).collect();
        if inputs.len() > 1 {
            html.say("h3", &[], &short(input, 60));
        }
        for warning in overlaps(&of_input) {
            html.element("p", &[("class", "warning")], |html| {
                html.say("b", &[], "Shared groups. ");
                html.text(&warning);
            });
        }
        sizes(html, &of_input);
        classes(html, &of_input);
    }
}

/// Which splits share groups of rows, in words.
pub(super) fn overlaps(splits: &[&SplitSummary]) -> Vec<String> {
    let mut told = BTreeSet::new();
    let mut all = Vec::new();
    for split in splits {
        for (column, others) in &split.shared {
            for (other, groups) in others {
                let pair = if split.split < *other { (&split.split, other) } else { (other, &split.split) };
                if told.insert((column, pair)) {
                    let are = if *groups == 1 { "has" } else { "have" };
                    all.push(format!(
                        "{} of `{}` {are} rows both in {} and in {}: what is measured on one of them is not measured on groups \
                         that the other has not seen.",
                        counted(*groups, "group", "groups"),
                        short(column, 60),
                        short(&split.split, 60),
                        short(other, 60),
                    ));
                }
            }
        }
    }
    all
}

fn sizes(html: &mut Html, splits: &[&SplitSummary]) {
    let most = splits.iter().map(|split| split.rows).max().unwrap_or(1).max(1);
    let columns: BTreeSet<&String> = splits.iter().flat_map(|split| split.groups.keys()).collect();
    html.element("div", &[("class", "scroll"), ("tabindex", "0")], |html| {
        html.element("table", &[], |html| {
            html.element("tr", &[], |html| {
                html.say("th", &[("scope", "col")], "split");
                html.say("th", &[("scope", "col"), ("class", "number")], "rows");
                html.say("td", &[], "");
                for column in &columns {
                    html.say(
                        "th",
                        &[("scope", "col"), ("class", "number")],
                        &format!("groups of {}", short(column, 40)),
                    );
                }
            });
            for split in splits {
                html.element("tr", &[], |html| {
                    html.say("th", &[("scope", "row")], &short(&split.split, 60));
                    html.say("td", &[("class", "number")], &thousands(split.rows));
                    html.element("td", &[("class", "bars")], |html| bar(html, count(split.rows) / count(most)));
                    for column in &columns {
                        let groups = split.groups.get(*column).map_or_else(String::new, |groups| thousands(*groups));
                        html.say("td", &[("class", "number")], &groups);
                    }
                });
            }
        });
    });
}

/// By column of classes, how many rows of each class are in each split.
fn classes(html: &mut Html, splits: &[&SplitSummary]) {
    let columns: BTreeSet<&String> = splits.iter().flat_map(|split| split.classes.keys()).collect();
    for column in columns {
        let counts = |split: &SplitSummary, class: &str| {
            split.classes.get(column).and_then(|counts| counts.get(class)).copied().unwrap_or_default()
        };
        let names: BTreeSet<&str> = splits
            .iter()
            .filter_map(|split| split.classes.get(column))
            .flat_map(|it| it.keys())
            .map(String::as_str)
            .collect();
        html.say("h4", &[], &format!("Classes of {}", short(column, 60)));
        let share = |split: &SplitSummary, class: &str| count(counts(split, class)) / count(split.rows.max(1));
        let most_of = |class: &str| splits.iter().map(|split| share(split, class)).fold(0.0, f64::max);
        let most = names.iter().map(|class| most_of(class)).fold(0.0, f64::max).max(1e-9);
        html.element("div", &[("class", "scroll"), ("tabindex", "0")], |html| {
            html.element("table", &[], |html| {
                html.element("tr", &[], |html| {
                    html.say("th", &[("scope", "col")], "class");
                    for split in splits {
                        html.say("th", &[("scope", "col"), ("class", "number")], &short(&split.split, 40));
                        html.say("td", &[], "");
                    }
                });
                for class in names.iter().take(MOST_CLASSES) {
                    html.element("tr", &[], |html| {
                        html.say("th", &[("scope", "row")], &short(class, 60));
                        for split in splits {
                            let (rows, share) = (counts(split, class), share(split, class));
                            html.say("td", &[("class", "number"), ("title", &percent(share))], &thousands(rows));
                            html.element("td", &[("class", "bars")], |html| bar(html, share / most));
                        }
                    });
                }
            });
        });
        if names.len() > MOST_CLASSES {
            let more = counted(names.len() - MOST_CLASSES, "class is", "classes are");
            html.say("p", &[("class", "small")], &format!("{more} not listed."));
        }
        html.say("p", &[("class", "small")], "A bar is the share of the class in the rows of its split.");
    }
}
