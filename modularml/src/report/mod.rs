//! Reports of recorded runs: a page to look at, in one file without scripts or a network, and a model card. Both are made from
//! the folder of a run alone. Results over folds, and studies that are compared, have such pages too.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `recorded.rs` | runs that leave a report |
//! | `contents.rs`, `step_series.rs` | what a folder tells, read once |
//! | `html.rs`, `page.rs`, `number.rs` | markup and numbers in the making |
//! | `chart/`, `figure.rs` | pictures |
//! | `head.rs`, `training.rs`, .. | the sections of the page, in this order |
//! | `card.rs` | the model card |
//! | `folds.rs`, `comparison.rs`, `by_fold.rs` | the pages of folds |

mod by_fold;
mod card;
mod chart;
mod classes;
mod comparison;
mod contents;
mod environment;
mod evaluation;
mod figure;
mod folds;
mod graph;
mod head;
mod html;
mod number;
mod numbers;
mod page;
mod problems;
mod recorded;
mod settings;
mod splits;
mod step_series;
mod training;
mod worst;

use std::io::Write as _;
use std::path::PathBuf;

use crate::Result;
use crate::data::beside::replace;
use crate::record::{REPORT, RunRecord};
use contents::Contents;
use html::{Html, short};
use page::sections;

/// How all pages look.
const STYLE: &str = include_str!("style.css");

/// A section: its anchor, its title, and what writes it.
type Section = (&'static str, &'static str, fn(&mut Html, &Contents<'_>));

const SECTIONS: [Section; 7] = [
    ("training", "Training", training::section),
    ("evaluation", "Evaluation", evaluation::section),
    ("data", "Data", splits::section),
    ("graph", "Graph", graph::section),
    ("settings", "Settings", settings::section),
    ("environment", "Environment", environment::section),
    ("problems", "Errors and warnings", problems::section),
];

impl RunRecord {
    /// A page in HTML that shows the run: how it ended, what was measured, curves, confusion matrices and residuals, data, graph,
    /// settings, environment, errors. It needs no other file, runs no script and fetches nothing. It can be made of a run that
    /// goes on or was killed as well; what cannot be read of the folder is told in it.
    #[must_use]
    pub fn report(&self) -> String {
        let contents = Contents::of(self);
        let title = format!("{} · {}", short(&contents.manifest.experiment, 100), short(&contents.name, 100));
        Html::page(&title, STYLE, |html| {
            head::write(html, &contents);
            let titles = SECTIONS.map(|(anchor, title, _)| (anchor.to_owned(), title.to_owned()));
            sections(html, &titles, |html, place| {
                if let Some((_, _, write)) = SECTIONS.get(place) {
                    write(html, &contents);
                }
            });
        })
    }

    /// Writes [`report`](Self::report) into the folder as `report.html`, whole or not at all, and tells where it is; one that is
    /// there is replaced. Recorded runs do so when they end.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_report(&self) -> Result<PathBuf> {
        let (page, path) = (self.report(), self.path().join(REPORT));
        replace(&path, |mut file| Ok(file.write_all(page.as_bytes())?))?;
        Ok(path)
    }
}
