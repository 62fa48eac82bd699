//! What descriptions and messages are made of: names, lists, shapes, and texts that constant evaluation can build.

mod bit_set;
mod bounded;
mod choices;
mod interned;
mod list;
pub(crate) mod message;
mod names;
mod near;
mod said;
mod shape;
mod sizes;

pub use bit_set::BitSet;
pub use bounded::Bounded;
pub(crate) use bounded::Span;
pub(crate) use choices::{choices, chosen};
pub(crate) use interned::{Pool, interned};
pub use list::{List, Name, intern, intern_all};
pub use message::{Message, Verdict};
pub(crate) use names::{Names, unknown};
pub use near::{contains, nearest, same};
pub(crate) use near::{equal, instead, position};
pub(crate) use said::Said;
pub use shape::{MAX_RANK, Shape};
pub use sizes::{MAX_SIZES, Sizes};
