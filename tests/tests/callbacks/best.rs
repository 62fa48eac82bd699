//! What is kept because a watched value was best.

use super::norms_and_rates::Unclipped;
use super::*;

experiment! {
    pub(super) experiment Rising for Net {
        seed = 3;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        scale pulse.soh = MinMax fitted on train;
        train warm {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            epochs = 2;
        }
        train regress {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            clip = ByNorm::of(0.5);
            validate on val every 1 epoch { loss; fit = R2(soh, pulse.soh); }
            callbacks = [Acts::how(4), Snapshots::every(1).best(2)(val.fit)];
            epochs = 10;
        }
    }
}

/// The positions of the two highest values, in order.
fn best_two(values: &[f64]) -> [usize; 2] {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]).then(a.cmp(b)));
    let mut best = [order[0], order[1]];
    best.sort_unstable();
    best
}

#[test]
fn the_best_are_kept_among_snapshots_and_checkpoints() {
    let runs = Scratch::new("best");
    let mut study = silent!(Rising);
    let records = Records::at(&runs.0).every(Every::Seconds(f64::INFINITY)).keep(1).keep_best(2, "regress.val.fit");
    let results = study.run_in(records).unwrap();
    let folder = study.session().run_folder().unwrap();
    let best = best_two(&results.regress.val.fit);
    assert!(best[1] < 9 && best[0] > 0, "the case tells nothing: {:?}", results.regress.val.fit);
    let expected: Vec<String> = best.iter().map(|epoch| format!("regress-{epoch:04}.safetensors")).collect();
    assert_eq!(files(&folder.join("snapshots")), expected);

    // From each of the checkpoints the run goes on behind the epoch that was measured.
    let checkpoints = files(&folder.join("checkpoints"));
    assert_eq!(checkpoints.len(), 3, "{checkpoints:?}");
    for (checkpoint, epoch) in checkpoints.iter().zip(best) {
        let copy = runs.0.join(format!("copy-{epoch}"));
        fs::create_dir_all(copy.join("checkpoints")).unwrap();
        for file in ["manifest.json", "events.jsonl", "metrics.csv"] {
            fs::copy(folder.join(file), copy.join(file)).unwrap();
        }
        fs::copy(folder.join("checkpoints").join(checkpoint), copy.join("checkpoints").join(checkpoint)).unwrap();
        let mut resumed = silent!(Rising);
        let again = resumed.resume_in(&copy).unwrap();
        assert_eq!(format!("{again:?}"), format!("{results:?}"));
        let after = events(&copy).into_iter().skip_while(|event| event["event"] != "resume");
        let first = after.skip(1).find(|event| event["event"] == "epoch").unwrap();
        assert_eq!(first["epoch"], epoch + 1);
        for later in best.iter().filter(|later| **later > epoch) {
            let file = format!("snapshots/regress-{later:04}.safetensors");
            assert_eq!(fs::read(copy.join(&file)).unwrap(), fs::read(folder.join(&file)).unwrap());
        }
        // The better ones that come later are kept then too.
        assert!(files(&copy.join("checkpoints")).len() <= 3);
    }
}

#[test]
fn a_misspelt_value_is_told_before_anything_runs() {
    let runs = Scratch::new("misspelt");
    let mut study = silent!(Rising);
    let error = study.run_in(Records::at(&runs.0).keep_best(2, "regress.val.los")).unwrap_err().to_string();
    let expected = "no measured value `regress.val.los` in experiment `Rising`; there are regress.val.loss, regress.val.fit; \
                    did you mean `regress.val.loss`?";
    assert_eq!(error, expected);
    assert!(files(&runs.0).is_empty());
    let mut study = silent!(Unclipped);
    let error = study.run_in(Records::at(&runs.0).keep_best(2, "regress.val.loss")).unwrap_err().to_string();
    assert!(error.ends_with("no phase of experiment `Unclipped` measures anything by `validate`"), "{error}");
}
