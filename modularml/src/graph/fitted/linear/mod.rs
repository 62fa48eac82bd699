//! Linear models.

mod centered;
mod least_squares;
mod map;
mod ridge;

pub use least_squares::LinearRegression;
pub use ridge::Ridge;
