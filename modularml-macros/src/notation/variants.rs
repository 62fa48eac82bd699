//! `#[cfg(..)]` on a statement: the declaration is written once for each way in which its conditions can hold, without the
//! statements that do not stand then. All that is generated of a statement comes and goes with it.

#[cfg(test)]
mod tests;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::quote;

/// The most conditions that differ; each doubles what is written.
const MOST: usize = 4;

/// A piece of the body of a declaration.
struct Piece {
    tokens: TokenStream,
    /// The conditions of a statement, by position; none for what always stands.
    conditions: Vec<usize>,
}

/// What takes the place of a call of `macro_name` whose body has statements under conditions.
pub(crate) fn variants(macro_name: &str, input: &TokenStream) -> Option<TokenStream> {
    let mut tokens: Vec<TokenTree> = input.clone().into_iter().collect();
    let at = tokens.iter().rposition(|token| is_group(token, Delimiter::Brace))?;
    let body = match tokens.get(at) {
        Some(TokenTree::Group(body)) => body.clone(),
        _ => return None,
    };
    let mut conditions: Vec<TokenStream> = Vec::new();
    let pieces = pieces(body.stream(), &mut conditions);
    if conditions.is_empty() {
        return None;
    }
    let name = Ident::new(macro_name, Span::call_site());
    if let Some(surplus) = conditions.get(MOST) {
        let message = format!(
            "statements may stand under {MOST} different conditions; put the others into a declaration of its own"
        );
        let error = syn::Error::new_spanned(surplus, message).into_compile_error();
        let declaration = with_body(&mut tokens, at, &body, pieces.into_iter().map(|piece| piece.tokens).collect());
        return Some(quote!(#error ::modularml::#name! { #declaration }));
    }
    let all = (0..1usize << conditions.len()).map(|variant| {
        let holds = |condition: usize| variant >> condition & 1 == 1;
        let predicates = conditions
            .iter()
            .enumerate()
            .map(|(i, condition)| if holds(i) { condition.clone() } else { quote!(not(#condition)) });
        let stands = |piece: &&Piece| piece.conditions.iter().all(|condition| holds(*condition));
        let kept = pieces.iter().filter(stands).map(|piece| piece.tokens.clone()).collect();
        let declaration = with_body(&mut tokens, at, &body, kept);
        quote!(#[cfg(all(#(#predicates),*))] ::modularml::#name! { #declaration })
    });
    Some(all.collect())
}

/// The declaration with another body, which stands at a position of its tokens.
fn with_body(tokens: &mut [TokenTree], at: usize, body: &Group, other: TokenStream) -> TokenStream {
    let mut group = Group::new(Delimiter::Brace, other);
    group.set_span(body.span());
    if let Some(body) = tokens.get_mut(at) {
        *body = TokenTree::Group(group);
    }
    tokens.iter().cloned().collect()
}

/// The statements under conditions, and what stands between them. A statement ends with its semicolon or its block.
fn pieces(body: TokenStream, conditions: &mut Vec<TokenStream>) -> Vec<Piece> {
    let tokens: Vec<TokenTree> = body.into_iter().collect();
    let mut pieces = Vec::new();
    let mut rest = tokens.as_slice();
    while !rest.is_empty() {
        let (mut piece, mut length) = (Piece { tokens: TokenStream::new(), conditions: Vec::new() }, 0);
        while let [TokenTree::Punct(mark), TokenTree::Group(group), ..] = rest.get(length..).unwrap_or_default()
            && mark.as_char() == '#'
        {
            match condition(group) {
                Some(condition) => piece.conditions.push(position(condition, conditions)),
                None => piece.tokens.extend([TokenTree::Punct(mark.clone()), TokenTree::Group(group.clone())]),
            }
            length += 2;
        }
        let statement = rest.get(length..).unwrap_or_default();
        let end = end_of(statement);
        if statement.is_empty() && !piece.conditions.is_empty() {
            // What is told of attributes behind which nothing stands.
            piece = Piece { tokens: rest.iter().cloned().collect(), conditions: Vec::new() };
        }
        piece.tokens.extend(statement.iter().take(end).cloned());
        rest = statement.get(end..).unwrap_or_default();
        pieces.push(piece);
    }
    pieces
}

/// The condition in the brackets of `#[cfg(..)]`.
fn condition(attribute: &Group) -> Option<TokenStream> {
    let mut tokens = attribute.stream().into_iter();
    match (tokens.next(), tokens.next(), tokens.next()) {
        (Some(TokenTree::Ident(word)), Some(TokenTree::Group(condition)), None) if word == "cfg" => {
            // A last comma would stand in the middle of `all(..)`.
            let mut tokens: Vec<TokenTree> = condition.stream().into_iter().collect();
            if matches!(tokens.last(), Some(TokenTree::Punct(mark)) if mark.as_char() == ',') {
                tokens.pop();
            }
            Some(tokens.into_iter().collect())
        }
        _ => None,
    }
}

/// The position of a condition among those that were found, of which it may be one.
fn position(condition: TokenStream, conditions: &mut Vec<TokenStream>) -> usize {
    let text = condition.to_string();
    conditions.iter().position(|known| known.to_string() == text).unwrap_or_else(|| {
        conditions.push(condition);
        conditions.len() - 1
    })
}

/// How many tokens a statement has: as far as its semicolon, or its block, `train regress { .. }`. A constant in braces,
/// `= {WIDE}(..)`, stands behind a mark.
fn end_of(statement: &[TokenTree]) -> usize {
    let mut before: Option<&TokenTree> = None;
    for (place, token) in statement.iter().enumerate() {
        let is_block = is_group(token, Delimiter::Brace) && matches!(before, Some(TokenTree::Ident(_)));
        if is_semicolon(token) || is_block {
            return place + 1;
        }
        before = Some(token);
    }
    statement.len()
}

fn is_semicolon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(mark) if mark.as_char() == ';')
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}
