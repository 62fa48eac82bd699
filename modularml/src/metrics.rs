//! The metrics, beside the losses, which are metrics too, and what makes one's own.

pub use crate::experiment::metric::{
    Accuracy, Average, AveragePrecision, BalancedAccuracy, Brier, Calibration, CalibrationCurve, CalibrationError,
    ClassDistance, ClassReport, ClassValues, CohenKappa, Comparison, Confusion, ConfusionMatrix, Disagreement,
    ExplainedVariance, F1, FBeta, GammaDeviance, HammingLoss, IntervalCoverage, IntervalWidth, Jaccard,
    LabelRankingAveragePrecision, LogLoss, Mape, MaxError, Mcc, MeanAveragePrecision, Measure, Measurement,
    MedianAbsoluteError, Msle, Neighbours, Normalize, PerClass, Pinball, PoissonDeviance, Precision, PrecisionRecall,
    PrecisionRecallCurve, R2, Recall, RecallAt, Rmse, Roc, RocAuc, RocCurve, Silhouette, TopKAccuracy, TweedieDeviance,
    VarianceWeightedR2,
};
