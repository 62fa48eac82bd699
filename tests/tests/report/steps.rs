//! Losses of steps and what callbacks record at them, in a report.

use std::fs;

use modularml::record::RunRecord;

use super::markup;
use super::page;
use super::studies::{Scratch, chain, stepping};

/// Appends lines to a file of a run.
fn append(run: &RunRecord, name: &str, lines: &str) {
    let path = run.path().join(name);
    fs::write(&path, fs::read_to_string(&path).unwrap() + lines).unwrap();
}

#[test]
fn numbers_of_steps_are_drawn_by_step_and_those_of_the_run_told() {
    let scratch = Scratch::new("steps");
    // 47 rows by 8: 6 steps an epoch.
    chain(2, 5, 1e-9).run_in(&*scratch.0).unwrap();
    let run = scratch.run();
    let few: Vec<String> = (2..5).map(|epoch| format!("fit,{epoch},spread.y,0.5,3\n")).collect();
    let many: Vec<String> =
        (0..200_000u32).map(|step| format!("fit,4,rate.y,{:?},{step}\n", f64::from(step).sin())).collect();
    append(
        &run,
        "metrics.csv",
        &format!(",,setup.seconds,2.5,\n{}{},,rest.bytes,12.0,\n", few.concat(), many.concat()),
    );
    let page = page(&run);
    let texts = markup::texts(&page);
    for expected in [
        "spread.y by step",
        "rate.y by step",
        "Of 200,000 values the lowest and the highest of each 1,024 are drawn.",
        "The run setup.seconds 2.5 rest.bytes 12",
    ] {
        assert!(texts.contains(expected), "{expected}: {texts}");
    }
    // From step 2 * 6 + 3 to 4 * 6 + 3; the fifth epoch begins at step 24.
    let picture = |name: &str| page.split("<svg").find(|svg| svg.contains(&format!("\"{name}: from"))).unwrap();
    let labels = |name: &str| {
        picture(name)
            .split("class=\"tick mid\"")
            .skip(1)
            .map(|it| it.split_once('>').unwrap().1.split_once('<').unwrap().0.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(labels("spread.y"), ["15", "20", "25"]);
    assert_eq!(labels("rate.y").last().unwrap(), "200,000");
    assert!(!page.contains("<h3></h3>"));
    let card = run.card();
    assert!(card.contains("- Recorded of the run itself: setup.seconds 2.5.\n"), "{card}");
    assert!(!card.contains("### \n"), "{card}");
    let count = run.metrics().unwrap().map(Result::unwrap).filter(|it| it.name == "rate.y").count();
    assert_eq!(count, 200_000);
}

#[test]
fn losses_of_steps_are_drawn_where_a_phase_declares_them() {
    let scratch = Scratch::new("step-losses");
    let results = stepping(4).run_in(&*scratch.0).unwrap();
    let run = scratch.run();
    let losses = &results[0].trained().unwrap().step_loss;
    // 50 rows by 8 are 7 steps an epoch.
    assert_eq!(losses.len(), 28);
    let page = page(&run);
    let texts = markup::texts(&page);
    assert_eq!(texts.matches("Loss by step").count(), 1, "{texts}");
    // Each step stands in its events with the bits of the results, and in a picture that begins and ends as they do.
    let events: Vec<_> = run.events().unwrap().map(Result::unwrap).filter(|event| event.event == "step").collect();
    assert_eq!(events.len(), losses.len());
    for (event, loss) in events.iter().zip(losses) {
        assert_eq!(event.number("loss").map(f64::to_bits), Some(loss.to_bits()));
        assert_eq!(event.text("phase"), Some("first"));
    }
    let shown = |number: f64| {
        let magnitude = number.abs().log10().floor();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "few digits")]
        let decimals = (3.0 - magnitude).max(0.0) as usize;
        let text = format!("{number:.decimals$}");
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    };
    let (first, last) = (shown(losses[0]), shown(losses[27]));
    assert!(page.contains(&format!("loss: from {first} to {last}, between")), "{first} {last}: {page}");
}
