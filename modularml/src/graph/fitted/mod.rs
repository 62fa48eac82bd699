//! What is fitted to all rows at once, over plain numbers: files here know no tensor and no layer.

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "rows, columns and nodes are counted in u32, which is asked where they come in, and are exact in f64"
)]
pub(crate) mod tree;
