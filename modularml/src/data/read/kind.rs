//! Kinds of files that are read where a feature of this crate is on.

/// Says that rows of `S` can be read from a kind of file: [`Json`] and [`JsonLines`] with the feature `json`, [`Parquet`] with the
/// feature `parquet`.
#[diagnostic::on_unimplemented(
    message = "{Self} files are not read here: the feature of modularml for them is off",
    label = "needs a feature of modularml",
    note = "write it in Cargo.toml: modularml = {{ .., features = [\"parquet\"] }} for Parquet, [\"json\"] for JSON and JSON lines"
)]
pub trait Reads<S> {}

/// Files of an array of JSON objects.
#[derive(Clone, Copy, Debug)]
pub enum Json {}

/// Files of one JSON object a line.
#[derive(Clone, Copy, Debug)]
pub enum JsonLines {}

/// Apache Parquet.
#[derive(Clone, Copy, Debug)]
pub enum Parquet {}

#[cfg(feature = "json")]
impl<S> Reads<S> for Json {}

#[cfg(feature = "json")]
impl<S> Reads<S> for JsonLines {}

#[cfg(feature = "parquet")]
impl<S> Reads<S> for Parquet {}
