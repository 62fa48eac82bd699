//! Losses of steps, and series of results.

use super::*;

#[test]
fn losses_of_steps_are_kept_where_they_are_asked_for() {
    let mut study = study();
    let results = study.run().unwrap();
    let train = study.split(Study::SPLITS.pulse.train).unwrap().len();
    let steps = train.div_ceil(8);
    assert_eq!(results.warm.step_loss.len(), 3 * steps);
    for (epoch, losses) in results.warm.step_loss.chunks(steps).enumerate() {
        let rows = |step: usize| count((train - 8 * step).min(8));
        let mean = losses.iter().enumerate().map(|(step, loss)| loss * rows(step)).sum::<f64>() / count(train);
        near(mean, results.warm.loss[epoch]);
    }
    let results = study.session().results();
    assert!(results[2].trained().unwrap().step_loss.is_empty());
    assert_eq!(Series::of_steps(results).unwrap().len(), 3 * steps);
}

#[test]
fn a_series_of_results_has_what_they_have() {
    let mut study = study();
    let results = study.run().unwrap();
    let series = Series::of(study.session().results()).unwrap();
    assert_eq!(series.axes(), ["phase", "name", "epoch"]);
    assert_eq!(series.axis_values("phase").unwrap(), ["warm", "regress", "test"].map(Key::from));
    let at = |phase: &'static str, name: &'static str, epoch: Key| {
        *series.at([("phase", Key::from(phase)), ("name", name.into()), ("epoch", epoch)]).unwrap()
    };
    same(at("regress", "loss", Key::from(4)), results.regress.loss[4]);
    same(at("regress", "val.accuracy", Key::from(3)), results.regress.val.accuracy[1]);
    same(at("test", "rmse", Key::None), results.test.rmse);
    let losses = series.select("phase", "regress").unwrap().select("name", "loss").unwrap().squeeze();
    assert_eq!(losses.axes(), ["epoch"]);
    assert_eq!(losses.values().copied().collect::<Vec<_>>(), results.regress.loss);
    let least = losses.collapse("epoch", Reduce::Min).unwrap();
    same(*least.one().unwrap(), results.regress.loss.iter().copied().fold(f64::INFINITY, f64::min));
    same(*losses.last("epoch").unwrap(), results.regress.loss[5]);
}
