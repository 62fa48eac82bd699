//! A page of all folds of a study: what each measured, and what they come to together.

use std::io::Write as _;
use std::path::Path;

use super::STYLE;
use super::by_fold::{Line, chart, table};
use super::figure::figures;
use super::html::{Html, short};
use super::number::{counted, measured, thousands};
use super::page::sections;
use crate::Result;
use crate::data::beside::replace;
use crate::experiment::{FoldsResult, OverFolds, PhaseResult, TrainResult};

/// As many numbers are set large.
const MOST: usize = 12;

/// A number that an eval phase measured, with its name.
type Measured<'a> = (&'a str, &'a OverFolds);

impl FoldsResult {
    /// A page in HTML: by eval phase each number over the folds, as mean and deviation, over the rows of all folds, and as a
    /// picture and a table by fold; by train phase how long each fold has trained. It needs no other file, runs no script and
    /// fetches nothing.
    #[must_use]
    pub fn report(&self) -> String {
        let experiment = short(self.experiment(), 100);
        let numbers = self.numbers();
        let mut phases: Vec<&str> = numbers.iter().map(|(phase, _, _)| *phase).collect();
        phases.dedup();
        Html::page(&format!("{experiment} · folds"), STYLE, |html| {
            html.element("header", &[], |html| {
                let folds = counted(self.by_fold().len(), "fold", "folds");
                html.say("p", &[("class", "kind")], &format!("Report of {folds}"));
                html.say("h1", &[], &experiment);
                html.say("p", &[("class", "facts")], &format!("Seed {}.", self.seed()));
                let large = numbers.iter().take(MOST).map(|(phase, name, over)| {
                    (format!("{phase}.{name}, mean"), measured(over.mean), format!("{:?}", over.mean))
                });
                figures(html, "figures large", &large.collect::<Vec<_>>());
            });
            let mut titles: Vec<(String, String)> =
                phases.iter().enumerate().map(|(place, phase)| (format!("phase-{place}"), short(phase, 60))).collect();
            titles.push(("training".to_owned(), "Training".to_owned()));
            sections(html, &titles, |html, place| match phases.get(place) {
                Some(phase) => {
                    let of_phase = numbers.iter().filter(|(of, _, _)| of == phase);
                    let of_phase: Vec<Measured<'_>> = of_phase.map(|(_, name, over)| (*name, over)).collect();
                    evaluated(html, self, phase, &of_phase);
                }
                None => trained(html, self),
            });
        })
    }

    /// Writes [`report`](Self::report), whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_report(&self, path: impl AsRef<Path>) -> Result<()> {
        let page = self.report();
        replace(path.as_ref(), |mut file| Ok(file.write_all(page.as_bytes())?))
    }
}

fn evaluated(html: &mut Html, folds: &FoldsResult, phase: &str, numbers: &[Measured<'_>]) {
    for (name, over) in numbers {
        html.say("h3", &[], &short(name, 80));
        figures(html, "figures minor", &figures_of(over));
        let line = Line { look: "line first", name: (*name).to_owned(), values: over.by_fold.clone() };
        let mean = line.mean();
        chart(html, &format!("{} by fold", short(name, 60)), name, &[line, mean], true);
    }
    html.say("h3", &[], "All folds");
    let rows: Vec<String> = of_phase(folds, phase)
        .map(|result| result.evaluated().map(|eval| thousands(eval.rows)).unwrap_or_default())
        .collect();
    let head =
        ["fold".to_owned(), "rows".to_owned()].into_iter().chain(numbers.iter().map(|(name, _)| short(name, 80)));
    let of_fold = rows.into_iter().enumerate().map(|(fold, rows)| {
        let values = numbers.iter().map(|(_, over)| over.by_fold.get(fold).copied().map(measured).unwrap_or_default());
        [fold.to_string(), rows].into_iter().chain(values).collect()
    });
    table(html, &head.collect::<Vec<_>>(), &of_fold.collect::<Vec<_>>());
    let told = if numbers.iter().any(|(_, over)| over.pooled.is_some()) {
        "Over all rows means over the rows of all folds, each measured by the model that has not seen it. The interval is the one \
         in which the mean of other folds lies (Nadeau and Bengio, Machine Learning 52, 2003)."
    } else {
        "All folds measure the same rows here: how their numbers vary tells of training, and not of rows."
    };
    html.say("p", &[("class", "small")], told);
}

/// What a number comes to over all folds.
fn figures_of(over: &OverFolds) -> Vec<(String, String, String)> {
    let value = |name: &str, value: f64| (name.to_owned(), measured(value), format!("{value:?}"));
    let mut all = vec![value("mean", over.mean)];
    if over.by_fold.len() > 1 {
        all.push(value("deviation", over.deviation));
    }
    all.extend(over.pooled.map(|pooled| value("over all rows", pooled)));
    // Of what says nothing of other rows there is none.
    all.extend(over.interval(0.95).ok().map(|(low, high)| {
        let exact = format!("{low:?} to {high:?}");
        ("95 % interval of the mean".to_owned(), format!("{} to {}", measured(low), measured(high)), exact)
    }));
    all
}

/// What a phase reports, by fold.
fn of_phase<'a>(folds: &'a FoldsResult, phase: &'a str) -> impl Iterator<Item = &'a PhaseResult> {
    folds.by_fold().iter().filter_map(move |results| results.iter().find(|result| result.name() == phase))
}

fn trained(html: &mut Html, folds: &FoldsResult) {
    let first = folds.by_fold().first().into_iter().flatten();
    let phases: Vec<&str> = first.filter(|result| result.trained().is_ok()).map(PhaseResult::name).collect();
    if phases.is_empty() {
        html.say("p", &[], "Nothing is trained.");
    }
    for phase in &phases {
        html.say("h3", &[], &short(phase, 80));
        let trained = of_phase(folds, phase).filter_map(|result| result.trained().ok());
        let row = |(fold, result): (usize, &TrainResult)| {
            let last = result.loss.last().copied().map(measured).unwrap_or_default();
            let best = result.best_epoch.map(thousands).unwrap_or_default();
            vec![fold.to_string(), thousands(result.epochs), best, last]
        };
        let head = ["fold", "epochs", "best epoch", "loss of the last epoch"].map(str::to_owned);
        table(html, &head, &trained.enumerate().map(row).collect::<Vec<_>>());
    }
    if !phases.is_empty() {
        html.say(
            "p",
            &[("class", "small")],
            "Folds and epochs count from 0; the best epoch is that of early stopping.",
        );
    }
}
