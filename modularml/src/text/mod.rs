//! What descriptions and messages are made of: names, lists, shapes, and texts that constant evaluation can build.

mod list;
mod message;
mod names;
mod near;
mod shape;

pub use list::{List, Name, intern, intern_all};
pub(crate) use list::{all_interned, interned};
pub use message::{Message, Verdict, require};
pub(crate) use names::{Names, unknown};
pub use near::{contains, nearest, same};
pub(crate) use near::{equal, position};
pub use shape::{MAX_RANK, Shape};
