//! Operators of ONNX, in which layers and scalers tell what they compute when a study is
//! [exported](crate::experiment::Session::export_onnx).
//!
//! Written is IR version 8 with the operators of opset 17, from 2022, which runtimes have read for years.

mod element;
mod graph;
pub(crate) mod messages;
mod operators;

pub use element::Element;
pub use graph::{OnnxAttribute, OnnxGraph, OnnxValue};
pub(crate) use graph::{int, ints};

/// The version of the operators.
pub(crate) const OPSET: i64 = 17;
/// The version of the format.
pub(crate) const IR_VERSION: i64 = 8;
