//! One model on several ranks: each computes some shares of every batch, and all take the same step.
//!
//! A batch is cut into a fixed number of shares, whoever computes them. The gradient of each share is computed by itself, and
//! the gradients are added in the order of a fixed tree over the shares. So the bits depend on how many shares there are, and
//! not on how many ranks.

mod agreement;
mod collective;
mod handshake;
mod mailbox;
#[cfg(feature = "mpi")]
mod processes;
mod refused;
mod settings;
mod sharing;
mod sum;
mod threads;
mod tree;

pub(super) use agreement::{agree, answer, word};
pub use collective::{Collective, Numbers};
pub(super) use handshake::{Fact, compare, digest_of};
#[cfg(feature = "mpi")]
pub use processes::Mpi;
pub use settings::Ranks;
pub(crate) use sharing::Sharing;
pub(super) use sum::{Layout, Sum};
pub use threads::{ThreadRank, Threads};
