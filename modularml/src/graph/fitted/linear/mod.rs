//! Linear models.

mod ridge;

pub use ridge::Ridge;
