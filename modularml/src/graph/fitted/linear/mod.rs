//! Linear models.

mod centered;
mod descent;
mod elastic_net;
mod lasso;
mod least_squares;
mod map;
mod ridge;

pub use elastic_net::ElasticNet;
pub use lasso::Lasso;
pub use least_squares::LinearRegression;
pub use ridge::Ridge;
