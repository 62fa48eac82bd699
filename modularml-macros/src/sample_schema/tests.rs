use syn::parse_quote;

use super::parse::{LONGER, OPTIONS, TWICE};
use super::resampled;
use super::windows::{FIELD_WORDS, TAKES, WORDS};
use super::{Domain, read};
use crate::errors::Errors;
use crate::tests::{assert_documented, rule};

fn messages(input: &syn::DeriveInput) -> Vec<String> {
    let mut errors = Errors::default();
    read(input, &mut errors);
    errors.messages()
}

#[test]
fn a_correct_schema_has_no_mistakes() {
    let found = messages(&parse_quote! {
        struct Pulse {
            #[feat(missing = allow)]
            voltage: [f32; 101],
            #[target]
            #[classes("fresh", "worn")]
            state: Class,
            #[feat(length = 50, longer = truncate)]
            current: Vec<f32>,
            #[tag(group, rename = "Cell")]
            cell: i64,
        }
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn every_mistake_is_reported_at_once() {
    let found = messages(&parse_quote! {
        struct Pulse {
            voltage: [f32; 101],
            #[feat]
            #[target]
            soh: f32,
            #[feat(renam = "x", group)]
            volts: Vec<f32>,
            #[feat(rename = "v")]
            raw: f32,
            #[tag(rename = "v", missing = alow)]
            a: f32,
            #[tag(rename = "cell.voltage")]
            b: &'static str,
            #[target]
            #[classes("worn", "worn")]
            c: Class,
            #[target]
            #[classes()]
            d: Class,
            #[target]
            #[classes(1)]
            e: Class,
        }
    });
    assert_eq!(
        found,
        [
            "`renam` cannot stand in #[feat(..)]; did you mean `rename`? it takes: rename = \"..\", missing = allow, length = 50, longer = truncate, format = \"%d.%m.%Y\", zone = \"Europe/Berlin\", twice = earlier",
            "`alow` is no policy for missing values; write missing = allow",
            "field `voltage` has no domain; write #[feat], #[target] or #[tag] before it",
            "`soh` is both #[feat] and #[target]; a column has one domain, remove one",
            "only a #[tag] groups rows, and `volts` is a #[feat]; remove `group`",
            "`raw` is reserved for the representation; rename the field, for example `raw_voltage`",
            "`b: &'static str` is borrowed; write String",
            "column name `cell.voltage` contains `.`, which separates domain.key.rep; use `cell_voltage`",
            "`c` lists class `worn` twice; a class list needs two or more different names",
            "`d` lists no class; a class list needs two or more names",
            "`e` has 1 classes; a class column needs two or more",
            "`raw` and `a` are both stored as column `v`; give one another name",
        ]
    );
}

#[test]
fn mistakes_of_windows_are_reported_at_once() {
    assert_eq!(
        messages(&parse_quote! {
            #[windows(of = Reading, lenght = 256, by = cell)]
            struct Piece {
                #[feat(window = [current, voltage], frist, mean, max)]
                signals: f32,
                #[target(ahaed)]
                next: [f32; 10],
            }
        }),
        [
            "`frist` cannot stand in #[feat(..)]; did you mean `first`? it takes: rename = \"..\", missing = allow, length = 50, \
             longer = truncate, format = \"%d.%m.%Y\", zone = \"Europe/Berlin\", twice = earlier",
            "`ahaed` cannot stand in #[target(..)]; did you mean `ahead`? it takes: rename = \"..\", missing = allow, length = \
             50, longer = truncate, format = \"%d.%m.%Y\", zone = \"Europe/Berlin\", twice = earlier",
            "`lenght` cannot stand in #[windows(..)]; did you mean `length`? it takes: of = Reading, length = 256, horizon = 10, \
             by = cell, in_order_of = second",
            "`signals` takes `mean` and `max` of a window; write one of them",
        ]
    );
    assert_eq!(
        messages(&parse_quote! {
            #[windows(length = 256)]
            struct Piece {
                #[feat(window = voltage)]
                voltage: [f32; 256],
            }
        }),
        ["#[windows(..)] of `Piece` lacks the struct of a row; write of = Reading, length = 256"]
    );
    assert_eq!(
        messages(&parse_quote! {
            struct Piece {
                #[target(last)]
                soh: f32,
            }
        }),
        [
            "`last` is for samples that are windows of rows, and `Piece` is none; write #[windows(of = Reading, length = 256)] \
          above the struct, or remove it"
        ]
    );
}

#[test]
fn mistakes_of_rows_at_a_fixed_step_are_reported_at_once() {
    assert_eq!(
        messages(&parse_quote! {
            #[resampled(of = Reading, every = "10 s", limit = "1 min", origin = epoc, in_order_of = at)]
            struct Even {
                #[feat(of = voltage, liner)]
                voltage: f32,
                #[feat(linear, last, ahead)]
                current: f32,
            }
        }),
        [
            "`liner` cannot stand in #[feat(..)]; did you mean `linear`? it takes: rename = \"..\", missing = allow, length = \
             50, longer = truncate, format = \"%d.%m.%Y\", zone = \"Europe/Berlin\", twice = earlier",
            "`epoc` is no place where steps begin; did you mean `epoch`? write start_day, epoch or start",
            "`ahead` is of windows; a row at a fixed step takes last, linear or mean",
            "`current` is made by `linear` and by `last`; write one of them",
        ]
    );
    assert_eq!(
        messages(&parse_quote! {
            #[resampled(every = "10 s", limit = "1 min", in_order_of = at)]
            struct Even {
                #[tag]
                at: Timestamp,
            }
        }),
        ["#[resampled(..)] of `Even` lacks the struct of a row: of = Reading"]
    );
}

#[test]
fn only_plain_structs_are_rows() {
    assert_eq!(
        messages(&parse_quote!(
            struct Pulse<T> {
                #[feat]
                voltage: T,
            }
        )),
        ["SampleSchema needs a struct with named fields and no generics; `Pulse<T>` has `T`; write the type out"]
    );
    assert_eq!(
        messages(&parse_quote!(
            enum Pulse {}
        )),
        ["SampleSchema needs a struct with named fields, one a column; `Pulse` is an enum"]
    );
}

#[test]
fn the_documents_grammar_has_the_words_that_are_parsed() {
    let section = "#[derive(SampleSchema)]";
    assert_documented(section, "option", &[&OPTIONS[..], &["taken", "filled"]].concat());
    assert_documented(section, "grid", &resampled::WORDS);
    assert_documented(section, "filled", &resampled::FIELD_WORDS);
    assert_documented(section, "word", &WORDS);
    assert_documented(section, "taken", &[&FIELD_WORDS[..], &TAKES[..]].concat());
    assert_documented(section, "domain", &Domain::ALL.map(Domain::name));
    let options = rule(section, "option");
    let origins = resampled::ORIGINS.map(|origin| format!("'{origin}'")).join(" | ");
    assert!(rule(section, "grid").contains(&format!("'origin' '=' ( {origins} )")));
    let [refuse, truncate] = LONGER;
    assert!(options.contains(&format!("'longer' '=' ( '{refuse}' | '{truncate}' )")), "{options}");
    let twice = TWICE.map(|(word, _)| format!("'{word}'")).join(" | ");
    assert!(options.contains(&format!("'twice' '=' ( {twice} )")), "{options}");
}
