//! Conditions among the arguments of splitters, `pulse.cell.lt(10)`, and those that are joined as predicates are:
//! `pulse.cell.lt(10).and(pulse.maker.eq("A"))`, `a.or(b)`, `!a`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{BinOp, Expr, ExprMethodCall, UnOp};

use super::named_column::column;

/// A condition as it is joined.
pub(super) enum Condition<'a> {
    /// A test of a column, or a constant of the user's.
    Single(&'a Expr),
    /// `a.and(b)`, at the word.
    All(Span, Vec<Self>),
    /// `a.or(b)`, at the word.
    Any(Span, Vec<Self>),
    /// `!a`, at the sign.
    Not(Span, Box<Self>),
}

/// Whether an argument is a condition on columns.
pub(super) fn is_condition(argument: &Expr) -> bool {
    match argument {
        Expr::Paren(inner) => is_condition(&inner.expr),
        Expr::Unary(unary) => matches!(unary.op, UnOp::Not(_)) && is_condition(&unary.expr),
        Expr::MethodCall(call) => {
            column(&call.receiver).is_some()
                || joined(call).is_some_and(|(_, [first, second])| is_condition(first) || is_condition(second))
        }
        _ => false,
    }
}

/// How `a.and(b)` and `a.or(b)` join, and what: whether both must be true.
fn joined(call: &ExprMethodCall) -> Option<(bool, [&Expr; 2])> {
    let is_all = call.method == "and";
    let second = call.args.first().filter(|_| call.args.len() == 1 && (is_all || call.method == "or"))?;
    Some((is_all, [&call.receiver, second]))
}

/// Conditions that are joined in another way, `a && b`, `a || b` and `[a, b]`: where that stands, and what is written.
pub(super) fn joined_otherwise(argument: &Expr) -> Option<(Span, &'static str)> {
    match argument {
        Expr::Paren(inner) => joined_otherwise(&inner.expr),
        Expr::Binary(both) => {
            let word = match both.op {
                BinOp::And(_) | BinOp::BitAnd(_) => ".and(b)",
                BinOp::Or(_) | BinOp::BitOr(_) => ".or(b)",
                _ => return None,
            };
            let holds = |side: &Expr| is_condition(side) || joined_otherwise(side).is_some();
            (holds(&both.left) || holds(&both.right)).then(|| (both.op.span(), word))
        }
        Expr::Array(list) if list.elems.iter().any(is_condition) => Some((list.bracket_token.span.join(), ".and(b)")),
        _ => None,
    }
}

impl<'a> Condition<'a> {
    /// Reads an argument for which [`is_condition`] holds, or a part of one.
    pub(super) fn of(argument: &'a Expr) -> Self {
        match argument {
            Expr::Paren(inner) => Self::of(&inner.expr),
            Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_)) => {
                Self::Not(unary.op.span(), Box::new(Self::of(&unary.expr)))
            }
            Expr::MethodCall(call) if column(&call.receiver).is_none() => match joined(call) {
                Some((is_all, [first, second])) => {
                    let at = call.method.span();
                    // As predicates do: what is joined once more by the same word is one list.
                    let mut parts = match (Self::of(first), is_all) {
                        (Self::All(_, parts), true) | (Self::Any(_, parts), false) => parts,
                        (first, _) => vec![first],
                    };
                    parts.push(Self::of(second));
                    if is_all { Self::All(at, parts) } else { Self::Any(at, parts) }
                }
                None => Self::Single(argument),
            },
            _ => Self::Single(argument),
        }
    }

    /// The condition as a constant expression, each single one written by `argument`.
    pub(super) fn to_tokens(&self, argument: &dyn Fn(&Expr) -> TokenStream) -> TokenStream {
        let list = |parts: &[Self]| {
            let parts = parts.iter().map(|part| part.to_tokens(argument));
            quote!(const { &[#(#parts),*] })
        };
        match self {
            Self::Single(test) => argument(test),
            Self::All(at, parts) => {
                let parts = list(parts);
                quote_spanned!(*at=> ::modularml::data::Condition::All(#parts))
            }
            Self::Any(at, parts) => {
                let parts = list(parts);
                quote_spanned!(*at=> ::modularml::data::Condition::Any(#parts))
            }
            Self::Not(at, part) => {
                let part = part.to_tokens(argument);
                quote_spanned!(*at=> ::modularml::data::Condition::Not(const { &#part }))
            }
        }
    }

    /// The single conditions that it joins, each with its path: at each level, the position among those that are joined.
    pub(super) fn tests(&self) -> Vec<(Vec<usize>, &'a Expr)> {
        let parts = match self {
            Self::Single(test) => return vec![(Vec::new(), test)],
            Self::All(_, parts) | Self::Any(_, parts) => parts.as_slice(),
            Self::Not(_, part) => std::slice::from_ref(&**part),
        };
        let below = |(at, part): (usize, &Self)| {
            let tests = part.tests().into_iter();
            tests.map(move |(path, test)| ([vec![at], path].concat(), test)).collect::<Vec<_>>()
        };
        parts.iter().enumerate().flat_map(below).collect()
    }
}
