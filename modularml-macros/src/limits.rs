//! How much a macro takes: what is nested too deep or too long would overflow the compiler's stack, or keep it busy.

use proc_macro2::{Spacing, Span, TokenStream, TokenTree};

/// How deep brackets may stand in brackets.
const DEPTH: usize = 64;
/// How many tokens may stand in a row without a comma, a semicolon or braces: operators nest as brackets do.
const ROW: usize = 1024;
/// How many tokens there may be in all.
const TOKENS: usize = 1 << 18;

/// Rule: the input is no larger than any that people write.
pub(crate) fn check(input: TokenStream) -> Result<(), syn::Error> {
    let refuse = |at: Span, message: String| Err(syn::Error::new(at, message));
    let mut open = vec![(input.into_iter(), 0usize)];
    let mut count = 0usize;
    while let Some((tokens, row)) = open.last_mut() {
        let Some(token) = tokens.next() else {
            open.pop();
            continue;
        };
        count += 1;
        *row += 1;
        if let TokenTree::Punct(punct) = &token
            && matches!(punct.as_char(), ',' | ';')
            && punct.spacing() == Spacing::Alone
        {
            *row = 0;
        }
        if *row > ROW {
            return refuse(token.span(), format!("more than {ROW} tokens in a row without a comma; write it in parts"));
        }
        if count > TOKENS {
            return refuse(token.span(), format!("more than {TOKENS} tokens; write it as several graphs or modules"));
        }
        if let TokenTree::Group(group) = token {
            if group.delimiter() == proc_macro2::Delimiter::Brace {
                *row = 0;
            }
            if open.len() > DEPTH {
                return refuse(group.span_open(), format!("brackets stand more than {DEPTH} deep; write it in parts"));
            }
            open.push((group.stream().into_iter(), 0));
        }
    }
    Ok(())
}
