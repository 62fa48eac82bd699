//! The metrics, beside the losses, which are metrics too, and what makes one's own.

pub use crate::experiment::metric::{
    Accuracy, Average, AveragePrecision, BalancedAccuracy, Brier, Calibration, CalibrationCurve, CalibrationError,
    ClassDistance, ClassReport, ClassValues, CohenKappa, Comparison, Confusion, ConfusionMatrix, Disagreement,
    ExplainedVariance, F1, FBeta, GammaDeviance, HammingLoss, IntervalCoverage, IntervalWidth, Jaccard,
    LabelRankingAveragePrecision, LogLoss, Mape, MaxError, Mcc, Measure, Measurement, MedianAbsoluteError, Msle,
    Normalize, PerClass, Pinball, PoissonDeviance, Precision, PrecisionRecall, PrecisionRecallCurve, R2, Recall, Rmse,
    Roc, RocAuc, RocCurve, TopKAccuracy, TweedieDeviance, VarianceWeightedR2,
};
