//! What is written each so many epochs: weights and predictions.

use super::*;

experiment! {
    experiment Followed for Net {
        seed = 3;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        scale pulse.soh = MinMax fitted on train;
        train regress {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            accumulate = 2;
            clip = ByNorm::of(0.3);
            rate = Exponential::factor(0.5) per epoch;
            validate on val every 2 epochs { loss; rmse = Rmse(soh, pulse.soh) in raw units; }
            callbacks = [Snapshots::every(3), PredictionsEvery::epochs(4), GradientNorms, LearningRates];
            epochs = 8;
        }
    }
}

// As `Followed`, without callbacks.
experiment! {
    experiment Clipped for Net {
        seed = 3;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        scale pulse.soh = MinMax fitted on train;
        train regress {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            accumulate = 2;
            clip = ByNorm::of(0.3);
            rate = Exponential::factor(0.5) per epoch;
            epochs = 8;
        }
    }
}

#[test]
fn what_is_written_each_so_many_epochs_is_what_the_epoch_had() {
    let (mut by_hand, mut study) = (silent!(Followed), silent!(Followed));
    let runs = Scratch::new("written");
    let results = study.run_in(&*runs.0).unwrap();
    let folder = study.session().run_folder().unwrap();

    // The rates of the optimizers, halved with each epoch.
    for (name, lr) in [("learning_rate.graph", 0.05), ("learning_rate.node.soh", 0.02)] {
        let rates = recorded(folder, name);
        assert_eq!(rates.len(), 8);
        for ((at, step, rate), epoch) in rates.into_iter().zip(0i32..) {
            assert_eq!((at, step), (usize::try_from(epoch).unwrap(), None));
            near(rate, lr * 0.5f64.powi(epoch), 1e-15);
        }
    }
    // Behind epochs 4 and 8 the rows of `val`, whose error is the measured one.
    assert_eq!(files(&folder.join("predictions")), ["regress-0003.csv", "regress-0007.csv"]);
    for (file, evaluation) in [("regress-0003.csv", 1), ("regress-0007.csv", 3)] {
        let text = fs::read_to_string(folder.join("predictions").join(file)).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("id,targets.soh,predicted.soh"));
        let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
        let mut ids: Vec<&str> = rows.iter().map(|row| row[0]).collect();
        let val = study.session().split("pulse", "val").unwrap();
        let mut expected: Vec<String> = val.ids().into_iter().map(|id| id.to_string()).collect();
        ids.sort_unstable();
        expected.sort_unstable();
        assert_eq!(ids, expected);
        let number = |text: &str| text.parse::<f64>().unwrap();
        let squares = rows.iter().map(|row| (number(row[1]) - number(row[2])).powi(2)).sum::<f64>();
        near(
            (squares / f64::from(u32::try_from(rows.len()).unwrap())).sqrt(),
            results.regress.val.rmse[evaluation],
            1e-5,
        );
    }
    // The weights of epochs 3 and 6; a gradient is recorded as it was before clipping, and the run is the same with a folder.
    assert_eq!(files(&folder.join("snapshots")), ["regress-0002.safetensors", "regress-0005.safetensors"]);
    let mut seen = Seen::default();
    let refused = by_hand.run_with(&mut seen).unwrap_err().to_string();
    assert_eq!(
        refused,
        "callback `Snapshots`: has no folder to write to, as the run is not recorded; give it one, .to(\"snapshots\"), or \
         record the run: study.run_in(\"runs\")"
    );
    assert_eq!((seen.steps.len(), by_hand.session().results().len()), (0, 0));
    let mut plain = silent!(Clipped);
    plain.run_with(&mut seen).unwrap();
    for (file, epoch) in [("regress-0002.safetensors", 2), ("regress-0005.safetensors", 5)] {
        let found = snapshot(&folder.join("snapshots").join(file));
        assert_eq!(found, seen.epochs[epoch]);
    }
    let first = recorded(folder, "gradient_norm.hidden")[0].2.hypot(recorded(folder, "gradient_norm.soh")[0].2);
    assert!(first > 0.3, "nothing was clipped: {first}");
}

#[derive(SampleSchema)]
struct Dot {
    #[feat]
    place: [f32; 2],
    #[target]
    size: f32,
}

model_graph! {
    #[optimizer(Sgd::lr(0.05))]
    graph Pair(pulse: Pulse, dot: Dot) {
        soh = Linear(pulse.voltage) -> pulse.soh;
        size = Linear(dot.place) -> dot.size;
    }
}

experiment! {
    experiment OneOfTwo for Pair {
        seed = 3;
        split pulse = Random::ratios(train: 0.6, val: 0.4);
        split dot = Random::ratios(train: 0.5, val: 0.5);
        scale pulse.soh = MinMax fitted on train;
        train regress {
            feed pulse = Batches::of(6).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { loss; }
            callbacks = [PredictionsEvery::epochs(2)];
            epochs = 2;
        }
        eval again { feed pulse = val; rmse = Rmse(soh, pulse.soh) in raw units; }
        train other {
            feed dot = Batches::of(4).shuffled()(train);
            loss = Mse(size, dot.size);
            epochs = 1;
        }
    }
}

#[test]
fn predictions_are_written_of_the_inputs_that_a_phase_feeds() {
    let runs = Scratch::new("two");
    let dot = |i: u8| Dot { place: [f32::from(i), 1.0], size: f32::from(i) };
    let dots = FeatureSet::from_rows((0..20).map(dot)).unwrap();
    let mut study = OneOfTwo::new(PairData { pulse: pulses(), dot: dots }).unwrap();
    study.progress(Progress::Silent);
    study.run_in(&*runs.0).unwrap();
    let folder = study.session().run_folder().unwrap();
    assert_eq!(files(&folder.join("predictions")), ["regress-0001.csv"]);
    // The phase behind it changes nothing of what the node of pulses gives for the same rows.
    let expected = runs.0.join("expected.csv");
    study.session().predictions("again").unwrap().write_csv(&expected).unwrap();
    let written = fs::read_to_string(folder.join("predictions/regress-0001.csv")).unwrap();
    assert_eq!(written, fs::read_to_string(expected).unwrap());
    assert_eq!(written.lines().next(), Some("pulse.id,pulse.targets.soh,predicted.soh"));
    assert_eq!(written.lines().count(), 1 + 24);
}
