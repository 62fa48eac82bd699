//! What numbers are recorded: norms of gradients, statistics of weights, learning rates.

use super::*;

experiment! {
    pub(super) experiment Unclipped for Net {
        callbacks = [LearningRates.steps()];
        seed = 3;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        scale pulse.soh = MinMax fitted on train;
        train regress {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            accumulate = 2;
            callbacks = [GradientNorms, GradientNorms.every(1), WeightStatistics];
            epochs = 3;
        }
    }
}

experiment! {
    experiment Beside for Net {
        callbacks = [GradientNorms.every(4)];
        seed = 3;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        train warm {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            epochs = 1;
        }
        train regress {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            callbacks = [GradientNorms.every(4)];
            epochs = 1;
        }
    }
}

#[test]
fn norms_of_gradients_and_statistics_of_weights_are_those_of_the_weights() {
    let (mut by_hand, mut study) = (silent!(Unclipped), silent!(Unclipped));
    let mut seen = Seen::default();
    by_hand.run_with(&mut seen).unwrap();
    let runs = Scratch::new("numbers");
    study.run_in(&*runs.0).unwrap();
    let folder = study.session().run_folder().unwrap();
    // 36 rows by 6 are 6 steps, by 2 are 3 changes.
    assert_eq!(seen.steps.len(), 1 + 3 * 3);
    for (node, lr) in [("hidden", 0.05), ("soh", 0.02)] {
        // What SGD changes is its rate times the gradient.
        let norm = |pair: &[(usize, BTreeMap<String, Vec<f64>>)]| {
            let (before, after) = (of_node(&pair[0].1, node), of_node(&pair[1].1, node));
            before.iter().zip(after).map(|(before, after)| ((before - after) / lr).powi(2)).sum::<f64>().sqrt()
        };
        let norms: Vec<f64> = seen.steps.windows(2).map(norm).collect();
        let rows = recorded(folder, &format!("gradient_norm.{node}"));
        let (by_step, by_epoch): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, step, _)| step.is_some());
        assert_eq!((by_step.len(), by_epoch.len()), (9, 3));
        for (change, (epoch, step, found)) in by_step.into_iter().enumerate() {
            assert_eq!((epoch, step), (change / 3, Some(change % 3 * 2 + 1)));
            near(found, norms[change], 1e-4);
        }
        for (epoch, (at, _, found)) in by_epoch.into_iter().enumerate() {
            assert_eq!(at, epoch);
            near(found, norms[3 * epoch..][..3].iter().sum::<f64>() / 3.0, 1e-4);
        }
        for (epoch, weights) in seen.epochs.iter().enumerate() {
            let mut own = of_node(weights, node);
            let count = f64::from(u32::try_from(own.len()).unwrap());
            let (mean, squares) =
                (own.iter().sum::<f64>() / count, own.iter().map(|weight| weight * weight).sum::<f64>());
            let found = |what: &str| recorded(folder, &format!("weight_{what}.{node}"))[epoch].2;
            near(found("mean"), mean, 1e-12);
            near(found("std"), (squares / count - mean * mean).sqrt(), 1e-9);
            near(found("norm"), squares.sqrt(), 1e-12);
            own.sort_by(f64::total_cmp);
            assert_eq!([found("min"), found("max")].map(f64::to_bits), [own[0], own[own.len() - 1]].map(f64::to_bits));
        }
        // Beside the phases and at each change.
        let rates = recorded(folder, if node == "soh" { "learning_rate.node.soh" } else { "learning_rate.graph" });
        assert_eq!(
            rates.iter().map(|(_, step, rate)| (*step, *rate)).collect::<Vec<_>>(),
            [1, 3, 5].repeat(3).into_iter().map(|step| (Some(step), lr)).collect::<Vec<_>>()
        );
    }
    // 6 steps an epoch, also where fewer of them record something.
    let epochs = events(folder).into_iter().filter(|event| event["event"] == "epoch");
    assert_eq!(epochs.map(|event| event["steps"].as_u64()).collect::<Vec<_>>(), [Some(6); 3]);
    // The events say the same as the table.
    let values = events(folder).into_iter().filter_map(|event| event["values"]["weight_norm.soh"].as_f64());
    let table: Vec<f64> = recorded(folder, "weight_norm.soh").into_iter().map(|row| row.2).collect();
    assert_eq!(values.collect::<Vec<_>>(), table);
}

#[test]
fn norms_beside_the_phases_begin_anew_with_each() {
    let runs = Scratch::new("beside");
    let mut study = silent!(Beside);
    study.run_in(&*runs.0).unwrap();
    let folder = study.session().run_folder().unwrap();
    let text = fs::read_to_string(folder.join("metrics.csv")).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let rows: Vec<&Vec<&str>> = rows.iter().filter(|row| row[2] == "gradient_norm.soh").collect();
    // Of 6 changes a phase the fourth completes 4; the callback of the phase says the same as the one beside it.
    assert_eq!(
        rows.iter().map(|row| (row[0], row[4])).collect::<Vec<_>>(),
        [("warm", "3"), ("regress", "3"), ("regress", "3")]
    );
    assert_eq!(rows[1], rows[2]);
}
