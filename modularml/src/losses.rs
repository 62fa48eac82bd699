//! The losses, of which training objectives are made, and what makes one's own.

pub use crate::experiment::loss::{
    Bce, BceWithLogits, Contrastive, CosineEmbedding, CrossEntropy, Formula, GaussianNll, HingeEmbedding, Huber,
    InfoNce, KlDiv, L1, L1Penalty, L2Penalty, MarginRanking, Mse, MultiMargin, NegativeBinomialNll, Nll, NtXent,
    PerSample, PoissonNll, Quantiles, SmoothL1, SoftCrossEntropy, SoftMargin, TripletMargin,
};
