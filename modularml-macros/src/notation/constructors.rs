//! How the components of `modularml` are made, for those who write `Batches::new(32)`.

/// Constructors with a value, each with the components that have it.
const CONSTRUCTORS: &[(&str, &[&str])] = &[
    (
        "lr(1e-3)",
        &[
            "Sgd", "Adam", "AdamW", "RmsProp", "Adadelta", "Adagrad", "Adamax", "Asgd", "Lbfgs", "Lion", "NAdam",
            "RAdam", "Rprop",
        ],
    ),
    ("hidden([64, 32])", &["Mlp"]),
    ("hidden(32)", &["Gru", "Lstm", "Rnn", "AttentionPool"]),
    ("to([64])", &["Linear"]),
    ("to(64)", &["PositionwiseLinear"]),
    ("to([1, 64])", &["Reshape"]),
    ("to([4])", &["AdaptiveAvgPool"]),
    ("channels(16)", &["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]),
    ("channels([16, 32])", &["Cnn1d"]),
    ("kernel(2)", &["MaxPool1d", "AvgPool1d"]),
    ("kernel([2, 2])", &["MaxPool2d", "AvgPool2d"]),
    ("kernel([2, 2, 2])", &["MaxPool3d", "AvgPool3d"]),
    ("heads(4)", &["MultiHeadAttention", "TransformerEncoder"]),
    ("groups(4)", &["GroupNorm"]),
    ("probability(0.1)", &["Dropout"]),
    ("size(8)", &["Embedding"]),
    ("axis(-1)", &["Concat", "Stack"]),
    ("of([Linear::to([64]), Relu])", &["Sequential"]),
    ("around([Linear::to([64]), Relu])", &["Residual"]),
    ("penalty(1.0)", &["Ridge"]),
    ("depth(8)", &["DecisionTree"]),
    ("trees(100)", &["RandomForest", "ExtraTrees", "IsolationForest"]),
    ("rounds(200)", &["GradientBoosting"]),
    ("of(32)", &["Batches", "Pairs", "Triplets"]),
    ("ratios(train: 0.7, test: 0.3)", &["Random"]),
    ("of(pulse.set).splits(train: \"train\", test: \"test\")", &["ByValues"]),
    ("files(train: \"train.txt\", test: \"test.txt\")", &["ByIds"]),
    ("patience(10)", &["EarlyStopping", "ReduceOnPlateau"]),
    ("decay(0.99)", &["Ema"]),
    ("every(5)", &["Snapshots"]),
    ("epochs(5)", &["PredictionsEvery"]),
    ("minutes(30.0)", &["TimeLimit"]),
    ("at(\"STOP\")", &["StopFile"]),
    ("of(1.0)", &["ByNorm", "ByValue"]),
    ("over(20)", &["Cosine", "OneCycle", "Ramp", "Hold", "Polynomial"]),
    ("every(10)", &["StepDecay"]),
    ("at([10, 20])", &["Milestones"]),
    ("factor(0.9)", &["Exponential"]),
    ("margin(0.2)", &["TripletMargin", "Contrastive"]),
    ("delta(1.0)", &["Huber"]),
    ("beta(1.0)", &["SmoothL1", "FBeta"]),
    ("temperature(0.1)", &["InfoNce", "NtXent"]),
    ("k(3)", &["TopKAccuracy"]),
];

/// How a component of `modularml` is made, where its constructor names a setting: `of(32)` for `Batches`.
pub(super) fn constructor(component: &str) -> Option<&'static str> {
    CONSTRUCTORS.iter().find(|(_, components)| components.contains(&component)).map(|(constructor, _)| *constructor)
}
