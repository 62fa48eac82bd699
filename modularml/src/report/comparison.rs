//! Studies that are compared over the same folds: a page, and a table in Markdown.

use std::io::Write as _;
use std::path::Path;

use super::STYLE;
use super::by_fold::{Line, chart, table};
use super::card::plain;
use super::html::{Html, short};
use super::number::{counted, measured};
use super::page::sections;
use crate::Result;
use crate::data::beside::replace;
use crate::experiment::{ComparedStudy, Comparison, PairedDifference};

/// So many studies are drawn in one picture; more of them each beside the baseline alone.
const LOOKS: [&str; 4] = ["line first", "line second", "line third", "line thin"];

impl Comparison {
    /// The table in Markdown, with a line break at its end; a title is a line in bold letters above it.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let cells = self.cells(None);
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut lines = cells.iter().map(|row| line(row.iter().map(|cell| plain(cell)).collect()));
        let columns = cells.first().map_or(0, Vec::len);
        let rule = (0..columns).map(|column| if column == 0 { "---" } else { "---:" }.to_owned());
        let title = Some(plain(self.title())).filter(|title| !title.is_empty());
        let title = title.map(|title| format!("**{title}**\n\n")).unwrap_or_default();
        format!("{title}{}{}{}", lines.next().unwrap_or_default(), line(rule.collect()), lines.collect::<String>())
    }

    /// A page in HTML: the table, the value of each study by fold as a picture and as numbers, and how it was tested. It needs
    /// no other file, runs no script and fetches nothing.
    #[must_use]
    pub fn to_html(&self) -> String {
        let title = if self.title().is_empty() { "Comparison" } else { self.title() };
        Html::page(&short(title, 100), STYLE, |html| {
            html.element("header", &[], |html| {
                html.say("p", &[("class", "kind")], &kind(self));
                html.say("h1", &[], &short(title, 100));
            });
            let titles = [("studies", "Studies"), ("folds", "By fold"), ("test", "How it is tested")];
            let titles = titles.map(|(anchor, title)| (anchor.to_owned(), title.to_owned()));
            sections(html, &titles, |html, place| match place {
                0 => studies(html, self),
                1 => by_fold(html, self),
                _ => tested(html, self),
            });
        })
    }

    /// Writes [`to_html`](Self::to_html), whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_html(&self, path: impl AsRef<Path>) -> Result<()> {
        let page = self.to_html();
        replace(path.as_ref(), |mut file| Ok(file.write_all(page.as_bytes())?))
    }
}

fn kind(comparison: &Comparison) -> String {
    let studies = comparison.studies();
    let folds = studies.first().map_or(0, |study| study.value.by_fold.len());
    format!("{} over {}", counted(studies.len(), "study", "studies"), counted(folds, "fold", "folds"))
}

fn baseline(comparison: &Comparison) -> String {
    short(comparison.baseline().map_or("", |study| &study.name), 60)
}

fn studies(html: &mut Html, comparison: &Comparison) {
    let all = comparison.studies();
    let differences: Vec<&PairedDifference> = all.iter().filter_map(|study| study.difference.as_ref()).collect();
    let mut head = ["study", "mean", "deviation", "over all rows"].map(str::to_owned).to_vec();
    if !differences.is_empty() {
        head.push(format!("difference to {}", baseline(comparison)));
        head.push(format!("{} % interval", comparison.percent()));
        head.push("p value".to_owned());
        head.extend((differences.len() > 1).then(|| "after Holm".to_owned()));
    }
    let row = |study: &ComparedStudy| {
        let value = &study.value;
        let mut row = vec![
            short(&study.name, 80),
            measured(value.mean),
            measured(value.deviation),
            value.pooled.map(measured).unwrap_or_default(),
        ];
        row.extend(study.difference.iter().flat_map(|it| {
            let interval = format!("{} to {}", measured(it.interval.0), measured(it.interval.1));
            [measured(it.mean), interval, measured(it.p_value), measured(it.holm)]
        }));
        row.truncate(head.len());
        row.resize(head.len(), String::new());
        row
    };
    table(html, &head, &all.iter().map(row).collect::<Vec<_>>());
    html.say(
        "p",
        &[("class", "small")],
        "Mean and deviation are over the folds; over all rows means over the rows of all folds, each measured by the model that \
         has not seen it.",
    );
}

fn by_fold(html: &mut Html, comparison: &Comparison) {
    let all = comparison.studies();
    let line =
        |study: &ComparedStudy, look| Line { look, name: study.name.clone(), values: study.value.by_fold.clone() };
    let unit = if comparison.title().is_empty() { "value" } else { comparison.title() };
    if all.len() <= LOOKS.len() {
        let lines: Vec<Line> = all.iter().zip(LOOKS).map(|(study, look)| line(study, look)).collect();
        chart(html, "Value by fold", unit, &lines, true);
    } else {
        html.element("div", &[("class", "charts")], |html| {
            for study in all.iter().filter(|study| study.difference.is_some()) {
                let beside = comparison.baseline().map(|baseline| line(baseline, "line thin"));
                let lines: Vec<Line> = beside.into_iter().chain([line(study, "line first")]).collect();
                chart(html, &short(&study.name, 60), unit, &lines, false);
            }
        });
    }
    let folds = all.first().map_or(0, |study| study.value.by_fold.len());
    let head: Vec<String> =
        std::iter::once("fold".to_owned()).chain(all.iter().map(|it| short(&it.name, 80))).collect();
    let rows = (0..folds).map(|fold| {
        let values = all.iter().map(|study| study.value.by_fold.get(fold).copied().map(measured).unwrap_or_default());
        std::iter::once(fold.to_string()).chain(values).collect()
    });
    table(html, &head, &rows.collect::<Vec<_>>());
}

fn tested(html: &mut Html, comparison: &Comparison) {
    if comparison.studies().len() < 2 {
        html.say("p", &[], "One study alone: nothing is compared.");
        return;
    }
    html.say(
        "p",
        &[],
        &format!(
            "Differences are those of each study to {}, paired fold by fold. Intervals and p values are those of the corrected \
             resampled t-test of Nadeau and Bengio (Inference for the Generalization Error, Machine Learning 52, 2003): folds share \
             most of the rows that they train on, so that their numbers vary less than those of independent samples. A p value \
             tells how probable a difference as far from 0 is by chance where there is none.",
            baseline(comparison)
        ),
    );
    if comparison.studies().len() > 2 {
        html.say(
            "p",
            &[],
            "Neither intervals nor p values are corrected for how many studies are compared: of twenty that do not differ, one is \
             expected below 0.05. Those after Holm (A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal \
             of Statistics 6, 1979) are.",
        );
    }
}
