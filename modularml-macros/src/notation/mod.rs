//! What `model_graph!` and `experiment!` share: components with settings and inputs, dotted paths, what is allowed on
//! purpose, and statements that recover at the next semicolon.

mod allow;
mod component;
mod path;
mod place;
mod statement;

pub(crate) use allow::{Allowed, Attributes};
pub(crate) use component::{Component, columns_as_arguments};
pub(crate) use path::Dotted;
pub(crate) use place::Place;
pub(crate) use statement::{block_follows, control_flow, end_of_statement, expect_equals, or_skip, skip_statement};
