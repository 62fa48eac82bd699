//! Searches choose what a person would choose by hand, with the same bits, and report what they chose.

use std::path::PathBuf;

use modularml::experiment::{ChoiceSpec, ParameterSpec, ParameterValue};
use modularml::search::AskTell;
use modularml::{layers::*, losses::*, metrics::*, prelude::*};

#[derive(SampleSchema, Clone)]
struct Pulse {
    #[feat]
    voltage: [f32; 3],
    #[target]
    soh: f32,
    #[tag(group)]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(lr))]
    graph SohNet(pulse: Pulse; width: usize = 4, lr: f64 = 1e-2) {
        soh = Mlp::hidden([width])(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    experiment OneSplit(epochs: usize = 6) for SohNet {
        seed = 42;
        vary width in [2, 4, 8], lr in [1e-3, 1e-1];
        choose GridSearch by regress.val.rmse;
        split pulse = Random::ratios(train: 0.5, val: 0.25, test: 0.25).group_by(pulse.cell);
        train regress {
            feed pulse = Batches::of(8).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { rmse = Rmse(soh, pulse.soh); }
            epochs = epochs;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    experiment Mean for SohNet {
        seed = 42;
        vary width in [2, 8], lr in [1e-3, 1e-1];
        choose GridSearch by regress.val.rmse;
        split pulse = Random::ratios(pool: 0.75, test: 0.25).group_by(pulse.cell);
        folds pulse.pool = KFold::of(3).group_by(pulse.cell) into train, val;
        train regress {
            feed pulse = Batches::of(8).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { rmse = Rmse(soh, pulse.soh); }
            epochs = 4;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    experiment Nested for SohNet {
        seed = 42;
        vary width in [2, 8], lr in [1e-3, 1e-1];
        choose GridSearch by unseen.rmse in KFold::of(2).group_by(pulse.cell);
        folds pulse = KFold::of(3).group_by(pulse.cell) into train, left_out;
        scale pulse.soh = Standard fitted on train;
        train regress {
            feed pulse = Batches::of(8).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            epochs = 4;
        }
        eval unseen { feed pulse = left_out; rmse = Rmse(soh, pulse.soh) in raw units; predictions; }
    }
}

experiment! {
    /// The inner folds of `Nested`, written as folds of the rows that one of its folds trains on.
    experiment Inner for SohNet {
        seed = 42;
        folds pulse = KFold::of(2).group_by(pulse.cell) into train, left_out;
        scale pulse.soh = Standard fitted on train;
        train regress {
            feed pulse = Batches::of(8).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            epochs = 4;
        }
        eval unseen { feed pulse = left_out; rmse = Rmse(soh, pulse.soh) in raw units; }
    }
}

experiment! {
    experiment Halving(epochs: usize = 8) for SohNet {
        seed = 42;
        vary width in [2, 3, 4, 5, 6, 7, 8], lr in LogUniform::between(1e-4, 1e-1);
        choose HalvingSearch::trials(6).from(2).factor(2) by regress.val.loss;
        split pulse = Random::ratios(train: 0.5, val: 0.25, test: 0.25).group_by(pulse.cell);
        train regress {
            feed pulse = Batches::of(8).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { loss; }
            epochs = epochs;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    experiment Together(epochs: usize = 50, patience: usize = 3) for SohNet {
        seed = 42;
        vary epochs in [10, 50], patience in [3, 20];
        choose GridSearch by regress.val.loss;
        split pulse = Random::ratios(train: 0.5, val: 0.25, test: 0.25).group_by(pulse.cell);
        train regress {
            feed pulse = Batches::of(8).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { loss; }
            stop = EarlyStopping::patience(patience)(val.loss);
            epochs = epochs;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    experiment Seeds for SohNet {
        seed = 42;
        vary seed in [1, 2, 3], lr in [1e-2, 1e30];
        choose GridSearch by regress.val.loss;
        split pulse = Random::ratios(train: 0.5, val: 0.25, test: 0.25).group_by(pulse.cell);
        train regress {
            feed pulse = Batches::of(8).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { loss; }
            epochs = 3;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    /// Stops early, and keeps the last weights.
    experiment Stopped(epochs: usize = 30) for SohNet {
        seed = 42;
        vary lr in [0.05, 0.3];
        choose GridSearch by regress.val.loss;
        split pulse = Random::ratios(train: 0.5, val: 0.25, test: 0.25).group_by(pulse.cell);
        train regress {
            feed pulse = Batches::of(4).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { loss; }
            stop = EarlyStopping::patience(3)(val.loss);
            epochs = epochs;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    /// The same, and goes back to the best.
    experiment Restored for SohNet {
        seed = 42;
        vary lr in [0.05, 0.3];
        choose GridSearch by regress.val.loss;
        split pulse = Random::ratios(train: 0.5, val: 0.25, test: 0.25).group_by(pulse.cell);
        train regress {
            feed pulse = Batches::of(4).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { loss; }
            stop = EarlyStopping::patience(3).restore_best()(val.loss);
            epochs = 30;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    /// What decides is made of what varies.
    experiment Weighted(weight: f64 = 0.1) for SohNet {
        seed = 42;
        vary weight in [0.01, 0.1];
        choose GridSearch by regress.val.loss;
        split pulse = Random::ratios(train: 0.5, val: 0.25, test: 0.25).group_by(pulse.cell);
        train regress {
            feed pulse = Batches::of(4).shuffled()(train);
            loss = Mse(soh, pulse.soh) + weight * L2Penalty(soh);
            validate on val every 1 epoch { loss; }
            epochs = 2;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    /// What decides is a term, which its weight is not part of.
    experiment WeightedTerm(weight: f64 = 0.1) for SohNet {
        seed = 42;
        vary weight in [0.01, 0.1];
        choose GridSearch by regress.val.terms.mse;
        split pulse = Random::ratios(train: 0.5, val: 0.25, test: 0.25).group_by(pulse.cell);
        train regress {
            feed pulse = Batches::of(4).shuffled()(train);
            loss = Mse(soh, pulse.soh) + weight * L2Penalty(soh);
            validate on val every 1 epoch { loss; }
            epochs = 2;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    /// Other folds with each value.
    experiment Divided(parts: usize = 3) for SohNet {
        seed = 42;
        vary parts in [3, 4];
        choose GridSearch by unseen.rmse in KFold::of(parts).group_by(pulse.cell);
        folds pulse = KFold::of(3).group_by(pulse.cell) into train, left_out;
        train regress { feed pulse = Batches::of(4)(train); loss = Mse(soh, pulse.soh); epochs = 2; }
        eval unseen { feed pulse = left_out; rmse = Rmse(soh, pulse.soh); }
    }
}

/// Twelve cells of eight pulses each.
fn rows() -> Vec<Pulse> {
    let row = |i: u8| {
        let (x, cell) = (f32::from(i) / 96.0, i64::from(i % 12));
        Pulse { voltage: [x, (5.0 * x).sin(), x * x], soh: (3.0 * x).cos() + f32::from(i % 12) / 24.0, cell }
    };
    (0..96u8).map(row).collect()
}

fn pulses() -> Result<FeatureSet<Pulse>> {
    FeatureSet::from_rows(rows())
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("search").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn last(values: &[f64]) -> f64 {
    values.last().copied().unwrap_or(f64::NAN)
}

#[test]
fn a_term_decides_of_trials_that_weigh_it_otherwise() -> Result<()> {
    let found = WeightedTerm::new(pulses()?)?.search_in(folder("term"))?;
    let tried: Vec<f64> = found.choices[0].choice.trials.iter().map(|trial| trial.value).collect();
    let by_hand = [0.01, 0.1].map(|weight| {
        let mut study = WeightedTerm::with(|p| p.weight = weight).new(pulses()?)?;
        Ok(last(&study.run()?.regress.val.terms.mse))
    });
    assert_eq!(tried, by_hand.into_iter().collect::<Result<Vec<_>>>()?);
    assert_ne!(tried[0].to_bits(), tried[1].to_bits());
    Ok(())
}

#[test]
fn a_grid_chooses_what_is_best_by_hand() -> Result<()> {
    let found = OneSplit::new(pulses()?)?.search_in(folder("grid"))?;
    let mut by_hand = Vec::new();
    for width in [2, 4, 8] {
        for lr in [1e-3, 1e-1] {
            let mut study = OneSplit::with(|p| (p.graph.width, p.graph.lr) = (width, lr)).new(pulses()?)?;
            let results = study.run()?;
            by_hand.push((last(&results.regress.val.rmse), width, lr, results.test.rmse));
        }
    }
    let tried: Vec<f64> = found.choices[0].choice.trials.iter().map(|trial| trial.value).collect();
    assert_eq!(tried, by_hand.iter().map(|it| it.0).collect::<Vec<_>>(), "the values of all trials");
    let best = by_hand.iter().min_by(|a, b| a.0.total_cmp(&b.0)).expect("six trials");
    let chosen = &found.choices[0].parameters;
    assert_eq!((chosen.graph.width, chosen.graph.lr), (best.1, best.2));
    assert_eq!(found.choices[0].parameters.epochs, 6);
    assert_eq!(found.results.test.rmse.to_bits(), best.3.to_bits(), "what is reported is the run with what was chosen");
    Ok(())
}

#[test]
fn over_folds_the_mean_decides() -> Result<()> {
    let found = Mean::new(pulses()?)?.search_in(folder("mean"))?;
    let mut by_hand = Vec::new();
    for width in [2, 8] {
        for lr in [1e-3, 1e-1] {
            let folds = Mean::with(|p| (p.width, p.lr) = (width, lr)).new(pulses()?)?.run_folds()?;
            let values: Vec<f64> = folds.regress.iter().map(|fold| last(&fold.val.rmse)).collect();
            by_hand.push((values.iter().sum::<f64>() / 3.0, folds.test.rmse.by_fold));
        }
    }
    let tried: Vec<f64> = found.choices[0].choice.trials.iter().map(|trial| trial.value).collect();
    assert_eq!(tried, by_hand.iter().map(|it| it.0).collect::<Vec<_>>());
    let best = by_hand.iter().min_by(|a, b| a.0.total_cmp(&b.0)).expect("four trials");
    assert_eq!(found.results.test.rmse.by_fold, best.1);
    assert_eq!(found.choices.len(), 1);
    Ok(())
}

/// Each fold chooses as an experiment does that has the rows alone that this fold trains on.
#[test]
fn each_fold_chooses_by_rows_of_its_own() -> Result<()> {
    let nested = Nested::new(pulses()?)?;
    let found = nested.search_in(folder("nested"))?;
    assert_eq!(found.choices.len(), 3);
    for (fold, chosen) in (0u32..).zip(&found.choices) {
        let kept = nested.fold(fold)?.session().split("pulse", "train")?;
        assert_eq!(kept.len(), 64);
        let own = || FeatureSet::from_rows(kept.rows().iter().map(|row| rows()[*row as usize].clone()));
        let mut by_hand = Vec::new();
        for width in [2, 8] {
            for lr in [1e-3, 1e-1] {
                let study = Inner::with(|p| (p.width, p.lr) = (width, lr)).new(own()?)?;
                by_hand.push((study.run_folds()?.unseen.rmse.mean, width, lr));
            }
        }
        let tried: Vec<f64> = chosen.choice.trials.iter().map(|trial| trial.value).collect();
        assert_eq!(tried, by_hand.iter().map(|it| it.0).collect::<Vec<_>>(), "fold {fold}");
        let best = by_hand.iter().min_by(|a, b| a.0.total_cmp(&b.0)).expect("four trials");
        assert_eq!((chosen.parameters.width, chosen.parameters.lr), (best.1, best.2));
        let alone = Nested::with(|p| *p = chosen.parameters).new(pulses()?)?.fold(fold)?.run()?;
        assert_eq!(found.results.unseen.rmse.by_fold[fold as usize].to_bits(), alone.unseen.rmse.to_bits());
    }
    assert_eq!(found.results.unseen.predictions.batch().num_rows(), 96, "each row is predicted once");
    Ok(())
}

#[test]
fn halving_trains_the_best_on() -> Result<()> {
    let study = Halving::new(pulses()?)?;
    let records = folder("halving");
    let found = study.search_in(&*records)?;
    let trials = &found.choices[0].choice.trials;
    // Six are compared after 2 epochs, three after 4, two train to the end.
    let mut histories = Vec::new();
    for trial in trials {
        let mut of_trial = Halving::with(|p| {
            for value in &trial.values {
                match value.value {
                    ParameterValue::Float(lr) => p.graph.lr = lr,
                    ParameterValue::Int(width) => p.graph.width = usize::try_from(width).unwrap_or_default(),
                    _ => {}
                }
            }
        })
        .new(pulses()?)?;
        histories.push(of_trial.run()?.regress.val.loss);
    }
    let mut left: Vec<usize> = (0..6).collect();
    for (epochs, keep) in [(2, 3), (4, 2)] {
        left.sort_by(|a, b| histories[*a][epochs - 1].total_cmp(&histories[*b][epochs - 1]));
        for out in left.drain(keep..) {
            assert_eq!(trials[out].epochs, Some(epochs));
            assert_eq!(trials[out].value.to_bits(), histories[out][epochs - 1].to_bits());
        }
    }
    left.sort_by(|a, b| histories[*a][7].total_cmp(&histories[*b][7]));
    assert_eq!(found.choices[0].choice.value.to_bits(), histories[left[0]][7].to_bits());
    assert_eq!(found.choices[0].choice.values, trials[left[0]].values);
    // What has run is not run again.
    let again = study.search_in(&*records)?;
    assert_eq!(again.choices[0].choice, found.choices[0].choice);
    assert_eq!(again.results.test.rmse.to_bits(), found.results.test.rmse.to_bits());
    Ok(())
}

/// What decides is measured with the weights that are kept.
#[test]
fn the_epoch_that_is_kept_decides() -> Result<()> {
    let [mut last_of_all, mut best_of_all] = [Vec::new(), Vec::new()];
    for lr in [0.05, 0.3] {
        let losses = Stopped::with(|p| p.graph.lr = lr).new(pulses()?)?.run()?.regress.val.loss;
        best_of_all.push(losses.iter().copied().fold(f64::INFINITY, f64::min));
        last_of_all.push(last(&losses));
        assert!(losses.len() < 30 && best_of_all.last() < last_of_all.last(), "it stops behind its best: {losses:?}");
    }
    let values = |choice: &modularml::items::Choice| choice.trials.iter().map(|trial| trial.value).collect::<Vec<_>>();
    let stopped = Stopped::new(pulses()?)?.search_in(folder("stopped"))?;
    assert_eq!(values(&stopped.choices[0].choice), last_of_all);
    let restored = Restored::new(pulses()?)?.search_in(folder("restored"))?;
    assert_eq!(values(&restored.choices[0].choice), best_of_all);
    Ok(())
}

#[test]
fn what_cannot_be_compared_is_refused_before_anything_trains() -> Result<()> {
    let refused = |error: modularml::Error| error.to_string();
    let error = refused(Weighted::new(pulses()?)?.search_in(folder("weighted")).expect_err("a loss of another weight"));
    assert!(error.contains("weight=0.01 changes how what decides is measured"), "{error}");
    let error =
        refused(Divided::new(pulses()?)?.search_in(folder("divided")).expect_err("inner folds of another number"));
    assert!(error.contains("parts=4 changes how rows are divided"), "{error}");
    Ok(())
}

/// A trial that is run once more changes nothing of what was reported with another one.
#[test]
fn a_choice_holds_once_it_is_reported() -> Result<()> {
    let (study, records) = (OneSplit::new(pulses()?)?, folder("holds"));
    let found = study.search_in(&*records)?;
    let plans = std::fs::read_dir(&records).expect("the runs").next().expect("a plan").expect("a plan").path();
    let plan = modularml::items::ItemPlan::read(&plans)?;
    for item in plan.items.iter().filter(|item| item.tries == found.choices[0].choice.values) {
        std::fs::remove_dir_all(plans.join(&item.id)).expect("a trial");
    }
    let collected = study.session().collect(&plan, &plans)?;
    assert_eq!(collected.choices[0].values, found.choices[0].choice.values);
    let again = study.chosen(&found.choices[0].choice)?.run()?;
    assert_eq!(again.test.rmse.to_bits(), found.results.test.rmse.to_bits());
    Ok(())
}

#[test]
fn what_does_not_go_together_is_refused_before_anything_trains() -> Result<()> {
    let records = folder("together");
    let error = Together::new(pulses()?)?.search_in(&*records).expect_err("patience 20 of 10 epochs").to_string();
    assert!(error.contains("epochs=10, patience=20"), "{error}");
    assert!(error.contains("patience 20 never runs out"), "{error}");
    assert!(!records.exists(), "nothing was begun");
    Ok(())
}

#[test]
fn seeds_are_compared_on_the_same_rows_and_a_trial_that_fails_is_not_chosen() -> Result<()> {
    let study = Seeds::new(pulses()?)?;
    let found = study.search_in(folder("seeds"))?;
    let trials = &found.choices[0].choice.trials;
    assert_eq!(trials.len(), 6);
    let failed: Vec<bool> = trials.iter().map(|trial| trial.failed.is_some()).collect();
    assert_eq!(failed, [false, true, false, true, false, true], "1e30 is no learning rate");
    let values: Vec<f64> = trials.iter().step_by(2).map(|trial| trial.value).collect();
    let bits: Vec<u64> = values.iter().map(|value| value.to_bits()).collect();
    assert!(bits[0] != bits[1] && bits[1] != bits[2], "{values:?}");
    // The best of the first seed alone, on the rows of the declared seed.
    let best = values.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(found.choices[0].choice.value.to_bits(), best.to_bits());
    assert!(found.choices[0].choice.words().contains("lr=0.01"));
    Ok(())
}

/// Tries two widths, and remembers what it was told.
#[derive(Default)]
struct Two {
    told: Vec<f64>,
}

impl AskTell for Two {
    fn ask(&mut self, choices: &[ChoiceSpec]) -> Result<Option<Vec<ParameterSpec>>> {
        assert_eq!(choices.len(), 2);
        let width = [2, 8].get(self.told.len());
        Ok(width.map(|width| vec![ParameterSpec { name: "width", value: ParameterValue::size(*width) }]))
    }

    fn tell(&mut self, _values: &[ParameterSpec], value: f64, higher_is_better: bool) -> Result<()> {
        assert!(!higher_is_better);
        self.told.push(value);
        Ok(())
    }
}

#[test]
fn somebody_else_asks_and_is_told() -> Result<()> {
    let (study, mut two) = (OneSplit::new(pulses()?)?, Two::default());
    let trials = study.session().ask_in(&mut two, None, &*folder("ask"))?;
    let mut by_hand = Vec::new();
    for width in [2, 8] {
        let mut study = OneSplit::with(|p| p.graph.width = width).new(pulses()?)?;
        by_hand.push(last(&study.run()?.regress.val.rmse));
    }
    assert_eq!(two.told, by_hand);
    assert_eq!(trials.len(), 2);
    let unknown = ParameterSpec { name: "widht", value: ParameterValue::size(2) };
    let error = study.session().trial_in(&[unknown], None, &*folder("ask")).expect_err("no such parameter").to_string();
    assert!(error.contains("`widht`") && error.contains("width"), "{error}");
    Ok(())
}
