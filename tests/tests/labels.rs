//! Metrics of one score against a bool, and of several labels a row, in experiments: what a study reports is what follows
//! from its predictions, by the formulas written out here.

use candle_core::DType;
use modularml::data::Representation;
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml_tests::numbers;

#[derive(SampleSchema)]
struct Clip {
    #[feat]
    x: [f32; 3],
    /// One yes or no.
    #[target]
    loud: bool,
    /// The same as classes.
    #[target]
    #[classes("quiet", "loud")]
    level: Class,
    /// What is heard.
    #[target]
    sounds: [bool; 3],
}

model_graph! {
    #[optimizer(Adam::lr(0.05))]
    graph Net(clip: Clip) {
        one = Linear::to([1])(clip.x);
        logit = Reshape::to([])(one) -> clip.loud;
        two = Linear::to([2])(clip.x);
        #[output]
        chance = Sigmoid(logit);
        #[output]
        best = ArgMax(two);
        sounds = Linear(clip.x) -> clip.sounds;
        #[output]
        likely = Sigmoid(sounds);
    }
}

experiment! {
    experiment Study for Net {
        seed = 3;
        split clip = Random::ratios(train: 0.5, test: 0.5);
        train learn {
            feed clip = Batches::of(16).shuffled()(train);
            loss = BceWithLogits(logit, clip.loud) + CrossEntropy(two, clip.level)
                + BceWithLogits.positive_weights(hum: 1.0, click: 2.0, hiss: 4.0)(sounds, clip.sounds);
            epochs = 4;
        }
        eval test {
            feed clip = test;
            accuracy = Accuracy(logit, clip.loud);
            of_chance = Accuracy(chance, clip.loud);
            early = Accuracy.threshold(0.3)(logit, clip.loud);
            early_of_chance = Accuracy.threshold(0.3)(chance, clip.loud);
            of_one = Accuracy(one, clip.loud);
            of_two = Accuracy(two, clip.loud);
            of_best = Accuracy(best, clip.loud);
            of_class = Accuracy(logit, clip.level);
            f1 = F1(logit, clip.loud);
            macro_f1 = F1.average(Average::Macro)(logit, clip.loud);
            precision = Precision.threshold(0.3)(logit, clip.loud);
            recall = Recall(chance, clip.loud);
            mcc = Mcc(logit, clip.loud);
            auc = RocAuc(logit, clip.loud);
            log_loss = LogLoss.from_logits()(logit, clip.loud);
            brier = Brier(chance, clip.loud);
            confusion = Confusion(logit, clip.loud);
            whole = Accuracy(sounds, clip.sounds);
            wrong = HammingLoss(likely, clip.sounds);
            micro = F1.average(Average::Micro)(sounds, clip.sounds);
            samples = F1.average(Average::Samples).threshold(0.4)(likely, clip.sounds);
            hiss = Recall.class(2)(sounds, clip.sounds);
            sounds_auc = RocAuc(sounds, clip.sounds);
            ranked = LabelRankingAveragePrecision(sounds, clip.sounds);
            bce = BceWithLogits(sounds, clip.sounds);
        }
    }
}

fn clips() -> FeatureSet<Clip> {
    let row = |i: u16| {
        let (a, b, c) = ((f32::from(i) * 0.7).sin(), (f32::from(i) * 1.3).cos(), (f32::from(i) * 0.31).sin());
        let loud = a + 0.5 * b > 0.2;
        Clip { x: [a, b, c], loud, level: Class::new(u32::from(loud)), sounds: [a > b, a + b + c > 0.5, c * b > 0.2] }
    };
    FeatureSet::from_rows((0..120).map(row)).unwrap()
}

/// Hits, predicted and rows of a yes, from whether each is one and is predicted to be one.
fn counts(pairs: impl Iterator<Item = (bool, bool)>) -> [f64; 3] {
    pairs.fold([0.0; 3], |[hits, predicted, rows], (is, found)| {
        let one = |yes: bool| f64::from(u8::from(yes));
        [hits + one(is && found), predicted + one(found), rows + one(is)]
    })
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found}, expected {expected}");
}

#[test]
#[allow(clippy::cast_precision_loss, reason = "a few rows")]
fn decisions_follow_from_what_the_graph_gives() {
    let mut study = Study::new(clips()).unwrap();
    study.progress(Progress::Silent);
    let results = study.run().unwrap().test;
    let rows = study.split(Study::SPLITS.clip.test).unwrap();
    let outputs = study.session().predict(std::slice::from_ref(&rows)).unwrap();
    let of = |node: &str| numbers(&outputs.get(node).unwrap().to_dtype(DType::F64).unwrap());
    let is: Vec<bool> =
        rows.numbers("loud", Representation::Raw).unwrap().into_iter().map(|number| number > 0.5).collect();
    let share = |scores: &[f64], least: f64| {
        let right = scores.iter().zip(&is).filter(|(score, is)| (**score >= least) == **is).count();
        right as f64 / is.len() as f64
    };
    let logits = of("logit");
    // The logistic function is 0.3 at this logit.
    let early = (0.3f64 / 0.7).ln();
    close(results.accuracy, share(&logits, 0.0));
    close(results.of_chance, results.accuracy);
    close(results.early, share(&logits, early));
    close(results.early_of_chance, results.early);
    assert!((results.early - results.accuracy).abs() > 1e-3, "the thresholds decide alike: {}", results.early);
    close(results.of_one, share(&of("one"), 0.0));
    let ahead: Vec<f64> = of("two").chunks(2).map(|pair| pair[1] - pair[0]).collect();
    close(results.of_two, share(&ahead, f64::MIN_POSITIVE));
    close(results.of_best, results.of_two);
    close(results.of_class, results.accuracy);
    let at = |least: f64| counts(is.iter().zip(&logits).map(|(is, logit)| (*is, *logit >= least)));
    let [hits, predicted, positive] = at(0.0);
    // Of one bool a row F1 is that of `true`, as scikit-learn's average="binary".
    close(results.f1, 2.0 * hits / (predicted + positive));
    let [misses, left, negative] = counts(is.iter().zip(&logits).map(|(is, logit)| (!is, *logit < 0.0)));
    close(results.macro_f1, f64::midpoint(results.f1, 2.0 * misses / (left + negative)));
    close(results.recall, hits / positive);
    let [early_hits, early_predicted, _] = at(early);
    close(results.precision, early_hits / early_predicted);
    let spread = (predicted * left * positive * negative).sqrt();
    close(results.mcc, (hits * misses - (predicted - hits) * (left - misses)) / spread);
    assert_eq!(results.confusion.names(), ["false", "true"]);
    close(results.confusion.count(1, 1), hits);
    let mut above = 0.0;
    for (a, _) in logits.iter().zip(&is).filter(|(_, is)| **is) {
        for (b, _) in logits.iter().zip(&is).filter(|(_, is)| !**is) {
            above += if a > b { 1.0 } else { 0.5 * f64::from(u8::from((a - b).abs() <= 0.0)) };
        }
    }
    close(results.auc, above / (positive * negative));
    let chance = |logit: f64| 1.0 / (1.0 + (-logit).exp());
    let right = logits.iter().zip(&is).map(|(logit, is)| if *is { chance(*logit) } else { 1.0 - chance(*logit) });
    let right: Vec<f64> = right.collect();
    close(results.log_loss, -right.iter().map(|chance| chance.ln()).sum::<f64>() / is.len() as f64);
    close(results.brier, right.iter().map(|chance| (1.0 - chance).powi(2)).sum::<f64>() / is.len() as f64);
}

#[test]
#[allow(clippy::cast_precision_loss, reason = "a few rows")]
fn labels_are_measured_label_by_label_and_row_by_row() {
    let mut study = Study::new(clips()).unwrap();
    study.progress(Progress::Silent);
    let results = study.run().unwrap().test;
    let rows = study.split(Study::SPLITS.clip.test).unwrap();
    let outputs = study.session().predict(std::slice::from_ref(&rows)).unwrap();
    let logits = numbers(&outputs.get("sounds").unwrap().to_dtype(DType::F64).unwrap());
    let labels = rows.numbers("sounds", Representation::Raw).unwrap();
    let all = || labels.iter().map(|label| *label > 0.5).zip(&logits);
    let count = (logits.len() / 3) as f64;
    let whole = labels.chunks(3).zip(logits.chunks(3));
    let whole = whole.filter(|(is, found)| is.iter().zip(*found).all(|(is, logit)| (*is > 0.5) == (*logit >= 0.0)));
    close(results.whole, whole.count() as f64 / count);
    close(results.wrong, all().filter(|(is, logit)| *is != (**logit >= 0.0)).count() as f64 / (3.0 * count));
    let [hits, predicted, positive] = counts(all().map(|(is, logit)| (is, *logit >= 0.0)));
    close(results.micro, 2.0 * hits / (predicted + positive));
    let least = (0.4f64 / 0.6).ln();
    let of_row = |(is, found): (&[f64], &[f64])| {
        let [hits, predicted, positive] = counts(is.iter().zip(found).map(|(is, logit)| (*is > 0.5, *logit >= least)));
        if predicted + positive > 0.0 { 2.0 * hits / (predicted + positive) } else { 0.0 }
    };
    close(results.samples, labels.chunks(3).zip(logits.chunks(3)).map(of_row).sum::<f64>() / count);
    let [hits, _, positive] = counts(all().skip(2).step_by(3).map(|(is, logit)| (is, *logit >= 0.0)));
    close(results.hiss, hits / positive);
    let softplus = |x: f64| x.exp().ln_1p();
    let bce = all().map(|(is, logit)| softplus(*logit) - if is { *logit } else { 0.0 }).sum::<f64>();
    close(results.bce, bce / (3.0 * count));
    assert!(results.sounds_auc > 0.6 && results.sounds_auc < 1.0, "{}", results.sounds_auc);
    assert!(results.ranked > 0.6 && results.ranked <= 1.0, "{}", results.ranked);
}

/// A label's weight is that of the loss of its column alone.
#[test]
fn each_label_has_a_weight_of_its_own() {
    let tensor = |values: &[f64], shape: (usize, usize)| {
        Tensor::from_vec(values.to_vec(), shape, &candle_core::Device::Cpu).unwrap()
    };
    let (logits, labels) = (tensor(&[0.5, -1.0, 2.0, 0.3], (2, 2)), tensor(&[1.0, 0.0, 0.0, 1.0], (2, 2)));
    let value = |loss: BceWithLogits, inputs: [Tensor; 2]| numbers(&loss.spec().evaluate(&inputs).unwrap().0);
    let both = BceWithLogits::new().positive_weights([("hum", 2.0), ("hiss", 5.0)]);
    let found = value(both, [logits.clone(), labels.clone()]);
    let column = |at: usize| [&logits, &labels].map(|all| all.narrow(1, at, 1).unwrap().contiguous().unwrap());
    let of = |at: usize, weight: f64| value(BceWithLogits::new().positive_weight(weight), column(at));
    let expected: Vec<f64> = of(0, 2.0).iter().zip(of(1, 5.0)).map(|(a, b)| f64::midpoint(*a, b)).collect();
    for (found, expected) in found.iter().zip(&expected) {
        close(*found, *expected);
    }
    // (2 log(1 + exp(-0.5)) + log(1 + exp(-1))) / 2, by the formula.
    close(found[0], f64::midpoint(2.0 * (-0.5f64).exp().ln_1p(), (-1.0f64).exp().ln_1p()));
    let refused = BceWithLogits::new().positive_weights([("hum", 2.0)]).spec().evaluate(&[logits, labels]);
    let refused = refused.unwrap_err().to_string();
    assert_eq!(refused, "positive_weights are [2.0]; 2 labels need as many numbers from 0 on");
}
