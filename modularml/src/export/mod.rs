//! Records for other tools: what the folder of a run holds, handed on to TensorBoard and MLflow, and models for PyTorch.
//!
//! Both are replayed from the folder by its one reader, [`RunRecord`](crate::record::RunRecord), so a run needs no
//! server while it trains, and can be handed on while it goes on or long after.

#[cfg(feature = "mlflow")]
mod mlflow;
mod onnx;
mod overview;
mod points;
mod tensorboard;
mod torch;

#[cfg(feature = "mlflow")]
pub use mlflow::Upload;
pub use tensorboard::TensorBoard;
