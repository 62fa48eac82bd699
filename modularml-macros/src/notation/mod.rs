//! What `model_graph!` and `experiment!` share: components with settings and inputs, dotted paths, what is allowed on
//! purpose, and statements that recover at the next semicolon.

mod allow;
mod columns;
mod component;
mod path;
mod place;
mod statement;

pub(crate) use allow::{Allowed, Attributes};
pub(crate) use columns::columns_as_arguments;
pub(crate) use component::Component;
pub(crate) use path::{Dotted, known};
pub(crate) use place::Place;
pub(crate) use statement::{
    assignment, control_flow, end_of_statement, expect_equals, expect_word, in_brackets, in_parentheses, one_or_list,
    or_skip, skip_statement,
};
