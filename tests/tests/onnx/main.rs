//! Networks in ONNX: what a study exports computes in tract, and in onnxruntime, what the study predicts; and what comes from
//! elsewhere computes here what it computes there.

mod cases;
mod layers;
mod nodes;
mod run;
mod scalers;
mod studies;
