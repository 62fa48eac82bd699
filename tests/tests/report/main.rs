//! Reports of recorded runs: what is in them is what was measured, whatever the run was, and browsers show all of it.

mod browser;
mod comparison;
mod folds;
mod markup;
mod steps;
mod studies;

use std::fs;

use modularml::record::analysis::{ClassAnalysis, Found, NumberAnalysis, Scores};
use modularml::record::{Every, Records, RunRecord};
use studies::{HOSTILE, Scratch, birds, chain, killed, pulses, releases, unmeasured};

fn found(run: &RunRecord, node: &str) -> Found {
    let analyses = run.analyses().unwrap();
    assert_eq!(analyses.len(), 1);
    analyses[0].nodes.iter().find(|it| it.node == node).unwrap().found.clone()
}

fn of_classes(run: &RunRecord, node: &str) -> ClassAnalysis {
    match found(run, node) {
        Found::Classes(found) => found,
        other => panic!("{other:?}"),
    }
}

fn of_numbers(run: &RunRecord, node: &str) -> NumberAnalysis {
    match found(run, node) {
        Found::Numbers(found) => found,
        other => panic!("{other:?}"),
    }
}

fn page(run: &RunRecord) -> String {
    let page = run.report();
    markup::check(&page);
    assert!(page.len() < 300_000, "{} bytes", page.len());
    page
}

/// Two numbers that were added up in other orders.
fn close(a: Option<f64>, b: f64) {
    let a = a.unwrap();
    assert!((a - b).abs() <= 1e-4 * b.abs().max(1e-3), "{a} is not {b}");
}

#[test]
fn what_is_told_of_classes_is_what_the_metrics_measure() {
    let scratch = Scratch::new("classes");
    let mut study = birds();
    let results = study.run_in(&*scratch.0).unwrap();
    let run = scratch.run();
    let found = of_classes(&run, "kind");
    let test = &results.test;
    assert_eq!((found.rows, found.left_out, found.scores), (60, 0, Scores::Logits));
    assert_eq!(found.classes, HOSTILE);
    close(found.accuracy, test.accuracy);
    close(found.per_class[1].f1, test.f1_of_1);
    close(found.per_class[2].precision, test.precision_of_2);
    close(found.per_class[0].recall, test.recall_of_0);
    close(found.calibration.as_ref().unwrap().error, test.calibration);
    // The calibration error of Guo et al., of the bins that are drawn.
    let bins = &found.calibration.as_ref().unwrap().bins;
    assert_eq!(bins.iter().map(|bin| bin.rows).sum::<usize>(), 60);
    #[allow(clippy::cast_precision_loss, reason = "few rows")]
    let error: f64 = bins.iter().map(|bin| bin.rows as f64 / 60.0 * (bin.right - bin.confidence).abs()).sum();
    close(Some(error), test.calibration);
    // The mean of all losses is the logarithmic loss; the 20 largest add up to no more.
    let worst: Vec<f64> = found.worst.rows.iter().map(|row| row.error).collect();
    assert!(worst.len() == 20 && worst.is_sorted_by(|a, b| a >= b), "{worst:?}");
    assert!(worst.iter().sum::<f64>() <= 60.0 * test.surprise * (1.0 + 1e-6), "{worst:?} {}", test.surprise);
    assert!(worst[0] >= test.surprise);
    assert_eq!(found.worst.labels, ["id", "tags.nest", "tags.note"]);
    // The rows of the matrix are the classes of the split.
    let test_split = run.manifest().splits.iter().find(|split| split.split == "test").unwrap();
    for (class, name) in HOSTILE.iter().enumerate() {
        let rows: usize = found.confusion.iter().filter(|cell| cell.0 == class).map(|cell| cell.2).sum();
        assert_eq!((rows, found.per_class[class].rows), (test_split.classes["kind"][*name], rows));
    }

    let page = page(&run);
    assert_eq!(fs::read_to_string(run.path().join("report.html")).unwrap(), page);
    let texts = markup::texts(&page);
    for expected in HOSTILE {
        assert!(texts.contains(expected), "{expected}");
    }
    let accuracy = format!("{:.4}", test.accuracy);
    assert!(texts.contains(accuracy.trim_end_matches('0')), "{accuracy}");
    assert!(texts.contains("of `nest` have rows both in train and in val"), "{texts}");
    assert!(texts.contains("of kind and bird.kind"), "{texts}");
    // The tag of 10,000 characters is cut off.
    assert!(!page.contains(&"onerror".repeat(2)) && page.matches("onerror").count() < 200, "{}", page.len());
}

#[test]
fn what_is_told_of_numbers_is_what_the_metrics_measure() {
    let scratch = Scratch::new("numbers");
    let mut study = pulses();
    let results = study.run_in(&*scratch.0).unwrap();
    let run = scratch.run();
    let (soh, baseline, curve) = (of_numbers(&run, "soh"), of_numbers(&run, "baseline"), of_numbers(&run, "curve"));
    close(soh.rmse, results.test.rmse);
    close(soh.r2, results.test.r2);
    close(baseline.rmse, results.test.linear);
    assert_eq!((soh.rows, soh.width, curve.width), (80, 1, 3));
    assert_eq!(soh.pairs.len(), 80);
    assert_eq!(curve.residuals.as_ref().unwrap().counts.iter().sum::<usize>(), 240);
    let largest = soh.pairs.iter().map(|[target, given]| (given - target).abs()).fold(0.0, f64::max);
    close(Some(soh.worst.rows[0].error), largest);
    #[allow(clippy::cast_precision_loss, reason = "few rows")]
    let bias = soh.pairs.iter().map(|[target, given]| given - target).sum::<f64>() / soh.pairs.len() as f64;
    close(soh.bias, bias);

    // One score a row against true and false: the areas are those of the metrics.
    let score = of_classes(&run, "score");
    assert_eq!(score.classes, ["false", "true"]);
    close(score.roc[0].area, results.test.roc);
    close(score.precision_recall[0].area, results.test.precision);
    assert_eq!((score.roc.len(), score.roc[0].class), (1, 1));

    let texts = markup::texts(&page(&run));
    for expected in
        ["rmse, raw units", "Fitted baseline", "Predicted against true", "0.1 × Mse of curve and pulse.curve"]
    {
        assert!(texts.contains(expected), "{expected}: {texts}");
    }
}

#[test]
fn runs_that_end_badly_are_reported_as_they_are() {
    let scratch = Scratch::new("bad");
    let runs = scratch.0.join("runs");
    birds().run_in(&*runs).unwrap();
    let whole = RunRecord::all(&runs).unwrap().remove(0);
    let folder = killed(whole.path(), &scratch.0.join("killed"));
    let run = RunRecord::open(&folder).unwrap();
    run.write_report().unwrap();
    let texts = markup::texts(&page(&run));
    assert!(texts.contains("running Or killed: no end is recorded."), "{texts}");
    assert!(texts.contains("have ended; the phase has not.") && texts.contains("It has not begun."), "{texts}");

    let manifest = fs::read_to_string(folder.join("manifest.json")).unwrap();
    fs::write(folder.join("manifest.json"), manifest.replace("\"running\"", "\"interrupted\"")).unwrap();
    let texts = markup::texts(&page(&RunRecord::open(&folder).unwrap()));
    assert!(texts.contains("interrupted A signal stopped it; it can be resumed."), "{texts}");

    // Nothing but a manifest: killed before anything was logged.
    fs::remove_file(folder.join("events.jsonl")).unwrap();
    fs::remove_file(folder.join("metrics.csv")).unwrap();
    let texts = markup::texts(&page(&run));
    assert!(texts.contains("Not all of the folder can be read."), "{texts}");
    // Damage is told, and what is whole is shown.
    fs::write(folder.join("events.jsonl"), "{\"event\":\"phase_start\",\"time\":1,\"phase\":\"classify\"}\nnothing\n")
        .unwrap();
    fs::create_dir_all(folder.join("analysis")).unwrap();
    fs::write(folder.join("analysis/test.json"), "[]").unwrap();
    let texts = markup::texts(&page(&run));
    assert!(texts.contains("line 2") && texts.contains("test.json"), "{texts}");

    // A loss that is not finite ends the run; the report is there, and the error in it.
    let failed = scratch.0.join("failed");
    let error = chain(3, 5, 1e25).run_in(&*failed).unwrap_err().to_string();
    let run = RunRecord::all(&failed).unwrap().remove(0);
    let texts = markup::texts(&fs::read_to_string(run.path().join("report.html")).unwrap());
    let first: String = error.chars().take(60).collect();
    assert!(texts.contains(&first) && texts.contains("failed"), "{error}\n{texts}");
}

#[test]
fn a_report_that_cannot_be_written_is_an_event_and_the_results_are_there() {
    let scratch = Scratch::new("unwritten");
    let results = chain(2, 1, 1e-9).run_in(&*scratch.0).unwrap();
    let folder = scratch.run().path().to_owned();
    let manifest = fs::read_to_string(folder.join("manifest.json")).unwrap();
    fs::write(folder.join("manifest.json"), manifest.replace("\"finished\"", "\"running\"")).unwrap();
    for file in ["report.html", "analysis/test.json"] {
        fs::remove_file(folder.join(file)).unwrap();
        fs::create_dir(folder.join(file)).unwrap();
    }
    let again = chain(2, 1, 1e-9).resume_in(&folder).unwrap();
    assert_eq!(format!("{again:?}"), format!("{results:?}"));
    let run = RunRecord::open(&folder).unwrap();
    assert!(run.manifest().is_finished());
    let errors: Vec<String> = run
        .events()
        .unwrap()
        .map(Result::unwrap)
        .filter(|event| event.event == "error")
        .map(|event| event.text("error").unwrap().to_owned())
        .collect();
    assert!(errors.len() == 2 && errors[0].contains("test.json") && errors[1].contains("report.html"), "{errors:?}");
}

#[test]
fn unusual_studies_have_a_readable_report() {
    let scratch = Scratch::new("unusual");
    let at = |name: &str| scratch.0.join(name);
    // 200 nodes in a row, one epoch, one row in the test, for which R2 is not defined.
    chain(200, 1, 1e-9).run_in(&*at("deep")).unwrap();
    let run = RunRecord::all(at("deep")).unwrap().remove(0);
    let texts = markup::texts(&page(&run));
    assert!(texts.contains("200 nodes") && texts.contains("n199") && texts.contains("NaN"), "{texts}");
    assert_eq!(of_numbers(&run, "y").r2, None);

    unmeasured().run_in(&*at("unmeasured")).unwrap();
    let run = RunRecord::all(at("unmeasured")).unwrap().remove(0);
    let texts = markup::texts(&page(&run));
    assert!(texts.contains("The experiment has no eval phase") && texts.contains("loss of the last epoch"), "{texts}");
    assert!(run.analyses().unwrap().is_empty());

    // Without a report nothing of it is written, and it can be had later.
    pulses().run_in(Records::at(at("without")).every(Every::Seconds(f64::INFINITY)).without_report()).unwrap();
    let run = RunRecord::all(at("without")).unwrap().remove(0);
    assert!(!run.path().join("report.html").exists() && !run.path().join("analysis").exists());
    run.write_report().unwrap();
    assert!(fs::read_to_string(run.path().join("report.html")).unwrap().ends_with("</html>\n"));
}

#[test]
fn classes_are_told_apart_whose_names_look_like_numbers() {
    let scratch = Scratch::new("releases");
    let results = releases().run_in(&*scratch.0).unwrap();
    let run = scratch.run();
    let found = of_classes(&run, "version");
    let split = run.manifest().splits.iter().find(|split| split.split == "test").unwrap();
    assert_eq!((found.rows, found.left_out), (30, 0));
    for (figures, name) in found.per_class.iter().zip(["1", "1.0", "v2.0"]) {
        assert_eq!(figures.rows, split.classes["version"][name], "{name}");
    }
    close(found.accuracy, results[1].measured("accuracy").unwrap());
}

#[test]
fn the_time_of_a_phase_is_that_in_which_it_ran() {
    let scratch = Scratch::new("paused");
    chain(2, 3, 1e-9).run_in(&*scratch.0).unwrap();
    let run = scratch.run();
    let path = run.path().join("events.jsonl");
    let mut events = Vec::new();
    for line in fs::read_to_string(&path).unwrap().lines() {
        let mut event: serde_json::Value = serde_json::from_str(line).unwrap();
        // As if it had stood still for a day.
        if event["event"] != "run_start" && event["event"] != "phase_start" {
            event["time"] = (event["time"].as_f64().unwrap() + 86_400.0).into();
        }
        if event["event"] == "phase_end" && event["phase"] == "fit" {
            event["seconds"] = 12.0.into();
        }
        events.push(format!("{event}\n"));
    }
    fs::write(&path, events.concat()).unwrap();
    let texts = markup::texts(&page(&run));
    assert!(texts.contains("3 epochs in 12 s."), "{texts}");
    // Of one that tells no time of its own it is that between its events.
    fs::write(&path, events.concat().replace("\"seconds\":12.0", "\"other\":12.0")).unwrap();
    let texts = markup::texts(&page(&run));
    assert!(texts.contains("3 epochs in 24 h 0 min."), "{texts}");
}

#[test]
fn what_is_being_written_is_no_table_of_predictions() {
    let scratch = Scratch::new("written");
    chain(2, 1, 1e-9).run_in(Records::at(&scratch.0).predictions()).unwrap();
    let run = scratch.run();
    fs::write(run.path().join("predictions/.test.csv.0123456789abcdef.tmp"), "id,").unwrap();
    assert_eq!(run.predictions(), [run.path().join("predictions/test.csv")]);
}

#[test]
fn names_of_ten_thousand_characters_and_values_that_are_not_finite_are_shown() {
    let scratch = Scratch::new("hostile");
    hostile(&scratch);
    let run = scratch.run();
    let page = page(&run);
    let texts = markup::texts(&page);
    assert!(texts.contains("values of loss cannot be drawn: not finite, first NaN at epoch 1"), "{texts}");
    let card = run.card();
    assert!(card.len() < 60_000, "{card}");
}

#[test]
fn what_callbacks_record_is_shown_where_it_belongs() {
    let scratch = Scratch::new("callbacks");
    unmeasured().run_in(&*scratch.0).unwrap();
    let run = scratch.run();
    let path = run.path().join("metrics.csv");
    let mut metrics = fs::read_to_string(&path).unwrap();
    for line in
        ["fit,0,norm.y,1.5,0", "fit,0,norm.y,2.5,1", "fit,1,norm.y,3.5,0", "fit,,size.y,17,", ",,disk.free,0.25,"]
    {
        metrics.push_str(line);
        metrics.push('\n');
    }
    fs::write(&path, metrics).unwrap();
    let page = page(&run);
    assert!(page.contains("norm.y: from 1.5 to 3.5, between 1.5 and 3.5"), "{page}");
    let texts = markup::texts(&page);
    assert!(texts.contains("norm.y by step"), "{texts}");
    assert!(texts.contains("size.y 17") && texts.contains("The run disk.free 0.25"), "{texts}");
}

/// A run whose folder was changed so that all that stands in it is as bad as it can be.
///
/// # Panics
/// When it cannot be run.
pub fn hostile(scratch: &Scratch) {
    birds().run_in(&*scratch.0).unwrap();
    let folder = scratch.run().path().to_owned();
    let long = "<b>\u{202e}🦤'\\\"".repeat(1500);
    for name in ["manifest.json", "analysis/test.json"] {
        let path = folder.join(name);
        let text = fs::read_to_string(&path).unwrap();
        let quoted = serde_json::to_string(&long).unwrap();
        let text = text.replace("\"🐧\"", &quoted).replace("\"Birds\"", &quoted).replace("\"hidden\"", &quoted);
        fs::write(&path, text.replace("\"cpu\"", &quoted)).unwrap();
    }
    let metrics = fs::read_to_string(folder.join("metrics.csv")).unwrap();
    let broken = metrics.lines().map(|line| match line.split(',').collect::<Vec<_>>().as_slice() {
        ["classify", epoch @ ("1" | "3"), "loss", ..] => format!("classify,{epoch},loss,NaN,\n"),
        ["classify", "2", name, ..] => format!("classify,2,{name},inf,\n"),
        _ => format!("{line}\n"),
    });
    fs::write(folder.join("metrics.csv"), broken.collect::<String>()).unwrap();
}

#[test]
fn a_card_says_what_is_known_and_what_is_not() {
    let scratch = Scratch::new("card");
    birds().run_in(&*scratch.0).unwrap();
    let card = scratch.run().card();
    for expected in [
        "# Birds\n",
        "| bird | test | 60 |",
        "## Results",
        "| O'Neil \"quoted\" &amp; co |",
        "## Settings",
        "## Environment",
        "- How it does on data that was gathered elsewhere or later: unknown.",
        "**Shared groups.**",
    ] {
        assert!(card.contains(expected), "{expected}: {card}");
    }
    // Names are no markup: what looks like it is escaped, or stands between backticks.
    for line in card.lines().filter(|line| line.contains("<script>")) {
        assert!(line.split('`').skip(1).step_by(2).any(|code| code.contains("<script>")), "{line}");
    }
    let headings = card.lines().filter(|line| line.starts_with("## ")).count();
    assert_eq!(headings, 5, "{card}");
}
