//! The metrics, beside the losses, which are metrics too, and what makes one's own.

pub use crate::experiment::metric::{
    Accuracy, Average, AveragePrecision, BalancedAccuracy, Brier, CalibrationError, CohenKappa, Comparison,
    Disagreement, ExplainedVariance, F1, FBeta, HammingLoss, Jaccard, LogLoss, Mape, MaxError, Mcc, Measure,
    Measurement, MedianAbsoluteError, Msle, Pinball, Precision, R2, Recall, Rmse, RocAuc, TopKAccuracy,
    VarianceWeightedR2,
};
