//! Reading: files and record batches become tables that are checked against a schema.

mod bind;
mod chunks;
mod columns;
mod convert;
mod decimals;
mod dialect;
mod encoding;
mod files;
mod find;
mod flatten;
mod group;
mod ids;
mod infer;
mod join;
mod kind;
mod layout;
mod locate;
mod numerals;
mod options;
mod overview;
mod paths;
mod ragged;
mod reader;
mod reading;
mod sniff;
mod source;
mod spread;
mod structs;
mod summary;
mod survey;
mod tables;
#[cfg(test)]
mod tests;
mod times;
mod written;
mod wrong;

pub use columns::ColumnArray;
pub use dialect::Dialect;
pub(super) use files::{Format, is_compressed};
pub use kind::{Json, JsonLines, Parquet, Reads};
pub use overview::Overview;
pub use paths::Paths;
pub use reader::Reader;
pub use summary::{FileColumn, FileSummary};
