"""Writes docs/settings.md: every parameter of the components that are named after those of PyTorch and scikit-learn, and
what stands for it here, or why nothing does. It fails where a parameter is neither, so that no gap is left unexplained.

    pip install torch==2.15.0 scikit-learn==1.9.1
    python tests/tests/golden/signatures.py > docs/settings.md
"""

import inspect
import sys

import sklearn.impute as impute
import sklearn.metrics as metrics
import sklearn.model_selection as selection
import sklearn.preprocessing as scaling
from sklearn.calibration import calibration_curve
from torch import nn, optim
from torch.optim import lr_scheduler as rates

# What no component has, for one reason.
EVERYWHERE = {
    "device": "a graph is moved as a whole: `study.device(..)`",
    "dtype": "`#[precision(..)]` on the graph",
    "inplace": "tensors are never changed in place",
    "size_average": "deprecated there",
    "reduce": "deprecated there",
    "reduction": "a loss has one value a row; a phase takes the mean, and weights of rows",
    "foreach": "how it is computed, not what",
    "fused": "how it is computed, not what",
    "capturable": "for CUDA graphs",
    "differentiable": "gradients of gradients are not taken",
    "maximize": "a loss of negative weight: `loss = -1.0 * ..`",
    "params": "the nodes that learn in a phase",
    "parameters": "the nodes that learn in a phase",
    "optimizer": "the optimizer of each node",
    "last_epoch": "a run that is resumed knows where it was",
    "copy": "views are never changed",
    "sample_weight": "the statement `weigh`; weights of the sampler",
    "normalize": "a share; counts are in `ConfusionMatrix`",
    "y_true": "the second input", "y_pred": "the first input", "y_score": "the first input", "y_proba": "the first input",
    "y1": "the first input", "y2": "the second input",
    "labels": "the classes of the column, or those that occur",
    "num_features": "from the shape of the input", "in_features": "from the shape of the input",
    "in_channels": "from the shape of the input", "num_channels": "from the shape of the input",
    "embed_dim": "from the shape of the input", "d_model": "from the shape of the input",
    "input_size": "from the shape of the input", "normalized_shape": "`axes`",
    "batch_first": "rows are always first",
    "random_state": "`seed`", "return_indices": "no layer reads them", "array_api": "",
    "multioutput": "one number: the mean over outputs; `VarianceWeightedR2`; of one output alone, a metric of a node of its own",
    "force_finite": "NaN where it is not defined",
    "n_splits": "`folds`", "shuffle": "`shuffled`", "max_iter": "a step is a step; `epochs`",
}
BIAS = "`no_bias`"
AFFINE = "`no_affine`"
NORMED = "no layer has a normed weight: `BatchNorm`, `LayerNorm` or an `L2Penalty`; else a layer of one's own"
BETAS = "`beta1`, `beta2`"
WINDOW = {"kernel_size": "`kernel`", "stride": "`stride`", "padding": "`padding`",
          "dilation": "`dilation`", "ceil_mode": "`partial`", "count_include_pad": "`without_padding`",
          "divisor_override": "a sum: multiply by a constant", "out_channels": "`channels`", "groups": "`groups`", "bias": BIAS,
          "padding_mode": "`padding_mode`"}
CONV = {**WINDOW, "padding": "`padding`; `same`; valid: none"}
SPREAD = {**WINDOW, "output_padding": "`output_padding`", "padding_mode": "zeros, the one mode there"}
RECURRENT = {"hidden_size": "`hidden`", "num_layers": "`layers`", "bias": BIAS, "dropout": "`dropout`",
             "bidirectional": "`bidirectional`", "nonlinearity": "tanh; relu makes long sequences grow without bound",
             "proj_size": "a `PositionwiseLinear` behind it", "mode": ""}
CLASS = {"pos_label": "`class`", "average": "`average`; none: a metric for each `class`", "zero_division": "`zero_division`, from 0 to 1",
         "beta": "`beta`"}
WEIGHT = {"weight": "`class_weights`", "ignore_index": "`ignored_class`"}
CURVE = {"pos_label": "`class`; class 1", "drop_intermediate": "all thresholds are kept"}
RANKED = {"average": "`average`", "max_fpr": "`max_fpr`", "multi_class": "`comparison`", "pos_label": "class 1, or each class"}

# Ours, theirs, and what stands for the parameters that are not the same word here.
COMPONENTS = [
    ("Layers", [
        ("Linear", nn.Linear, {"out_features": "`to`", "bias": BIAS}),
        ("PositionwiseLinear", nn.Linear, {"out_features": "`to`", "bias": BIAS}),
        ("Conv1d", nn.Conv1d, CONV), ("Conv2d", nn.Conv2d, CONV), ("Conv3d", nn.Conv3d, CONV),
        ("ConvTranspose1d", nn.ConvTranspose1d, SPREAD), ("ConvTranspose2d", nn.ConvTranspose2d, SPREAD),
        ("ConvTranspose3d", nn.ConvTranspose3d, SPREAD),
        ("Upsample", nn.Upsample, {
            "size": "`to`", "scale_factor": "`by`, whole numbers; else `to`",
            "mode": "`interpolation`; bilinear and trilinear: `Linear` along two and three axes; bicubic: a layer of one's own",
            "align_corners": "`Interpolation::AlignedLinear`", "recompute_scale_factor": "whole factors are the same either way"}),
        ("MaxPool1d", nn.MaxPool1d, WINDOW), ("MaxPool2d", nn.MaxPool2d, WINDOW), ("MaxPool3d", nn.MaxPool3d, WINDOW),
        ("AvgPool1d", nn.AvgPool1d, WINDOW), ("AvgPool2d", nn.AvgPool2d, WINDOW), ("AvgPool3d", nn.AvgPool3d, WINDOW),
        ("AdaptiveAvgPool", nn.AdaptiveAvgPool2d, {"output_size": "`to`"}),
        ("BatchNorm", nn.BatchNorm1d, {"eps": "`epsilon`", "momentum": "`momentum`; none: `cumulative`", "affine": AFFINE,
                                       "track_running_stats": "`always_of_batch`", "bias": "weight and bias come together"}),
        ("LayerNorm", nn.LayerNorm, {"eps": "`epsilon`", "elementwise_affine": AFFINE, "bias": BIAS}),
        ("GroupNorm", nn.GroupNorm, {"num_groups": "`groups`", "eps": "`epsilon`", "affine": AFFINE,
                                     "bias": "weight and bias come together"}),
        ("Dropout", nn.Dropout, {"p": "`probability`"}),
        ("Embedding", nn.Embedding, {
            "num_embeddings": "`entries`, or the classes of the column", "embedding_dim": "`size`",
            "padding_idx": "`padding`", "max_norm": "`clip`, or an `L2Penalty`", "norm_type": "as `max_norm`",
            "scale_grad_by_freq": "weights of rows", "sparse": "gradients are dense", "_weight": "weights of a saved graph",
            "_freeze": "`#[frozen]`"}),
        ("Embedding, SumOfSequence", nn.EmbeddingBag, {
            "num_embeddings": "`entries`", "embedding_dim": "`size`", "mode": "a node behind the `Embedding`: `SumOfSequence`, `MeanOfSequence`, `MaxOfSequence`",
            "padding_idx": "a column of sequences, whose padding counts nowhere; `padding` for sums", "include_last_offset": "rows are apart: a column of sequences",
            "max_norm": "`clip`, or an `L2Penalty`", "norm_type": "as `max_norm`", "scale_grad_by_freq": "weights of rows",
            "sparse": "gradients are dense", "_weight": "weights of a saved graph"}),
        ("Bilinear", nn.Bilinear, {"in1_features": "from the shape of the first input", "in2_features": "from the shape of the second input",
                                   "out_features": "`to`", "bias": BIAS}),
        ("Linear, Conv1d, Conv2d, Conv3d", nn.utils.parametrizations.weight_norm, {
            "module": NORMED, "name": NORMED, "dim": NORMED}),
        ("Linear, Conv1d, Conv2d, Conv3d", nn.utils.parametrizations.spectral_norm, {
            "module": NORMED, "name": NORMED, "n_power_iterations": NORMED, "eps": NORMED, "dim": NORMED}),
        ("Rnn", nn.RNN, RECURRENT), ("Lstm", nn.LSTM, RECURRENT), ("Gru", nn.GRU, RECURRENT),
        ("MultiHeadAttention", nn.MultiheadAttention, {
            "num_heads": "`heads`", "dropout": "`dropout`", "bias": BIAS, "add_bias_kv": "of machine translation alone",
            "add_zero_attn": "of machine translation alone", "kdim": "self-attention: all three have one width",
            "vdim": "self-attention: all three have one width"}),
        ("TransformerEncoder", nn.TransformerEncoderLayer, {
            "nhead": "`heads`", "dim_feedforward": "`feed_forward`", "dropout": "`dropout`", "activation": "`activation`",
            "layer_norm_eps": "`epsilon`", "norm_first": "`pre_norm`", "bias": "biases are always there"}),
        ("LeakyRelu", nn.LeakyReLU, {"negative_slope": "`slope`"}),
        ("PRelu", nn.PReLU, {"num_parameters": "`per_channel`", "init": "`slope`"}),
        ("Elu", nn.ELU, {"alpha": "`alpha`"}),
        ("Softplus", nn.Softplus, {"beta": "`beta`", "threshold": "`threshold`"}),
        ("Hardtanh", nn.Hardtanh, {"min_val": "`low`", "max_val": "`high`",
                                   "min_value": "deprecated there", "max_value": "deprecated there"}),
        ("Gelu, GeluTanh", nn.GELU, {"approximate": "two components"}),
        ("Softmax, LogSoftmax", nn.Softmax, {"dim": "`axis`, that of the rows not counted"}),
        ("Flatten", nn.Flatten, {"start_dim": "all axes; else a `Reshape`", "end_dim": "all axes; else a `Reshape`"}),
    ]),
    ("Losses", [
        ("Mse", nn.MSELoss, {}), ("L1", nn.L1Loss, {}), ("Huber", nn.HuberLoss, {"delta": "`delta`"}),
        ("SmoothL1", nn.SmoothL1Loss, {"beta": "`beta`"}),
        ("CrossEntropy", nn.CrossEntropyLoss, {**WEIGHT, "label_smoothing": "`label_smoothing`"}),
        ("Nll", nn.NLLLoss, WEIGHT), ("Bce", nn.BCELoss, {"weight": "weights of rows"}),
        ("BceWithLogits", nn.BCEWithLogitsLoss, {"weight": "weights of rows", "pos_weight": "`positive_weight`; `positive_weights` of labels"}),
        ("KlDiv", nn.KLDivLoss, {"log_target": "`log_target`"}),
        ("PoissonNll", nn.PoissonNLLLoss, {"log_input": "`of_rates`", "full": "`full`", "eps": "`eps`"}),
        ("GaussianNll", nn.GaussianNLLLoss, {"full": "`full`", "eps": "`eps`"}),
        ("HingeEmbedding", nn.HingeEmbeddingLoss, {"margin": "`margin`"}),
        ("MarginRanking", nn.MarginRankingLoss, {"margin": "`margin`"}), ("SoftMargin", nn.SoftMarginLoss, {}),
        ("MultiMargin", nn.MultiMarginLoss, {"p": "`squared` for 2", "margin": "`margin`", "weight": "`class_weights`"}),
        ("CosineEmbedding", nn.CosineEmbeddingLoss, {"margin": "`margin`"}),
        ("TripletMargin", nn.TripletMarginLoss, {"margin": "`margin`", "p": "`norm`", "eps": "`eps`", "swap": "`swap`"}),
    ]),
    ("Optimizers", [
        ("Sgd", optim.SGD, {name: f"`{name}`" for name in ["lr", "momentum", "dampening", "weight_decay", "nesterov"]}),
        ("Adam", optim.Adam, {"lr": "`lr`", "betas": BETAS, "eps": "`eps`", "weight_decay": "`weight_decay`", "amsgrad": "`amsgrad`",
                              "decoupled_weight_decay": "`AdamW`"}),
        ("AdamW", optim.AdamW, {"lr": "`lr`", "betas": BETAS, "eps": "`eps`", "weight_decay": "`weight_decay`", "amsgrad": "`amsgrad`"}),
        ("RmsProp", optim.RMSprop, {name: f"`{name}`" for name in ["lr", "alpha", "eps", "weight_decay", "momentum", "centered"]}),
        ("Adadelta", optim.Adadelta, {name: f"`{name}`" for name in ["lr", "rho", "eps", "weight_decay"]}),
        ("Adagrad", optim.Adagrad, {"lr": "`lr`", "lr_decay": "`lr_decay`", "weight_decay": "`weight_decay`", "eps": "`eps`",
                                    "initial_accumulator_value": "`initial`"}),
        ("Adamax", optim.Adamax, {"lr": "`lr`", "betas": BETAS, "eps": "`eps`", "weight_decay": "`weight_decay`"}),
        ("Asgd", optim.ASGD, {"lr": "`lr`", "lambd": "`decay`", "alpha": "`power`", "t0": "`average_after`", "weight_decay": "`weight_decay`"}),
        ("Lbfgs", optim.LBFGS, {
            "lr": "`lr`", "history_size": "`history`", "max_eval": "a step evaluates once, as every optimizer here does",
            "tolerance_grad": "the statement `stop`", "tolerance_change": "the statement `stop`", "line_search_fn": "a step evaluates once, as every optimizer here does"}),
        ("NAdam", optim.NAdam, {"lr": "`lr`", "betas": BETAS, "eps": "`eps`", "weight_decay": "`weight_decay`",
                                "momentum_decay": "`momentum_decay`", "decoupled_weight_decay": "`decoupled`"}),
        ("RAdam", optim.RAdam, {"lr": "`lr`", "betas": BETAS, "eps": "`eps`", "weight_decay": "`weight_decay`",
                                "decoupled_weight_decay": "`decoupled`"}),
        ("Rprop", optim.Rprop, {"lr": "`lr`", "etas": "`shrink`, `grow`", "step_sizes": "`least`, `most`"}),
    ]),
    ("Rates and clipping", [
        ("StepDecay", rates.StepLR, {"step_size": "`every`", "gamma": "`factor`"}),
        ("Milestones", rates.MultiStepLR, {"milestones": "`at`", "gamma": "`factor`"}),
        ("Exponential", rates.ExponentialLR, {"gamma": "`factor`"}),
        ("Cosine", rates.CosineAnnealingLR, {"T_max": "`over`", "eta_min": "`end`, as a share"}),
        ("CosineRestarts", rates.CosineAnnealingWarmRestarts, {"T_0": "`first`", "T_mult": "`growth`", "eta_min": "`end`, as a share"}),
        ("OneCycle", rates.OneCycleLR, {
            "max_lr": "the optimizer's `lr`", "total_steps": "`over`", "epochs": "`over`", "steps_per_epoch": "`over`",
            "pct_start": "`rise`", "anneal_strategy": "`linear`", "cycle_momentum": "`keep_momentum`", "base_momentum": "`base_momentum`",
            "max_momentum": "`max_momentum`", "div_factor": "`start`", "final_div_factor": "`end`", "three_phase": "`three_phase`"}),
        ("Ramp", rates.LinearLR, {"start_factor": "`from`", "end_factor": "`to`", "total_iters": "`over`"}),
        ("Hold", rates.ConstantLR, {"factor": "`factor`", "total_iters": "`over`"}),
        ("Polynomial", rates.PolynomialLR, {"total_iters": "`over`", "power": "`power`"}),
        ("Triangle", rates.CyclicLR, {
            "base_lr": "`low`, as a share", "max_lr": "the optimizer's `lr`", "step_size_up": "`up`", "step_size_down": "`down`",
            "mode": "`halving`; `decay`", "gamma": "`decay`", "scale_fn": "a rate of one's own", "scale_mode": "a rate of one's own",
            "cycle_momentum": "`keep_momentum`", "base_momentum": "`base_momentum`", "max_momentum": "`max_momentum`"}),
        ("ReduceOnPlateau", rates.ReduceLROnPlateau, {
            "mode": "from the metric that is watched", "factor": "`factor`", "patience": "`patience`, one more", "threshold": "`threshold`",
            "threshold_mode": "`absolute`", "cooldown": "`cooldown`", "min_lr": "`min_factor`, as a share",
            "eps": "a change is never left out for being small"}),
        ("ByNorm", nn.utils.clip_grad_norm_, {"max_norm": "`of`", "norm_type": "`norm`; `largest`",
                                              "error_if_nonfinite": "a step that is not finite is an error, or `skip_non_finite`"}),
        ("ByValue", nn.utils.clip_grad_value_, {"clip_value": "`of`"}),
    ]),
    ("Metrics", [
        ("Accuracy", metrics.accuracy_score, {}), ("BalancedAccuracy", metrics.balanced_accuracy_score, {"adjusted": "`adjusted`"}),
        ("HammingLoss", metrics.hamming_loss, {}),
        ("CohenKappa", metrics.cohen_kappa_score, {"weights": "`disagreement`", "replace_undefined_by": "NaN"}),
        ("Mcc", metrics.matthews_corrcoef, {}), ("RocAuc", metrics.roc_auc_score, RANKED),
        ("AveragePrecision", metrics.average_precision_score, RANKED),
        ("LabelRankingAveragePrecision", metrics.label_ranking_average_precision_score, {}),
        ("Roc", metrics.roc_curve, CURVE), ("PrecisionRecall", metrics.precision_recall_curve, CURVE),
        ("Calibration", calibration_curve, {
            "y_prob": "the first input", "pos_label": "`class`; class 1", "n_bins": "`bins`",
            "strategy": "as its `uniform`; bins of equally many rows: from `predictions`"}),
        ("Confusion", metrics.confusion_matrix, {"normalize": "`rows(Normalize::ByClass)`, `ByPrediction`, `ByAll`"}),
        ("PerClass", metrics.precision_recall_fscore_support, {
            "beta": "1; `FBeta` of a class", "pos_label": "all classes", "average": "all classes",
            "warn_for": "nothing is warned of", "zero_division": "`zero_division`, from 0 to 1"}),
        ("Mape", metrics.mean_absolute_percentage_error, {}), ("Msle", metrics.mean_squared_log_error, {}),
        ("Pinball", metrics.mean_pinball_loss, {"alpha": "`alpha`"}),
        ("PoissonDeviance", metrics.mean_poisson_deviance, {}), ("GammaDeviance", metrics.mean_gamma_deviance, {}),
        ("TweedieDeviance", metrics.mean_tweedie_deviance, {"power": "`power`"}), ("Rmse", metrics.root_mean_squared_error, {}),
        ("MaxError", metrics.max_error, {}), ("MedianAbsoluteError", metrics.median_absolute_error, {}),
        ("F1", metrics.f1_score, CLASS), ("FBeta", metrics.fbeta_score, CLASS), ("Jaccard", metrics.jaccard_score, CLASS),
        ("Precision", metrics.precision_score, CLASS), ("Recall", metrics.recall_score, CLASS),
        ("Brier", metrics.brier_score_loss, {"pos_label": "class 1", "scale_by_half": "as its `auto`"}),
        ("LogLoss", metrics.log_loss, {}), ("TopKAccuracy", metrics.top_k_accuracy_score, {"k": "`k`"}),
        ("ExplainedVariance", metrics.explained_variance_score, {}), ("R2", metrics.r2_score, {}),
    ]),
    ("Scalers, encoders and folds", [
        ("Standard", scaling.StandardScaler, {"with_mean": "`without_mean`", "with_std": "`without_std`"}),
        ("MinMax", scaling.MinMaxScaler, {"feature_range": "`low`, `high`", "clip": "`clip`"}),
        ("MaxAbs", scaling.MaxAbsScaler, {"clip": "`clip`"}),
        ("Robust", scaling.RobustScaler, {"with_centering": "`without_centering`", "with_scaling": "`without_scaling`",
                                          "quantile_range": "`lower`, `upper`", "unit_variance": "`unit_variance`"}),
        ("Quantile", scaling.QuantileTransformer, {"n_quantiles": "`count`", "output_distribution": "`normal`", "subsample": "`subsample`",
                                                   "ignore_implicit_zeros": "columns are dense"}),
        ("Power", scaling.PowerTransformer, {"method": "`box_cox`", "standardize": "`without_standardizing`"}),
        ("Normalizer", scaling.Normalizer, {"norm": "`norm`"}), ("Binarizer", scaling.Binarizer, {"threshold": "`threshold`"}),
        ("KBins", scaling.KBinsDiscretizer, {"n_bins": "`bins`", "encode": "`one_hot`", "strategy": "`strategy`", "quantile_method": "`quantile`",
                                             "subsample": "`subsample`"}),
        ("OneHot", scaling.OneHotEncoder, {
            "categories": "`categories`, or the classes of the column", "drop": "a linear map behind it learns the same",
            "sparse_output": "columns are dense", "handle_unknown": "`ignore_unknown`",
            "min_frequency": "rare classes are named in the schema", "max_categories": "rare classes are named in the schema",
            "feature_name_combiner": "one column of several numbers"}),
        ("Ordinal", scaling.OrdinalEncoder, {
            "categories": "the classes of the column", "handle_unknown": "`ignore_unknown`", "unknown_value": "NaN",
            "encoded_missing_value": "NaN", "min_frequency": "rare classes are named in the schema",
            "max_categories": "rare classes are named in the schema"}),
        ("Imputer", impute.SimpleImputer, {
            "missing_values": "null and NaN; `Reader::missing` for texts", "strategy": "`strategy`", "fill_value": "`value`",
            "add_indicator": "`indicator`", "keep_empty_features": "a position without values is refused"}),
        ("KFold", selection.StratifiedGroupKFold, {}),
        ("TimeFolds", selection.TimeSeriesSplit, {"max_train_size": "`most_train`", "test_size": "`test_size`", "gap": "`gap`"}),
        ("Random", selection.train_test_split, {
            "arrays": "the rows of an input", "test_size": "named shares", "train_size": "named shares",
            "shuffle": "`Ordered` takes rows in their order", "stratify": "`stratify_by`"}),
    ]),
]

unexplained = []
print("# Settings beside those of PyTorch and scikit-learn\n")
print("Written by `tests/tests/golden/signatures.py` from the signatures of torch 2.15.0 and scikit-learn 1.9.1: what stands")
print("for each parameter of a component that is named after theirs, or why nothing does. A word in `code` is a setting.\n")
for title, components in COMPONENTS:
    print(f"## {title}\n\n| ours | theirs | parameter | here |\n| --- | --- | --- | --- |")
    for ours, theirs, explained in components:
        names = [name for name in inspect.signature(theirs).parameters if name not in ("self", "args", "kwargs")]
        if theirs in (nn.RNN, nn.LSTM, nn.GRU):
            names = [name for name in inspect.signature(nn.RNNBase.__init__).parameters if name not in ("self", "mode")]
            names += ["nonlinearity"] if theirs is nn.RNN else []
        for name in names:
            here = explained.get(name, EVERYWHERE.get(name))
            if here is None:
                unexplained.append(f"{ours}: {name}")
            else:
                print(f"| `{ours.replace(', ', '`, `')}` | `{theirs.__name__}` | `{name}` | {here} |")
    print()
if unexplained:
    sys.exit("neither there nor explained: " + "; ".join(unexplained))
