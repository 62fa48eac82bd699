//! Every form of the notation runs for an epoch, is saved, loaded, and predicts the same bits.

use modularml::Registry;
use modularml::experiment::Session;
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

/// A cell with columns of every kind.
#[derive(SampleSchema, Clone)]
struct Cell {
    /// Volts over time, in two channels.
    #[feat]
    volts: [[f32; 8]; 2],
    /// An image.
    #[feat]
    image: [[[f32; 6]; 6]; 1],
    /// A vector.
    #[feat]
    x: [f32; 4],
    /// Degrees Celsius.
    #[feat]
    warm: f32,
    /// A course of its own length.
    #[feat(length = 6)]
    steps: Vec<[f32; 4]>,
    /// What it is made of.
    #[feat]
    #[classes("nmc", "lfp", "lto")]
    kind: Class,
    /// A code.
    #[feat]
    code: u8,
    /// A list of codes of its own length.
    #[feat(length = 4)]
    words: Vec<u8>,
    /// Whether it was warm.
    #[feat]
    is_warm: bool,
    /// State of health.
    #[target]
    soh: f32,
    /// How it goes on.
    #[target(length = 3)]
    course: Vec<f32>,
    /// How worn it is.
    #[target]
    #[classes("fresh", "worn")]
    state: Class,
    /// Its shares of two classes.
    #[target]
    shares: [f32; 2],
    /// A count.
    #[target]
    count: f32,
    /// Yes or no.
    #[target]
    yes: f32,
    /// The cell.
    #[tag(group)]
    unit: i64,
    /// The day.
    #[tag]
    day: i64,
    /// A weight.
    #[tag]
    chance: f32,
    /// The set that it was put into.
    #[tag]
    set: String,
}

fn cells() -> FeatureSet<Cell> {
    let cell = |row: u8| {
        let at = |i: u8| f32::from((u16::from(row) * 7 + u16::from(i) * 13) % 23) / 23.0 - 0.4;
        let vector = |from: u8| [at(from), at(from + 1), at(from + 2), at(from + 3)];
        Cell {
            volts: [0, 8].map(|from: u8| [0, 1, 2, 3, 4, 5, 6, 7].map(|i: u8| at(from + i))),
            image: [[0, 6, 12, 18, 24, 30].map(|from: u8| [0, 1, 2, 3, 4, 5].map(|i: u8| at(from + i)))],
            x: vector(row % 5),
            warm: 20.0 + at(3),
            steps: (0..=row % 6).map(vector).collect(),
            kind: Class::new(u32::from(row % 3)),
            code: row % 4,
            words: (0..=row % 4).map(|at| (row + at) % 5).collect(),
            is_warm: row.is_multiple_of(2),
            soh: 0.5 + at(1),
            course: (0..=row % 3).map(at).collect(),
            state: Class::new(u32::from(row / 3 % 2)),
            shares: [0.25, 0.75],
            count: f32::from(row % 5),
            yes: f32::from(row % 2),
            unit: i64::from(row / 2),
            day: i64::from(row),
            chance: 1.0 + f32::from(row % 3),
            set: if row < 40 { "train" } else { "test" }.to_owned(),
        }
    };
    FeatureSet::from_rows((0..60).map(cell).collect::<Vec<_>>()).unwrap()
}

/// The bits of all outputs for some rows.
fn bits(session: &Session, rows: &FeatureSet<Cell>) -> Vec<(String, Vec<u64>)> {
    let outputs = session.predict(&[rows.view()]).unwrap();
    let of = |name: &str| {
        let output = outputs.get(name).unwrap().to_dtype(candle_core::DType::F64).unwrap();
        output.flatten_all().unwrap().to_vec1::<f64>().unwrap().into_iter().map(f64::to_bits).collect()
    };
    outputs.names().into_iter().map(|name| (name.to_owned(), of(name))).collect()
}

/// Runs a study, saves it, and loads it as it is declared and as it is.
macro_rules! goes_through {
    ($study:ident) => {{
        let rows = cells();
        let mut study = $study::new(rows.clone()).unwrap();
        study.progress(Progress::Silent);
        study.run().unwrap();
        let before = bits(study.session(), &rows);
        let thread = std::thread::current();
        let test = thread.name().unwrap_or_default();
        let path = std::env::temp_dir().join(format!("modularml-forms-{}-{test}.mml", std::process::id()));
        study.save(&path).unwrap();
        let declared = $study::load(&path).unwrap();
        let free = Session::load(&path, &Registry::new()).unwrap();
        std::fs::remove_file(&path).ok();
        assert_eq!(bits(declared.session(), &rows), before);
        assert_eq!(bits(&free, &rows), before);
        assert!(!before.is_empty());
    }};
}

/// A graph whose nodes are layers of one kind, and a phase that trains what predicts from them.
macro_rules! layers {
    ($($test:ident: { $($node:tt)* })*) => { $(
        #[test]
        fn $test() {
            model_graph! {
                #[optimizer(Adam::lr(0.01))]
                graph Net(cell: Cell) {
                    $($node)*
                    soh = Linear::new()(last) -> cell.soh;
                }
            }
            experiment! {
                experiment Study for Net {
                    seed = 5;
                    split cell = Random::ratios(train: 0.7, test: 0.3).group_by(cell.unit);
                    train learn {
                        feed cell = Batches::of(8).shuffled().drop_last()(train);
                        loss = Mse(soh, cell.soh);
                        epochs = 1;
                    }
                    eval check { feed cell = test; rmse = Rmse(soh, cell.soh); }
                }
            }
            goes_through!(Study);
        }
    )* };
}

layers! {
    maps: {
        wide = Mlp::hidden([6, 5]).output([2, 3]).activation(Activation::Gelu).dropout(0.1)(cell.x);
        each = PositionwiseLinear::to(2).no_bias()(wide);
        last = Linear::to([3]).init(Init::Orthogonal).init_gain(0.5)(each);
    }
    convolutions: {
        a = Conv1d::channels(4).kernel(3).padding(1).padding_mode(Padding::Reflect)(cell.volts);
        b = Conv1d::channels(4).kernel(2).stride(2).groups(2).dilation(1)(cell.volts);
        pooled = MaxPool1d::kernel(2)(a);
        both = Add(pooled, b);
        mean = AvgPool1d::kernel(2).stride(1).padding(1).without_padding()(both);
        few = AdaptiveAvgPool::to([3])(mean);
        same = Conv1d::channels(4).kernel(4).dilation(2).same()(few);
        spread = ConvTranspose1d::channels(2).kernel(3).stride(2).padding(1).output_padding(1).groups(2)(same);
        more = Upsample::by([2])(spread);
        last = GlobalMaxPool(more);
    }
    images: {
        a = Conv2d::channels(3).kernel([3, 3]).padding([1, 1])(cell.image);
        b = MaxPool2d::kernel([2, 2])(a);
        c = AvgPool2d::kernel([2, 1]).partial()(b);
        d = ConvTranspose2d::channels(2).kernel([2, 2]).stride([2, 1])(c);
        e = Upsample::to([6, 6]).interpolation(Interpolation::Linear)(d);
        f = Conv2d::channels(2).kernel([2, 4]).same()(e);
        last = GlobalAvgPool(f);
    }
    volumes: {
        over_time = Reshape::to([1, 4, 3, 3])(cell.image);
        a = Conv3d::channels(2).kernel([3, 2, 2]).same()(over_time);
        b = MaxPool3d::kernel([2, 1, 1])(a);
        c = AvgPool3d::kernel([1, 2, 2]).stride([1, 1, 1])(b);
        d = ConvTranspose3d::channels(1).kernel([2, 2, 2])(c);
        e = Upsample::by([1, 2, 1]).interpolation(Interpolation::AlignedLinear)(d);
        last = GlobalAvgPool(e);
    }
    nets: {
        net = Cnn1d::channels([3, 4]).kernel(3).pool(2).dropout(0.1).output([4])(cell.volts);
        last = Residual::around([LayerNorm, Linear::to([8]), Silu, Linear])(net);
    }
    sequences: {
        rnn = Rnn::hidden(3).last()(cell.steps);
        lstm = Lstm::hidden(2).layers(2).bidirectional().dropout(0.2)(cell.steps);
        gru = Gru::hidden(4).no_bias()(cell.steps);
        seen = MultiHeadAttention::heads(2).causal()(lstm);
        block = TransformerEncoder::heads(2).feed_forward(6).pre_norm().dropout(0.1)(gru);
        mean = MeanOfSequence(seen);
        most = MaxOfSequence(block);
        end = LastOfSequence(block);
        sum = SumOfSequence(gru);
        last = Concat::axis(-1)(rnn, mean, most, end, sum);
    }
    codes: {
        kind = Embedding::size(3)(cell.kind);
        code = Embedding::size(3).entries(4).padding(0)(cell.code);
        amount = Linear::to([3])(cell.code.as_number());
        words = Embedding::size(3).entries(5)(cell.words);
        bag = SumOfSequence(words);
        pooled = AttentionPool::hidden(4)(kind, code, amount, bag);
        last = Concat::axis(-1)(pooled, kind);
    }
    merges: {
        a = Linear::to([2, 3])(cell.x);
        b = Linear::to([2, 3])(cell.warm);
        c = Linear::to([2, 2])(cell.is_warm);
        sum = Add(a, b);
        product = Multiply(a, b);
        crossed = Bilinear::to([2, 3])(sum, product);
        mean = Mean(sum, product, crossed);
        stacked = Stack::axis(0)(sum, mean);
        turned = Transpose(stacked);
        flat = Reshape::to([4, 3])(turned);
        padded = Concat::axis(0).pad(Padding::Replicate)(flat, c);
        #[allow(repeat)]
        twice = Concat::axis(-1)(padded, padded);
        last = Flatten(twice);
    }
    norms: {
        a = BatchNorm.momentum(0.2)(cell.volts);
        b = GroupNorm::groups(2)(a);
        c = LayerNorm.axes(2)(b);
        d = Dropout::probability(0.2)(c);
        last = BatchNorm(e);
        e = Linear::to([5])(d);
    }
    functions: {
        a = Linear::to([4])(cell.x);
        b = Sequential::of([Relu, LeakyRelu.slope(0.2), Elu.alpha(0.5), Selu, Gelu, GeluTanh, Silu, Mish])(a);
        c = Sequential::of([Tanh, Hardtanh, Sigmoid, Softplus.beta(2.0), Softsign, Hardswish, Relu6, Hardsigmoid, PRelu])(a);
        d = Softmax(b);
        e = LogSoftmax(c);
        rows = Reshape::to([2, 2])(a);
        f = Sequential::of([Softmax.axis(0), LogSoftmax.axis(-2), Hardtanh.low(-3.0).high(0.5), Flatten])(rows);
        last = Add(d, e, f);
    }
}

model_graph! {
    /// Nodes for every loss and metric.
    #[optimizer(AdamW::lr(0.01).weight_decay(0.1))]
    #[precision(F64)]
    graph Many(cell: Cell) {
        code = Mlp::hidden([8]).output([4])(cell.x);
        #[output]
        other = Linear::to([4])(cell.warm);
        soh = Linear::new()(code) -> cell.soh;
        #[output]
        spread = Sequential::of([Linear::to([]), Softplus])(code);
        course = Linear::new()(code) -> cell.course;
        state = Mlp::hidden([4])(code) -> cell.state;
        shares = Linear::new()(code) -> cell.shares;
        #[output]
        logs = LogSoftmax(shares);
        yes = Linear::new()(code) -> cell.yes;
        #[output]
        #[allow(own_optimizer)]
        #[optimizer(Sgd::lr(0.01).momentum(0.9))]
        chance = Sequential::of([Linear::to([]), Sigmoid])(code);
        #[output]
        #[frozen]
        fixed = Linear::to([4])(cell.x);
        #[allow(reconstruct)]
        copy = Linear::new()(code) -> cell.x;
        #[output]
        likely = Softmax(state);
        #[output]
        best = ArgMax(state);
        #[output]
        baseline = Ridge::penalty(0.1)(cell.x) -> cell.soh;
    }
}

experiment! {
    experiment Losses for Many {
        seed = 5;
        #[allow(ungrouped)]
        split cell = ByCondition::splits(train: cell.set.eq("train"), test: cell.set.eq("test"));
        train learn {
            feed cell = Batches::of(8).shuffled()(train);
            loss = Mse(soh, cell.soh) + 0.5 * L1(course, cell.course) + 0.1 * Huber::delta(0.5)(soh, cell.soh)
                + SmoothL1::beta(0.5)(soh, cell.soh) + CrossEntropy.class_weights(fresh: 0.5, worn: 2.0)(state, cell.state)
                + MultiMargin.squared()(state, cell.state) + KlDiv(logs, cell.shares) + SoftCrossEntropy(shares, cell.shares)
                + BceWithLogits(yes, cell.yes) + Bce(chance, cell.yes) + SoftMargin(yes, cell.yes)
                + PoissonNll(yes, cell.count) + GaussianNll(soh, cell.soh, spread) + HingeEmbedding(yes, cell.yes)
                + MarginRanking(soh, yes, cell.yes) + Contrastive::margin(1.0)(code, other, cell.yes)
                + CosineEmbedding(code, other, cell.yes) + InfoNce::temperature(0.5)(code, other)
                + 0.01 * Mse(copy, cell.x) + 0.01 * L1(code, fixed) + 1e-4 * L1Penalty(code) + 1e-4 * L2Penalty(soh);
            epochs = 1;
        }
        fit base { nodes = [baseline]; feed cell = train; }
        eval check {
            feed cell = test;
            loss = Mse(baseline, cell.soh);
            rmse = Rmse(soh, cell.soh);
            of_course = Rmse(course, cell.course);
            mape = Mape(soh, cell.soh);
            pinball = Pinball::alpha(0.9)(soh, cell.soh);
            most = MaxError(soh, cell.soh);
            middle = MedianAbsoluteError(soh, cell.soh);
            r2 = R2(copy, cell.x);
            by_variance = VarianceWeightedR2(copy, cell.x);
            explained = ExplainedVariance(copy, cell.x);
            accuracy = Accuracy(state, cell.state);
            of_best = Accuracy(best, cell.state);
            balanced = BalancedAccuracy.adjusted()(state, cell.state);
            hamming = HammingLoss(state, cell.state);
            mcc = Mcc(state, cell.state);
            kappa = CohenKappa.disagreement(Disagreement::Linear)(state, cell.state);
            precision = Precision.class(1)(state, cell.state);
            recall = Recall(state, cell.state);
            f1 = F1.average(Average::Weighted)(state, cell.state);
            f_beta = FBeta::beta(2.0)(state, cell.state);
            jaccard = Jaccard.zero_division(1.0)(state, cell.state);
            top = TopKAccuracy::k(1)(state, cell.state);
            auc = RocAuc(likely, cell.state);
            ap = AveragePrecision(likely, cell.state);
            log_loss = LogLoss(likely, cell.state);
            brier = Brier.from_logits()(state, cell.state);
            calibration = CalibrationError.bins(5)(likely, cell.state);
            nll = Nll(logs, cell.state);
        }
    }
}

#[test]
fn losses_and_metrics() {
    goes_through!(Losses);
}

model_graph! {
    /// Two nodes that learn apart.
    #[optimizer(Sgd::lr(0.01).momentum(0.9))]
    graph Two(cell: Cell) {
        encoder = Mlp::hidden([8]).output([4]).dropout(0.1)(cell.volts);
        thermal = Linear::to([4])(cell.warm);
        fused = Concat::axis(-1)(encoder, thermal);
        soh = Linear::new()(fused) -> cell.soh;
    }
}

experiment! {
    experiment Statements for Two {
        seed = 6;
        split cell = Random::ratios(train: 0.8, test: 0.2).group_by(cell.unit).seed(7);
        split cell.train = Random::ratios(fit: 0.75, val: 0.25).group_by(cell.unit);
        scale cell.volts = [PerSampleZeroStart, Standard.over([1])] fitted on fit;
        scale cell.warm = [Robust.lower(10.0).upper(90.0), MinMax.low(-1.0).clip()] fitted on fit;
        scale cell.soh = Power fitted on fit;
        train alone {
            nodes = [thermal, soh];
            feed cell = Batches::of(8).stratify_by(cell.state).strict()(fit);
            loss = Mse(soh, cell.soh);
            clip = ByValue::of(0.5);
            rate = Exponential::factor(0.9) per epoch;
            epochs = 1;
        }
        train learn {
            freeze = [thermal];
            feed cell = Batches::of(4).weighted_by(cell.chance)(fit);
            loss = L1(soh, cell.soh);
            accumulate = 2;
            clip = ByNorm::of(1.0);
            rate = [Ramp::over(2).from(0.1), Cosine::over(10), Hold::over(1)] per step;
            skip_non_finite;
            validate on val every 1 epoch { loss; rmse = Rmse(soh, cell.soh) in scaled units; }
            reduce = ReduceOnPlateau::patience(1).factor(0.5)(val.loss);
            stop = EarlyStopping::patience(1).restore_best()(val.rmse);
            average = Ema::decay(0.9);
            epochs = 2;
        }
        train in_groups {
            feed cell = Batches::of(4).group_by(cell.unit).shuffled()(fit);
            loss = Mse(soh, cell.soh);
            validate on val every 1 epoch { loss = L1(soh, cell.soh); }
            epochs = 1;
        }
        #[allow(training_rows)]
        eval seen { feed cell = fit; loss = Mse(soh, cell.soh); }
        eval check { feed cell = test; rmse = Rmse(soh, cell.soh) in raw units; scaled = Rmse(soh, cell.soh) in scaled units; }
    }
}

#[test]
fn statements() {
    goes_through!(Statements);
}

model_graph! {
    #[optimizer(Lion::lr(0.001))]
    graph Codes(cell: Cell) {
        #[output]
        code = Mlp::hidden([6]).output([3])(cell.x);
    }
}

experiment! {
    experiment Roles for Codes {
        seed = 7;
        #[allow(ungrouped)]
        split cell = Ordered::by(cell.day).ratios(train: 0.7, test: 0.3).gap(2);
        train triplets {
            feed cell = Triplets::of(8).same(cell.unit).skip_unmatched()(train);
            loss = TripletMargin::margin(0.2).swap()(code.anchor, code.positive, code.negative);
            epochs = 1;
        }
        train alike {
            feed cell = Triplets::of(8)
                .positive([Similar::to(cell.soh).within(0.2).weighting(Weighting::Linear).allow_fallback()])
                .negative([Similar::not_to(cell.soh).within(0.1)])(train);
            loss = TripletMargin::margin(0.2)(code.anchor, code.positive, code.negative);
            epochs = 1;
        }
        train pairs {
            feed cell = Pairs::of(8).pair([Similar::to(cell.warm).within(5.0), Similar::not_to(cell.unit)])(train);
            loss = NtXent::temperature(0.5)(code.anchor, code.pair);
            epochs = 1;
        }
    }
}

#[test]
fn roles() {
    goes_through!(Roles);
}

experiment! {
    experiment Scaled for Two {
        seed = 8;
        #[allow(overlap)]
        #[allow(ungrouped)]
        split cell = ByCondition::splits(train: cell.day.lt(40), early: cell.day.lt(20), test: cell.day.ge(45)).rest("others");
        scale cell.volts = [Segmented::at([0, 8, 16], MinMax.low(-1.0)), MaxAbs] fitted on train;
        scale cell.warm = [Quantile.count(10), Negate] fitted on train;
        scale cell.soh = [Absolute, Standard] fitted on train;
        train learn {
            feed cell = Batches::of(8)(train);
            loss = Mse(soh, cell.soh);
            #[allow(training_rows)]
            validate on early every 1 epoch { loss; }
            epochs = 1;
        }
        #[allow(training_rows)]
        eval check { feed cell = test; loss = Mse(soh, cell.soh); }
    }
}

#[test]
fn scalers() {
    goes_through!(Scaled);
}
