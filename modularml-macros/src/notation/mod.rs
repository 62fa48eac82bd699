//! What `model_graph!` and `experiment!` share: components with settings and inputs, dotted paths, what is allowed on
//! purpose, statements, behind each of which reading goes on at the next one, and conditions under which they stand.

mod allow;
mod columns;
mod component;
mod conditions;
mod constructors;
mod kind;
mod lists;
mod named_column;
mod parameters;
mod path;
mod place;
mod statement;
mod variants;

pub(crate) use allow::{Allowed, Attributes};
pub(crate) use columns::columns_as_arguments;
pub(crate) use component::Component;
pub(crate) use kind::{ComponentKind, standing};
pub(crate) use parameters::{
    Hoisted, Parameter, Scope, distinct, may_be_unused, parameters_struct, parameters_type, parameters_value,
};
pub(crate) use path::{Dotted, known};
pub(crate) use place::Place;
pub(crate) use statement::{
    Statements, assignment, attributes, control_flow, end_of_statement, expect_equals, expect_word, in_brackets,
    in_parentheses, keyword_as_name, nothing_behind, one_or_list, raw,
};
pub(crate) use variants::variants;
