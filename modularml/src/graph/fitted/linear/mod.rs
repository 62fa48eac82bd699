//! Linear models.

mod centered;
mod descent;
mod elastic_net;
mod lasso;
mod least_squares;
mod likelihood;
mod logistic;
mod map;
mod ridge;

pub use elastic_net::ElasticNet;
pub use lasso::Lasso;
pub use least_squares::LinearRegression;
pub use logistic::LogisticRegression;
pub use ridge::Ridge;
