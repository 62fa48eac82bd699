//! Errors and warnings that a run recorded.

use super::contents::Contents;
use super::html::{Html, short};
use super::number::duration;

/// As many are listed, the last ones.
const MOST: usize = 100;

/// Writes the section.
pub(super) fn section(html: &mut Html, contents: &Contents<'_>) {
    let problems = &contents.problems;
    if problems.is_empty() {
        html.say("p", &[], "None was recorded.");
        return;
    }
    let left_out = problems.len().saturating_sub(MOST);
    if left_out > 0 {
        html.say("p", &[("class", "small")], &format!("The first {left_out} are not listed."));
    }
    html.element("ol", &[("class", "problems")], |html| {
        for problem in problems.iter().skip(left_out) {
            html.element("li", &[], |html| {
                let after = duration(problem.after);
                html.say("b", &[], &format!("{}, {after} after the start. ", short(&problem.kind, 40)));
                html.say("span", &[], &short(&problem.text, 4000));
            });
        }
    });
}
