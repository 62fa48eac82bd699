//! Runs handed on to a server of MLflow, by its REST interface.

mod artifacts;
mod entries;
mod remote;
mod server;
#[cfg(test)]
mod tests;
mod upload;

pub use upload::Upload;
