//! Their text, and what contradicts itself.

use super::*;

#[test]
fn its_text_is_what_to_write() {
    let dialect = Dialect::new().separator('\t').decimal_comma().thousands('.').quote('\'').comment('#');
    let dialect = dialect.escape('\\').without_header().skip_lines(2).encoding("utf-16le");
    assert_eq!(
        dialect.to_string(),
        "Dialect::new().separator('\\t').decimal_comma().thousands('.').quote('\\'').escape('\\\\').comment('#')\
         .without_header().skip_lines(2).encoding(\"utf-16le\")"
    );
    assert_eq!(Dialect::guessed().without_quotes().to_string(), "Dialect::guessed().without_quotes()");
}

#[test]
fn contradictions_say_what_to_change() {
    let plain = Dialect::new();
    let semicolons = plain.separator(';');
    for (dialect, expected) in [
        (
            plain.decimal_comma(),
            "`,` separates columns and is the decimal mark; say .separator(';') or .separator('\\t'), whichever the \
             file has, or .separator(',') where such numbers stand in quotes",
        ),
        (plain.separator('.'), "`.` separates columns and is the decimal mark; give .separator(..) another character"),
        (
            plain.thousands(',').without_quotes(),
            "`,` separates columns and separates thousands; say .separator(..), or have such numbers written in quotes",
        ),
        (
            semicolons.thousands('.'),
            "`.` is the decimal mark and separates thousands; say .decimal_comma() too, or leave .thousands('.') out",
        ),
        (
            semicolons.decimal_comma().thousands(','),
            "`,` is the decimal mark and separates thousands; give .thousands(..) another character",
        ),
        (plain.separator('"'), "`\\\"` separates columns and is the quote; give .quote(..) another character"),
        (semicolons.quote(';'), "`;` separates columns and is the quote; give .quote(..) another character"),
        (
            plain.escape('"'),
            "`\\\"` is the quote and is the escape; leave .escape(..) out: two quotes in a field stand for one by \
             themselves",
        ),
        (semicolons.comment(';'), "`;` separates columns and begins comments; give .comment(..) another character"),
        (
            plain.quote('\'').thousands('\''),
            "`\\'` separates thousands and is the quote; give .quote(..) another character",
        ),
        (plain.separator('·'), "`\\u{b7}` is no character of ASCII; give .separator(..) one that is"),
        (
            plain.comment('\n'),
            "`\\n` may stand in a number or a word, or ends a line; give .comment(..) another character",
        ),
        (
            plain.separator('-'),
            "`-` may stand in a number or a word, or ends a line; give .separator(..) another character",
        ),
        (plain.thousands('0'), "`0` separates no thousands; give .thousands(..) a point, a comma, a space, `'` or `_`"),
    ] {
        assert_eq!(dialect.marks().unwrap_err(), expected, "{dialect}");
    }
    for dialect in [plain, plain.thousands(','), semicolons.decimal_comma().thousands('.'), plain.separator('\t')] {
        assert!(dialect.marks().is_ok(), "{dialect}");
    }
    assert_eq!(
        plain.encoding("latin-1").known_encoding().unwrap_err(),
        "no encoding is called `latin-1`; did you mean `latin1`?; its name is one of https://encoding.spec.whatwg.org, \
         such as utf-8, utf-16le, utf-16be, latin1, windows-1252, windows-1250, shift_jis"
    );
}
